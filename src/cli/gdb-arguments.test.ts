import { describe, expect, it } from 'vitest';
import { parseGdbArguments } from './gdb-arguments';
import { ringside } from './testing';

const domain = { memoryMiB: 64, vcpus: 1, cmdline: '', type: '' };

describe('the words after gdb', () => {
	it('have defaults', () =>
		expect(parseGdbArguments(['hello'])).toEqual({
			images: [{ ...domain, image: 'hello' }],
			machine: { profile: '', costs: {} },
			engine: 'interpreter',
			port: 1234
		}));

	it('are of the image before them', () =>
		expect(
			parseGdbArguments([
				'--port=0',
				'--engine=wasm',
				'a',
				'--memory',
				'32',
				'--image',
				'b',
				'--vcpus',
				'2',
				'--cmdline=x=y',
				'--type',
				'ls\\n',
				'--image=c',
				'--cost=iret=5',
				'--cost=gate=6'
			])
		).toEqual({
			images: [
				{ ...domain, image: 'a', memoryMiB: 32 },
				{ ...domain, image: 'b', vcpus: 2, cmdline: 'x=y', type: 'ls\n' },
				{ ...domain, image: 'c' }
			],
			machine: { profile: '', costs: { iret: 5, gate: 6 } },
			engine: 'wasm',
			port: 0
		}));

	it.each<[string[], string]>([
		[[], 'IMAGE is missing'],
		[['a', 'b'], "'b': the domains after the first are named by --image IMAGE"],
		[['--image', 'a'], '--image has no IMAGE before it'],
		[['--memory', '8', 'a'], '--memory has no IMAGE before it'],
		[['a', '--memory', '1'], '--memory: 1 MiB is out of range'],
		[['a', '--vcpus', '64'], '--vcpus: 64 vcpus is out of range'],
		[['a', '--memory', '8', '--memory=8'], '--memory is given twice'],
		[['a', '--port', '1', '--image', 'b', '--port', '2'], '--port is given twice'],
		[['a', '--port', '65536'], 'out of range'],
		[['a', '--engine', 'wsm'], "--engine: there is no engine 'wsm'; did you mean 'wasm'?"],
		[['a', '--engine=wasm', '--engine=wasm'], '--engine is given twice'],
		[['a', '--port', 'http'], "--port: 'http' is not a number"],
		[['a', '--port'], '--port wants a value'],
		[['a', '--trace', 'x'], 'there is no option --trace'],
		[['a', ...Array.from({ length: 128 }, () => '--image=b')], 'at most 128 domains']
	])('%j: %s', (words, reason) => expect(() => parseGdbArguments(words)).toThrow(reason));

	it('are refused with 64, as are images that cannot be loaded', async () => {
		const outcomes = await Promise.all([
			ringside(['gdb', 'nowhere.elf']),
			ringside(['gdb', 'package.json', '--port=0'])
		]);
		for (const [index, reason] of [/nowhere\.elf: there is no such file/, /package\.json: .*ELF/].entries()) {
			expect(outcomes[index].stderr).toMatch(reason);
			expect([outcomes[index].code, outcomes[index].stdout]).toEqual([64, '']);
		}
	});
	it('are explained by --help', async () => {
		const { code, stdout } = await ringside(['gdb', '--help']);
		expect([code, stdout.includes('--image IMAGE2')]).toEqual([0, true]);
	});
});
