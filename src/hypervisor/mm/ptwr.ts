/**
 * Writable page tables. A guest that asked for the assist may write its L1 tables as if they were its
 * own: the tables are mapped read-only, the store faults, and the hypervisor does it in the guest's
 * name after the same questions that mmu_update would ask. Only L1 tables: a store to a higher one is
 * the guest's page fault.
 */
import { VMASST_TYPE_WRITABLE_PAGETABLES } from '../../abi/structs/xen';
import { CHECK, KIND, word } from '../../trace/events';
import type { UserRegs, Vcpu } from '../core/domain';
import type { Mm } from './context';
import { entryFrame, isPresent, isWritable, writeEntry } from './entries';
import { FLAG, getPage, putPage, TYPE } from './frame-table';
import { getPageFromL1e, putPageFromL1e } from './l1';
import { decodeStore, type Store } from './store';
import { findL1Entry } from './walk';
import { ENTRIES, PTE_P } from '../../x86/paging';
import { PF_FETCH, PF_PRESENT, PF_RESERVED, PF_WRITE } from '../../x86/exceptions';
import { SELECTOR_RPL } from '../../x86/descriptors';

const LONGEST_INSTRUCTION = 15;

/**
 * Tries to do a faulting store to a page table in the guest's name.
 * @param address where it faulted (CR2); `error` the fault's error code
 * @param regs the guest's registers; on success EIP, EFLAGS and what the instruction changes are updated
 * @param segmentBase base of a segment by SDM number (ES CS SS DS FS GS); all zero where left out
 * @returns false, with nothing changed, when the guest has to see the fault
 */
export function tryPageTableWrite(
	mm: Mm,
	v: Vcpu,
	address: number,
	error: number,
	regs: UserRegs,
	segmentBase: (segment: number) => number = () => 0
): boolean {
	const assisted = v.domain.assisted(VMASST_TYPE_WRITABLE_PAGETABLES) && (regs.cs & SELECTOR_RPL) === 1;
	const wanted = PF_PRESENT | PF_WRITE;
	if (!assisted || (error & (wanted | PF_RESERVED | PF_FETCH)) !== wanted) return false;
	const table = tableBehind(mm, v, address);
	if (table < 0) return false;
	const done = emulate(mm, v, address, table, regs, segmentBase);
	putPage(mm, table);
	return done;
}

/** The validated L1 that is mapped read-only at `address`, with a reference taken; -1 when there is none. */
function tableBehind(mm: Mm, v: Vcpu, address: number): number {
	const entry = v.mm.guestTable === null ? null : findL1Entry(mm, v.mm.guestTable, address);
	if (entry === null || !isPresent(entry.low) || isWritable(entry.low)) return -1;
	const frame = entryFrame(entry.low, entry.high);
	const f = mm.frames;
	const isTable =
		f.exists(frame) &&
		f.owner[frame] === v.domain.id &&
		f.type[frame] === TYPE.l1 &&
		f.typeCount[frame] > 0 &&
		f.has(frame, FLAG.validated);
	if (!mm.ask(CHECK.ptwr_read_only_table, isTable, address, entry.low)) return -1;
	return getPage(mm, frame, v.domain.id) ? frame : -1;
}

function emulate(
	mm: Mm,
	v: Vcpu,
	address: number,
	table: number,
	regs: UserRegs,
	segmentBase: (segment: number) => number
): boolean {
	const eip = (segmentBase(1) + regs.eip) >>> 0;
	const code = fetch(mm, eip);
	const store = code && decodeStore({ code, regs, segmentBase });
	if (
		!mm.ask(CHECK.ptwr_decoded, store !== null, eip, code && code.byteLength >= 4 ? code.getUint32(0, false) : 0) ||
		store === null
	)
		return false;
	const here = (store.address ^ address) >>> 12 === 0 && (store.address & (store.bytes - 1)) === 0;
	if (!mm.ask(CHECK.ptwr_aligned, here, store.address, store.bytes)) return false;
	const from = store.source === null ? 0n : readSource(mm, store.source, store.bytes);
	if (from === null) return false;
	const at = table * 4096 + (store.address & 0xfff);
	const result = store.run(readBytes(mm, at, store.bytes), from);
	if (result.value !== null && !storeEntry(mm, v, table, store, result.value, regs.eip)) return false;
	Object.assign(regs, result.regs);
	return true;
}

/** Instruction bytes, fewer than 15 where the next page cannot be read. */
function fetch(mm: Mm, eip: number): DataView | null {
	const inPage = Math.min(LONGEST_INSTRUCTION, 4096 - (eip & 0xfff));
	return mm.guest.read(eip, LONGEST_INSTRUCTION) ?? mm.guest.read(eip, inPage);
}

function readSource(mm: Mm, address: number, bytes: number): bigint | null {
	const view = mm.guest.read(address, bytes);
	if (view === null) return null;
	let value = 0n;
	for (let i = bytes - 1; i >= 0; i--) value = (value << 8n) | BigInt(view.getUint8(i));
	return value;
}

function readBytes(mm: Mm, at: number, bytes: number): bigint {
	return BigInt.asUintN(bytes * 8, mm.machine.memory.read64(at & ~7) >> BigInt((at & (8 - bytes)) * 8));
}

/** Validates the entry as it would be after the store, writes it, and gives up what it held before. */
function storeEntry(mm: Mm, v: Vcpu, table: number, store: Store, value: bigint, eip: number): boolean {
	const index = (store.address >>> 3) & (ENTRIES - 1);
	const old = mm.machine.memory.read64(table * 4096 + index * 8);
	const shift = BigInt((store.address & 7) * 8);
	const mask = BigInt.asUintN(store.bytes * 8, -1n) << shift;
	const wanted = (old & ~mask) | ((value << shift) & mask);
	let low = Number(wanted & 0xffff_ffffn);
	const high = Number(wanted >> 32n);
	const owner = v.domain.id;
	mm.processor.validated(1);
	if (getPageFromL1e(mm, low, high, owner, owner) !== 0) {
		// A guest that writes the two halves of an entry high half first: let it, as not present for now.
		const half = store.bytes === 4 && (store.address & 4) !== 0 && !store.atomic;
		if (!mm.ask(CHECK.ptwr_half_entry, half, store.address, store.bytes)) return false;
		low &= ~PTE_P;
	}
	writeEntry(mm, table, index, low >>> 0, high, 1, false);
	mm.recorder.record(
		KIND.ptwr,
		word('pte_low', low >>> 0),
		word('pte_high', high),
		word('addr', store.address & ~7),
		word('eip', eip >>> 0)
	);
	putPageFromL1e(mm, Number(old & 0xffff_ffffn), Number(old >> 32n), owner);
	return true;
}
