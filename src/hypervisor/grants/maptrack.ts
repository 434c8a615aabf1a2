/**
 * Handles: the numbers by which a domain names what it has mapped. They come in frames of 256 as they are needed. Each
 * vcpu has its own list of free ones, first in first out, so that a handle that was given back is not soon given out
 * again; the last of a list stays where it is (xen/common/grant_table.c: get_maptrack_handle).
 */
import { CHECK } from '../../trace/events';
import type { Vcpu } from '../core/domain';
import type { Hypervisor } from '../core/hypervisor';
import { HANDLES_PER_FRAME, type GrantTable } from './table';

/** @returns a free handle, or -1 when the domain has as many as it may have */
export function takeHandle(hv: Hypervisor, v: Vcpu): number {
	const table = hv.grants.table(v.domain);
	const handle = fromList(table, v.id) ?? fromNewFrame(table, v.id) ?? fromOthers(table, v.id) ?? -1;
	const most = table.maxMaptrackFrames * HANDLES_PER_FRAME;
	if (!hv.ask(CHECK.grant_handle_left, handle >= 0, table.handles, most)) return -1;
	table.handleVcpu.set(handle, v.id);
	return handle;
}

/** Gives a handle back, to the vcpu that got it. */
export function putHandle(table: GrantTable, handle: number): void {
	const vcpu = table.handleVcpu.get(handle)!;
	table.handleVcpu.delete(handle);
	table.mappings.delete(handle);
	listOf(table, vcpu).push(handle);
}

const listOf = (table: GrantTable, vcpu: number): number[] => {
	while (table.free.length <= vcpu) table.free.push([]);
	return table.free[vcpu];
};

function fromList(table: GrantTable, vcpu: number): number | undefined {
	const list = listOf(table, vcpu);
	return list.length > 1 ? list.shift() : undefined;
}

/** The first handle of a new frame; the others are the next ones of this vcpu. */
function fromNewFrame(table: GrantTable, vcpu: number): number | undefined {
	if (table.handles >= table.maxMaptrackFrames * HANDLES_PER_FRAME) return undefined;
	const first = table.handles;
	table.handles += HANDLES_PER_FRAME;
	listOf(table, vcpu).unshift(...Array.from({ length: HANDLES_PER_FRAME - 1 }, (_, i) => first + 1 + i));
	return first;
}

/** One of another vcpu's; a vcpu that has none at all takes one more, for the last of its own list. */
function fromOthers(table: GrantTable, vcpu: number): number | undefined {
	const own = listOf(table, vcpu);
	const spare = own.length === 0 ? steal(table) : undefined;
	if (own.length === 0 && spare === undefined) return undefined;
	if (spare !== undefined) own.push(spare);
	return steal(table);
}

function steal(table: GrantTable): number | undefined {
	return table.free.find((list) => list.length > 1)?.shift();
}
