/** The guest's segments and code as the hypervisor sees them: CS and SS are in the entry frame, not on the processor. */
import { Descriptor, tryDescriptor } from '../../hardware/cpu/descriptors';
import { Fault } from '../../hardware/cpu/fault';
import { readBytes } from '../core/guest-memory';
import type { Hypervisor } from '../core/hypervisor';
import { SEGMENT_LIMIT_END } from '../core/layout';
import { CS, SS } from '../../x86/registers';

/** Base and limit (highest offset) of the segment that a selector names, or null: also where its table has gone meanwhile. */
function lookUp(hv: Hypervisor, selector: number): { base: number; limit: number } | null {
	const into = new Descriptor();
	try {
		const found = hv.withDescriptors(() => tryDescriptor(hv.machine.cpu, selector, into));
		return found ? { base: into.base >>> 0, limit: into.limit >>> 0 } : null;
	} catch (error) {
		if (!(error instanceof Fault)) throw error;
		return null;
	}
}

/** Base of the guest's segment register `number` (SDM numbering). */
export function segmentBase(hv: Hypervisor, number: number): number {
	if (number === CS) return lookUp(hv, hv.frame.cs)?.base ?? 0;
	if (number === SS) return lookUp(hv, hv.frame.ss)?.base ?? 0;
	return hv.machine.cpu.seg[number].base;
}

/** Whether `size` bytes at `offset` lie within the guest's CS or SS, and below the hypervisor. */
export function segmentHolds(hv: Hypervisor, number: typeof CS | typeof SS, offset: number, size: number): boolean {
	const segment = lookUp(hv, number === CS ? hv.frame.cs : hv.frame.ss);
	return segment !== null && offset + size - 1 <= segment.limit && segment.base + offset + size <= SEGMENT_LIMIT_END;
}

/**
 * Up to `length` bytes of the guest's code from offset `eip` on: fewer where its segment or its mapping ends.
 */
export function readCode(hv: Hypervisor, eip: number, length: number): Uint8Array {
	const segment = lookUp(hv, hv.frame.cs);
	if (!segment) return new Uint8Array();
	let count = Math.max(0, Math.min(length, segment.limit - eip + 1));
	for (; count > 0; count--) {
		try {
			return readBytes(hv, segment.base + eip, count);
		} catch (error) {
			if (!(error instanceof Fault)) throw error;
		}
	}
	return new Uint8Array();
}
