/**
 * Entries in use. The entry in shared memory is read once, when its use begins, and what it said then is kept here: the
 * guest may write what it likes into it afterwards. For as long as it is in use the entry shows GTF_reading, and
 * GTF_writing while somebody may write, so that a granter that does not lie to itself knows when the page is its own again.
 */
import { CHECK } from '../../trace/events';
import {
	GNTST_general_error,
	GNTST_bad_gntref,
	GNTST_bad_page,
	GNTST_okay,
	GRANT_ENTRY_V1,
	GTF_permit_access,
	GTF_reading,
	GTF_readonly,
	GTF_sub_page,
	GTF_type_mask,
	GTF_writing
} from '../../abi/structs/grant';
import type { Domain } from '../core/domain';
import type { Hypervisor } from '../core/hypervisor';
import { getPage } from '../mm/frame-table';
import { entryAt, hasEntry, noPins, type ActiveGrant, type GrantTable, writes, type PinKind, type Pins } from './table';

/** Uses of one kind that an entry may have: the counts are a byte each, and stay below half of it. */
export const MOST_PINS = 128;

/** A use that begins. */
export interface Use {
	/** Whose entry. */
	readonly granter: Domain;
	readonly ref: number;
	/** Who uses it. */
	readonly user: Domain;
	readonly kinds: readonly PinKind[];
	/** It is mapped: an entry for a part of a page will not do. */
	readonly maps: boolean;
	/** The status where the page of an entry in use is the granter's no longer. */
	readonly lost: number;
}

const writers = (pins: Pins | undefined): number => (pins ? pins.hostWrite + pins.deviceWrite : 0);
const users = (pins: Pins): number => writers(pins) + pins.hostRead + pins.deviceRead;

/**
 * Begins the use of an entry: counts it, marks the entry, and takes a plain reference on its frame.
 * @returns the entry, or the GNTST_* that says why not, with nothing changed
 */
export function beginUse(hv: Hypervisor, use: Use): ActiveGrant | number {
	const table = hv.grants.table(use.granter);
	if (!hasEntry(hv, table, use.ref)) return GNTST_bad_gntref;
	const known = table.active.get(use.ref);
	if (known && !mayJoin(hv, known, use)) return GNTST_general_error;
	const readonly = !use.kinds.some(writes);
	if (!known || (!readonly && writers(known.pins) === 0)) {
		const status = markEntry(hv, table, use, readonly, known);
		if (status !== GNTST_okay) return status;
	}
	const active = known ?? { domid: use.user.id, mfn: frameOf(hv, table, use.ref), pins: noPins() };
	if (!getPage(hv, active.mfn, use.granter.id)) {
		unmarkEntry(hv, table, use.ref, readonly, known?.pins);
		return known ? use.lost : GNTST_bad_page;
	}
	for (const kind of use.kinds) active.pins[kind]++;
	table.active.set(use.ref, active);
	return active;
}

/** Ends a use: the marks go with the last one. The reference on the frame is the caller's to give back. */
export function endUse(hv: Hypervisor, granter: Domain, ref: number, kinds: readonly PinKind[]): void {
	const table = hv.grants.table(granter);
	const { pins } = table.active.get(ref)!;
	for (const kind of kinds) pins[kind]--;
	unmarkEntry(hv, table, ref, !kinds.some(writes), pins);
	if (users(pins) === 0) table.active.delete(ref);
}

/** Whether an entry in use may have one use more. */
function mayJoin(hv: Hypervisor, known: ActiveGrant, { user, kinds }: Use): boolean {
	if (!hv.ask(CHECK.grant_in_use_by, known.domid === user.id, known.domid, user.id)) return false;
	const most = Math.max(...kinds.map((kind) => known.pins[kind]));
	return hv.ask(CHECK.grant_uses, most < MOST_PINS, most, MOST_PINS);
}

/** The frame that an entry names now: any number. */
const frameOf = (hv: Hypervisor, table: GrantTable, ref: number): ActiveGrant['mfn'] =>
	hv.machine.memory.read32(entryAt(table, ref) + GRANT_ENTRY_V1.at.frame) >>> 0;

/**
 * Reads flags and domain of an entry in one piece, and marks it if they permit the use. On a real Xen that is a CMPXCHG, tried
 * again if the guest was quicker; here no guest runs meanwhile.
 */
function markEntry(hv: Hypervisor, table: GrantTable, use: Use, readonly: boolean, known?: ActiveGrant): number {
	const { memory } = hv.machine;
	const at = entryAt(table, use.ref);
	const word = memory.read32(at) >>> 0;
	const [flags, domid] = [word & 0xffff, word >>> 16];
	if (!known) {
		const kind = flags & (use.maps ? GTF_type_mask | GTF_sub_page : GTF_type_mask);
		if (!hv.ask(CHECK.grant_permits, kind === GTF_permit_access, flags, use.ref)) return GNTST_general_error;
		if (!hv.ask(CHECK.grant_names_domain, domid === use.user.id, domid, use.user.id)) return GNTST_general_error;
	}
	const may = readonly || (flags & GTF_readonly) === 0;
	if (!hv.ask(CHECK.grant_writable, may, flags, use.ref)) return GNTST_general_error;
	memory.write16(at, flags | GTF_reading | (readonly ? 0 : GTF_writing));
	return GNTST_okay;
}

/** Takes back the marks that the uses which are left do not need. */
function unmarkEntry(hv: Hypervisor, table: GrantTable, ref: number, readonly: boolean, pins?: Pins): void {
	const { memory } = hv.machine;
	const at = entryAt(table, ref);
	const reading = pins && users(pins) > 0 ? 0 : GTF_reading;
	const writing = !readonly && writers(pins) === 0 ? GTF_writing : 0;
	if ((reading | writing) !== 0) memory.write16(at, memory.read16(at) & ~(reading | writing));
}
