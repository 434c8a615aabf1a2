import { describe, expect, it } from 'vitest';
import { align, Aligner } from './align';
import { drawnPair, drawnTrace, signs } from './drawn';

const drawn = (drawing: string) => {
	const [a, b] = drawnPair(drawing);
	return { a, b, alignment: align(a, b, 0) };
};

describe('two futures', () => {
	it('agree to the end, whenever their events happened', () => {
		const { alignment } = drawn(`
			timer 0xf0        | timer 0xf0
			hypercall 3 1 = 0 | hypercall 3 1 = 0
		`);
		expect(signs(alignment)).toBe('==');
		expect(alignment).toMatchObject({ first: null, tail: null, kinds: [], complete: true });
	});

	it('differ first at the question that was overruled, not at the call whose result it changed', () => {
		const { a, b, alignment } = drawn(`
			trap 0x82                  | trap 0x82
			hypercall 14 -1 = -22      | hypercall 14 -1 = 0
			  mmu_entry 0 0x1000 = -22 |   mmu_entry 0 0x1000 = 0
			    check 0 1 0x10 2       |     check 0 1 0x10 2
			    check 2 0 0x10 7       |     check 2 0 0x10 7
			                           |     overruled 0 2
			                           |     pte_write 0x10 7
			far_return 0 1             | far_return 0 1
			trap 0x82                  | trap 0x82
		`);
		expect(signs(alignment)).toBe('=~~==>>==');
		expect(alignment.first).toMatchObject({ kind: 'b', a: 5, b: 5 });
		expect(a.kindName(alignment.first!.a)).toBe('far_return');
		expect(b.kindName(alignment.first!.b)).toBe('overruled');
		expect(alignment).toMatchObject({ onlyA: 0, onlyB: 2, changed: 2, same: 5 });
	});

	it('differ at a span that only ended otherwise, if nothing inside did', () => {
		const { alignment } = drawn(`
			hypercall 3 1 = 0  | hypercall 3 1 = -22
			  check 0 1        |   check 0 1
			far_return 0 1     | far_return 0 1
			trap 0x82          | trap 0x80
		`);
		expect(signs(alignment)).toBe('~==<>');
		expect(alignment.first).toMatchObject({ kind: 'changed', a: 0, b: 0 });
	});

	it('are the same again behind what only one of them has', () => {
		const { alignment } = drawn(`
			trap 0x82          | trap 0x82
			timer 0xf0         |
			interrupt 0xf0     |
			timer_fire 0 1     |
			hypercall 3 1 = 0  | hypercall 3 1 = 0
			far_return 0 1     | far_return 0 1
			                   | upcall 0xe019 0xc0101000
			                   | far_return 0 1
			trap 0x80          | trap 0x80
			far_return 0 3     | far_return 0 3
			page_fault 1 2 3 4 | page_fault 1 2 3 4
		`);
		expect(signs(alignment)).toBe('=<<<=>>====');
		expect(alignment.kinds.map(({ kind }) => kind)).toHaveLength(5);
	});

	it('are compared by what happens, not by where an interrupt struck', () => {
		const { alignment } = drawn(`
			interrupt 0xf0 1 0x100 0x200 | interrupt 0xf0 3 0x104 0x200
			far_return 0 1 0x100         | far_return 0 1 0x104
		`);
		expect(signs(alignment)).toBe('==');
	});

	it('leave the rest of the longer one open', () => {
		const { alignment } = drawn(`
			trap 0x82         | trap 0x82
			domain_crash 1 0  | hypercall 3 1 = 0
			                  | far_return 0 1
			                  | trap 0x82
		`);
		expect(alignment.tail).toMatchObject({ side: 'b', count: 2 });
		expect(alignment.first).toMatchObject({ a: 1, b: 1 });
	});

	it('do not count the change itself as their difference', () => {
		const { alignment } = drawn(`
			trap 0x82      | change 0 1 0 5
			far_return 0 1 | trap 0x82
			               | far_return 0 1
		`);
		expect(alignment.first).toBeNull();
		expect(signs(alignment)).toBe('==');
	});
});

/** A long future: calls in a row, each with a question; `skip` leaves out every n-th call, `other` gives others another result. */
function long(count: number, odd: { skip?: number; other?: number; noise?: number }): string[] {
	const lines: string[] = [];
	for (let n = 0; n < count; n++) {
		if (odd.skip && n % odd.skip === odd.skip - 1) continue;
		if (odd.noise && n % odd.noise === 0) lines.push('timer 0xf0', `interrupt 0xf0 1 ${n}`, 'far_return 0 1');
		lines.push(
			`hypercall ${n % 40} -1 ${n} = ${odd.other && n % odd.other === 0 ? -22 : 0}`,
			`  check ${n % 50} 1 ${n}`
		);
		lines.push('far_return 0 1');
	}
	return lines;
}

describe('long futures', () => {
	it('are aligned in time that grows with their length, and exactly', () => {
		const a = drawnTrace(long(40_001, { other: 1000 }));
		const b = drawnTrace(long(40_001, { skip: 500, noise: 333 }));
		const began = performance.now();
		const alignment = align(a, b, 0);
		expect(performance.now() - began).toBeLessThan(5000);
		expect(alignment.onlyA).toBe(80 * 3);
		// One of the calls with noise is among those left out.
		expect(alignment.onlyB).toBe(120 * 3);
		expect(alignment.changed).toBe(41);
		expect(alignment.blocks.reduce((sum, { kind, count }) => sum + (kind === 'b' ? 0 : count), 0)).toBe(a.length);
		expect(alignment.blocks.reduce((sum, { kind, count }) => sum + (kind === 'a' ? 0 : count), 0)).toBe(b.length);
	});

	it('that have nothing in common are told apart without comparing all with all', () => {
		const a = drawnTrace(Array.from({ length: 60_000 }, (_, n) => `hypercall 1 -1 ${n} = 0`));
		const b = drawnTrace(Array.from({ length: 60_000 }, (_, n) => `trap 14 0 ${n % 3}`));
		const began = performance.now();
		const alignment = align(a, b, 0);
		expect(performance.now() - began).toBeLessThan(5000);
		expect(alignment.same + alignment.changed).toBe(0);
		expect(alignment.onlyA + alignment.onlyB + (alignment.tail?.count ?? 0)).toBe(120_000);
	});

	it('come in pieces to the same result', () => {
		const [a, b] = [drawnTrace(long(3000, { skip: 70 })), drawnTrace(long(3000, { noise: 41, other: 13 }))];
		const pieces = new Aligner(a, b, 0);
		let made = pieces.go(100);
		let last = 0;
		while (!made) {
			expect(pieces.fraction).toBeGreaterThanOrEqual(last);
			last = pieces.fraction;
			made = pieces.go(100);
		}
		expect(made).toEqual(align(a, b, 0));
	});
});
