/**
 * Where bytes that may be a packet were seen, and what they were then. The trace tells that bytes were copied, that a page changed hands, that
 * a frame went onto the wire; which bytes it does not tell, and soon they are overwritten. So they are read as the event is recorded.
 *
 * The hypervisor knows nothing of packets, and nothing of this. What was seen is part of the saved state: whoever goes back, and on in
 * another way, has what was seen on that way.
 */
import { PAGE_SIZE } from '../../base';
import type { Hypervisor } from '../../hypervisor/core/hypervisor';
import { EVENT_KINDS, KIND } from '../../trace/events';
import type { Listener } from '../../trace/store';
import { domainPath } from '../../toolstack/xenstore/path';
import type { Network } from './network';

/** One time that bytes were seen. */
export interface Sighting {
	/** The event that tells of it. */
	readonly seq: number;
	readonly how: 'copy' | 'flip' | 'sent' | 'received' | 'dropped';
	/** Whose memory they were in, and whose they are in now: a domain; -1 where a card had them, or has. */
	readonly from: number;
	readonly to: number;
	/** Physical address at which they lie now, and of a copy that at which they lay; -1 in a card. A flip's are the whole page's. */
	readonly source: number;
	readonly target: number;
	/** Without a check sequence; of a page as far as something stands in it. */
	readonly bytes: Uint8Array;
	/** Ports of the virtual cards that join the two domains. */
	readonly ports: readonly VifPort[];
}

/** An event channel of a virtual card: the domain whose card it is, the one that serves it, and the port of each. */
export interface VifPort {
	readonly front: number;
	readonly back: number;
	readonly frontPort: number;
	readonly backPort: number;
}

/** In pieces that never change, so that snapshots share them. */
export interface SightingsState {
	readonly whole: readonly (readonly Sighting[])[];
	readonly last: readonly Sighting[];
}

const PIECE = 64;
/** Pieces that are kept; the oldest goes. */
const PIECES = 16;
const PORT_KEYS = ['event-channel', 'event-channel-tx', 'event-channel-rx'];

/** What is needed of xenstore. */
interface Store {
	read(path: string): string | null | undefined;
	list(path: string): string[];
}

type Seen = Omit<Sighting, 'seq'>;

/** Looks at the machine as events are recorded. */
export class Sightings implements Listener {
	readonly kinds: Uint8Array;
	private whole: readonly (readonly Sighting[])[] = [];
	private last: readonly Sighting[] = [];

	/** @param store where the virtual cards stand; it may be there only later */
	constructor(
		private readonly hypervisor: Hypervisor,
		private readonly network: Network | null,
		private readonly store: () => Store
	) {
		this.kinds = Uint8Array.from(EVENT_KINDS, (_, kind) => (LOOKS.has(kind) ? 1 : 0));
	}

	/** All that is kept, the oldest first. */
	get list(): readonly Sighting[] {
		return [...this.whole.flat(), ...this.last];
	}

	hear(seq: number, kind: number, words: Uint32Array): void {
		const seen = LOOKS.get(kind)?.call(this, words);
		if (!seen) return;
		this.last = [...this.last, { seq, ...seen }];
		if (this.last.length < PIECE) return;
		this.whole = [...this.whole, this.last].slice(-PIECES);
		this.last = [];
	}

	copied([fromMfn, fromOffset, toMfn, toOffset, length]: Uint32Array): Seen {
		const [from, to] = [this.owner(fromMfn), this.owner(toMfn)];
		const target = toMfn * PAGE_SIZE + toOffset;
		const source = fromMfn * PAGE_SIZE + fromOffset;
		return { how: 'copy', from, to, source, target, bytes: this.read(target, length), ports: this.portsOf(from, to) };
	}

	flipped([to, , mfn]: Uint32Array): Seen {
		const from = this.hypervisor.recorder.dom;
		const target = mfn * PAGE_SIZE;
		const page = this.read(target, PAGE_SIZE);
		const bytes = page.subarray(0, page.findLastIndex((byte) => byte !== 0) + 1).slice();
		return { how: 'flip', from, to, source: target, target, bytes, ports: this.portsOf(from, to) };
	}

	sent([card, length]: Uint32Array): Seen | null {
		const sending = this.network?.cards[card]?.chip.state.sending;
		return sending
			? { ...IN_CARD, how: 'sent', from: this.hypervisor.recorder.dom, bytes: sending.slice(0, length) }
			: null;
	}

	/** What every station hears is what was captured last. */
	heard(how: 'received' | 'dropped'): Seen | null {
		const bytes = this.network?.segment.latest?.bytes;
		return bytes ? { ...IN_CARD, how, bytes } : null;
	}

	private owner(mfn: number): number {
		return this.hypervisor.frames.owner[mfn];
	}

	private read(at: number, length: number): Uint8Array {
		return this.hypervisor.machine.memory.bytes(at, length).slice();
	}

	/** The virtual cards that one of two domains has and the other serves. */
	private portsOf(a: number, b: number): readonly VifPort[] {
		return [...this.portsBetween(a, b), ...this.portsBetween(b, a)];
	}

	private portsBetween(front: number, back: number): VifPort[] {
		const store = this.store();
		const folder = `${domainPath(front)}/device/vif`;
		const channels = this.hypervisor.domains.get(front)?.events.channels ?? [];
		const found: VifPort[] = [];
		for (const handle of store.list(folder)) {
			if (Number(store.read(`${folder}/${handle}/backend-id`)) !== back) continue;
			for (const key of PORT_KEYS) {
				const frontPort = Number(store.read(`${folder}/${handle}/${key}`) ?? 0);
				const backPort = channels[frontPort]?.remotePort ?? 0;
				if (frontPort > 0 && backPort > 0) found.push({ front, back, frontPort, backPort });
			}
		}
		return found;
	}

	save(): SightingsState {
		// Whoever saves may put equal parts in the place of these: lists of its own, entries shared.
		return { whole: [...this.whole], last: [...this.last] };
	}

	restore({ whole, last }: SightingsState): void {
		this.whole = [...whole];
		this.last = [...last];
	}
}

const IN_CARD = { from: -1, to: -1, source: -1, target: -1, ports: [] } as const;

/** What is looked at when an event of a kind is recorded, by its words. */
const LOOKS = new Map<number, (this: Sightings, words: Uint32Array) => Seen | null>([
	[KIND.grant_copy, Sightings.prototype.copied],
	[KIND.grant_transfer, Sightings.prototype.flipped],
	[KIND.frame_sent, Sightings.prototype.sent],
	[
		KIND.frame_received,
		function () {
			return this.heard('received');
		}
	],
	[
		KIND.frame_dropped,
		function () {
			return this.heard('dropped');
		}
	]
]);
