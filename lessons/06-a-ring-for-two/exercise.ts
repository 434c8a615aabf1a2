import { BLKIF_OP_READ, BLKIF_OP_WRITE, BLKIF_REQUEST, BLKIF_REQUEST_SEGMENT } from '$src/abi/structs/blkif';
import { SRING } from '$src/abi/structs/ring';
import type { Change } from '$src/workbench/log';
import {
	exercise,
	littleEndian,
	no,
	type Exercises,
	type Given,
	type Outcome,
	type Posed,
	type Values,
	type Variant,
	type Verdict
} from '$lesson/exercise';

const SECTOR = 512;
const PAGE = 4096;
const PLACES = PAGE / SECTOR;

/** An event for the front end, after what the learner wrote. */
const WOKEN = 'event_send dom=0 remote_dom=1 remote_port=4 after([written]) #1';

/** Some bytes of the ring’s page. */
const inRing = (given: Given, offset: number, value: bigint, bytes: number): Change => ({
	kind: 'memory',
	space: 'physical',
	address: Number(given.frame) * PAGE + offset,
	bytes: littleEndian(value, bytes)
});

// --- a request, in slot 0 ----------------------------------------------------------------------------------------------

/** Which sectors, and in which place of the page the first of them goes. */
interface Request extends Variant {
	readonly ask: 'read' | 'read-into' | 'write' | 'refused';
	readonly sector: number;
	readonly place: number;
	readonly count: number;
}

const SLOT = SRING.size;
const SEGMENT = SLOT + BLKIF_REQUEST.at.seg;

/** The first piece of memory that the disk reads or writes for it. */
const MOVED = 'disk_dma after([written]) #1';

/** Why a back end can refuse a request such as this. */
function fault({ numbers }: Outcome<Request>): string {
	if (numbers.operation > 2n) return 'bad-operation';
	const { first_sect: first, last_sect: last } = numbers;
	return first > last || last >= PLACES ? 'bad-places' : 'beyond-end';
}

function requested(run: Outcome<Request>): Verdict {
	const { variant } = run;
	const moved = run.find(MOVED);
	const woken = run.find(WOKEN);
	const refused = moved < 0 || (woken >= 0 && woken < moved);
	if (variant.ask === 'refused')
		return refused ? { solved: true, reply: 'refused-done', at: woken } : no('served', moved);
	if (refused) return no(fault(run), woken);
	const seen = {
		lba: run.fact(`value(lba, ${MOVED})`),
		place: (run.fact(`value(address, ${MOVED})`) % PAGE) / SECTOR,
		sectors: run.fact(`value(bytes, ${MOVED})`) / SECTOR
	};
	const reads = run.fact(`value(to_host, ${MOVED})`) === 1;
	if (reads !== (variant.ask !== 'write')) return no(reads ? 'reads' : 'writes', moved, seen);
	if (seen.lba !== variant.sector) return no('other-sector', moved, seen);
	if (seen.sectors !== variant.count) return no('other-count', moved, seen);
	if (seen.place !== variant.place) return no('other-place', moved, seen);
	return { solved: true, reply: `${variant.ask}-done`, at: moved, places: seen };
}

const fields = ({ ask, sector, place, count }: Request): Values => ({
	operation: String(ask === 'write' ? BLKIF_OP_WRITE : BLKIF_OP_READ),
	sector_number: String(sector),
	first_sect: String(place),
	last_sect: String(place + count - 1)
});

/** Backwards: no page has such a stretch. */
const REFUSED: Values = { operation: '0', sector_number: '2', first_sect: '5', last_sect: '3' };

// --- the answer to be woken for ------------------------------------------------------------------------------------------

/** With which of the four answers the first event is to come; 0 for none. */
interface Wake extends Variant {
	readonly ask: 'after' | 'never';
	readonly answer: number;
}

const FOUR = 4;

function wokenUp(run: Outcome<Wake>): Verdict {
	const { ask, answer } = run.variant;
	const woken = run.find(WOKEN);
	const last = run.find('grant_unmap dom=0 of_dom=1 after([written]) last');
	if (woken < 0) return ask === 'never' ? { solved: true, reply: 'never-done', at: last } : no('never', last);
	const answers = run.fact(`count(grant_unmap dom=0 of_dom=1 after([written]) before(${WOKEN}))`);
	const events = run.fact('count(event_send dom=0 remote_dom=1 remote_port=4 after([written]))');
	const told = { answers, events };
	if (ask === 'after' && answers === answer) return { solved: true, reply: 'after-done', at: woken, places: told };
	return no(answers === FOUR ? 'as-before' : 'other-answer', woken, told);
}

/** The index behind so many answers of the four. */
const behind = ({ given }: Posed<Wake>, answers: number): Values => ({
	rsp_event: String(Number(given.answered) + answers)
});

export const exercises: Exercises = {
	'write-a-request': exercise<Request>({
		at: 'written',
		variants: [
			{ ask: 'read', sector: 120, place: 0, count: 1 },
			{ ask: 'read-into', sector: 300, place: 3, count: 2 },
			{ ask: 'write', sector: 77, place: 0, count: 4 },
			{ ask: 'refused', sector: 2, place: 0, count: 1 },
			{ ask: 'read-into', sector: 205, place: 4, count: 3 }
		],
		facts: () => ({ frame: 'value(mfn, [ring-mapped])', wanted: 'value(lba, [reading])' }),
		places: ({ variant: { sector, place, count } }) => ({ sector, place, count, until: sector + count - 1 }),
		controls: ({ given }) => ({
			operation: { kind: 'number', bits: 32, start: BLKIF_OP_READ },
			sector_number: { kind: 'number', bits: 64, start: given.wanted },
			first_sect: { kind: 'number', bits: 32, start: 0 },
			last_sect: { kind: 'number', bits: 32, start: 0 }
		}),
		change: ({ numbers }, { given }) => [
			inRing(given, SLOT + BLKIF_REQUEST.at.operation, numbers.operation, 1),
			inRing(given, SLOT + BLKIF_REQUEST.at.sector_number, numbers.sector_number, 8),
			inRing(given, SEGMENT + BLKIF_REQUEST_SEGMENT.at.first_sect, numbers.first_sect, 1),
			inRing(given, SEGMENT + BLKIF_REQUEST_SEGMENT.at.last_sect, numbers.last_sect, 1)
		],
		check: requested,
		solution: ({ variant }) => (variant.ask === 'refused' ? REFUSED : fields(variant)),
		slips({ variant }) {
			const right = fields(variant);
			const slip = (values: Values, reply: string) => ({ values: { ...right, ...values }, reply });
			if (variant.ask === 'refused') return [slip({}, 'served'), slip({ operation: '1' }, 'served')];
			return [
				slip({ operation: variant.ask === 'write' ? '0' : '1' }, variant.ask === 'write' ? 'reads' : 'writes'),
				slip({ operation: '77' }, 'bad-operation'),
				slip({ sector_number: String(variant.sector * SECTOR) }, 'beyond-end'),
				slip({ sector_number: String(variant.sector - 1) }, 'other-sector'),
				slip({ last_sect: String(variant.place + variant.count) }, 'other-count'),
				slip({ last_sect: String(PLACES) }, 'bad-places'),
				slip({ first_sect: String(variant.place + 1), last_sect: String(variant.place + variant.count) }, 'other-place')
			];
		}
	}),
	'when-to-wake': exercise<Wake>({
		at: 'batch-written',
		variants: [
			{ ask: 'after', answer: 2 },
			{ ask: 'never', answer: 0 },
			{ ask: 'after', answer: 3 },
			{ ask: 'after', answer: 1 }
		],
		facts: () => ({
			frame: 'value(mfn, [ring-mapped])',
			answered: 'count(grant_unmap dom=0 of_dom=1 before([batch-written]))',
			set: 'count(grant_unmap dom=0 of_dom=1 before([batch-answered]))'
		}),
		places: ({ variant, given }) => ({
			nth: variant.answer,
			answered: Number(given.answered),
			set: Number(given.set)
		}),
		controls: ({ given }) => ({ rsp_event: { kind: 'number', bits: 32, start: given.set } }),
		change: ({ numbers }, { given }) => [inRing(given, SRING.at.rsp_event, numbers.rsp_event, 4)],
		check: wokenUp,
		solution: (posed) => behind(posed, posed.variant.answer),
		slips: (posed) =>
			posed.variant.ask === 'never'
				? [
						{ values: behind(posed, FOUR), reply: 'as-before' },
						{ values: behind(posed, 1), reply: 'other-answer' }
					]
				: [
						{ values: behind(posed, 0), reply: 'never' },
						{ values: { rsp_event: String(posed.variant.answer) }, reply: 'never' },
						{ values: behind(posed, (posed.variant.answer % 3) + 1), reply: 'other-answer' }
					]
	})
};
