import { describe, expect, it } from 'vitest';
import { Decoder } from './decode';

describe('the decoder', async () => {
	const decoder = await Decoder.load();
	const decode = (bytes: number[], count = 9): [string, number][] =>
		decoder.decode(Uint8Array.from(bytes), 0x1000, count).map((line) => [line.text, line.length]);

	it('reads code', () => {
		expect(decode([0xb8, 0x15, 0, 0, 0, 0xcd, 0x82, 0xc3])).toEqual([
			['mov eax, 0x15', 5],
			['int 0x82', 2],
			['ret', 1]
		]);
	});
	it('knows where branches go and what is stepped over', () => {
		const [call, jump, rep] = decoder.decode(
			Uint8Array.from([0xe8, 0xfb, 0x0f, 0, 0, 0xeb, 0xfe, 0xf3, 0xa4]),
			0x1000,
			3
		);
		expect([call.target, call.steps]).toEqual([0x2000, true]);
		expect([jump.target, jump.steps]).toEqual([0x1005, false]);
		expect(rep.steps).toBe(true);
	});
	it('knows the hypervisor\u2019s own instruction, the forced-emulation prefix, and what is no code', () => {
		expect(decode([0x0f, 0x3f, 0x0e])).toEqual([['native 0x0e', 3]]);
		expect(decode([0x0f, 0x0b, 0x78, 0x65, 0x6e, 0x0f, 0xa2])).toEqual([
			["ud2; 'xen'", 5],
			['cpuid', 2]
		]);
		expect(decode([0x0f, 0x04, 0x90]).map(([text]) => text)).toContain('db 0x0f');
	});
	it('stops where the bytes end', () => expect(decode([0x90, 0xb8, 1])).toEqual([['nop', 1]]));
});
