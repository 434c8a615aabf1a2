/** Instruction by instruction, with everything that may happen between two of them: what a block needs that is stepped, watched or nearly at its budget's end. */
import type { Block } from './blocks';
import type { Guard } from './guard';
import { PROGRESS } from './interpreter/op';
import type { Thrown } from './interpreter/fast-path';
import type { Place } from './place';
import type { Cpu } from '../cpu/cpu';
import { executionBreakpoint } from '../cpu/debug';
import { FLAGS_INDEX } from '../layout';
import { DR6_BS } from '../../x86/debug';
import { VECTOR } from '../../x86/exceptions';
import { RF, TF } from '../../x86/flags';
import { CS } from '../../x86/registers';

/** How a stretch ended: the block is over, the run must pause within it, or what an instruction threw. */
export type CarefulEnd = 'over' | 'paused' | Thrown;

/** What decides how far it goes. */
export interface Limits {
	/** `icount` at which the budget is used up. */
	readonly target: number;
	readonly guard: Guard | null;
	/** A stop was requested. */
	readonly stopping: () => boolean;
}

/**
 * Runs the rest of the place's block.
 * @param first whether the guard is not asked about the very first instruction
 */
export function runCarefully(cpu: Cpu, place: Place, limits: Limits, first: boolean): CarefulEnd {
	const block = place.block as Block;
	const alone = cpu.inhibit;
	let at = place.position;
	place.position = 0;
	for (let unasked = first; at < block.count; at++, unasked = false) {
		if (!unasked && mustPause(cpu, place, limits, at)) {
			place.pause(at);
			return 'paused';
		}
		const end = step(cpu, place, at);
		if (end !== 'done') return end;
		if (alone && at + 1 < block.count) {
			place.leave(at + 1);
			return 'over';
		}
	}
	place.finish(block.count);
	return 'over';
}

function mustPause(cpu: Cpu, place: Place, { target, guard, stopping }: Limits, at: number): boolean {
	if (stopping() || cpu.icount >= target) return true;
	// The first of a block was asked about before the block was fetched.
	return at > 0 && guard !== null && guard.stops(place.linearOf((place.block as Block).ops[at]));
}

/** Executes one instruction: `over` where the block is, because of a trap or a write to it. */
function step(cpu: Cpu, place: Place, at: number): 'done' | CarefulEnd {
	const { s } = cpu;
	const block = place.block as Block;
	const op = block.ops[at];
	const held = cpu.inhibit;
	s[PROGRESS] = at;
	cpu.inhibit = cpu.inhibitTraps = false;
	try {
		if ((place.start >>> 0) + op.end - 1 > cpu.seg[CS].limit) throw cpu.fault(VECTOR.GP, 0);
		if (cpu.watching && executionBreakpoint(cpu, place.linearOf(op))) {
			place.undo(at);
			return 'over';
		}
		cpu.stepping = (s[FLAGS_INDEX] & TF) !== 0;
		// It was for this instruction; one that loads RF, or repeats itself, sets it for the next.
		s[FLAGS_INDEX] &= ~RF;
		place.running = true;
		op.exact(cpu, op);
		place.running = false;
		// Of several such instructions in a row only the first holds interrupts off (SDM vol. 3, 6.8.3).
		if (held) cpu.inhibit = cpu.inhibitTraps = false;
		if (at + 1 === block.count) block.tail?.fn(cpu, block.tail);
	} catch (reason) {
		place.running = false;
		return { reason, at };
	}
	if (!place.unfinished) {
		s[PROGRESS] = at + 1;
		place.sync();
	}
	if (cpu.stepping && !cpu.inhibitTraps) cpu.pendingDebug |= DR6_BS;
	if (!place.broken && (cpu.pendingDebug === 0 || cpu.inhibitTraps)) return 'done';
	// The block ends with EIP where the instruction leads.
	if (at + 1 < block.count) place.leave(at + 1);
	else place.finish(block.count);
	return 'over';
}
