/** HYPERVISOR_update_va_mapping and its form for other domains' frames: one L1 entry, found by the address it maps. */
import { EFAULT, EINVAL, EPERM, ESRCH } from '../../abi/errno';
import { UVMF } from '../../abi/structs/mm';
import { CHECK, KIND, word } from '../../trace/events';
import type { Vcpu } from '../core/domain';
import type { Mm } from './context';
import { mayActOn, pageOwner } from './foreign';
import { FLAG, getPage, putPage, TYPE } from './frame-table';
import { modL1Entry } from './l1';
import { flushLocal } from './tlb';
import { vcpuMaskNames } from './vcpu-mask';
import { findL1Entry } from './walk';

/** HYPERVISOR_update_va_mapping(va, val, flags). @returns 0, or -EINVAL and what an L1 entry can be refused with */
export function doUpdateVaMapping(mm: Mm, v: Vcpu, va: number, low: number, high: number, flags: number): number {
	return update(mm, v, va, low, high, flags, v.domain.id);
}

/** HYPERVISOR_update_va_mapping_otherdomain(va, val, flags, domid). @returns also -ESRCH for no such domain, -EPERM without privilege */
export function doUpdateVaMappingOtherdomain(
	mm: Mm,
	v: Vcpu,
	va: number,
	low: number,
	high: number,
	flags: number,
	domid: number
): number {
	const owner = pageOwner(mm, v.domain, domid & 0xffff);
	if (owner === null) return -ESRCH;
	if (!mayActOn(mm, v.domain, owner.id)) return -EPERM;
	return update(mm, v, va, low, high, flags, owner.id);
}

/** @param owner whose frame the entry may name */
function update(mm: Mm, v: Vcpu, va: number, low: number, high: number, flags: number, owner: number): number {
	const span = mm.recorder.begin(
		KIND.mmu_entry,
		word('op', 0),
		word('ptr_low', va),
		word('ptr_high', 0),
		word('val_low', low),
		word('val_high', high),
		word('flags', flags)
	);
	const rc = updateEntry(mm, v, va, low, high, owner) || flush(mm, v, va, flags);
	mm.recorder.end(span, rc);
	return rc;
}

function updateEntry(mm: Mm, v: Vcpu, va: number, low: number, high: number, owner: number): number {
	const entry = v.mm.guestTable === null ? null : findL1Entry(mm, v.mm.guestTable, va);
	if (!mm.ask(CHECK.va_has_l1, entry !== null, va, entry?.table ?? 0) || entry === null) return -EINVAL;
	if (!getPage(mm, entry.table, v.domain.id)) return -EINVAL;
	const f = mm.frames;
	const isL1 = f.type[entry.table] === TYPE.l1 && f.typeCount[entry.table] > 0 && f.has(entry.table, FLAG.validated);
	const rc = mm.ask(CHECK.va_table_is_l1, isL1, entry.table, f.type[entry.table])
		? modL1Entry(mm, entry.table, entry.index, low, high, false, owner)
		: -EINVAL;
	putPage(mm, entry.table);
	return rc;
}

/** The flush that the caller asked for, once the entry is written. One processor: "all" is this one, if the vcpu is among them. */
function flush(mm: Mm, v: Vcpu, va: number, flags: number): number {
	const kind = flags & UVMF.FLUSHTYPE_MASK;
	const where = (flags & ~UVMF.FLUSHTYPE_MASK) >>> 0;
	if (kind !== UVMF.TLB_FLUSH && kind !== UVMF.INVLPG) return 0;
	const here = where === UVMF.LOCAL || where === UVMF.ALL ? true : vcpuMaskNames(mm, v, where);
	if (here === null) return -EFAULT;
	if (here) {
		if (kind === UVMF.TLB_FLUSH) flushLocal(mm);
		else mm.processor.flushPage(va);
	}
	return 0;
}
