import { describe, expect, it } from 'vitest';
import { CHANGE_KINDS, emptyForm, readBytes, readChange, type ChangeForm } from './change-form';

const form = (part: Partial<ChangeForm>): ChangeForm => ({ ...emptyForm(), ...part });
const names = { esp: 0xc000_1000 };

describe('what the form means', () => {
	it.each([
		[
			{ kind: 'register', register: 'ebx', value: 'esp' },
			{ kind: 'register', name: 'ebx', value: 0xc000_1000 }
		],
		[
			{ kind: 'memory', address: '0x1000', bytes: '90 eb fe' },
			{ kind: 'memory', space: 'linear', address: 0x1000, bytes: [0x90, 0xeb, 0xfe] }
		],
		[
			{ kind: 'pte', mfn: '131', index: '22', entry: '80000000_00133063' },
			{ kind: 'pte', mfn: 0x131, index: 22, low: 0x133063, high: 0x8000_0000 }
		],
		[
			{ kind: 'port', port: '2', bit: 'masked', set: false },
			{ kind: 'port', dom: 1, port: 2, bit: 'masked', set: false }
		],
		[
			{ kind: 'skip_check', check: 'l1_flags', times: '3' },
			{ kind: 'skip_check', check: 'l1_flags', times: 3 }
		],
		[{ kind: 'skip_flush' }, { kind: 'skip_flush', times: 1 }],
		[
			{ kind: 'drop_event', dom: '2', port: '1' },
			{ kind: 'drop_event', dom: 2, port: 1, times: 1 }
		]
	] as [Partial<ChangeForm>, object][])('%o', (part, change) => {
		expect(readChange(form(part), names)).toEqual({ change });
	});

	it('a number of four bytes has its lowest byte first', () => {
		expect(readBytes('0x12345678')).toEqual([0x78, 0x56, 0x34, 0x12]);
	});

	it('every kind is offered', () => {
		for (const [kind] of CHANGE_KINDS) expect(readChange(form({ kind }), names)).toBeTypeOf('object');
	});
});

it.each([
	[{ kind: 'register', value: 'seven' }, /Value: .*no address/],
	[{ kind: 'memory', address: '0', bytes: '' }, /Bytes: type some/],
	[{ kind: 'memory', address: '0', bytes: '90 xx' }, /'xx' is none/],
	[{ kind: 'pte', mfn: 'zz' }, /Frame: 'zz'/],
	[{ kind: 'pte', mfn: '1', index: '1', entry: '12345678901234567' }, /up to 16 digits/],
	[{ kind: 'port', port: '' }, /Port: '' is no whole number/],
	[{ kind: 'skip_check' }, /Choose the question/],
	[{ kind: 'skip_flush', times: '-1' }, /How often: '-1'/]
] as [Partial<ChangeForm>, RegExp][])('what is wrong is told: %o', (part, message) => {
	expect(readChange(form(part), names)).toMatchObject({ problem: expect.stringMatching(message) as string });
});
