/** The wire of a run: cards plugged in, frames of a pcap sent by their times, and what passed as a pcap. */
import type { Fitting } from '../../hardware/devices/device';
import type { Fault } from '../../hardware/devices/ethernet/faults';
import { Segment, type Scripted } from '../../hardware/devices/ethernet/segment';
import type { Captured } from '../../hardware/devices/ethernet/tape';
import { Ne2000 } from '../../hardware/devices/ne2000/ne2000';
import type { Machine } from '../../hardware/machine';
import { cardName, networkFittings } from './cards';
import { readPcap, writePcap, type Packet, type Resolution } from './pcap';
import type { NetworkSpec } from './schema';

const NANOSECONDS = 1_000_000_000;

/** A pcap that cannot be sent, by its key. */
export class InjectError extends TypeError {}

/** Frames of a pcap as a script: the first at `atMs`, the others as long after it as they were captured. */
export function scriptOf(packets: readonly Packet[], atMs: number, hz: number): Scripted[] {
	const [first] = packets;
	const cycleOf = ({ seconds, nanoseconds }: Packet): number => {
		const rest = (nanoseconds - first.nanoseconds) / NANOSECONDS + atMs / 1000;
		return Math.max(0, Math.round((seconds - first.seconds) * hz + rest * hz));
	};
	const script = packets.map((packet) => ({ cycle: cycleOf(packet), bytes: wholeOf(packet) }));
	return script.sort((a, b) => a.cycle - b.cycle);
}

/** What was not captured of a frame is zeros. */
function wholeOf({ bytes, length }: Packet): Uint8Array {
	const whole = new Uint8Array(length);
	whole.set(bytes);
	return whole;
}

function scripted(spec: NetworkSpec, bytesOf: (key: string) => Uint8Array, hz: number): Scripted[] {
	if (!spec.inject) return [];
	const { file, atMs } = spec.inject;
	const { packets, problem } = readPcap(bytesOf(file));
	if (problem) throw new InjectError(`${file}: ${problem}`);
	return scriptOf(packets, atMs, hz);
}

/**
 * Rows for the machine's list of devices.
 * @throws InjectError for a pcap that is damaged
 */
export const fittingsOf = (spec: NetworkSpec, bytesOf: (key: string) => Uint8Array, hz: number): readonly Fitting[] =>
	networkFittings(spec.cards, { faults: spec.faults as readonly Fault[], script: scripted(spec, bytesOf, hz) });

/** A machine's network. */
export class Network {
	readonly segment: Segment;
	readonly cards: readonly Ne2000[];

	/** Plugs all cards of a machine into its wire. @param wallClock the time of day at which the run begins, seconds since 1970 */
	constructor(
		private readonly machine: Machine,
		cards: number,
		private readonly wallClock: number
	) {
		this.segment = machine.devices.get(Segment);
		this.cards = Array.from({ length: cards }, (_, n) => machine.devices.get(Ne2000, cardName(n)));
		for (const card of this.cards) card.plug(this.segment.join(card));
	}

	/** A pcap of all that has passed by now, as somebody who listens has heard it. */
	capture(resolution: Resolution = 'microseconds'): Uint8Array {
		return writePcap(
			this.segment.captured.map((frame) => this.packetOf(frame)),
			resolution
		);
	}

	private packetOf({ cycle, bytes }: Captured): Packet {
		const { hz } = this.machine.clock;
		const seconds = Math.floor(cycle / hz);
		const nanoseconds = Math.floor(((cycle - seconds * hz) / hz) * NANOSECONDS);
		return { seconds: this.wallClock + seconds, nanoseconds, bytes, length: bytes.length };
	}
}
