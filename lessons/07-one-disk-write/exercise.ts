import { BLKIF_REQUEST, BLKIF_REQUEST_SEGMENT } from '$src/abi/structs/blkif';
import { SRING } from '$src/abi/structs/ring';
import { frame } from '$src/words/numbers';
import {
	exercise,
	littleEndian,
	no,
	type Exercises,
	type Outcome,
	type Posed,
	type Values,
	type Variant,
	type Verdict
} from '$lesson/exercise';
import { scenario } from './scenario';

const PAGE = 4096;
const SECTOR = 512;

/** dom1's disk: where it begins on the machine's, and how long it is, in sectors. */
const [from, length] = /:(\d+)\+(\d+)$/.exec(scenario.domains[0].disks![0].target)!.slice(1).map(Number);

/** The place that the process writes to, by the page and by the sector of that page. */
const place = Number(scenario.domains[0].cmdline!.split(' ')[2]);
const SECTOR_OF_PAGE = Math.floor((place % PAGE) / SECTOR);
const FIRST = Math.floor(place / PAGE) * (PAGE / SECTOR);

/** Entries of dom1's grant table: one that lends nothing, and the page of the console, which the toolstack has lent to domain 0. */
const UNUSED = 1000;
const CONSOLE = 0;

/** What is to come of the request. */
interface Request extends Variant {
	readonly ask: 'land' | 'one-sector' | 'beyond' | 'no-grant' | 'ring-page';
	/** A sector of the machine's disk; 0 where none is asked for. */
	readonly real: number;
}

const ANSWER = 'event_send dom=0 remote_dom=1 after([written]) #1';
const ASKED = `hypercall name=grant_table_op op=map_grant_ref dom=0 after([written]) before(${ANSWER})`;
const MOVED = 'disk_dma !to_host after([written]) #1';

type End = 'back-end' | 'xen' | 'moved' | 'lost';

/** Who had the last word about the request. */
function endOf(run: Outcome<Request>): { end: End; at: number } {
	const answer = run.find(ANSWER);
	const asked = run.find(ASKED);
	if (answer < 0) return { end: 'lost', at: -1 };
	if (asked < 0) return { end: 'back-end', at: answer };
	const refusal = run.find(`check !passed inside(${ASKED})`);
	if (refusal >= 0) return { end: 'xen', at: refusal };
	const moved = run.find(MOVED);
	return moved < 0 ? { end: 'lost', at: answer } : { end: 'moved', at: moved };
}

/** What does not fit into a byte is no sector of a page, and stays none. */
const byte = (value: bigint): bigint => (value > 255n ? 255n : value);

/** The disk is to get a page, or one sector of it, at a place. */
function lands(run: Outcome<Request>): Verdict {
	const { given, variant } = run;
	const { end, at } = endOf(run);
	if (end !== 'moved') return no(end, at);
	const [address, bytes, lba] = ['address', 'bytes', 'lba'].map((name) => run.fact(`value(${name}, ${MOVED})`));
	const wanted = Number(variant.ask === 'ring-page' ? given.ring : given.page);
	const told = {
		real: variant.real,
		found: lba,
		count: bytes / SECTOR,
		page: frame(wanted),
		moved: frame(Math.floor(address / PAGE))
	};
	if (Math.floor(address / PAGE) !== wanted) return no('other-page', at, told);
	const [start, amount] = variant.ask === 'one-sector' ? [SECTOR_OF_PAGE * SECTOR, SECTOR] : [0, PAGE];
	if (variant.ask !== 'ring-page') {
		if (bytes !== amount) return no('other-amount', at, told);
		if (address % PAGE !== start) return no('other-part', at, told);
		if (lba !== variant.real) return no('other-place', at, told);
	}
	return { solved: true, reply: `${variant.ask}-done`, at, places: told };
}

/** The back end is to refuse, because the end of the disk comes before that of the request. */
function beyond(run: Outcome<Request>): Verdict {
	const { end, at } = endOf(run);
	const { sector, first, last } = run.numbers;
	if (end !== 'back-end') return no(end === 'moved' ? 'accepted' : end, at);
	if (first > last || last >= BigInt(PAGE / SECTOR)) return no('segment', at);
	if (sector >= BigInt(length)) return no('outside', at);
	return { solved: true, reply: 'beyond-done', at, places: { room: length - Number(sector) } };
}

/** The back end is to let it pass, and Xen to refuse the page. */
function noGrant(run: Outcome<Request>): Verdict {
	const { end, at } = endOf(run);
	if (end !== 'xen') return no(end === 'moved' ? 'accepted' : end === 'back-end' ? 'back-end-first' : end, at);
	return { solved: true, reply: 'no-grant-done', at };
}

const CHECKS: Readonly<Record<Request['ask'], (run: Outcome<Request>) => Verdict>> = {
	land: lands,
	'one-sector': lands,
	'ring-page': lands,
	beyond,
	'no-grant': noGrant
};

/** The request as the kernel has made it, with some of it different. */
const request = (
	{ given }: Posed<Request>,
	other: Partial<Record<'sector' | 'first' | 'last' | 'gref', number>>
): Values =>
	Object.fromEntries(
		Object.entries({ sector: FIRST, first: 0, last: PAGE / SECTOR - 1, gref: Number(given.ref), ...other }).map(
			([name, value]) => [name, String(value)]
		)
	);

function solved(posed: Posed<Request>): Values {
	const { ask, real } = posed.variant;
	switch (ask) {
		case 'land':
			return request(posed, { sector: real - from });
		case 'one-sector':
			return request(posed, { sector: real - from, first: SECTOR_OF_PAGE, last: SECTOR_OF_PAGE });
		case 'beyond':
			return request(posed, { sector: length - 1 });
		case 'no-grant':
			return request(posed, { gref: UNUSED });
		case 'ring-page':
			return request(posed, { gref: Number(posed.given.ringRef) });
	}
}

export const exercises: Exercises = {
	'write-a-request': exercise<Request>({
		at: 'ask-trap',
		variants: [
			{ ask: 'land', real: from + 328 },
			{ ask: 'beyond', real: 0 },
			{ ask: 'no-grant', real: 0 },
			{ ask: 'one-sector', real: from + 179 },
			{ ask: 'ring-page', real: 0 },
			{ ask: 'land', real: from + length - PAGE / SECTOR }
		],
		facts: () => ({
			ring: 'value(mfn, grant_map inside([ring-mapped]))',
			ringRef: 'value(ref, grant_map inside([ring-mapped]))',
			page: 'value(mfn, [mapped])',
			ref: 'value(ref, [mapped])',
			// A request of one segment each: as many pages were mapped as slots are used up.
			slot: 'count(grant_map dom=0 after([ring-mapped]) before([ask-trap])) - 1'
		}),
		places: ({ variant: { real }, given }) => ({ real, from, length, ring: frame(Number(given.ring)) }),
		controls: ({ given }) => ({
			sector: { kind: 'number', bits: 64, start: FIRST },
			first: { kind: 'number', bits: 32, start: 0 },
			last: { kind: 'number', bits: 32, start: PAGE / SECTOR - 1 },
			gref: { kind: 'number', bits: 32, start: given.ref }
		}),
		/** The slot, in the frame of the ring. */
		change({ numbers }, { given }) {
			const slot = Number(given.ring) * PAGE + SRING.size + Number(given.slot) * BLKIF_REQUEST.size;
			const put = (offset: number, value: bigint, bytes: number) =>
				({ kind: 'memory', space: 'physical', address: slot + offset, bytes: littleEndian(value, bytes) }) as const;
			const { seg, sector_number } = BLKIF_REQUEST.at;
			const { gref, first_sect, last_sect } = BLKIF_REQUEST_SEGMENT.at;
			return [
				put(sector_number, numbers.sector, 8),
				put(seg + gref, numbers.gref, 4),
				put(seg + first_sect, byte(numbers.first), 1),
				put(seg + last_sect, byte(numbers.last), 1)
			];
		},
		check: (run) => CHECKS[run.variant.ask](run),
		solution: solved,
		slips(posed) {
			const { ask, real } = posed.variant;
			const slip = (reply: string, other: Parameters<typeof request>[1]) => ({ values: request(posed, other), reply });
			switch (ask) {
				case 'land':
					return [
						slip('back-end', { sector: real }),
						slip('other-place', { sector: real - from - 1 }),
						slip('other-amount', { sector: real - from, last: 0 }),
						slip('other-page', { sector: real - from, gref: Number(posed.given.ringRef) }),
						slip('xen', { sector: real - from, gref: UNUSED })
					];
				case 'one-sector':
					return [
						slip('other-amount', { sector: real - from }),
						slip('other-part', { sector: real - from, first: 0, last: 0 }),
						slip('other-place', { sector: real - from - 1, first: SECTOR_OF_PAGE, last: SECTOR_OF_PAGE })
					];
				case 'beyond':
					return [
						slip('accepted', { sector: length - PAGE / SECTOR }),
						slip('outside', { sector: length }),
						slip('segment', { last: PAGE / SECTOR }),
						slip('segment', { first: 256, last: 263 }),
						slip('xen', { gref: UNUSED })
					];
				case 'no-grant':
					return [
						slip('accepted', { gref: CONSOLE }),
						slip('accepted', { gref: Number(posed.given.ringRef) }),
						slip('back-end-first', { sector: length, gref: UNUSED })
					];
				case 'ring-page':
					return [slip('xen', { gref: UNUSED }), slip('back-end', { sector: length })];
			}
		}
	})
};
