import { describe, expect, it } from 'vitest';
import { asksForHelp, parseRunArguments, unescapeTyped } from './arguments';

describe('the words after run', () => {
	it('have defaults', () => {
		expect(parseRunArguments(['hello'])).toEqual({
			image: 'hello',
			memoryMiB: 64,
			vcpus: 1,
			cmdline: '',
			type: '',
			dom0: '',
			dom0MemoryMiB: 64,
			dom0Cmdline: '',
			until: '',
			cycles: Infinity,
			machine: { profile: '', costs: {} },
			engine: 'interpreter',
			trace: '',
			save: '',
			domains: [],
			xl: [],
			disks: [],
			pcap: '',
			inject: '',
			savedDisks: [],
			scenario: '',
			prompt: false,
			configs: []
		});
	});
	it('come in any order, with a space or an equals sign', () => {
		const args = parseRunArguments([
			'--cycles=1e6',
			'--until',
			'a=b',
			'x.bin',
			'--memory',
			'0x20',
			'--vcpus=4',
			'--cmdline=root=/dev/x',
			'--type',
			'ls\\n',
			'--trace',
			't',
			'--save=s',
			'--profile=p3',
			'--cost',
			'iret=0',
			'--cost=hypercall=1e3',
			'--dom0=pocket',
			'--dom0-cmdline',
			'run=spin',
			'--dom0-memory=16'
		]);
		expect(args).toEqual({
			image: 'x.bin',
			memoryMiB: 32,
			vcpus: 4,
			cmdline: 'root=/dev/x',
			type: 'ls\n',
			dom0: 'pocket',
			dom0MemoryMiB: 16,
			dom0Cmdline: 'run=spin',
			until: 'a=b',
			cycles: 1e6,
			machine: { profile: 'p3', costs: { iret: 0, hypercall: 1000 } },
			engine: 'interpreter',
			trace: 't',
			save: 's',
			domains: [],
			xl: [],
			disks: [],
			pcap: '',
			inject: '',
			savedDisks: [],
			scenario: '',
			prompt: false,
			configs: []
		});
	});
	it('may be configuration files, commands and disks, several of each', () =>
		expect(
			parseRunArguments([
				'--domain',
				'a.cfg',
				'--domain=b.cfg',
				'--xl',
				'list',
				'--xl=list -v',
				'--disk',
				'x.img',
				'--disk=a,b,ro',
				'--save-disk=out',
				'--save-disk=a,b,hdd'
			])
		).toMatchObject({
			image: '',
			domains: ['a.cfg', 'b.cfg'],
			xl: ['list', 'list -v'],
			disks: [
				{ file: 'x.img', access: 'overlay', back: false },
				{ file: 'a,b', access: 'ro', back: false }
			],
			savedDisks: [
				{ file: 'out', disk: 0 },
				{ file: 'a,b', disk: 3 }
			]
		}));
	it('may be an image that begins with a dash', () => expect(parseRunArguments(['--', '-x']).image).toBe('-x'));
	it('take numbers as people write them', () => {
		for (const text of ['1000000', '1_000_000', '1e6', '0xf4240', '0x000f_4240'])
			expect(parseRunArguments(['x', '--cycles', text]).cycles).toBe(1e6);
	});
	it.each<[string[], string]>([
		[[], 'IMAGE is missing'],
		[['a', 'b'], 'one IMAGE, not 2: a, b'],
		[['a', '--domain=b'], 'an IMAGE or --domain, not both: a'],
		[['--domain=b', '--memory=16'], '--memory: that stands in the files of --domain'],
		[['a', '--disk=,ro'], '--disk: name a file'],
		[['a', ...['1', '2', '3', '4', '5'].map((n) => `--disk=${n}`)], 'at most 4 disks'],
		[['a', '--save-disk', '-'], '--save-disk: name a file'],
		[['a', '--save-disk=x', '--save-disk=y,hda'], '--save-disk: hda is named twice'],
		[['a', '--scenario=b'], 'an IMAGE or --scenario, not both: a'],
		[['--scenario=b', '--disk=c'], '--disk: that stands in the file of --scenario'],
		[['--scenario='], '--scenario: name a file'],
		[['a', '--xl', ' '], '--xl: a command is one line'],
		[['a', '--dom0-memory=16'], '--dom0-memory: there is no --dom0'],
		[['a', '--dom0=b', '--dom0-cmdline', 'x'.repeat(1024)], '--dom0-cmdline: the text is longer'],
		[['a', '--memory'], '--memory wants a value'],
		[['a', '--memory', 'much'], "--memory: 'much' is not a number"],
		[['a', '--memory', '3'], '--memory: 3 MiB is out of range, 4 to 1024'],
		[['a', '--memory', '9999'], 'out of range'],
		[['a', '--memory', '4.5'], "'4.5' is not a whole number of MiB"],
		[['a', '--profile', 'p5'], "--profile: there is no profile 'p5'; did you mean 'p3'?"],
		[['a', '--cost', 'iret'], "--cost: 'iret' is not NAME=CYCLES; there are instruction, tlbMiss"],
		[['a', '--cost', 'iert=5'], "--cost: there is no cost 'iert'; did you mean 'iret'?"],
		[['a', '--cost', 'iret=many'], '--cost: iret: many is not a whole number of cycles from 0 to 10000'],
		[['a', '--cost', 'instruction=0'], 'time would stand still'],
		[['a', '--cost', 'iret=5', '--cost=iret=6'], '--cost: iret is given twice'],
		[['a', '--vcpus', '0'], '--vcpus: 0 vcpus is out of range, 1 to 32'],
		[['a', '--vcpus=33'], 'out of range'],
		[['a', '--cycles', '-5'], 'out of range'],
		[['a', '--cycles', '0'], 'out of range'],
		[['a', '--cycles', ''], "'' is not a number"],
		[['a', '--cycles', '1e99'], 'out of range'],
		[['a', '--cycles', '1__'], 'is not a number'],
		[['a', '--until', ''], '--until: the text is empty'],
		[['a', '--trace', '-'], '--trace: name a file'],
		[['a', '--save', ''], '--save: name a file'],
		[['a', '--until', 'x', '--until=y'], '--until is given twice'],
		[['a', '--fast'], 'there is no option --fast'],
		[['a', '--toString'], 'there is no option --toString'],
		[['a', '--type', 'x\\q'], "'\\q' is no escape"],
		[['a', '--type', 'x\\'], "'\\' is no escape"],
		[['a', '--cmdline', 'x'.repeat(1024)], 'longer than 1023 bytes']
	])('%j: %s', (words, reason) => expect(() => parseRunArguments(words)).toThrow(reason));

	it('ask for help where an option may stand, not where a value does', () => {
		expect(asksForHelp(['hello', '--help'])).toBe(true);
		expect(asksForHelp(['-h'])).toBe(true);
		expect(asksForHelp(['hello', '--type', '--help'])).toBe(false);
		expect(asksForHelp(['--', '--help'])).toBe(false);
	});
	it('have escapes in what is typed', () => expect(unescapeTyped('a\\\\n\\n\\e[A\\t\\r')).toBe('a\\n\n\x1b[A\t\r'));
});
