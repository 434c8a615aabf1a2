import { expect, it } from 'vitest';
import { Code, I32, I64, Label, moduleOf } from './emit';

/** The function that a module exports. */
function run(
	parameters: readonly number[],
	locals: readonly number[],
	write: (code: Code) => void
): (...words: number[]) => number {
	const code = new Code();
	write(code);
	const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
	const module = new WebAssembly.Module(moduleOf(1, [{ parameters, locals, code }]) as BufferSource);
	return new WebAssembly.Instance(module, { m: { m: memory } }).exports.run as (...words: number[]) => number;
}

it('numbers of every length arrive as they were', () => {
	const edges = [0, 1, 63, 64, 127, 128, 8191, 8192, 0x7fff_ffff, -1, -64, -65, -8192, -8193, -0x8000_0000];
	for (const value of edges) {
		expect(run([], [], (code) => code.i32(value))()).toBe(value);
		expect(
			run([], [], (code) =>
				code
					.i64((BigInt(value) << 20n) | 5n)
					.i64(20n)
					.op('i64_shr_s', 'i32_wrap_i64')
			)()
		).toBe(value);
	}
	expect(run([], [], (code) => code.i32(0xffff_ff00))()).toBe(-256);
});

it('a branch finds its label however deep it stands', () => {
	// The way from a switch in a loop: 1 counts down and goes round, 2 leaves, others leave with 7.
	const count = run([I32, I32], [I64], (code) => {
		const [out, again, one, two] = [new Label(), new Label(), new Label(), new Label()];
		code.block(out).loop(again).block(two).block(one);
		code.get(0).brTable([out, one, two], out);
		code.end().get(1).i32(1).op('i32_sub').tee(1).if().br(again).end().i32(2).set(0).br(again);
		code.end().i32(40).set(1).br(out).end().end();
		code.get(1);
	});
	expect([count(1, 5), count(2, 5), count(0, 5), count(9, 5)]).toEqual([40, 40, 5, 5]);
});

it('a branch to a label that is not around it is refused', () => {
	expect(() => new Code().block(new Label()).br(new Label())).toThrow('not around it');
});

it('a body longer than a page of bytes', () => {
	const many = run([I32], [], (code) => {
		for (let n = 0; n < 40_000; n++) code.get(0).i32(n).op('i32_add').set(0);
		code.get(0);
	});
	expect(many(3)).toBe(3 + (40_000 * 39_999) / 2);
});
