/** What tools are told of a domain (xen/common/domctl.c: getdomaininfo). */
import { DOMCTL_GETDOMAININFO, DOMINF, DOMINF_SHUTDOWN_SHIFT } from '../../abi/structs/control';
import { RUNSTATE } from '../../abi/structs/sched';
import type { Domain } from '../core/domain';
import { writeU64 } from '../core/guest-memory';
import type { Hypervisor } from '../core/hypervisor';
import { cyclesIn } from '../sched/runstate';
import { toNanoseconds } from '../time/time-scale';

/** XEN_INVALID_MAX_VCPU_ID, of a domain without vcpus. */
const NO_VCPU = 0xffff_ffff;
/** Physical address bits of the modelled processor. */
const ADDRESS_BITS = 36;
/** X86_EMU_PIT: all that is emulated for a paravirtualized domain. */
const EMULATED_TIMER = 1 << 8;
/** X86_MSR_RELAXED and the like: none. */
const NO_FLAGS = 0;

function flagsOf(d: Domain): number {
	const up = d.vcpus.filter((v) => !v.sched.down);
	const bits: readonly (readonly [boolean, number])[] = [
		[d.dying, DOMINF.dying],
		[d.shutdownCode !== null, DOMINF.shutdown],
		[d.paused, DOMINF.paused],
		[up.every((v) => v.sched.blocked), DOMINF.blocked],
		[up.some((v) => v.pcpu !== null), DOMINF.running]
	];
	const flags = bits.reduce((all, [is, bit]) => (is ? all | bit : all), 0);
	return flags | ((d.shutdownCode ?? 0) << DOMINF_SHUTDOWN_SHIFT);
}

/** Cycles that its vcpus have run. */
const timeRun = (hv: Hypervisor, d: Domain): number =>
	d.vcpus.reduce((sum, v) => sum + cyclesIn(hv, v, RUNSTATE.running), 0);

/** Writes a struct xen_domctl_getdomaininfo at `offset`. */
export function writeDomainInfo(hv: Hypervisor, d: Domain, view: DataView, offset: number): void {
	const { at, size } = DOMCTL_GETDOMAININFO;
	new Uint8Array(view.buffer, view.byteOffset + offset, size).fill(0);
	const set = (name: keyof typeof at, value: number): void => view.setUint32(offset + at[name], value, true);
	view.setUint16(offset + at.domain, d.id, true);
	set('flags', flagsOf(d));
	writeU64(view, offset + at.tot_pages, d.mm.totalPages);
	writeU64(view, offset + at.max_pages, d.mm.maxPages);
	writeU64(view, offset + at.shared_info_frame, d.sharedInfo);
	writeU64(view, offset + at.cpu_time, toNanoseconds(hv.timeScale, timeRun(hv, d)));
	set('nr_online_vcpus', d.vcpus.filter((v) => !v.sched.down).length);
	set('max_vcpu_id', d.vcpus.length > 0 ? d.vcpus.length - 1 : NO_VCPU);
	d.handle.forEach((byte, index) => view.setUint8(offset + at.handle + index, byte));
	view.setUint8(offset + at.gpaddr_bits, ADDRESS_BITS);
	set('emulation_flags', EMULATED_TIMER);
	set('misc_flags', NO_FLAGS);
}
