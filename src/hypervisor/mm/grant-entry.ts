/**
 * L1 entries that map a frame by grant: the only way by which an entry comes to name another domain's frame without
 * privilege. Whoever calls here has taken what the entry holds, a plain reference and, if it may write, the writable
 * type; from then on it is an entry like any other, and gives both back when it is overwritten or its table is let go.
 */
import { CHECK } from '../../trace/events';
import {
	GNTMAP_application_map,
	GNTMAP_contains_pte,
	GNTMAP_guest_avail0,
	GNTMAP_readonly
} from '../../abi/structs/grant';
import type { Vcpu } from '../core/domain';
import type { Mm } from './context';
import { entryAddress, entryFrame, entryHigh, entryLow, writeEntry } from './entries';
import { FLAG, getPage, putPage, TYPE } from './frame-table';
import { putPageFromL1e } from './l1';
import { findL1Entry } from './walk';
import { PTE_A, PTE_D, PTE_P, PTE_RW, PTE_US, PTE_XD_HIGH } from '../../x86/paging';

/** A 64-bit address of the interface: linear, or the machine address of an entry (GNTMAP_contains_pte). */
export interface HostAddress {
	readonly low: number;
	readonly high: number;
}
/** The two halves of an entry. */
interface Halves {
	readonly low: number;
	readonly high: number;
}
interface Place {
	readonly table: number;
	readonly index: number;
}

const EMPTY: Halves = { low: 0, high: 0 };
/** Bits 9 to 11 of an entry are the guest's own. */
const AVAIL_SHIFT = 9;
const AVAIL_MASK = 7;

const isZero = ({ low, high }: HostAddress): boolean => (low | high) === 0;

/** The entry that maps frame `mfn` as `flags` (GNTMAP_*) say: never executable, and marked as used and written to. */
function grantEntry(mm: Mm, mfn: number, flags: number): Halves {
	const writable = (flags & GNTMAP_readonly) === 0 ? PTE_RW : 0;
	const user = (flags & GNTMAP_application_map) !== 0 ? PTE_US : 0;
	const own = ((flags >>> GNTMAP_guest_avail0) & AVAIL_MASK) << AVAIL_SHIFT;
	const low = entryLow(mfn, PTE_P | PTE_A | PTE_D | writable | user | own);
	return { low, high: (entryHigh(mfn) | (mm.processor.nx ? PTE_XD_HIGH : 0)) >>> 0 };
}

/**
 * Maps frame `mfn`, for which references are held already; what was mapped there is given back.
 * @returns false, with nothing changed, where there is no such entry of a table of the caller's
 */
export function createGrantMapping(mm: Mm, v: Vcpu, at: HostAddress, mfn: number, flags: number): boolean {
	return inTable(mm, v, at, flags, (place) => {
		const old = exchangeEntry(mm, place, grantEntry(mm, mfn, flags));
		putPageFromL1e(mm, old.low, old.high, v.domain.id);
		return true;
	});
}

/**
 * Takes back the entry that maps frame `mfn` as `flags` say, and puts there what is mapped at `instead`, or nothing where that
 * is zero. What the entry held is the caller's now. The entry at `instead` is moved: it is gone even where the answer is no.
 */
export function replaceGrantMapping(
	mm: Mm,
	v: Vcpu,
	at: HostAddress,
	mfn: number,
	instead: HostAddress,
	flags: number
): boolean {
	const byEntry = (flags & GNTMAP_contains_pte) !== 0;
	if (!isZero(instead) && !mm.ask(CHECK.grant_replaces_linear, !byEntry && instead.high === 0, instead.low, flags))
		return false;
	const moved = isZero(instead) ? EMPTY : takeEntry(mm, v, instead);
	if (moved === null) return false;
	const replaced = inTable(mm, v, at, flags, (place) => {
		if (!maps(mm, place, grantEntry(mm, mfn, flags))) return false;
		exchangeEntry(mm, place, moved);
		return true;
	});
	if (!replaced) putPageFromL1e(mm, moved.low, moved.high, v.domain.id);
	return replaced;
}

/** Empties the entry of a linear address. */
function takeEntry(mm: Mm, v: Vcpu, at: HostAddress): Halves | null {
	let taken: Halves | null = null;
	inTable(mm, v, at, 0, (place) => {
		taken = exchangeEntry(mm, place, EMPTY);
		return true;
	});
	return taken;
}

/** Whether an entry maps the same frame with the same rights. */
function maps(mm: Mm, { table, index }: Place, wanted: Halves): boolean {
	const low = mm.machine.memory.read32(entryAddress(table, index));
	const high = mm.machine.memory.read32(entryAddress(table, index) + 4);
	const same =
		entryFrame(low, high) === entryFrame(wanted.low, wanted.high) && ((low ^ wanted.low) & (PTE_P | PTE_RW)) === 0;
	return mm.ask(CHECK.grant_entry_maps, same, low, wanted.low);
}

/** Writes an entry. @returns what it was */
function exchangeEntry(mm: Mm, { table, index }: Place, { low, high }: Halves): Halves {
	const old = {
		low: mm.machine.memory.read32(entryAddress(table, index)),
		high: mm.machine.memory.read32(entryAddress(table, index) + 4)
	};
	mm.processor.validated(1);
	writeEntry(mm, table, index, low, high, 1, false);
	return old;
}

/** Runs `work` on the entry that an address means, its table held meanwhile; false where it means none of the caller's. */
function inTable(mm: Mm, v: Vcpu, at: HostAddress, flags: number, work: (place: Place) => boolean): boolean {
	const byEntry = (flags & GNTMAP_contains_pte) !== 0;
	const possible = byEntry ? (at.low & 7) === 0 : at.high === 0;
	if (!mm.ask(CHECK.grant_address, possible, at.low, at.high)) return false;
	const place = byEntry
		? { table: (at.low >>> 12) + at.high * 0x10_0000, index: (at.low & 0xfff) >>> 3 }
		: linearPlace(mm, v, at.low);
	if (place === null || !getPage(mm, place.table, v.domain.id)) return false;
	const f = mm.frames;
	const isL1 = f.type[place.table] === TYPE.l1 && f.typeCount[place.table] > 0 && f.has(place.table, FLAG.validated);
	const done = mm.ask(CHECK.grant_table_is_l1, isL1, place.table, f.type[place.table]) && work(place);
	putPage(mm, place.table);
	return done;
}

function linearPlace(mm: Mm, v: Vcpu, address: number): Place | null {
	const entry = v.mm.guestTable === null ? null : findL1Entry(mm, v.mm.guestTable, address);
	return mm.ask(CHECK.grant_has_l1, entry !== null, address, entry?.table ?? 0) ? entry : null;
}
