/**
 * Where bytes came from that were moved into memory and not made there: by a disk's DMA, by Xen's grant copy, by a string read from a card, or by a
 * string instruction, which says itself where it reads.
 */
import { PAGE_SIZE } from '../../base';
import { KIND } from '../../trace/events';
import { readLinear, registers } from '../inspect/moment';
import type { Run } from '../run';
import type { Task } from '../task';
import { CS, DS, ES } from '../../x86/registers';
import { sourceOnDisk } from './disk';
import type { Place } from './places';
import { memoryAt, offsetOf, sourceOnWire } from './wire';
import type { Onward, Write } from './words';

type Steps<T> = Generator<void, T, void>;
type Wait = <R>(task: Task<R>) => Steps<R>;

/** The first bytes of the places that lie in a stretch of memory from `from` on. */
function placeFrom(places: readonly Place[], from: number): { address: number; length: number } {
	const place = places.find(({ physical, length }) => physical + length > from) ?? places[0];
	const address = Math.max(place.physical, from);
	return { address, length: Math.max(1, place.physical + place.length - address) };
}

/** The question that leads on from a write to memory; null where the bytes were made, or nothing tells whence they came. */
export function* sourceOf(run: Run, found: Write, places: readonly Place[], wait: Wait): Steps<Onward | null> {
	const { trace } = run;
	const { writer } = found;
	if (writer.by === 'dma') {
		const { address, length } = placeFrom(places, trace.arg(writer.event, 'address'));
		return sourceOnDisk(trace, writer.event, address, length);
	}
	if (writer.by === 'hypervisor' && trace.kind(writer.event) === KIND.grant_copy)
		return copySource(run, found, writer.event, places);
	if (writer.by === 'hypervisor' && trace.kind(writer.event) === KIND.port_io) {
		const { address, length } = placeFrom(places, 0);
		return yield* sourceOnWire(run, writer.event, address, length, wait);
	}
	return writer.by === 'instruction' ? yield* stringSource(run, found, places, wait) : null;
}

/** The same bytes in the frame that Xen copied from, before the hypercall. */
function copySource({ trace }: Run, { before }: Write, copy: number, places: readonly Place[]): Onward | null {
	const to = trace.arg(copy, 'to_mfn') * PAGE_SIZE + trace.arg(copy, 'to_offset');
	const from = trace.arg(copy, 'from_mfn') * PAGE_SIZE + trace.arg(copy, 'from_offset');
	const bytes = trace.arg(copy, 'bytes');
	const { address, length } = placeFrom(places, to);
	if (!before || address >= to + bytes) return null;
	const target = {
		kind: 'memory',
		space: 'physical',
		address: from + address - to,
		length: Math.min(length, to + bytes - address)
	} as const;
	return { target, at: before };
}

const REPEATS = [0xf2, 0xf3];
const OPERAND_SIZE = 0x66;
/** MOVS, of bytes and of words (SDM Vol. 2B). */
const MOVSB = 0xa4;
const MOVS = 0xa5;
const DF = 1 << 10;

/** What MOVS before the present moment would copy at least one element of, as bytes; 0 where the next instruction is none. */
function movedBytes(run: Run): number {
	const { cpu } = run.system.machine;
	const { eip, ecx, eflags } = registers(run);
	const code = readLinear(run, (cpu.seg[CS].base + eip) >>> 0, 4);
	let at = 0;
	let repeats = false;
	let size = 4;
	for (; REPEATS.includes(code[at]) || code[at] === OPERAND_SIZE; at++) {
		if (code[at] === OPERAND_SIZE) size = 2;
		else repeats = true;
	}
	if (eflags & DF || (code[at] !== MOVSB && code[at] !== MOVS)) return 0;
	return (code[at] === MOVSB ? 1 : size) * (repeats ? ecx : 1);
}

/** MOVS reads at ESI what it writes at EDI: looked at just before it. */
function* stringSource(run: Run, { before }: Write, places: readonly Place[], wait: Wait): Steps<Onward | null> {
	if (!before) return null;
	yield* wait(run.seeking(before));
	const bytes = movedBytes(run);
	const { cpu } = run.system.machine;
	const { esi, edi } = registers(run);
	const { address, length } = placeFrom(places, 0);
	const within = offsetOf(run, (cpu.seg[ES].base + edi) >>> 0, bytes, address);
	if (within < 0) return null;
	return memoryAt(run, (cpu.seg[DS].base + esi + within) >>> 0, Math.min(length, bytes - within), before);
}
