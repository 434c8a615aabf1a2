/** For tests: one history, however it is cut. */
import { expect, it } from 'vitest';
import type { Machine, MachineState } from '../machine';
import { Random } from './oracle/cases';

/** A state as text, RAM and all, for comparing. */
export const image = (state: MachineState): string =>
	JSON.stringify(state, (_key, value: unknown) =>
		ArrayBuffer.isView(value) ? Buffer.from(value.buffer).toString('base64') : value
	);

/** How a run is cut: the seed and the most instructions of random pieces, and the cycles of even ones. */
export interface Cuts {
	readonly seed: number;
	readonly most: number;
	readonly cycles: number;
}

/** Tests that `length` instructions of what `prepared` gives lead to the same state, `expected` as text, in pieces of every kind. */
export function sameHowever(prepared: () => Machine, length: number, expected: string, cuts: Cuts): void {
	it('one instruction at a time', () => {
		const machine = prepared();
		for (let i = 1; i <= length; i++) {
			expect(machine.run(1)).toBe('budget');
			expect(machine.cpu.icount).toBe(i);
		}
		expect(image(machine.save())).toBe(expected);
	});

	it('in random pieces, saved and restored into another machine between them', () => {
		const random = new Random(cuts.seed);
		let machine = prepared();
		while (machine.cpu.icount < length) {
			machine.run(Math.min(1 + random.below(cuts.most), length - machine.cpu.icount));
			const state = machine.save();
			machine = prepared();
			machine.restore(structuredClone(state));
		}
		expect(image(machine.save())).toBe(expected);
	});

	it('back in time again and again, on the same machine', () => {
		const machine = prepared();
		const random = new Random(cuts.seed);
		const beginning = structuredClone(machine.save());
		for (let times = 0; times < 8; times++) {
			machine.restore(structuredClone(beginning));
			while (machine.cpu.icount < length) {
				const { icount } = machine.cpu;
				const piece = Math.min(1 + random.below(length), length - icount);
				machine.run(piece);
				expect(machine.cpu.icount).toBe(icount + piece);
			}
			expect(image(machine.save())).toBe(expected);
		}
	});

	it('up to cycles instead of instructions', () => {
		const machine = prepared();
		for (let cycle = 0; machine.cpu.icount < length; cycle += cuts.cycles)
			machine.run(length - machine.cpu.icount, cycle);
		expect(image(machine.save())).toBe(expected);
	});
}
