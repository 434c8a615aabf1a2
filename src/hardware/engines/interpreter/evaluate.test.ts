/** The interpreter's written-out functions against the rows' meanings, evaluated as they stand. */
import { describe, expect, it } from 'vitest';
import type { Cpu } from '../../cpu/cpu';
import { CONDITIONS, status } from '../../cpu/flags';
import { RAM_BASE } from '../../layout';
import { Machine } from '../../machine';
import { encode, Random } from '../oracle/cases';
import { bind, PROCEDURES } from './bind';
import { evaluate } from './evaluate';
import type { Exec, Op } from './op';
import { shapeOf } from './shape';
import { writtenOut } from './written-out';
import { decode, type Instruction } from '../../../x86/decode';
import { AF, CF, conditionHolds, OF, PF, SF, ZF } from '../../../x86/flags';
import { mnemonicOf, ROWS, type Row } from '../../../x86/isa';

const RAM_BYTES = 0x4000;

const isExpression = ({ meaning }: Row): boolean => meaning.statements.every(({ kind }) => kind === 'set');

/** A random encoding of the row that decodes to it, or null. */
function instructionOf(random: Random, row: Row): Instruction | null {
	const bytes = encode(random, row);
	const code = decode(Uint8Array.from(bytes), 0, bytes.length, true);
	return 'row' in code && code.row === row ? code : null;
}

/** Registers, flags and data after `exec` on a machine filled by `seed`, or the fault's vector. */
function after(machine: Machine, seed: number, exec: Exec, op: Op): unknown {
	const { cpu } = machine;
	const random = new Random(seed);
	for (let r = 0; r < 8; r++) cpu.s[r << 1] = random.chance(60) ? random.below(RAM_BYTES) : random.bits();
	const ram = cpu.memory.i32.subarray(RAM_BASE >> 2, (RAM_BASE + RAM_BYTES) >> 2);
	for (let at = 0; at < ram.length; at++) ram[at] = Math.imul(at ^ seed, 0x9e37_79b1);
	cpu.setEflags((random.bits() & 0x8d5) | 2);
	try {
		exec(cpu, op);
	} catch (fault) {
		return { vector: (fault as { vector: number }).vector, ...stateOf(cpu) };
	}
	return stateOf(cpu);
}

const stateOf = (cpu: Cpu): object => ({
	registers: Array.from({ length: 8 }, (_, r) => cpu.s[r << 1]),
	status: status(cpu.s),
	ram: Buffer.from(cpu.memory.u8.buffer, RAM_BASE, RAM_BYTES).toString('latin1')
});

const EXPRESSIONS = ROWS.filter(isExpression);

describe('what is written out', () => {
	it.each([...new Set(EXPRESSIONS.map(mnemonicOf))])('does with %s what its row says', (mnemonic) => {
		const random = new Random(mnemonic.length * 7919 + mnemonic.charCodeAt(0));
		const machine = new Machine({ ramBytes: RAM_BYTES });
		let compared = 0;
		for (const row of EXPRESSIONS.filter((candidate) => mnemonicOf(candidate) === mnemonic)) {
			for (let n = 0; n < 40; n++) {
				const instruction = instructionOf(random, row);
				if (instruction === null) continue;
				const op = bind(instruction);
				const meant = evaluate(shapeOf(instruction));
				const seed = random.bits();
				expect(after(machine, seed, op.exact, op), row.text).toEqual(after(machine, seed, meant, op));
				compared++;
			}
		}
		expect(compared).toBeGreaterThan(10);
	});

	it('without flags leaves the same result', () => {
		const random = new Random(99);
		const machine = new Machine({ ramBytes: RAM_BYTES });
		let compared = 0;
		for (const row of EXPRESSIONS) {
			for (let n = 0; n < 30; n++) {
				const instruction = instructionOf(random, row);
				const op = instruction === null ? null : bind(instruction);
				if (instruction === null || op === null || op.quiet === null) continue;
				const seed = random.bits();
				const { status: _loud, ...result } = after(machine, seed, evaluate(shapeOf(instruction)), op) as {
					status: number;
				};
				expect(after(machine, seed, op.quiet, op), row.text).toMatchObject(result);
				compared++;
			}
		}
		expect(compared).toBeGreaterThan(400);
	});

	it('is there for what programs use most', () => {
		const written = (...bytes: number[]): boolean => {
			const code = decode(Uint8Array.from(bytes), 0, bytes.length, true) as Instruction;
			return writtenOut(shapeOf(code), bind(code)) !== null;
		};
		expect(written(0x8b, 0x03)).toBe(true);
		expect(written(0x01, 0x03)).toBe(true);
		expect(written(0xd3, 0xe0)).toBe(true);
		// CMOVE is evaluated.
		expect(written(0x0f, 0x44, 0xc1)).toBe(false);
	});
});

describe('conditions', () => {
	it('are the same of lazy flags and of EFLAGS', () => {
		const { cpu } = new Machine({ ramBytes: RAM_BYTES });
		for (let bits = 0; bits < 64; bits++) {
			const eflags = [CF, PF, AF, ZF, SF, OF].reduce((sum, flag, n) => sum | ((bits >> n) & 1 ? flag : 0), 2);
			cpu.setEflags(eflags);
			expect(CONDITIONS.map((holds) => holds(cpu.s))).toEqual(CONDITIONS.map((_, n) => conditionHolds(n, eflags)));
		}
	});
});

describe('procedures', () => {
	const named = new Set(
		ROWS.flatMap(({ meaning }) =>
			meaning.statements.flatMap((statement) => (statement.kind === 'procedure' ? [statement.name] : []))
		)
	);
	it('are those that rows name, no more and no fewer', () => {
		expect(Object.keys(PROCEDURES).sort()).toEqual([...named].sort());
	});
	it('stand alone in their row', () => {
		for (const row of ROWS.filter((candidate) => !isExpression(candidate)))
			expect(row.meaning.statements, row.text).toHaveLength(1);
	});
});
