/** Disks between domains: first a driver domain has one of memory and serves it; then domain 0 has one of the machine's. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { HYPERCALLS } from '../abi/hypercalls';
import { EVTCHNOP } from '../abi/structs/events';
import { GNTTABOP, GRANT_ENTRY_V1 } from '../abi/structs/grant';
import { SRING } from '../abi/structs/ring';
import type { Disk } from '../hardware/devices/disk';
import { IdeController } from '../hardware/devices/ide/controller';
import { audit } from '../hypervisor/mm/audit';
import { KIND } from '../trace/events';
import type { IoRing } from '../moments';
import type { TraceView } from '../trace/view';
import { inspectWith } from '../workbench/inspect';
import { Run } from '../workbench/run';
import type { ScenarioInput } from '../workbench/scenario';
import { GRUB, hasGrub, imageFile } from '../workbench/testing';

const XVDA = 51712;
/** No story here needs more; a bound for one that would never end. */
const MOST_INSTRUCTIONS = 400_000_000;

const backPath = (front: number): string => `/local/domain/1/backend/vbd/${front}/${XVDA}`;
const frontPath = (front: number): string => `/local/domain/${front}/device/vbd/${XVDA}`;

type DomainInput = ScenarioInput['domains'][number];
type DiskInput = NonNullable<DomainInput['disks']>[number];

/** A domain with a disk. */
const user = (cmdline: string, disk: DiskInput, name: string): DomainInput => ({
	name,
	image: 'pocket-io',
	memoryMiB: 8,
	cmdline,
	disks: [disk]
});

/** Domain 1 with a RAM disk of so many KiB, and from domain 2 on one for each command line, with the disk or some sectors of it. */
const makeRun = (ramdisk: number, ...users: [cmdline: string, disk?: Partial<DiskInput>][]): Run =>
	new Run(
		{
			domains: [
				{ name: 'storage', image: 'pocket-io', memoryMiB: 8, driverDomain: true, cmdline: `run=serve ramdisk=${ramdisk}` },
				...users.map(([cmdline, disk], i) =>
					user(cmdline, { target: '/dev/ram0', backend: 'storage', ...disk }, `user${i}`)
				)
			]
		},
		imageFile,
		{ snapshots: 0 }
	);

/** Runs until nobody has anything left to do; domain 1 waits for ever. */
function runOut(run: Run): Run {
	const { cause } = run.advance({}, MOST_INSTRUCTIONS);
	expect(cause).toBe('stuck');
	return run;
}

const said = (run: Run, dom: number): string[] => run.consoles.text(dom).trim().split('\n');
const state = (run: Run, path: string): string | undefined => run.system.toolstack.xenstore.read(`${path}/state`);

const LOWER = { target: '/dev/ram0:0+256' };
const UPPER = { target: '/dev/ram0:256+256' };

describe('a disk of another domain', () => {
	it('takes files, gives them back, and holds what Debian\u2019s e2fsck calls a file system', () => {
		const script = [
			'mkfs /dev/xvda',
			'write /note hello there',
			'mkdir /folder',
			'copy /note /folder/copy',
			'cksum /note /folder/copy',
			'stress /folder 3 30 1',
			'rm /note',
			'ls /folder',
			'sync',
			'say DISK',
			'cat /dev/xvda'
		];
		const run = makeRun(256, [`run=sh ${script.join(' ; ')}`]);
		runOut(run);
		const [, afterBoot = ''] = run.consoles.text(2).split('xvda: 512 sectors\n');
		const [text = ''] = afterBoot.split('DISK\n');
		expect(text.trim().split('\n')).toEqual([
			'mkfs: 256 blocks of 1024 bytes, 64 inodes',
			'copy: 12 bytes from /note to /folder/copy',
			'4183764716 12 /note',
			'4183764716 12 /folder/copy',
			'stress: 3 files of 30643 bytes, 1 rounds: all as written',
			'        1024 ./',
			'        1024 ../',
			'          12 copy',
			'       30643 s00',
			'       30643 s02'
		]);
		expect(audit(run.system.hypervisor)).toEqual([]);
		expect([state(run, frontPath(2)), state(run, backPath(2))]).toEqual(['6', '6']);
		const console = Buffer.from(Uint8Array.from(run.consoles.all().find(({ dom }) => dom === 2)?.bytes ?? []));
		const image = console.subarray(console.indexOf('DISK\n') + 5).subarray(0, 256 * 1024);
		expect(image.length).toBe(256 * 1024);
		checkOutside(image);
	});

	it('is found by what the front end reads: sectors, features, read-only', () => {
		const run = makeRun(64, ['run=sh mkfs /dev/xvda ; cksum /dev/xvda', { readonly: true }]);
		runOut(run);
		expect(said(run, 2)).toContain('xvda: 128 sectors, read-only');
		expect(said(run, 2)).toContain('mkfs: the disk: the disk is read-only');
		const store = run.system.toolstack.xenstore;
		const keys = ['sectors', 'info', 'sector-size', 'feature-flush-cache', 'feature-barrier', 'physical-device'];
		expect(keys.map((key) => store.read(`${backPath(2)}/${key}`))).toEqual(['128', '4', '512', '1', '1', '1:0']);
		expect(store.read(`${frontPath(2)}/protocol`)).toBe('x86_32-abi');
	});

	it('may be a part of it: two domains fill their own sectors and reach no others', () => {
		const command = 'run=sh mkfs /dev/xvda ; stress / 3 20 1 ; stress / 9 40 1';
		const run = makeRun(256, [command, LOWER], [command, UPPER]);
		runOut(run);
		for (const dom of [2, 3]) {
			const lines = said(run, dom);
			expect(lines.slice(1, 4)).toEqual([
				'xvda: 256 sectors',
				'mkfs: 128 blocks of 1024 bytes, 32 inodes',
				'stress: 3 files of 20403 bytes, 1 rounds: all as written'
			]);
			expect(lines).toContainEqual(expect.stringMatching(/^stress: .*: the disk is full$/));
		}
		expect(audit(run.system.hypervisor)).toEqual([]);
	});
});

describe('the ring between them', () => {
	const COMMAND = 'run=sh cksum /dev/xvda';
	const ringOf = (run: Run): IoRing => inspectWith(run, 'devices').devices[0].rings[0];

	it('shows the indices that each end keeps to itself, whoever is on the processor', () => {
		const run = makeRun(64, [COMMAND]);
		const met = { taken: 0, answered: 0 };
		while (run.advance({ kinds: [KIND.hypercall] }).cause === 'event') {
			const ring = inspectWith(run, 'devices').devices[0]?.rings[0];
			if (!ring?.frontOwn || !ring.backOwn) continue;
			const { shared, frontOwn, backOwn } = ring;
			const round = [frontOwn.rsp_cons, shared.rsp_prod, backOwn.rsp_prod_pvt, backOwn.req_cons, shared.req_prod, frontOwn.req_prod_pvt];
			expect(round).toEqual([...round].sort((a, b) => a - b));
			met.taken = Math.max(met.taken, backOwn.req_cons - shared.rsp_prod);
			met.answered = Math.max(met.answered, shared.rsp_prod - frontOwn.rsp_cons);
		}
		expect(met.taken).toBeGreaterThan(0);
		expect(met.answered).toBeGreaterThan(0);
		expect(ringOf(run)).toMatchObject({ frontOwn: null, backOwn: null }); // both have given the page up, and forgotten the ring
	});

	it('is toured one thing at a time: a request that is written is not yet shown', () => {
		const run = makeRun(256, ['run=serve tour=ring']);
		let prepared = 0;
		while (run.advance({ kinds: [KIND.hypercall] }).cause === 'event') {
			const ring = inspectWith(run, 'devices').devices[0]?.rings[0];
			if (ring?.frontOwn) prepared = Math.max(prepared, ring.frontOwn.req_prod_pvt - ring.shared.req_prod);
		}
		expect(prepared).toBe(1000);
		expect(said(run, 2).filter((line) => line.startsWith('ring: answer'))).toHaveLength(10);
		expect(said(run, 2).at(-1)).toBe('ring: no answer');
		expect(said(run, 1).at(-1)).toMatch(/^blkback: domain 2 claims requests that cannot be/);
	});

	it('shows none of them where a kernel does not say where they are', () => {
		const nameless = (name: string): Uint8Array => {
			const image = imageFile(name).slice();
			image.fill(0, 0x20, 0x24); // e_shoff: no sections, so no symbols
			image.fill(0, 0x2e, 0x34);
			return image;
		};
		const { scenario } = makeRun(64, [COMMAND]);
		const run = new Run(scenario, nameless, { snapshots: 0 });
		runUntil(run, 2, 'xvda: 128 sectors');
		expect(ringOf(run)).toMatchObject({ frontOwn: null, backOwn: null });
		const named = makeRun(64, [COMMAND]);
		runUntil(named, 2, 'xvda: 128 sectors');
		expect(ringOf(named)).toMatchObject({ frontOwn: expect.anything(), backOwn: expect.anything() });
	});
});

describe('a load of requests', () => {
	it('has as many of them, of its size, at the time that was said', () => {
		const run = makeRun(256, ['run=sh await 50 diskload xvda write 44 4 12 ; diskload xvda read 8 2 5 random']);
		const { hz } = run.system.machine.clock;
		runOut(run);
		const lines = said(run, 2).filter((line) => line.startsWith('diskload'));
		expect(lines.map((line) => line.replace(/\d+ us/, 'N us'))).toEqual([
			'diskload: 12 writes of 44 KiB, 4 at a time, in N us; 0 failed',
			'diskload: 5 reads of 8 KiB, 2 at a time, in N us; 0 failed'
		]);
		// 12 requests of 11 pages, 5 of 2; nothing is mapped beside them after the beginning.
		const late = run.trace.seqAtCycle(0.05 * hz);
		let pages = 0;
		for (let seq = late; seq < run.trace.length; seq++) if (run.trace.kind(seq) === KIND.grant_map) pages++;
		expect(pages).toBe(12 * 11 + 5 * 2);
		expect(audit(run.system.hypervisor)).toEqual([]);
	});
});

const [ERROR, NOT_SUPPORTED] = [-1, -2];
/** What a back end must answer; undefined where it must not answer at all. */
const ATTACKS: Record<string, number | undefined> = {
	'too-many-segments': ERROR,
	'no-segments': ERROR,
	backwards: ERROR,
	'beyond-page': ERROR,
	'beyond-end': ERROR,
	'wraps-around': ERROR,
	'unknown-operation': ERROR,
	indirect: ERROR,
	'no-such-grant': ERROR,
	'beyond-table': ERROR,
	'half-good': ERROR,
	'readonly-page': ERROR,
	discard: NOT_SUPPORTED,
	'flush-of-something': ERROR,
	flush: 0,
	barrier: 0,
	'empty-barrier': 0,
	flood: 0,
	good: 0,
	claims: undefined
};

describe('a front end that does what none should', () => {
	it('is refused what it asks, and its neighbour has its files', () => {
		const run = makeRun(256, ['run=sleep 300 attack=all', LOWER], ['run=sh mkfs /dev/xvda ; stress / 2 20 1', UPPER]);
		runOut(run);
		const answers = said(run, 2).filter((line) => line.startsWith('attack '));
		expect(answers).toEqual(
			Object.entries(ATTACKS).map(
				([name, status]) => `attack ${name}: ${status === undefined ? 'no answer' : `status ${status}`}`
			)
		);
		expect(said(run, 1)).toContain(
			`blkback: domain 2 claims requests that cannot be; its disk ${XVDA} is not served any more`
		);
		expect(said(run, 3)).toContain('stress: 2 files of 20403 bytes, 1 rounds: all as written');
		expect(audit(run.system.hypervisor)).toEqual([]);
	});
});

/** Runs until the domain has said `text`. */
function runUntil(run: Run, dom: number, text: string, step = 100_000): void {
	for (let budget = MOST_INSTRUCTIONS; !run.consoles.text(dom).includes(text); budget -= step) {
		expect(budget).toBeGreaterThan(0);
		run.advance({}, step);
	}
}

/** The frame of a front end's ring, by the entry of its grant table that its key names. */
function ringFrame(run: Run, dom: number): number {
	const { hypervisor, machine, toolstack } = run.system;
	const ref = Number(toolstack.xenstore.read(`${frontPath(dom)}/ring-ref`));
	const [table] = hypervisor.grants.frames(hypervisor.domains.get(dom)!);
	return machine.memory.read32(table * 4096 + ref * GRANT_ENTRY_V1.size + GRANT_ENTRY_V1.at.frame);
}

/** Runs until a domain has sent an event, or nobody does anything any more. */
function untilSend(run: Run, dom: number): void {
	const sent = (seq: number): boolean =>
		run.trace.dom(seq) === dom &&
		run.trace.arg(seq, 'nr') === HYPERCALLS.event_channel_op.nr &&
		run.trace.arg(seq, 'op') === EVTCHNOP.send;
	while (run.advance({ kinds: [KIND.hypercall] }).cause === 'event') {
		let seq = run.trace.length - 1;
		while (run.trace.kind(seq) !== KIND.hypercall) seq--;
		if (sent(seq)) return;
	}
}

describe('a back end that goes away', () => {
	it('and starts again loses nothing: what it has not answered is sent once more', () => {
		const run = makeRun(256, ['run=sh mkfs /dev/xvda ; say BEGIN ; stress / 3 40 2 ; sync ; say DISK ; cat /dev/xvda']);
		runUntil(run, 2, 'BEGIN');
		for (let times = 0; times < 5; times++) {
			run.advance({}, 3_000_000);
			run.system.toolstack.xenstore.write(`${backPath(2)}/state`, '1');
		}
		runOut(run);
		const lines = said(run, 2);
		expect(lines.filter((line) => line === 'xvda: connected again').length).toBeGreaterThan(2);
		expect(lines).toContain('stress: 3 files of 40883 bytes, 2 rounds: all as written');
		expect(audit(run.system.hypervisor)).toEqual([]);
	});

	it('or claims answers that cannot be is not believed, and another one in its place is', () => {
		const run = makeRun(256, ['run=sh mkfs /dev/xvda ; say BEGIN ; stress / 3 40 1']);
		runUntil(run, 2, 'BEGIN');
		run.advance({}, 1_000_000);
		const { memory } = run.system.machine;
		const answered = ringFrame(run, 2) * 4096 + SRING.at.rsp_prod;
		for (let sends = 0; !run.consoles.text(2).includes('claims answers that cannot be'); sends++) {
			expect(sends).toBeLessThan(50);
			untilSend(run, 1);
			memory.write32(answered, memory.read32(answered) + 1000);
		}
		run.system.toolstack.xenstore.write(`${backPath(2)}/state`, '1');
		runOut(run);
		expect(said(run, 2)).toContain('xvda: connected again');
		expect(said(run, 2)).toContain('stress: 3 files of 40883 bytes, 1 rounds: all as written');
		expect(audit(run.system.hypervisor)).toEqual([]);
	});

	it('for good: the folder is removed, and whoever waits for the disk is told', () => {
		const run = makeRun(256, ['run=sh mkfs /dev/xvda ; say BEGIN ; stress / 3 40 9']);
		runUntil(run, 2, 'BEGIN');
		run.advance({}, 2_000_000);
		run.system.toolstack.detach({ type: 'vbd', dom: 2, devid: XVDA, backend: 1 });
		runOut(run);
		expect(said(run, 2)).toContain('xvda: gone');
		expect(said(run, 2)).toContain('stress: 3 files of 40883 bytes, 9 rounds: FAILED');
		expect(said(run, 1)).toContainEqual(expect.stringMatching(/^blkback: domain 2's disk 51712: \d+ requests served, \d+ refused$/));
		expect(audit(run.system.hypervisor)).toEqual([]);
	});
});

describe('a front end that dies', () => {
	it('in the middle of its requests costs its neighbour nothing, and all it had lent comes back', () => {
		const run = makeRun(
			256,
			['run=sh mkfs /dev/xvda ; say BEGIN ; stress / 3 30 20', LOWER],
			['run=sh mkfs /dev/xvda ; stress / 2 20 3', UPPER]
		);
		runUntil(run, 2, 'BEGIN');
		run.advance({}, 1_000_000);
		run.system.toolstack.destroy(2);
		expect(audit(run.system.hypervisor)).toEqual([]);
		runOut(run);
		expect(run.system.toolstack.domain(2)).toBeUndefined();
		expect(state(run, backPath(2))).toBeUndefined();
		expect(said(run, 3)).toContain('stress: 2 files of 20403 bytes, 3 rounds: all as written');
		expect(audit(run.system.hypervisor)).toEqual([]);
	});
});

/** Domain 0 with a drive of so many sectors, and a domain with 4096 of them for each command line. */
function domain0(drive: Drive, cmdline: string, ...guests: string[]): Run {
	return new Run(
		{
			machine: { disks: [drive] },
			dom0: { image: 'pocket-io', memoryMiB: 16, cmdline },
			domains: guests.map((command, i) => user(command, { target: `/dev/hda:${i * 4096}+4096` }, `user${i}`))
		},
		imageFile,
		{ snapshots: 0 }
	);
}
type Drive = NonNullable<NonNullable<NonNullable<ScenarioInput['machine']>['disks']>[number]>;

function toItsEnd(run: Run): Run {
	expect(run.advance({}, MOST_INSTRUCTIONS).cause).toBe('ended');
	expect(audit(run.system.hypervisor)).toEqual([]);
	return run;
}

const CHANGING = ['grant_table_op', 'mmu_update', 'update_va_mapping', 'mmuext_op', 'memory_op'] as const;
const CHANGING_NUMBERS = new Set<number>(CHANGING.map((name) => HYPERCALLS[name].nr));

/** Whether the hypercall just made could have changed a count; context switches, which are multicalls, are left out. */
function mayChangeFrames(trace: TraceView): boolean {
	let seq = trace.length - 1;
	while (seq >= 0 && trace.kind(seq) !== KIND.hypercall) seq--;
	return seq >= 0 && CHANGING_NUMBERS.has(trace.arg(seq, 'nr'));
}

const drive = (run: Run): Disk => run.system.machine.devices.get(IdeController).drive(0)!.disk;

describe('domain 0', () => {
	it.each(['dma', 'pio'])('keeps files on an IDE disk, by %s', (mode) => {
		const script = 'mkfs /dev/hda ; write /a hello there ; copy /a /b ; stress / 3 60 1 ; cksum /a /b';
		const run = toItsEnd(domain0({ image: '', sectors: 2048 }, `run=sh ${script} ide=${mode}`));
		expect(said(run, 0).slice(1)).toEqual([
			'hda: 2048 sectors',
			'mkfs: 1024 blocks of 1024 bytes, 256 inodes',
			'copy: 12 bytes from /a to /b',
			'stress: 3 files of 61363 bytes, 1 rounds: all as written',
			'4183764716 12 /a',
			'4183764716 12 /b',
			expect.stringContaining('is done, status 0')
		]);
		checkOutside(drive(run).read(0, 2048));
	});

	it('takes commands at its console', () => {
		const run = new Run(
			{
				machine: { disks: [{ image: '', sectors: 2048 }] },
				dom0: { image: 'pocket-io', memoryMiB: 8, cmdline: 'run=sh' },
				domains: [],
				input: ['mkfs /dev/hda', 'write /a by hands\b', 'cat /a', 'exit'].map((line) => ({
					dom: 0,
					text: `${line}\n`,
					when: { kind: 'waiting' as const }
				}))
			},
			imageFile,
			{ snapshots: 0 }
		);
		toItsEnd(run);
		expect(said(run, 0).slice(-3)).toEqual(['by hand', '$ exit', expect.stringContaining('is done, status 0')]);
	});

	it('serves three domains, each its own sectors of one disk', () => {
		const command = 'run=sh mkfs /dev/xvda ; stress / 3 40 1';
		const run = toItsEnd(domain0({ image: '', sectors: 3 * 4096 }, 'run=serve', command, command, command));
		for (const dom of [1, 2, 3]) {
			expect(said(run, dom)).toContain('stress: 3 files of 40883 bytes, 1 rounds: all as written');
			checkOutside(drive(run).read((dom - 1) * 4096, 4096));
		}
	});

	it('finds a partition by its number, and does not serve one that is not there', () => {
		const image = new Uint8Array(2048 * 512);
		const entry = new DataView(image.buffer, 446 + 16, 16);
		entry.setUint8(4, 0x83);
		entry.setUint32(8, 100, true);
		entry.setUint32(12, 1000, true);
		image.set([0x55, 0xaa], 510);
		const guest = (number: number): DomainInput =>
			user('run=sh mkfs /dev/xvda', { target: `/dev/hda${number}` }, `user${number}`);
		const run = new Run(
			{
				machine: { disks: [{ image: 'disk' }] },
				dom0: { image: 'pocket-io', memoryMiB: 8, cmdline: 'run=serve' },
				domains: [guest(2), guest(3)]
			},
			(name) => (name === 'disk' ? image : imageFile(name)),
			{ snapshots: 0 }
		);
		toItsEnd(run);
		expect(said(run, 1)).toContain('xvda: 1000 sectors');
		expect(said(run, 1)).toContain('mkfs: 500 blocks of 1024 bytes, 128 inodes');
		expect(said(run, 2)).toContain('open: /dev/xvda: no such disk');
		expect(said(run, 0)).toContain('xenbus: backend/vbd/2/51712: connecting: error -22');
		checkOutside(drive(run).read(100, 1000));
	});

	it('tells whose sectors fail, after it has tried again, and the others have theirs', () => {
		const command = 'run=sh cksum /dev/xvda ; mkfs /dev/xvda ; stress / 3 30 1';
		const badSectors = [{ lba: 4096 + 3500, count: 3, on: 'both' as const }];
		const run = toItsEnd(domain0({ image: '', sectors: 8192, badSectors }, 'run=serve', command, command));
		expect(said(run, 1)).not.toContainEqual(expect.stringContaining('failed'));
		expect(said(run, 2)).toContain('cksum: /dev/xvda: the disk failed');
		for (const dom of [1, 2])
			expect(said(run, dom)).toContain('stress: 3 files of 30643 bytes, 1 rounds: all as written');
	});

	it('is given a disk and loses it while it runs, and gets another', () => {
		const script = 'sleep 300 ; cksum /dev/xvdb ; sleep 300 ; cksum /dev/xvdb';
		const run = domain0({ image: '', sectors: 8192 }, 'run=serve', `run=sh ${script}`);
		const { toolstack } = run.system;
		const wait = (ms: number): void => void run.advance({ cycle: run.now + ms * 2_400_000 });
		wait(200);
		toolstack.attachDisk(1, { target: '/dev/hda:4096+100', vdev: 'xvdb' });
		wait(200);
		toolstack.detach({ type: 'vbd', dom: 1, devid: XVDA + 16, backend: 0 });
		wait(50);
		toolstack.attachDisk(1, { target: '/dev/hda:4096+200', vdev: 'xvdb' });
		toItsEnd(run);
		expect(said(run, 1).slice(2, 7)).toEqual([
			'xvdb: 100 sectors',
			'2222818014 51200 /dev/xvdb',
			'xvdb: gone',
			'xvdb: 200 sectors',
			'1776525763 102400 /dev/xvdb'
		]);
	});

	it('keeps all counts of frames right, after each hypercall that may change one', () => {
		const run = domain0({ image: '', sectors: 4096 }, 'run=serve', 'run=sh mkfs /dev/xvda ; write /a hello ; cat /a');
		const findings = new Set<string>();
		let audits = 0;
		while (run.advance({ kinds: [KIND.hypercall] }).cause === 'event') {
			if (!mayChangeFrames(run.trace)) continue;
			audits++;
			for (const finding of audit(run.system.hypervisor)) findings.add(finding);
		}
		expect([...findings]).toEqual([]);
		expect(audits).toBeGreaterThan(100);
		expect(said(run, 1)).toContain('hello');
	});

	it('has on the disk what was synced, when the power fails right after', () => {
		const run = domain0({ image: '', sectors: 4096 }, 'run=serve', 'run=sh mkfs /dev/xvda ; write /a hello ; say SAFE');
		runUntil(run, 1, 'SAFE');
		drive(run).cutPower();
		checkOutside(drive(run).read(0, 4096));
		expect(Buffer.from(drive(run).read(0, 4096)).includes('hello\n')).toBe(true);
	});
});

describe.runIf(hasGrub)('GRUB, which nobody here wrote', () => {
	it('reads a file of its disk from domain 0, each request one page mapped and unmapped', () => {
		const made = toItsEnd(domain0({ image: '', sectors: 2048 }, 'run=sh mkfs /dev/hda ; write /note hello there'));
		const image = drive(made).read(0, 2048);
		const run = new Run(
			{
				machine: { disks: [{ image: 'disk' }] },
				dom0: { image: 'pocket-io', memoryMiB: 8, cmdline: 'run=serve' },
				domains: [{ name: 'grub', image: GRUB, memoryMiB: 16, disks: [{ target: '/dev/hda' }] }],
				input: [{ text: 'cat (xen/xvda)/note\r', when: { kind: 'text', text: 'grub>' } }]
			},
			(name) => (name === 'disk' ? image : imageFile(name)),
			{ snapshots: 0 }
		);
		runUntil(run, 1, 'hello there', 1_000_000);
		// GRUB stays Initialised for ever, and is served all the same.
		expect([state(run, '/local/domain/1/device/vbd/51712'), state(run, '/local/domain/0/backend/vbd/1/51712')]).toEqual([
			'3',
			'4'
		]);
		const ops = { map: 0, unmap: 0 };
		for (let seq = 0; seq < run.trace.length; seq++) {
			if (run.trace.kind(seq) !== KIND.hypercall || run.trace.arg(seq, 'nr') !== HYPERCALLS.grant_table_op.nr) continue;
			if (run.trace.arg(seq, 'op') === GNTTABOP.map_grant_ref) ops.map++;
			if (run.trace.arg(seq, 'op') === GNTTABOP.unmap_grant_ref) ops.unmap++;
		}
		// One map more than unmaps: the ring's page.
		expect(ops.unmap).toBeGreaterThan(50);
		expect(ops.map).toBe(ops.unmap + 1);
		expect(audit(run.system.hypervisor)).toEqual([]);
	});
});

/** What e2fsck says of an image; where there is none on this machine, nothing is tried. */
function checkOutside(image: Uint8Array): void {
	const folder = mkdtempSync(join(tmpdir(), 'pocket-io-'));
	try {
		const file = join(folder, 'disk.img');
		writeFileSync(file, image);
		const env = { PATH: `${process.env.PATH}:/sbin:/usr/sbin` };
		const check = spawnSync('e2fsck', ['-fn', file], { encoding: 'utf8', env });
		if (check.error) return;
		expect([check.status, check.stdout]).toEqual([0, expect.not.stringMatching(/wrong|Fix\?|Clear\?/)]);
	} finally {
		rmSync(folder, { recursive: true });
	}
}
