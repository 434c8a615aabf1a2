/** The guest's segments and code as the hypervisor sees them: CS and SS are in the entry frame, not on the processor. */
import { Descriptor, tryDescriptor } from '../../hardware/cpu/descriptors';
import { Fault } from '../../hardware/cpu/fault';
import { readCodeBytes } from '../core/guest-memory';
import type { Hypervisor } from '../core/hypervisor';
import { SEGMENT_LIMIT_END } from '../core/layout';
import { decode, MAX_LENGTH, type Instruction, type Undecoded } from '../../x86/decode';
import { CS, SS } from '../../x86/registers';

/** Where segments are looked up, one after another. */
const SEGMENT = new Descriptor();

/** The segment that a selector names, or null: also where its table has gone meanwhile. It is the caller's until the next is looked up. */
function lookUp(hv: Hypervisor, selector: number): Descriptor | null {
	try {
		return hv.withDescriptors(tryDescriptor, hv.pcpu.cpu, selector, SEGMENT) ? SEGMENT : null;
	} catch (error) {
		if (!(error instanceof Fault)) throw error;
		return null;
	}
}

/** Base of the guest's segment register `number` (SDM numbering). */
export function segmentBase(hv: Hypervisor, number: number): number {
	if (number === CS) return lookUp(hv, hv.pcpu.frame.cs)?.base ?? 0;
	if (number === SS) return lookUp(hv, hv.pcpu.frame.ss)?.base ?? 0;
	return hv.pcpu.cpu.seg[number].base;
}

/** Whether `size` bytes at `offset` lie within the guest's CS or SS, and below the hypervisor. */
export function segmentHolds(hv: Hypervisor, number: typeof CS | typeof SS, offset: number, size: number): boolean {
	const segment = lookUp(hv, number === CS ? hv.pcpu.frame.cs : hv.pcpu.frame.ss);
	return segment !== null && offset + size - 1 <= segment.limit && segment.base + offset + size <= SEGMENT_LIMIT_END;
}

/** Up to `length` bytes of the guest's code from offset `eip` on: fewer where its segment or its mapping ends. */
export const readCode = (hv: Hypervisor, eip: number, length: number): Uint8Array =>
	readFrom(hv, lookUp(hv, hv.pcpu.frame.cs), eip, length);

/** The instruction at offset `eip` of the guest's code. */
export function decodeAt(hv: Hypervisor, eip: number): Instruction | Undecoded {
	const segment = lookUp(hv, hv.pcpu.frame.cs);
	const code = readFrom(hv, segment, eip, MAX_LENGTH);
	return decode(code, 0, code.length, segment?.big ?? true);
}

function readFrom(hv: Hypervisor, segment: Descriptor | null, eip: number, length: number): Uint8Array {
	if (segment === null) return new Uint8Array();
	let count = Math.max(0, Math.min(length, segment.limit - eip + 1));
	for (; count > 0; count--) {
		try {
			return readCodeBytes(hv, segment.base + eip, count);
		} catch (error) {
			if (!(error instanceof Fault)) throw error;
		}
	}
	return new Uint8Array();
}
