import { NETIF_TX_REQUEST } from '$src/abi/structs/netif';
import { SRING } from '$src/abi/structs/ring';
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

const PAGE = 4096;

/** Headers of a packet, and where in it the sender's address stands. */
const HEADERS = { ethernet: 14, ip: 20, udp: 8 };
const DATA = HEADERS.ethernet + HEADERS.ip + HEADERS.udp;
const SENDER = HEADERS.ethernet + 12;
/** The longest packet of an Ethernet, without its checksum. */
const LONGEST = 1514;

/** dom1's address, the one that its rule lets pass, and a neighbour's. */
const OWN = 0x0a000001;
const NEIGHBOUR = 0x0a000003;

/** Entries of dom1's grant table: one that lends nothing, and the page of the console, which the toolstack has lent to domain 0. */
const UNUSED = 1000;
const CONSOLE = 0;

/** Who is to end the packet's journey; or how many bytes are to arrive that are none of it. */
interface Packet extends Variant {
	readonly ask: 'back-end' | 'xen' | 'rule' | 'receiver' | 'more';
	readonly more: number;
}

/** All that comes of this packet happens before dom1's process sends the next one. */
const NEXT = 'trap vector=0x80 dom=1 after([written]) #2';
const ANSWER = 'event_send dom=0 remote_dom=1 after([written]) #1';
const FETCH = `grant_entry op=copy of_dom=1 dom=0 after([written]) before(${ANSWER})`;
const FETCHED = `grant_copy dom=0 after([written]) before(${ANSWER})`;
/** From a frame of domain 0's own. */
const DELIVERED = `grant_copy dom=0 after(${ANSWER}) before(${NEXT})`;
const RECEIVED = `far_return dom=2 to_ring=3 after([written]) before(${NEXT})`;

type End = Packet['ask'] | 'arrived' | 'other-page' | 'other-start' | 'lost';

/** How far it came, and the event that decided. */
function endOf(run: Outcome<Packet>): { end: End; at: number } {
	const { given } = run;
	const answer = run.find(ANSWER);
	if (answer < 0) return { end: 'lost', at: -1 };
	if (run.find(FETCH) < 0) return { end: 'back-end', at: answer };
	const refusal = run.find(`check !passed inside(${FETCH})`);
	if (refusal >= 0) return { end: 'xen', at: refusal };
	const fetched = run.find(FETCHED);
	if (run.fact(`value(from_mfn, ${FETCHED})`) !== Number(given.page)) return { end: 'other-page', at: fetched };
	if (run.fact(`value(from_offset, ${FETCHED})`) !== Number(given.start)) return { end: 'other-start', at: fetched };
	const delivered = run.find(DELIVERED);
	if (delivered < 0) return { end: 'rule', at: answer };
	const received = run.find(RECEIVED);
	return received < 0 ? { end: 'receiver', at: delivered } : { end: 'arrived', at: received };
}

/** Who had the last word, as it was to be. */
function judged(run: Outcome<Packet>): Verdict {
	const { variant } = run;
	const { end, at } = endOf(run);
	if (variant.ask === 'more') return followed(run, end, at);
	if (end !== variant.ask) return no(end, at);
	return { solved: true, reply: `${variant.ask}-done`, at };
}

/** It is to arrive, and so many bytes with it that are none of it. */
function followed(run: Outcome<Packet>, end: End, at: number): Verdict {
	if (end !== 'arrived') return no(end, at);
	const more = run.fact(`value(bytes, ${DELIVERED})`) - Number(run.given.size);
	const told = { found: more, more: run.variant.more };
	if (more !== run.variant.more) return no(more === 0 ? 'arrived' : 'other-amount', at, told);
	return { solved: true, reply: 'more-done', at: run.find(DELIVERED), places: told };
}

/** The packet as the kernel has made it, with some of it different. */
const packet = (
	{ given }: Posed<Packet>,
	other: Partial<Record<'gref' | 'offset' | 'size' | 'sender', number>>
): Values =>
	Object.fromEntries(
		Object.entries({
			gref: Number(given.ref),
			offset: Number(given.start),
			size: Number(given.size),
			sender: OWN,
			...other
		}).map(([name, value]) => [name, name === 'sender' ? `0x${value.toString(16).padStart(8, '0')}` : String(value)])
	);

function solved(posed: Posed<Packet>): Values {
	const size = Number(posed.given.size);
	switch (posed.variant.ask) {
		case 'back-end':
			return packet(posed, { size: LONGEST + 1 });
		case 'xen':
			return packet(posed, { gref: UNUSED });
		case 'rule':
			return packet(posed, { sender: NEIGHBOUR });
		case 'receiver':
			return packet(posed, { size: size - 1 });
		case 'more':
			return packet(posed, { size: size + posed.variant.more });
	}
}

/** What does not fit into 16 bits has all of them. */
const half = (value: bigint): bigint => (value > 0xffffn ? 0xffffn : value);

export const exercises: Exercises = {
	'write-a-packet': exercise<Packet>({
		at: 'ask-trap',
		variants: [
			{ ask: 'rule', more: 0 },
			{ ask: 'xen', more: 0 },
			{ ask: 'back-end', more: 0 },
			{ ask: 'receiver', more: 0 },
			{ ask: 'more', more: 40 },
			{ ask: 'more', more: 100 }
		],
		facts: () => ({
			ring: 'value(mfn, grant_map of_dom=1 #1)',
			page: 'value(from_mfn, [fetched])',
			start: 'value(from_offset, [fetched])',
			size: 'value(bytes, [fetched])',
			ref: 'value(what, grant_entry inside([fetch]))',
			// A packet of one slot each, and none so long that it was fetched in two parts.
			slot: 'count(grant_entry op=copy of_dom=1 before([ask-trap]))'
		}),
		places: ({ variant: { more }, given }) => ({
			more,
			size: Number(given.size),
			start: Number(given.start),
			whole: Number(given.size) + more,
			longest: LONGEST
		}),
		controls: ({ given }) => ({
			gref: { kind: 'number', bits: 32, start: given.ref },
			offset: { kind: 'number', bits: 32, start: given.start },
			size: { kind: 'number', bits: 32, start: given.size },
			sender: { kind: 'number', bits: 32, start: OWN }
		}),
		/** The slot, in the frame of the ring, and four bytes of the packet, the first one first. */
		change({ numbers }, { given }) {
			const slot = Number(given.ring) * PAGE + SRING.size + Number(given.slot) * NETIF_TX_REQUEST.size;
			const put = (address: number, bytes: readonly number[]) =>
				({ kind: 'memory', space: 'physical', address, bytes: [...bytes] }) as const;
			const { gref, offset, size } = NETIF_TX_REQUEST.at;
			return [
				put(slot + gref, littleEndian(numbers.gref, 4)),
				put(slot + offset, littleEndian(half(numbers.offset), 2)),
				put(slot + size, littleEndian(half(numbers.size), 2)),
				put(Number(given.page) * PAGE + Number(given.start) + SENDER, littleEndian(numbers.sender, 4).reverse())
			];
		},
		check: judged,
		solution: solved,
		slips(posed) {
			const size = Number(posed.given.size);
			const slip = (reply: string, other: Parameters<typeof packet>[1]) => ({ values: packet(posed, other), reply });
			switch (posed.variant.ask) {
				case 'rule':
					return [
						slip('xen', { gref: UNUSED, sender: NEIGHBOUR }),
						slip('receiver', { size: size - 1 }),
						slip('other-start', { offset: Number(posed.given.start) + 1, sender: NEIGHBOUR })
					];
				case 'xen':
					return [
						slip('other-page', { gref: CONSOLE }),
						slip('back-end', { gref: UNUSED, size: HEADERS.ethernet - 1 }),
						slip('rule', { sender: NEIGHBOUR })
					];
				case 'back-end':
					return [
						slip('receiver', { size: HEADERS.ethernet }),
						slip('other-start', { offset: PAGE - size }),
						slip('xen', { gref: UNUSED })
					];
				case 'receiver':
					return [
						slip('arrived', { size: size + 1 }),
						slip('back-end', { size: HEADERS.ethernet - 1 }),
						slip('rule', { size: size - 1, sender: NEIGHBOUR })
					];
				case 'more':
					return [
						slip('receiver', { size: size - 1 }),
						slip('other-amount', { size: size + posed.variant.more - 1 }),
						slip('other-amount', { size: DATA + posed.variant.more }),
						slip('other-start', { offset: Number(posed.given.start) - posed.variant.more / 10, size: size + 4 })
					];
			}
		}
	})
};
