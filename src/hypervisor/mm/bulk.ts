/** Memory that Xen moves or clears for a guest, in the time that so many bytes take. Addresses are machine addresses within RAM. */
import type { Mm } from './context';

/** Copies `bytes` bytes as they were before; the two places may overlap. */
export function moveMemory(mm: Mm, to: number, from: number, bytes: number): void {
	const { memory } = mm.machine;
	memory.copyIn(to, memory.bytes(from, bytes).slice());
	mm.processor.moved(bytes);
}

/** Makes `bytes` bytes zero. */
export function clearMemory(mm: Mm, at: number, bytes: number): void {
	mm.machine.memory.fill(at, bytes, 0);
	mm.processor.moved(bytes);
}
