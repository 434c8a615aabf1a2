/**
 * How type counts and reference counts work.
 *
 * A paravirtual guest writes the very page tables that the processor walks. Nothing stands between
 * a table entry and the memory it names, so safety is decided once, when the entry is written, and
 * has to hold from then on. Two numbers for each frame of RAM make that possible.
 *
 * The *reference count* answers: may this frame be given to somebody else? Each thing that can
 * reach the frame holds one reference: the allocator, for as long as the frame belongs to its
 * domain; every present entry that maps it, read-only or writable; every entry of a higher table
 * that names it as a table; every vcpu that has it in CR3; a pin; a descriptor table; the
 * hypervisor or the toolstack, while they look at it. `getPage` takes a reference and checks the
 * owner in the same breath, `putPage` gives it back. A guest that returns a frame to Xen only drops
 * the allocator's reference: while one stale mapping is left the frame stays its own, and cannot
 * turn up as another domain's memory under that mapping.
 *
 * The *type count* answers: what is this frame being used as? A frame has one type at a time. It
 * may be written by the guest (`writable`), or hold page tables of one level (`l1`, `l2`, `l3`), or
 * hold segment descriptors (`seg_desc`), and these exclude each other. Each use that depends on the
 * type holds one count: a writable mapping counts `writable`; an L2 entry counts `l1` on the table
 * it names; CR3 counts `l3`. `getPageType` adds one if the frame has the type already. When the
 * count is zero nobody depends on the old type, and the frame may take a new one. Otherwise the
 * request fails, and that failure is the heart of the matter: a frame cannot become a page table
 * while a writable mapping of it exists, and cannot be mapped writable while it is a page table. A
 * plain read-only mapping takes no type count: anyone may *look* at a page table.
 *
 * Becoming a table means being *validated*. Every entry is read as what it would mean to the
 * processor, and the frame it names is asked for: an L1 entry takes a reference on its target, and a
 * `writable` type if it maps it so; an L2 entry takes the `l1` type of the table below, which is
 * validated in turn if it was not before. If any entry is refused, the entries before it are given
 * back in reverse and the frame has no type, as if nothing had been tried. If all pass, the
 * `validated` bit is set, and the invariant holds: *what a validated table refers to is counted, and
 * nothing but the hypervisor can write it*. Later changes come one entry at a time (`modL1Entry` and
 * its kin): get the new target, write the entry, put the old target, in that order, so that at no
 * moment a reachable frame is uncounted. When the last count of a table goes, its entries are put
 * back one by one, the bit is cleared, and the frame is ordinary memory again.
 *
 * A guest that switches between address spaces would pay for validation at each switch if CR3 held
 * the only count. A *pin* is one more count, held for no other reason than to keep a table
 * validated; it is a promise of the guest to itself and gives it no right it did not have.
 *
 * Two details keep the sums right. A table that names itself (a linear map, which a guest may make
 * read-only to see its own tables as memory) takes no count for that entry, or it could never reach
 * zero. And a frame whose type changes may be reachable through stale translations in the TLB;
 * tlb.ts sees to it that they are gone before the new type holds.
 *
 * The rule for every function here and in the files beside it: on success exactly what the name says
 * was taken; on failure nothing was. `audit` (audit.ts) can recompute both columns of the frame table
 * from the contents of memory at any time, and the tests do so after every step.
 */
import { assert } from '../../base';
import { EINVAL } from '../../abi/errno';
import { CHECK } from '../../trace/events';
import type { Mm } from './context';
import { FLAG, getPage, isTable, putPage, recordFrame, TYPE } from './frame-table';
import { flushStale, stampFrame } from './tlb';

/**
 * Counts one more use of a frame as `type`; the caller holds a plain reference already.
 * The first use as a table or descriptor page validates the contents.
 * @param xenL2 for an L2 only: it is to serve L3[3] and gets the hypervisor's slots
 * @returns 0, or -EINVAL with nothing changed when it is in use as something else; or what validation answered
 */
export function getPageType(mm: Mm, mfn: number, type: number, xenL2 = false): number {
	const f = mm.frames;
	const oldType = f.type[mfn];
	const idle = f.typeCount[mfn] === 0;
	const same = oldType === type && f.has(mfn, FLAG.xenL2) === xenL2;
	if (!mm.ask(CHECK.type_compatible, idle || same, mfn, (oldType << 24) | f.typeCount[mfn])) return -EINVAL;
	if (idle && oldType !== type) {
		flushStale(mm, mfn);
		f.type[mfn] = type;
		f.flags[mfn] &= ~FLAG.validated;
		if (type === TYPE.writable) f.flags[mfn] |= FLAG.validated;
	}
	if (xenL2) f.flags[mfn] |= FLAG.xenL2;
	f.typeCount[mfn]++;
	const rc = f.has(mfn, FLAG.validated) ? 0 : validate(mm, mfn, type);
	if (rc === 0 && (mm.quiet === 0 || type !== TYPE.writable)) recordFrame(mm, mfn, oldType);
	return rc;
}

/** Counts one use less; with the last one a table gives up everything that it refers to. */
export function putPageType(mm: Mm, mfn: number): void {
	const f = mm.frames;
	assert(f.typeCount[mfn] > 0, 'type count below zero', { mfn, type: f.type[mfn] });
	if (f.typeCount[mfn] === 1) {
		if (isTable(f.type[mfn]) && f.has(mfn, FLAG.validated)) {
			f.flags[mfn] &= ~FLAG.validated;
			quietly(mm, () => mm.tables[f.type[mfn]]?.release?.(mm, mfn));
			f.flags[mfn] &= ~FLAG.xenL2;
		}
		stampFrame(mm, mfn);
	}
	f.typeCount[mfn]--;
	if (mm.quiet === 0 || f.type[mfn] !== TYPE.writable) recordFrame(mm, mfn, f.type[mfn]);
}

/**
 * A plain reference and a type, or neither.
 * @returns 0, or -EINVAL when `domain` does not own the frame or its type does not fit
 */
export function getPageAndType(mm: Mm, mfn: number, domain: number, type: number, xenL2 = false): number {
	if (!getPage(mm, mfn, domain)) return -EINVAL;
	const rc = getPageType(mm, mfn, type, xenL2);
	if (rc !== 0) putPage(mm, mfn);
	return rc;
}

/** Gives back what `getPageAndType` took. */
export function putPageAndType(mm: Mm, mfn: number): void {
	putPageType(mm, mfn);
	putPage(mm, mfn);
}

/** Checks the contents of a frame for its new type; on failure it is left without a type. */
function validate(mm: Mm, mfn: number, type: number): number {
	const f = mm.frames;
	const rc = quietly(mm, () => mm.tables[type]?.validate(mm, mfn) ?? -EINVAL);
	mm.ask(CHECK.table_valid, rc === 0, mfn, type);
	if (rc === 0) {
		f.flags[mfn] |= FLAG.validated;
	} else {
		f.type[mfn] = TYPE.none;
		f.typeCount[mfn] = 0;
		f.flags[mfn] &= ~(FLAG.validated | FLAG.xenL2);
	}
	return rc;
}

/** Runs `work` with only refusals recorded: a whole table asks thousands of questions. */
function quietly<T>(mm: Mm, work: () => T): T {
	mm.quiet++;
	try {
		return work();
	} finally {
		mm.quiet--;
	}
}
