/**
 * One domain's part in grants, as plain data: the frames in which it says what others may use, what of it is in use, and
 * what it uses of others.
 */
import { GNTMAP_device_map, GNTMAP_host_map, GNTMAP_readonly, GRANT_ENTRY_V1 } from '../../abi/structs/grant';
import { PAGE_SIZE } from '../../base';
import { CHECK } from '../../trace/events';
import type { Domain } from '../core/domain';
import type { Hypervisor } from '../core/hypervisor';

/** Frames that a table may have, and has at first (gnttab_max_frames' default; INITIAL_NR_GRANT_FRAMES). */
export const MAX_GRANT_FRAMES = 64;
export const INITIAL_GRANT_FRAMES = 1;
/** Frames of handles that a domain may have (gnttab_max_maptrack_frames' default), and handles in each. */
export const MAX_MAPTRACK_FRAMES = 1024;
export const HANDLES_PER_FRAME = 256;
export const ENTRIES_PER_FRAME = PAGE_SIZE / GRANT_ENTRY_V1.size;

/** How often an entry is in use, by kind: through page tables, or as the address that a device is given. */
export interface Pins {
	hostWrite: number;
	hostRead: number;
	deviceWrite: number;
	deviceRead: number;
}
export type PinKind = keyof Pins;

export const noPins = (): Pins => ({ hostWrite: 0, hostRead: 0, deviceWrite: 0, deviceRead: 0 });

/** Whether a use may write. */
export const writes = (kind: PinKind): boolean => kind === 'hostWrite' || kind === 'deviceWrite';

const KIND_FLAGS = GNTMAP_device_map | GNTMAP_host_map | GNTMAP_readonly;

/** The uses that a mapping is, by those of its flags that tell. */
const KINDS: readonly (readonly PinKind[])[] = Array.from({ length: KIND_FLAGS + 1 }, (_, flags) => {
	const readonly = (flags & GNTMAP_readonly) !== 0;
	const kinds: PinKind[] = [];
	if (flags & GNTMAP_device_map) kinds.push(readonly ? 'deviceRead' : 'deviceWrite');
	if (flags & GNTMAP_host_map) kinds.push(readonly ? 'hostRead' : 'hostWrite');
	return kinds;
});

/** The uses that a mapping is. */
export const kindsOf = (flags: number): readonly PinKind[] => KINDS[flags & KIND_FLAGS];

/** An entry in use. What it said when its use began holds until its use ends, whatever the guest writes into it. */
export interface ActiveGrant {
	/** Who uses it. */
	readonly domid: number;
	/** The frame that it named. */
	readonly mfn: number;
	readonly pins: Pins;
}

/** A grant of another domain that was mapped, by the handle that the mapper got for it. */
export interface Mapping {
	/** Who granted it; DOMID_INVALID once that domain is gone. */
	dom: number;
	readonly ref: number;
	readonly mfn: number;
	/** GNTMAP_*: device_map and host_map go when that mapping is undone. */
	flags: number;
}

/** What may be chosen for a new domain: up to these. */
export type GrantLimits = Pick<GrantTable, 'maxFrames' | 'maxMaptrackFrames'>;
export const USUAL_LIMITS: GrantLimits = { maxFrames: MAX_GRANT_FRAMES, maxMaptrackFrames: MAX_MAPTRACK_FRAMES };

/** All of one domain. */
export interface GrantTable {
	/** Frames of entries, in order: shared with the domain. */
	readonly frames: number[];
	/** Entries in use, by reference. */
	readonly active: Map<number, ActiveGrant>;
	/** What it has mapped, by handle. */
	readonly mappings: Map<number, Mapping>;
	/** Free handles of each vcpu, the next one first. The last one of a list is never given out. */
	readonly free: number[][];
	/** The vcpu on whose list a handle that is not free goes back. */
	readonly handleVcpu: Map<number, number>;
	/** Handles that there are, free or not. */
	handles: number;
	/** Frames that it may have, and frames of handles. */
	maxFrames: number;
	maxMaptrackFrames: number;
}

export const emptyTable = ({ maxFrames, maxMaptrackFrames } = USUAL_LIMITS): GrantTable => ({
	frames: [],
	active: new Map(),
	mappings: new Map(),
	free: [],
	handleVcpu: new Map(),
	handles: 0,
	maxFrames,
	maxMaptrackFrames
});

/** Entries that there is room for. */
export const entryCount = (table: GrantTable): number => table.frames.length * ENTRIES_PER_FRAME;

/** Physical address of entry `ref`, which the table has room for. */
export const entryAt = (table: GrantTable, ref: number): number =>
	table.frames[Math.floor(ref / ENTRIES_PER_FRAME)] * PAGE_SIZE + (ref % ENTRIES_PER_FRAME) * GRANT_ENTRY_V1.size;

/** Writes entry `ref` of a domain's table, as the toolstack does before the domain runs. */
export function writeGrantEntry(
	hv: Hypervisor,
	d: Domain,
	ref: number,
	flags: number,
	to: number,
	frame: number
): void {
	const at = entryAt(hv.grants.table(d), ref);
	const { memory } = hv.machine;
	memory.write16(at + GRANT_ENTRY_V1.at.domid, to);
	memory.write32(at + GRANT_ENTRY_V1.at.frame, frame);
	memory.write16(at + GRANT_ENTRY_V1.at.flags, flags);
}

/** Whether the table has an entry of that number. */
export function hasEntry(hv: Hypervisor, table: GrantTable, ref: number): boolean {
	return hv.ask(CHECK.grant_ref_exists, ref < entryCount(table), ref, entryCount(table));
}
