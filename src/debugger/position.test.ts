import { describe, expect, it } from 'vitest';
import { decodePosition, emptyPosition, encodePosition, type Position } from './position';

const problemOf = (text: string): string => {
	const read = decodePosition(text);
	return 'problem' in read ? read.problem : '';
};

const plain: Position = {
	...emptyPosition(),
	domains: [{ image: 'pocket', cmdline: 'fork tour=2, "a&b"', memoryMiB: 64 }],
	icount: 123456,
	seq: 78,
	log: [
		{ icount: 5000, dom: 1, text: 'ls (xen/xvda)/\n' },
		{ icount: 5001, dom: 1, text: 'a:b,c+d%\n' }
	],
	breakpoints: [0xc0100000, 0x1000]
};

const full: Position = {
	...plain,
	domains: [
		{ ...plain.domains[0], vbds: '/dev/hda,xvda,ro /dev/hdc:0+64', vifs: 1 },
		{ image: 'rogues', cmdline: 'attack=map-foreign', memoryMiB: 32, vcpus: 4 }
	],
	dom0: { image: 'pocket-io', cmdline: 'run=serve', memoryMiB: 16 },
	disks: [{ image: 'files', readonly: false }, null, { image: '', readonly: true, sectors: 2048 }],
	cards: 1,
	machine: { profile: 'p3', costs: { iret: 0, hypercall: 500 } },
	log: [
		...plain.log,
		{ icount: 5900, seq: 88, dom: 1, text: 'late' },
		{ icount: 6000, seq: 90, change: { kind: 'pte', mfn: 300, index: 5, low: 0x12067, high: 0 } }
	],
	futures: [
		{
			parent: 0,
			icount: 7000,
			seq: 99,
			entry: { icount: 7000, seq: 99, change: { kind: 'register', name: 'eax', value: 0xffff_ffea } },
			later: [{ icount: 8000, dom: 1, text: 'x\n' }],
			until: 9000
		}
	],
	until: 8500,
	timeline: 1,
	stops: [
		{ text: 'check refused' },
		{ text: 'main.c:42 if eax == 3 && [esp+4] != 0, skip 2', enabled: false, label: 'the entry; again!' }
	],
	marks: [{ icount: 123, seq: 4, cycle: 999, timeline: 0, note: 'here, the entry: 100 % wrong\nsee [2]' }],
	focus: 77,
	walk: 0xc0000000,
	panels: 'rows(70:cols(60:code,40:registers~stack!),30:score)',
	query: 'hypercall name=mmu_update refused',
	asText: true
};

const lesson: Position = {
	...emptyPosition(),
	lesson: { slug: '01-four-rings', step: 4 },
	near: { seq: 612, when: 'before' }
};

describe('a position as a URL', () => {
	it.each([
		['plain', plain],
		['with everything', full],
		['of a lesson', lesson],
		['of a lesson, with guests of its own', { ...full, lesson: { slug: '01-four-rings', step: 0 } }],
		['at the beginning', { ...plain, icount: 0, seq: 0 }],
		['at no moment', { ...plain, icount: -1, seq: undefined }],
		[
			'so long that it is deflated',
			{ ...full, marks: Array.from({ length: 90 }, (_, at) => ({ ...full.marks[0], seq: at })) }
		]
	])('%s, comes back as it was', (_, position) => expect(decodePosition(encodePosition(position))).toEqual(position));

	it('is readable where it is short, and as in the first version where it says no more', () => {
		const short = { ...plain, domains: [{ ...plain.domains[0], cmdline: 'fork' }], seq: undefined, log: [] };
		expect(encodePosition(short)).toBe('guest=pocket&memory=64&cmdline=fork&at=123456&break=c0100000%2C1000');
	});
	it('names the machine’s disks, and says what cannot be one', () => {
		const read = decodePosition('guest=hello&disk2=files;ro&disk=;64');
		expect(read).toMatchObject({
			disks: [
				{ image: '', readonly: false, sectors: 64 },
				{ image: 'files', readonly: true }
			]
		});
		expect(problemOf('guest=hello&disk=')).toBe('disk: one without an image has a number of sectors');
		expect(problemOf('guest=hello&disk5=files')).toBe('disk5: a machine has at most 4 disks');
		expect(problemOf('guest=hello&disk=files;rw')).toContain("disk: 'rw' is not a number");
	});
	it('may have a kernel in domain 0 and nothing beside it', () => {
		expect(decodePosition('guest0=pocket-io&memory0=16')).toMatchObject({ dom0: { memoryMiB: 16 }, domains: [] });
		expect(problemOf('memory0=16')).toBe('guest0: which guest is missing');
	});
	it('takes as many guests as it gives: ten had numbers that nobody read', () => {
		for (const guests of [9, 10, 33, 128]) {
			const many = { ...plain, domains: Array.from({ length: guests }, () => ({ ...plain.domains[0] })) };
			expect(decodePosition(encodePosition(many))).toEqual(many);
		}
		expect(problemOf('guest=a&guest01=b')).toContain("there is no field 'guest01'");
		expect(problemOf('guest=a&guest1=b')).toContain("there is no field 'guest1'");
		expect(problemOf('guest=a&guest3=b')).toContain('guest2: which guest is missing');
	});

	it('names a moment of a lesson by its event', () =>
		expect(encodePosition(lesson)).toBe('v=2&lesson=01-four-rings&step=4&before=612'));
	it('tells the beginning from no moment at all', () => {
		expect([decodePosition('guest=x&at=0'), decodePosition('guest=x')]).toMatchObject([{ icount: 0 }, { icount: -1 }]);
	});
	it('reads addresses of the first version', () => {
		const read = decodePosition('guest=pocket&cmdline=run%3Dfork&at=5&event=2&break=c0100000&log=5000:1:ls%0A');
		expect(read).toEqual({
			...emptyPosition(),
			domains: [{ image: 'pocket', cmdline: 'run=fork', memoryMiB: 32 }],
			icount: 5,
			seq: 2,
			breakpoints: [0xc0100000],
			log: [{ icount: 5000, dom: 1, text: 'ls\n' }]
		});
	});

	it.each([
		['at=5', 'guest: which guest is missing'],
		['guest=x&at=five', "at: 'five' is not a number here"],
		['guest=x&memory=2', 'memory: 2 MiB is too little'],
		['guest=x&vcpus=0', 'vcpus: a domain has at least one'],
		['guest=x&vcpus=33', "vcpus: '33' is not a number here"],
		['guest=x&break=zz', "break: 'zz' is not a hexadecimal address"],
		['guest=x&log=1', "log: '1' is not count:domain:text"],
		['guest=x&foo=1', "there is no field 'foo'; there are guest, "],
		['guest=x&mrks=1', "there is no field 'mrks'; did you mean 'marks'?"],
		['step=3', 'step: of which lesson is missing'],
		['guest=%', 'a percent sign'],
		['guest=x&toString=1', "no field 'toString'"],
		['guest=x&guest3=y', 'guest2: which guest is missing'],
		['v=3&guest=x', 'v: version 3 is newer than this page'],
		['guest=x&log=5!%7B%22kind%22%3A%22register%22%7D', 'log.name'],
		['guest=x&log=5!%7B', 'log: it is cut'],
		['guest=x&marks=1.2:note', "marks: '1.2:note' is not"],
		['z=!!!', 'z: it has been cut or changed'],
		['z=AAAA', 'z: it has been cut or changed']
	])('%s: %s', (text, problem) => expect(problemOf(text)).toContain(problem));

	it('says so when a deflated address was cut anywhere', () => {
		const whole = encodePosition({
			...full,
			marks: Array.from({ length: 90 }, (_, at) => ({ ...full.marks[0], seq: at, note: `note ${at * 7919}` }))
		});
		expect(whole).toMatch(/^z=/);
		for (const part of [0.1, 0.5, 0.9]) expect(problemOf(whole.slice(0, whole.length * part))).not.toBe('');
	});

	it('names the cost table only where it is another than the usual one', () => {
		const withTable = (machine: Position['machine']) => encodePosition({ ...plain, machine });
		expect(withTable({ profile: 'p4-xeon', costs: { iret: 150 } })).toBe(encodePosition(plain));
		expect(withTable({ profile: '', costs: { iret: 9, gate: 1 } })).toContain('&costs=gate.1,iret.9&');
		expect(problemOf('guest=pocket&costs=iert.5')).toBe("costs: there is no cost 'iert'; did you mean 'iret'?");
		expect(problemOf('guest=pocket&costs=instruction.0')).toMatch(
			/costs: instruction: 0 is not .*time would stand still/
		);
		expect(problemOf('guest=pocket&profile=p9')).toMatch(/profile: there is no 'p9'/);
	});
});
