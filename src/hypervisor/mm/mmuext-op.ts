/** HYPERVISOR_mmuext_op(ops, count, done_out, foreigndom): pins, CR3, TLB flushes, the LDT, whole pages. */
import { EACCES, EINVAL, ENOSYS, EOPNOTSUPP, EPERM, ESRCH } from '../../abi/errno';
import { MMU_UPDATE_PREEMPTED, MMUEXT, MMUEXT_OP } from '../../abi/structs/mm';
import { PAGE_SIZE } from '../../base';
import { CHECK } from '../../trace/events';
import type { Vcpu } from '../core/domain';
import { runBatch, type Request } from './batch';
import { clearMemory, moveMemory } from './bulk';
import type { Mm } from './context';
import { setLdt } from './descriptors';
import { mayActOn, pageOwner, type PageOwner } from './foreign';
import { getPage, putPage, TYPE } from './frame-table';
import { getPageType, putPageAndType } from './page-types';
import { newGuestCr3, pinTable, unpinTable } from './pinning';
import { flushLocal } from './tlb';
import { vcpuMaskNames } from './vcpu-mask';

/** One operation: its arguments mean what the operation says (mfn or address; entries, mask or source frame). */
interface Op {
	readonly v: Vcpu;
	readonly owner: PageOwner;
	readonly arg1: number;
	readonly arg2: number;
}
type Action = (mm: Mm, op: Op) => number;

const ENTRY = new Uint32Array(MMUEXT_OP.size / 4);

/** Both arguments are 32 bits here, and shown as a pointer and a value. */
function parse(entry: Uint32Array, into: Request): void {
	into.op = entry[0];
	into.ptrLow = entry[1];
	into.valLow = entry[2];
}

/** @returns 0; -EFAULT, -ESRCH, -EPERM; or the refusal of the first operation that failed */
export function doMmuextOp(mm: Mm, v: Vcpu, address: number, count: number, doneOut: number, foreign: number): number {
	// A batch of nothing looks neither at the domain nor at the counter (compat_mmuext_op).
	if (count === 0 || (count === MMU_UPDATE_PREEMPTED && address !== 0)) return 0;
	let owner: PageOwner = { id: v.domain.id, domain: v.domain };
	const admit = (): number => {
		const named = pageOwner(mm, v.domain, foreign & 0xffff);
		if (named === null) return -ESRCH;
		owner = named;
		return mayActOn(mm, v.domain, named.id) ? 0 : -EPERM;
	};
	const apply = ({ op, ptrLow, valLow }: Request): number => {
		const action = ACTIONS[op];
		if (!mm.ask(CHECK.mmuext_command, action !== undefined, op)) return -ENOSYS;
		return action(mm, { v, owner, arg1: ptrLow, arg2: valLow });
	};
	return runBatch(mm, { v, address, count, doneOut, foreign, entry: ENTRY, admit, parse, apply });
}

const pin =
	(type: number): Action =>
	(mm, op) =>
		op.owner.domain === null ? -EINVAL : pinTable(mm, op.arg1, op.owner.domain, type);
const unpin: Action = (mm, op) => (op.owner.domain === null ? -EINVAL : unpinTable(mm, op.arg1, op.owner.domain));

/** For operations on the caller's own processor state: naming another domain makes no sense. */
const ownOnly =
	(action: Action): Action =>
	(mm, op) =>
		mm.ask(CHECK.mmuext_for_self, op.owner.id === op.v.domain.id, op.owner.id, op.v.domain.id)
			? action(mm, op)
			: -EPERM;

function clearPage(mm: Mm, op: Op): number {
	if (!getWritable(mm, op.arg1, op.owner.id)) return -EINVAL;
	clearMemory(mm, op.arg1 * PAGE_SIZE, PAGE_SIZE);
	putPageAndType(mm, op.arg1);
	return 0;
}

function copyPage(mm: Mm, op: Op): number {
	if (!getPage(mm, op.arg2, op.owner.id)) return -EINVAL;
	const writable = getWritable(mm, op.arg1, op.owner.id);
	if (writable) {
		moveMemory(mm, op.arg1 * PAGE_SIZE, op.arg2 * PAGE_SIZE, PAGE_SIZE);
		putPageAndType(mm, op.arg1);
	}
	putPage(mm, op.arg2);
	return writable ? 0 : -EINVAL;
}

function getWritable(mm: Mm, frame: number, owner: number): boolean {
	if (!getPage(mm, frame, owner)) return false;
	if (getPageType(mm, frame, TYPE.writable) === 0) return true;
	putPage(mm, frame);
	return false;
}

/** A flush on the vcpus of a mask. */
const onMask =
	(work: (mm: Mm, op: Op) => void): Action =>
	(mm, op) => {
		const named = vcpuMaskNames(mm, op.v, op.arg2);
		if (named === null) return -EINVAL;
		if (named) work(mm, op);
		return 0;
	};
const here =
	(work: (mm: Mm, op: Op) => void): Action =>
	(mm, op) => {
		work(mm, op);
		return 0;
	};
const flushTlb = (mm: Mm): void => flushLocal(mm);
const invlpg = (mm: Mm, op: Op): void => mm.processor.flushPage(op.arg1);

/** Flushing caches does nothing here but takes the right to do I/O; the two forms refuse it differently. */
const flushCache =
	(refusal: number): Action =>
	(mm, op) =>
		mm.ask(CHECK.cache_flush_privilege, op.v.domain.hasHardware, op.v.domain.id) ? 0 : refusal;

/**
 * By number. MMUEXT_PIN_L4_TABLE: a three-level hypervisor ignores pins of levels that it does not have, with
 * success. MMUEXT_NEW_USER_BASEPTR is for 64-bit guests (compat_mmuext_op); superpages cannot be marked any more.
 */
const ACTIONS: Readonly<Record<number, Action>> = {
	[MMUEXT.PIN_L1_TABLE]: pin(TYPE.l1),
	[MMUEXT.PIN_L2_TABLE]: pin(TYPE.l2),
	[MMUEXT.PIN_L3_TABLE]: pin(TYPE.l3),
	[MMUEXT.PIN_L4_TABLE]: () => 0,
	[MMUEXT.UNPIN_TABLE]: unpin,
	[MMUEXT.NEW_BASEPTR]: ownOnly((mm, op) => newGuestCr3(mm, op.v, op.arg1)),
	[MMUEXT.TLB_FLUSH_LOCAL]: ownOnly(here(flushTlb)),
	[MMUEXT.INVLPG_LOCAL]: ownOnly(here(invlpg)),
	[MMUEXT.TLB_FLUSH_MULTI]: ownOnly(onMask(flushTlb)),
	[MMUEXT.INVLPG_MULTI]: ownOnly(onMask(invlpg)),
	[MMUEXT.TLB_FLUSH_ALL]: ownOnly(here(flushTlb)),
	[MMUEXT.INVLPG_ALL]: ownOnly(here(invlpg)),
	[MMUEXT.FLUSH_CACHE]: ownOnly(flushCache(-EACCES)),
	[MMUEXT.FLUSH_CACHE_GLOBAL]: ownOnly(flushCache(-EINVAL)),
	[MMUEXT.SET_LDT]: ownOnly((mm, op) => setLdt(mm, op.v, op.arg1, op.arg2)),
	[MMUEXT.NEW_USER_BASEPTR]: () => -EINVAL,
	[MMUEXT.CLEAR_PAGE]: clearPage,
	[MMUEXT.COPY_PAGE]: copyPage,
	[MMUEXT.MARK_SUPER]: () => -EOPNOTSUPP,
	[MMUEXT.UNMARK_SUPER]: () => -EOPNOTSUPP
};
