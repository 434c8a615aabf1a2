/** The vcpu bitmaps that the multi flushes take. */
import type { Vcpu } from '../core/domain';
import type { Mm } from './context';

/**
 * Whether the mask at a guest address names a vcpu whose translations the processor may hold: on one
 * processor that is the caller alone. Null when the mask cannot be read.
 */
export function vcpuMaskNames(mm: Mm, v: Vcpu, address: number): boolean | null {
	const words = Math.ceil(v.domain.vcpus.length / 32);
	const view = mm.guest.read(address, words * 4);
	if (view === null) return null;
	return (view.getUint32((v.id >>> 5) * 4, true) & (1 << (v.id & 31))) !== 0;
}
