/**
 * When a frame changes its type or its owner, translations of its former life may still sit in the
 * TLB: a writable one of a frame that is now a page table would undo all validation. Xen stamps a
 * frame with the flush clock when it loses its type, and flushes before the next use only if no
 * flush has happened in between (tlbflush_filter).
 */
import type { Mm } from './context';

/** Notes that translations of the frame may be left behind now. */
export function stampFrame(mm: Mm, mfn: number): void {
	mm.frames.stamp[mfn] = mm.frames.flushClock;
}

/** Flushes if the frame's former translations may still be in the TLB. */
export function flushStale(mm: Mm, mfn: number): void {
	const f = mm.frames;
	if (f.stamp[mfn] !== f.flushClock || !mm.spaces?.loaded) return;
	flushLocal(mm);
}

/** Flushes the TLB and advances the flush clock. */
export function flushLocal(mm: Mm): void {
	mm.frames.flushClock++;
	mm.processor.flushAll();
}
