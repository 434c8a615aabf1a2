/**
 * Memory for GDB: linear addresses through the page tables of one vcpu, whether or not it is on the processor, or physical
 * ones. Rights play no part: a debugger may look at everything that is mapped.
 */
import { PAGE_SIZE } from '../base';
import { readLinear } from '../workbench/inspect/moment';
import { translate } from '../workbench/inspect/page-walk';
import type { Change } from '../workbench/log';
import type { Run } from '../workbench/run';
import { sameVcpu, vcpuOf } from './threads';
import { topTable, vcpuOnProcessor } from '../workbench/inspect/vcpus';

export type Space = 'linear' | 'physical';

/** Up to `length` bytes; fewer where the rest is not mapped or no RAM, none where already the first is not. */
export function readMemory(run: Run, thread: number, space: Space, address: number, length: number): Uint8Array {
	// Addresses end at 4 GiB; nothing goes round.
	const most = Math.min(length, 2 ** 32 - address);
	if (space === 'physical') {
		const { memory } = run.system.machine;
		const reached = memory.reach(address, most);
		return reached > 0 ? memory.bytes(address, reached).slice() : new Uint8Array(0);
	}
	const top = topTable(run, vcpuOf(thread));
	return top < 0 ? new Uint8Array(0) : readLinear(run, address, most, top);
}

/** Physical address of a thread's linear one, or -1. */
export function physicalOf(run: Run, thread: number, address: number): number {
	const top = topTable(run, vcpuOf(thread));
	return top < 0 ? -1 : translate(run, address, top);
}

/**
 * The changes that put `bytes` there: linear ones for the vcpu on the processor, else a page at a time in physical memory. Null where
 * a part of it is not mapped.
 */
export function changesOf(run: Run, thread: number, space: Space, address: number, bytes: Uint8Array): Change[] | null {
	if (readMemory(run, thread, space, address, bytes.length).length < bytes.length) return null;
	if (space === 'physical' || sameVcpu(vcpuOnProcessor(run), vcpuOf(thread)))
		return [{ kind: 'memory', space, address, bytes: [...bytes] }];
	const changes: Change[] = [];
	for (let done = 0; done < bytes.length;) {
		const linear = address + done;
		const piece = Math.min(bytes.length - done, PAGE_SIZE - (linear % PAGE_SIZE));
		const physical = physicalOf(run, thread, linear);
		changes.push({
			kind: 'memory',
			space: 'physical',
			address: physical,
			bytes: [...bytes.subarray(done, done + piece)]
		});
		done += piece;
	}
	return changes;
}
