/**
 * Grant tables, version 1: a domain says in frames that it shares with the hypervisor which of its
 * other frames which domain may use (xen/include/public/grant_table.h).
 *
 * The table can be set up and asked about; mapping and copying are operations that this hypervisor
 * does not have, and it says so as for any other: -ENOSYS.
 */
import { EFAULT, EINVAL, ENOSYS, EPERM, ESRCH } from '../abi/errno';
import {
	GNTST_bad_domain,
	GNTST_general_error,
	GNTST_okay,
	GNTST_permission_denied,
	GNTTAB_GET_VERSION,
	GNTTAB_QUERY_SIZE,
	GNTTAB_SETUP_TABLE,
	GNTTAB_SET_VERSION,
	GNTTABOP,
	GRANT_ENTRY_V1
} from '../abi/structs/grant';
import { mfn as toMfn, PAGE_SIZE, type Mfn } from '../base';
import type { Domain, Vcpu } from './domain';
import { copyToGuest, readStruct, writeStruct } from './guest-memory';
import type { Handler, Hypervisor } from './hypervisor';
import { putPageAndType } from './mm/page-types';
import { shareXenPageWithGuest, unshareXenPage } from './mm/sharing';

/** Frames that a table may have, and has at first (gnttab_max_frames' default; INITIAL_NR_GRANT_FRAMES). */
export const MAX_GRANT_FRAMES = 64;
const INITIAL_GRANT_FRAMES = 1;
const VERSION = 1;
const ENTRIES_PER_FRAME = PAGE_SIZE / GRANT_ENTRY_V1.size;

/** Grant tables and mapped frames as plain data. */
export interface SavedGrants {
	tables: [dom: number, frames: number[]][];
	mapped: [mfn: number, count: number][];
}

/** The grant tables of all domains, and the frames of others that domain 0 has mapped. */
export class GrantState {
	/** The frames of each domain's table, in order. */
	readonly tables = new Map<number, Mfn[]>();
	/** Frames that domain 0's programs hold: for each, so many page references and writable type references. */
	readonly mapped = new Map<number, number>();

	/** Gives a new domain its table. */
	create(hv: Hypervisor, d: Domain): void {
		this.tables.set(d.id, []);
		this.grow(hv, d, INITIAL_GRANT_FRAMES);
	}

	/** Takes back the table of a domain that ends. */
	destroy(hv: Hypervisor, d: Domain): void {
		for (const frame of this.frames(d)) unshareXenPage(hv, frame);
		this.tables.delete(d.id);
	}

	frames(d: Domain): readonly Mfn[] {
		return this.tables.get(d.id) ?? [];
	}

	/** Adds frames until there are `count`. */
	grow(hv: Hypervisor, d: Domain, count: number): void {
		const frames = this.tables.get(d.id)!;
		while (frames.length < count) {
			const frame = hv.heap.allocate();
			shareXenPageWithGuest(hv, frame, d);
			frames.push(frame);
		}
	}

	/** Takes frames away that the guest was never told of, until there are `count`. */
	shrink(hv: Hypervisor, d: Domain, count: number): void {
		const frames = this.tables.get(d.id)!;
		while (frames.length > count) unshareXenPage(hv, frames.pop()!);
	}

	/** Notes that domain 0 took a page and a writable type reference on `mfn`. */
	hold(mfn: Mfn): void {
		this.mapped.set(mfn, (this.mapped.get(mfn) ?? 0) + 1);
	}

	/** Gives the references of one `hold` back. */
	drop(hv: Hypervisor, mfn: Mfn): void {
		const count = this.mapped.get(mfn) ?? 0;
		if (count === 0) return;
		if (count === 1) this.mapped.delete(mfn);
		else this.mapped.set(mfn, count - 1);
		putPageAndType(hv, mfn);
	}

	save(): SavedGrants {
		return { tables: [...this.tables].map(([dom, frames]) => [dom, [...frames]]), mapped: [...this.mapped] };
	}

	restore(saved: SavedGrants): void {
		this.tables.clear();
		this.mapped.clear();
		for (const [dom, frames] of saved.tables) this.tables.set(dom, frames.map(toMfn));
		for (const [frame, count] of saved.mapped) this.mapped.set(frame, count);
	}
}

/** Writes entry `ref` of a domain's table, as the toolstack does before the domain runs. */
export function writeGrantEntry(hv: Hypervisor, d: Domain, ref: number, flags: number, to: number, frame: Mfn): void {
	const table = hv.grants.frames(d)[Math.floor(ref / ENTRIES_PER_FRAME)];
	const at = table * PAGE_SIZE + (ref % ENTRIES_PER_FRAME) * GRANT_ENTRY_V1.size;
	const { memory } = hv.machine;
	memory.write16(at + GRANT_ENTRY_V1.at.domid, to);
	memory.write32(at + GRANT_ENTRY_V1.at.frame, frame);
	memory.write16(at + GRANT_ENTRY_V1.at.flags, flags);
}

/** The domain that a request is about, or the GNTST_* that says why not. */
function grantDomain(hv: Hypervisor, v: Vcpu, id: number): Domain | number {
	const caller = v.domain;
	const d = hv.domain(id, caller);
	if (!hv.ask('grant_domain', d !== undefined, id, caller.id) || !d) return GNTST_bad_domain;
	const permitted = d === caller || caller.privileged;
	return hv.ask('grant_permission', permitted, id, caller.id) ? d : GNTST_permission_denied;
}

/** Whether a table may have `count` frames, and there is memory for those that it lacks. */
function mayGrow(hv: Hypervisor, d: Domain, count: number): boolean {
	const more = Math.max(0, count - hv.grants.frames(d).length);
	return (
		hv.ask('grant_frames', count <= MAX_GRANT_FRAMES, count, MAX_GRANT_FRAMES) &&
		hv.ask('grant_memory', more <= hv.heap.available, more, hv.heap.available)
	);
}

type Operation = (hv: Hypervisor, v: Vcpu, address: number) => number;

/** GNTTABOP_setup_table: makes the table `nr_frames` long and tells the frames. */
const setupTable: Operation = (hv, v, address) => {
	const request = readStruct(hv, address, GNTTAB_SETUP_TABLE);
	if (!request) return -EFAULT;
	const at = GNTTAB_SETUP_TABLE.at;
	const count = request.getUint32(at.nr_frames, true);
	const d = grantDomain(hv, v, request.getUint16(at.dom, true));
	let status: number = GNTST_okay;
	if (typeof d === 'number') status = d;
	else if (!mayGrow(hv, d, count)) status = GNTST_general_error;
	else {
		const before = hv.grants.frames(d).length;
		hv.grants.grow(hv, d, count);
		const list = new Uint8Array(Uint32Array.from(hv.grants.frames(d).slice(0, count)).buffer);
		if (!copyToGuest(hv, request.getUint32(at.frame_list, true), list)) {
			hv.grants.shrink(hv, d, before);
			return -EFAULT;
		}
	}
	request.setInt16(at.status, status, true);
	return writeStruct(hv, address, request) ? 0 : -EFAULT;
};

/** GNTTABOP_query_size: how long the table is and may become. */
const querySize: Operation = (hv, v, address) => {
	const request = readStruct(hv, address, GNTTAB_QUERY_SIZE);
	if (!request) return -EFAULT;
	const at = GNTTAB_QUERY_SIZE.at;
	const d = grantDomain(hv, v, request.getUint16(at.dom, true));
	if (typeof d !== 'number') {
		request.setUint32(at.nr_frames, hv.grants.frames(d).length, true);
		request.setUint32(at.max_nr_frames, MAX_GRANT_FRAMES, true);
	}
	request.setInt16(at.status, typeof d === 'number' ? d : GNTST_okay, true);
	return writeStruct(hv, address, request) ? 0 : -EFAULT;
};

/** GNTTABOP_set_version: only version 1 is offered; whatever was asked, the version in use is told. */
const setVersion: Operation = (hv, _, address) => {
	const request = readStruct(hv, address, GNTTAB_SET_VERSION);
	if (!request) return -EFAULT;
	const version = request.getUint32(GNTTAB_SET_VERSION.at.version, true);
	const refusal = version === 2 ? -ENOSYS : -EINVAL;
	const result = hv.ask('grant_version', version === VERSION, version, VERSION) ? 0 : refusal;
	request.setUint32(GNTTAB_SET_VERSION.at.version, VERSION, true);
	return writeStruct(hv, address, request) ? result : -EFAULT;
};

/** GNTTABOP_get_version of a domain's table. */
const getVersion: Operation = (hv, v, address) => {
	const request = readStruct(hv, address, GNTTAB_GET_VERSION);
	if (!request) return -EFAULT;
	const d = grantDomain(hv, v, request.getUint16(GNTTAB_GET_VERSION.at.dom, true));
	if (typeof d === 'number') return d === GNTST_bad_domain ? -ESRCH : -EPERM;
	request.setUint32(GNTTAB_GET_VERSION.at.version, VERSION, true);
	return writeStruct(hv, address, request) ? 0 : -EFAULT;
};

/** The operations there are; `single` ones take exactly one request. */
const OPERATIONS: Readonly<Record<number, { readonly run: Operation; readonly single: boolean }>> = {
	[GNTTABOP.setup_table]: { run: setupTable, single: true },
	[GNTTABOP.query_size]: { run: querySize, single: true },
	[GNTTABOP.set_version]: { run: setVersion, single: false },
	[GNTTABOP.get_version]: { run: getVersion, single: false }
};

/** grant_table_op(cmd, uop, count). */
export const doGrantTableOp: Handler = (hv, v, [cmd, uop, count]) => {
	if (count > 0x7fff_ffff) return -EINVAL;
	const operation = OPERATIONS[cmd];
	if (!hv.ask('grant_call_known', operation !== undefined, cmd, count)) return -ENOSYS;
	if (operation.single && !hv.ask('grant_single', count === 1, count, cmd)) return -EINVAL;
	return operation.run(hv, v, uop);
};
