/**
 * Who put a frame on the wire: the card that sent it, and the accesses to its data port by which a driver had written it there. A frame that no card
 * of the machine sent came from outside.
 */
import { KIND } from '../../trace/events';
import type { TraceView } from '../../trace/view';
import { words } from '../../words/late';
import { fill } from '../../words/template';
import { translate } from '../inspect/page-walk';
import { chunksOf, fillOf, receivedOf } from '../inspect/packet-steps';
import { registers } from '../inspect/moment';
import type { Captured } from '../../hardware/devices/ethernet/tape';
import type { Point } from '../moment';
import type { Run } from '../run';
import type { Task } from '../task';
import { bytesText } from './places';
import type { Onward, WhoTarget, Write } from './words';

const said = words.who;

export type WireTarget = Extract<WhoTarget, { kind: 'wire' }>;
type Steps<T> = Generator<void, T, void>;
type Wait = <R>(task: Task<R>) => Steps<R>;
type Found = Write & { readonly idle: number; readonly onward: Onward | null };

/** Direction flag: strings go downwards. */
const DF = 1 << 10;

/** What passed on the wire, as a capture numbers it: from 1. */
const capturedOf = (run: Run): readonly Captured[] => run.system.network?.segment.captured ?? [];

/** @throws RangeError for a frame or bytes that are not there */
export function checkWire(run: Run, { frame, offset, length }: WireTarget): void {
	const frames = capturedOf(run);
	const found = Number.isInteger(frame) ? frames[frame - 1] : undefined;
	if (!found) throw new RangeError(fill(said.errors.captured, { frame, frames: frames.length }));
	const whole = [offset, length].every((value) => Number.isInteger(value) && value >= 0);
	if (!whole || length < 1 || offset + length > found.bytes.length)
		throw new RangeError(fill(said.errors.inFrame, { offset, length, bytes: found.bytes.length }));
}

/** Who sent the frame. */
export function* whoSent(run: Run, target: WireTarget, wait: Wait): Steps<Found> {
	const { trace, moment } = run;
	const { frame, offset, length } = target;
	const passed = capturedOf(run)[frame - 1];
	const value = bytesText([...passed.bytes.subarray(offset, offset + length)]);
	const event = sentAs(run, passed, moment.seq);
	const told = { old: '', new: value, idle: 0 };
	if (event < 0) return { ...told, before: null, after: null, writer: { by: 'outside' }, onward: null };
	const last = fillOf(trace, event);
	return {
		...told,
		before: { icount: trace.icount(event), seq: event },
		after: { icount: trace.icount(event), seq: event + 1 },
		writer: { by: 'card', event, card: trace.arg(event, 'card'), filled: last },
		onward: last < 0 ? null : yield* onwardFrom(run, last, offset, length, wait)
	};
}

/** The `frame_sent` event of a frame that passed: the latest before with these bytes; -1 for none. */
function sentAs({ trace, system }: Run, { cycle, bytes }: Captured, now: number): number {
	const kept = new Map(system.sightings.list.map((one) => [one.seq, one.bytes]));
	for (let seq = Math.min(now, trace.seqAtCycle(cycle + 1)) - 1; seq >= 0; seq--) {
		if (trace.kind(seq) !== KIND.frame_sent || trace.cycle(seq) >= cycle) continue;
		const was = kept.get(seq);
		if (was ? sameBytes(was, bytes) : trace.arg(seq, 'bytes') === bytes.length && sameHeading(trace, seq, bytes))
			return seq;
	}
	return -1;
}

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
	a.length === b.length && a.every((byte, at) => byte === b[at]);

/** What an event still tells where the bytes are not kept any more: destination, source, type. */
function sameHeading(trace: TraceView, seq: number, bytes: Uint8Array): boolean {
	const mac = (at: number): number => bytes.subarray(at, at + 6).reduce((value, byte) => value * 256 + byte, 0);
	return (
		Number(trace.value(seq, 'dst')) === mac(0) &&
		Number(trace.value(seq, 'src')) === mac(6) &&
		trace.arg(seq, 'type') === bytes[12] * 256 + bytes[13]
	);
}

/** The memory from which a driver's string access took a byte of the frame, asked just before that access. */
function* onwardFrom(run: Run, last: number, offset: number, length: number, wait: Wait): Steps<Onward | null> {
	const { trace } = run;
	let left = offset;
	for (const chunk of chunksOf(trace, last)) {
		const bytes = trace.arg(chunk, 'times') * trace.arg(chunk, 'io_size');
		if (left >= bytes) left -= bytes;
		else return yield* sourceOfString(run, chunk, left, Math.min(length, bytes - left), wait);
	}
	return null;
}

/** Right before the trap in which an access to a port was carried out. */
function beforeTrap(trace: TraceView, access: number): Point {
	const trap = trace.cause(access);
	const at = trap >= 0 ? trap : access;
	return { icount: trace.icount(at), seq: at };
}

/** OUTS reads from ESI on, upwards; the segments of our guests, and of all that Xen lets them have, begin at 0. */
function* sourceOfString(run: Run, access: number, from: number, length: number, wait: Wait): Steps<Onward | null> {
	const at = beforeTrap(run.trace, access);
	yield* wait(run.seeking(at));
	const { esi, eflags } = registers(run);
	return eflags & DF ? null : memoryAt(run, (esi + from) >>> 0, length, at);
}

/** A question about memory at a linear address, as it is mapped now; as many bytes as lie in one page. */
export function memoryAt(run: Run, linear: number, length: number, at: Point): Onward | null {
	const address = translate(run, linear);
	if (address < 0) return null;
	return {
		target: { kind: 'memory', space: 'physical', address, length: Math.min(length, 4096 - (address % 4096)) },
		at
	};
}

/** The frame on the wire that INS brought into memory, from the event that tells of the access; null where it is not known. */
export function* sourceOnWire(
	run: Run,
	access: number,
	address: number,
	length: number,
	wait: Wait
): Steps<Onward | null> {
	const { trace } = run;
	const received = receivedOf(trace, access);
	if (received < 0) return null;
	const frame = capturedOf(run).findLastIndex(({ cycle }) => cycle === trace.cycle(received)) + 1;
	const at = beforeTrap(trace, access);
	yield* wait(run.seeking(at));
	const { edi, eflags } = registers(run);
	const bytes = trace.arg(access, 'times') * trace.arg(access, 'io_size');
	const within = eflags & DF ? -1 : offsetOf(run, edi, bytes, address);
	if (frame === 0 || within < 0) return null;
	const earlier = chunksOf(trace, access).slice(0, -1);
	const offset = within + earlier.reduce((sum, seq) => sum + trace.arg(seq, 'times') * trace.arg(seq, 'io_size'), 0);
	const left = capturedOf(run)[frame - 1].bytes.length - offset;
	return left <= 0 ? null : { target: { kind: 'wire', frame, offset, length: Math.min(length, left) }, at };
}

/** How far behind linear address `from` physical address `address` is mapped, within `bytes`; -1 where it is not. */
export function offsetOf(run: Run, from: number, bytes: number, address: number): number {
	for (let done = 0; done < bytes;) {
		const linear = (from + done) >>> 0;
		const here = Math.min(bytes - done, 4096 - (linear % 4096));
		const physical = translate(run, linear);
		if (physical >= 0 && address >= physical && address < physical + here) return done + address - physical;
		done += here;
	}
	return -1;
}
