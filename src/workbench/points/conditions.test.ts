import { describe, expect, it } from 'vitest';
import { ConditionError, parseCondition, type ConditionContext } from './conditions';

const MEMORY: Record<number, number> = { 0x1000: 0x11223344, 0x1004: 0xffff_fffe };
const context: ConditionContext = {
	register: (name) =>
		({ eax: 3, ebx: 0xffff_ffff, esp: 0x1000, eflags: 0x247, cs: 0xe019, cr3: 0x5000 })[name as string] ?? 0,
	read: (linear, size) => {
		const word = MEMORY[linear & ~3];
		return word === undefined ? null : size === 4 ? word : (word >>> (8 * (linear & 3))) & (size === 1 ? 0xff : 0xffff);
	},
	dom: 2,
	vcpu: 0,
	ring: 1,
	hits: 5
};
const symbols = { find: (name: string) => (name === 'the_table' ? 0x1000 : -1) };
const value = (text: string) => parseCondition(text, symbols).value(context);
const holds = (text: string) => parseCondition(text, symbols).holds(context);

describe('a condition', () => {
	it.each([
		['eax', 3],
		['0x10 + 1_000', 1016],
		['2 + 3 * 4', 14],
		['(2 + 3) * 4', 20],
		['10 - 3 - 2', 5],
		['-1', 0xffff_ffff],
		['eax-1', 2],
		['1e3', 1000],
		['ebx + 2', 1],
		['ebx * ebx', 1],
		['~0 >> 28', 15],
		['1 << 31', 0x8000_0000],
		['1 << 32', 0],
		['7 / 2 + 7 % 4', 6],
		['signed(ebx)', -1],
		['signed(ebx) < 0', 1],
		['ebx < 0', 0],
		['al', 3],
		['bh', 0xff],
		['zf', 1],
		['of', 0],
		['[esp]', 0x11223344],
		['byte[esp + 1]', 0x33],
		['word [esp+2]', 0x1122],
		['[the_table + 4]', 0xffff_fffe],
		['eax & 1 == 1', 1],
		['eax | 4 == 7', 1],
		['cs & 3', 1],
		['dom * 10 + ring', 21],
		['hits % 5 == 0', 1],
		['EAX == 3', 1],
		['!eax', 0],
		['!!eax', 1]
	])('%s is %d', (text, wanted) => expect(value(text)).toBe(wanted));

	it.each([
		'[0]',
		'[[esp]]',
		'1 / 0',
		'![0]',
		'[0] == [0]',
		'[0] != 1',
		'[0] && 1',
		'[0] || 0',
		'-[0]',
		'signed([0]) < 0'
	])('%s is not known and does not hold', (text) => {
		expect(value(text)).toBeNaN();
		expect(holds(text)).toBe(false);
	});
	it('can be said without symbols', () => {
		expect(parseCondition('[the_table+4] == the_table && eax', symbols).plain).toBe('[0x1000+4] == 0x1000 && eax');
	});
	it('takes time in proportion to its length', () => expect(value('!'.repeat(80) + 'eax')).toBe(1));
	it('knows what does not depend on the unknown', () => {
		expect(holds('[0] || eax == 3')).toBe(true);
		expect(value('[0] && 0')).toBe(0);
		expect(value('!([0] && 0)')).toBe(1);
	});

	it.each([
		['', 'empty', 0],
		['eax ==', 'expected a value; the condition ends here', 6],
		['eax = 3', "cannot read '='", 4],
		['eax == 3 )', "')' does not belong here", 9],
		['(eax', "expected ')'", 4],
		['[eax', "expected ']'", 4],
		['byte eax', "expected '[', found 'eax'", 5],
		['foo == 1', "'foo' is no register and no symbol", 0],
		['0x1_0000_0000', 'does not fit in 32 bits', 0],
		['1.5', '1.5 is no whole number', 0],
		['1 + 10_', "'10_' is no number", 4],
		['12abc', "cannot read '12abc'", 0],
		['1 < 2 < 3', 'comparisons do not follow one another', 6],
		['eax # 3', "cannot read '#'", 4],
		['toString', "'toString' is no register and no symbol", 0],
		['('.repeat(400), 'nested too deeply', 100],
		['!'.repeat(400), 'nested too deeply', 99],
		[`1${'+1'.repeat(2000)}`, 'longer than', 0]
	])('%j: %s', (text, reason, at) => {
		let problem: unknown;
		try {
			parseCondition(text, symbols);
		} catch (error) {
			problem = error;
		}
		expect(problem).toBeInstanceOf(ConditionError);
		expect((problem as ConditionError).message).toContain(reason);
		if (text.length < 100) expect((problem as ConditionError).at).toBe(at);
	});
});
