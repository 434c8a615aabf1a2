/**
 * The frame that the processor pushed on Xen's stack when it left the guest. The stack is empty
 * whenever a guest or the idle loop runs, so the frame always lies at the same place:
 *
 *     top -  4   SS          absent when ring 0 (the idle loop) was interrupted
 *     top -  8   ESP         absent likewise
 *     top - 12   EFLAGS
 *     top - 16   CS
 *     top - 20   EIP   <-    ESP once the error code has been popped
 *     top - 24   error code, for the vectors that push one
 *
 * The other registers stay on the processor until another vcpu gets it.
 */
import type { PhysicalMemory } from '../../hardware/memory';
import { SELECTOR_RPL } from '../../x86/descriptors';

/** Bytes of the frame with SS and ESP. */
export const FRAME_SIZE = 20;

/** The words of the frame, read and written where they lie in memory. */
export class Frame {
	/** @param base physical address of the word that holds EIP */
	constructor(
		private readonly memory: PhysicalMemory,
		readonly base: number
	) {}

	/** The error code below the frame, valid right after the entry by a vector that pushes one. */
	get errorCode(): number {
		return this.memory.read32(this.base - 4);
	}
	get eip(): number {
		return this.memory.read32(this.base);
	}
	set eip(value: number) {
		this.memory.write32(this.base, value);
	}
	/** The selector; the processor leaves the upper half of its word undefined. */
	get cs(): number {
		return this.memory.read16(this.base + 4);
	}
	set cs(value: number) {
		this.memory.write32(this.base + 4, value & 0xffff);
	}
	get eflags(): number {
		return this.memory.read32(this.base + 8);
	}
	set eflags(value: number) {
		this.memory.write32(this.base + 8, value);
	}
	get esp(): number {
		return this.memory.read32(this.base + 12);
	}
	set esp(value: number) {
		this.memory.write32(this.base + 12, value);
	}
	get ss(): number {
		return this.memory.read16(this.base + 16);
	}
	set ss(value: number) {
		this.memory.write32(this.base + 16, value & 0xffff);
	}
	/** The ring that was left. */
	get ring(): number {
		return this.cs & SELECTOR_RPL;
	}
}
