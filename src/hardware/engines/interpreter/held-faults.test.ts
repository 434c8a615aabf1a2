/** A page fault that is held back until its instruction is over leaves what one leaves that is thrown. */
import { expect, it, vi } from 'vitest';
import { image } from '../cut-runs';
import { encode, Random, sequential } from '../oracle/cases';
import { DATA } from '../oracle/oracle';
import { Place } from '../place';
import { machineFor, type Program } from '../wasm/programs';
import { ROWS, type Row } from '../../../x86/isa';

/** A page of data that is absent, and one that may not be written (../wasm/programs.ts). */
const ABSENT = DATA + 11 * 0x1000;
const READ_ONLY = DATA + 7 * 0x1000;

const le32 = (value: number): number[] => [0, 8, 16, 24].map((shift) => (value >>> shift) & 0xff);

/** Instructions of every row, each after registers that mostly point to where its access is refused. */
function program(seed: number): Program {
	const random = new Random(seed);
	const code: number[] = [];
	const starts: number[] = [];
	const add = (bytes: readonly number[]): void => {
		starts.push(code.length);
		code.push(...bytes);
	};
	const rows = ROWS.filter((row: Row) => sequential(row) && !/^(INT|ENTER)/.test(row.text));
	for (let n = 0; n < 300 && code.length < 0x1e00; n++) {
		const r = random.below(8);
		add([0xb8 + r, ...le32((random.chance(60) ? ABSENT : READ_ONLY) + 0x100 + random.below(0x80) * 4)]);
		try {
			add(encode(random, random.pick(rows)));
		} catch {
			// A row that another one shadows.
		}
		// push and call through a stack that is absent; cmp, for flags.
		if (random.chance(20)) add(random.pick([[0x50], [0x5b], [0xe8, 0, 0, 0, 0], [0xc3], [0x39, 0xc8]]));
	}
	add([0xe9, ...le32(-(code.length + 5))]);
	return { code, starts, setting: { ring: 3, limit: 0xf_ffff, base: 0, timer: 1 << 30, down: false } };
}

it('a bug of ours on the way through its gate is told as it is', () => {
	const machine = machineFor(program(1), 'interpreter');
	const hold = vi.spyOn(Place.prototype, 'hold');
	vi.spyOn(machine.recorder, 'record').mockImplementation(() => {
		if (hold.mock.results.at(-1)?.value === true) throw new Error('no room for events');
		return 0;
	});
	expect(() => machine.run(10_000)).toThrow('no room for events');
	hold.mockRestore();
});

it('whatever the instruction', () => {
	const hold = vi.spyOn(Place.prototype, 'hold');
	let held = 0;
	for (let seed = 1; seed <= 12; seed++) {
		const one = program(seed);
		const [whole, stepped] = [machineFor(one, 'interpreter'), machineFor(one, 'interpreter')];
		for (let piece = 0; piece < 4; piece++) {
			whole.run(700);
			held += hold.mock.results.filter(({ value }) => value).length;
			// Its twin throws each of them, and is stepped.
			hold.mockReturnValue(false);
			while (stepped.cpu.icount < whole.cpu.icount) stepped.run(1);
			hold.mockReset();
			expect(image(stepped.save()), `program ${seed}, piece ${piece}`).toBe(image(whole.save()));
		}
	}
	expect(held).toBeGreaterThan(500);
	hold.mockRestore();
});
