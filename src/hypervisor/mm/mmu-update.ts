/** HYPERVISOR_mmu_update(reqs, count, done_out, foreigndom): a batch of page-table and M2P updates. */
import { EINVAL, ENOSYS, EPERM, ESRCH } from '../../abi/errno';
import { MMU, MMU_UPDATE } from '../../abi/structs/mm';
import { CHECK } from '../../trace/events';
import type { Domain, Vcpu } from '../core/domain';
import { runBatch, type Request } from './batch';
import { DOMID_IO, type Mm } from './context';
import { entryAddress, frameOfAddress } from './entries';
import { mayActOn, pageOwner, type PageOwner } from './foreign';
import { FLAG, getPage, putPage, TYPE } from './frame-table';
import { modL1Entry } from './l1';
import { modL2Entry } from './l2';
import { modL3Entry } from './l3';
import { setM2p } from './m2p';
import { getPageType, putPageType } from './page-types';
import { ENTRIES } from '../../x86/paging';

const ENTRY = new Uint32Array(MMU_UPDATE.size / 4);

/** The command is in the low bits of the pointer. */
function parse(entry: Uint32Array, into: Request): void {
	into.op = entry[0] & 7;
	into.ptrLow = entry[0];
	into.ptrHigh = entry[1];
	into.valLow = entry[2];
	into.valHigh = entry[3];
}

/**
 * `foreigndom`: bits 15–0 the owner of the frames that new entries may name (DOMID_SELF usually), bits
 * 31–16 the owner of the tables plus one, or 0 for the caller.
 * @returns 0; -EFAULT, -ESRCH, -EPERM; or the refusal of the first entry that failed
 */
export function doMmuUpdate(mm: Mm, v: Vcpu, address: number, count: number, doneOut: number, foreign: number): number {
	let tables: Domain = v.domain;
	let pages: PageOwner = { id: v.domain.id, domain: v.domain };
	const admit = (): number => {
		const owner = tableOwner(mm, v.domain, foreign >>> 16);
		if (owner === null) return -ESRCH;
		tables = owner;
		return 0;
	};
	const begin = (): number => {
		if (tables !== v.domain && !hasVcpu(mm, tables)) return -EINVAL;
		const target = pageOwner(mm, v.domain, foreign & 0xffff);
		if (target === null) return -ESRCH;
		pages = target;
		return 0;
	};
	const apply = (request: Request): number => applyUpdate(mm, v.domain, tables, pages, request);
	return runBatch(mm, { v, address, count, doneOut, foreign, entry: ENTRY, admit, begin, parse, apply });
}

function tableOwner(mm: Mm, caller: Domain, plusOne: number): Domain | null {
	if (plusOne === 0) return caller;
	const owner = mm.domains.get(plusOne - 1);
	return mm.ask(CHECK.table_owner_exists, owner !== undefined, plusOne - 1) && owner ? owner : null;
}

/** The tables of a domain that has no vcpu yet are nobody's to change (do_mmu_update). */
const hasVcpu = (mm: Mm, d: Domain): boolean =>
	mm.ask(CHECK.table_owner_has_vcpu, d.vcpus.length > 0, d.id, d.vcpus.length);

function applyUpdate(mm: Mm, caller: Domain, tables: Domain, pages: PageOwner, u: Request): number {
	const known = u.op <= MMU.PT_UPDATE_NO_TRANSLATE;
	if (!mm.ask(CHECK.mmu_command, known, u.op, u.ptrLow)) return -ENOSYS;
	const machphys = u.op === MMU.MACHPHYS_UPDATE;
	if (machphys && tables !== caller && !mm.ask(CHECK.machphys_own_tables, false, tables.id, caller.id)) return -EPERM;
	// I/O memory belongs to nobody: whether the caller may map it is asked page by page.
	if (pages.id !== DOMID_IO && !mayActOn(mm, caller, pages.id)) return -EPERM;
	if (!mayActOn(mm, caller, tables.id)) return -EPERM;
	return machphys ? updateM2p(mm, pages, u) : updateTable(mm, tables, pages, u);
}

function updateM2p(mm: Mm, pages: PageOwner, u: Request): number {
	const frame = frameOfAddress(u.ptrLow, u.ptrHigh);
	if (!getPage(mm, frame, pages.id)) return -EINVAL;
	setM2p(mm, frame, u.valLow);
	putPage(mm, frame);
	return 0;
}

/** An entry of any table; a frame that is no table is written as plain memory. */
function updateTable(mm: Mm, tables: Domain, pages: PageOwner, u: Request): number {
	const frame = frameOfAddress(u.ptrLow, u.ptrHigh);
	if (!getPage(mm, frame, tables.id)) return -EINVAL;
	const rc = updateHeldFrame(mm, tables, pages, frame, u);
	putPage(mm, frame);
	return rc;
}

function updateHeldFrame(mm: Mm, tables: Domain, pages: PageOwner, frame: number, u: Request): number {
	const f = mm.frames;
	const index = (u.ptrLow >>> 3) & (ENTRIES - 1);
	const preserve = u.op === MMU.PT_UPDATE_PRESERVE_AD;
	const inUse = f.typeCount[frame] > 0 && f.has(frame, FLAG.validated);
	const type = inUse ? f.type[frame] : TYPE.none;
	if (type === TYPE.l2 || type === TYPE.l3) {
		if (!mm.ask(CHECK.table_not_foreign, pages.id === tables.id, pages.id, tables.id)) return -EINVAL;
	}
	switch (type) {
		case TYPE.l1:
			return modL1Entry(mm, frame, index, u.valLow, u.valHigh, preserve, pages.id);
		case TYPE.l2:
			return modL2Entry(mm, frame, index, u.valLow, u.valHigh, preserve);
		case TYPE.l3:
			return modL3Entry(mm, frame, index, u.valLow, u.valHigh, preserve);
	}
	if (getPageType(mm, frame, TYPE.writable) !== 0) return -EINVAL;
	const at = entryAddress(frame, index);
	mm.machine.memory.write32(at, u.valLow);
	mm.machine.memory.write32(at + 4, u.valHigh);
	putPageType(mm, frame);
	return 0;
}
