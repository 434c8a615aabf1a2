/** GRUB, which nobody here wrote, reads a disk that domain 0's kernel serves; beside what a real Xen saw of the same session. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { HYPERCALLS } from '../abi/hypercalls';
import { IdeController } from '../hardware/devices/ide/controller';
import { audit } from '../hypervisor/mm/audit';
import { KIND } from '../trace/events';
import { e2fsck, mke2fs } from './e2fs';
import { Run } from './run';
import { GRUB, hasGrub, imageFile } from './testing';

const golden = (name: string): string =>
	readFileSync(new URL(`./golden/grub-i386-xen-${name}.txt`, import.meta.url), 'latin1');

const GREETING = 'hello-from-xvda\n';
const SESSION = ['ls', 'ls (xen/xvda)/', 'cat (xen/xvda)/hello.txt', 'date', 'halt'];
/** The whole session takes a fifth of it. */
const MOST_INSTRUCTIONS = 400_000_000;

/** A disk with one file: Debian's work, or where there are no such tools that of our own kernel, which has it written in a run of its own. */
function diskImage(): Uint8Array {
	const made = mke2fs(2048, 'hello.txt', GREETING);
	if (made) return made;
	const cmdline = `run=sh mkfs /dev/hda ; write /hello.txt ${GREETING.trim()}`;
	const dom0 = { image: 'pocket-io', memoryMiB: 8, cmdline };
	const run = new Run({ machine: { disks: [{ image: '', sectors: 4096 }] }, dom0, domains: [] }, imageFile);
	run.advance({}, MOST_INSTRUCTIONS);
	return run.system.machine.devices.get(IdeController).drive(0)!.disk.export();
}

function session(): Run {
	const disk = diskImage();
	const when = { kind: 'text', text: 'grub> ' } as const;
	return new Run(
		{
			machine: { disks: [{ image: 'disk' }] },
			dom0: { image: 'pocket-io', memoryMiB: 16, cmdline: 'run=serve' },
			domains: [{ name: 'lin', image: GRUB, memoryMiB: 64, disks: [{ target: '/dev/hda' }] }],
			input: SESSION.map((line) => ({ text: `${line}\n`, when }))
		},
		(name) => (name === 'disk' ? disk : imageFile(name)),
		{ snapshots: 0 }
	);
}

/** Operations that the golden file counts apart, and by which arguments. */
const SUBOPERATIONS: Readonly<Record<string, readonly string[]>> = {
	event_channel_op: ['arg1'],
	sched_op: ['arg1'],
	grant_table_op: ['arg1'],
	vm_assist: ['arg1', 'arg2']
};
const NAMES = new Map(Object.entries(HYPERCALLS).map(([name, { nr }]) => [nr, name]));
const SEND = 'event_channel_op:4';
/**
 * SCHEDOP_yield, by which GRUB waits for every answer. There it was 846 calls, since the disk was a file in memory: domain 0 had answered before
 * GRUB was on the processor again, one yield a request. Where a driver domain's memory is the disk, it is one here, too. This disk has an arm,
 * and GRUB, alone on the processor meanwhile, yields to nobody, again and again: 2,000 calls for a millisecond.
 */
const YIELD = 'sched_op:0';

/** What the domain called, in the words of the golden file. */
function counted(run: Run, dom: number): Map<string, number> {
	const { trace } = run;
	const counts = new Map<string, number>();
	const count = (what: string): void => void counts.set(what, (counts.get(what) ?? 0) + 1);
	for (let seq = 0; seq < trace.length; seq++) {
		if (trace.kind(seq) !== KIND.hypercall || trace.dom(seq) !== dom) continue;
		const name = NAMES.get(trace.arg(seq, 'nr'))!;
		const operation = (SUBOPERATIONS[name] ?? []).map((arg) => trace.arg(seq, arg)).join();
		const call = operation === '' ? name : `${name}:${operation}`;
		count(call);
		if (call === SEND) count(`${SEND}@${(trace.arg(seq, 'arg2') >>> 0).toString(16).padStart(8, '0')}`);
	}
	return counts;
}

const goldenCounts = (): Map<string, number> =>
	new Map(
		golden('counts')
			.split('\n')
			.filter((line) => /^[a-z]/.test(line))
			.map((line) => line.split(' '))
			.map(([call, times]) => [call, Number(times)])
	);

/**
 * Sends whose number is the same for any file system and any speed of the other end: those that a key, a line of the console or an opening of
 * the disk makes. The others are requests to the disk, as many as its blocks lie apart, and questions for the back end's state, asked until it
 * says 4 (at 0040bc8c).
 */
const OF_ANY_DISK = [
	...['0040b5bc', '0040b67c', '0040b68c', '0040b6ec', '0040b6fc', '0040b7cc', '0040b88c', '0040b92c', '0040b9bc'],
	...['0040ba2c', '0040ba4c', '0040bb7c', '0040bd5c', '0040be3c', '0040be4c']
];

/** How far a file has been read, and the time of day: what the clock decides. */
const timeless = (console: string): string =>
	console
		.replaceAll('\x1b', '^')
		.replace(/(\^\[\d+;\d+H {6}\[ [^\]]*\])+\^\[\d+;1H/g, '<progress>')
		.replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \w+/, '<date>');

describe.runIf(hasGrub)('GRUB with a disk that domain 0 serves', () => {
	let run: Run;
	let cause: string;
	beforeAll(() => {
		run = session();
		cause = run.advance({}, MOST_INSTRUCTIONS).cause;
	}, 240_000);

	it('shows on its console what it showed on a real Xen: ls, ls (xen/xvda)/, cat, date, halt', () => {
		expect(cause).toBe('ended');
		expect(run.consoles.text(1)).toContain(`lost+found/ hello.txt \n`);
		expect(run.consoles.text(1)).toContain(GREETING);
		expect(timeless(run.consoles.text(1))).toBe(timeless(golden('console')));
	});

	it('makes the hypercalls that it made there, as often where neither the clock nor the file system decides', () => {
		const [ours, theirs] = [counted(run, 1), goldenCounts()];
		// Real Xen preempts the one call of three operations twice.
		theirs.set('mmuext_op', theirs.get('mmuext_op')! - 2);
		const totals = [...theirs.keys()].filter((call) => !call.includes('@') && call !== SEND && call !== YIELD);
		const same = [...totals, ...OF_ANY_DISK.map((at) => `${SEND}@${at}`)];
		const pick = (from: Map<string, number>): unknown => same.map((call) => [call, from.get(call)]);
		expect(totals).toHaveLength(9);
		expect(pick(ours)).toEqual(pick(theirs));
		expect([...ours.keys()].filter((call) => !call.includes('@')).sort()).toEqual(
			[...theirs.keys()].filter((call) => !call.includes('@')).sort()
		);
	});

	it('writes the four keys that it writes there, never reaches state 4, and is served all the same', () => {
		const store = run.system.toolstack.xenstore;
		const front = '/local/domain/1/device/vbd/51712';
		const keys = ['ring-ref', 'event-channel', 'protocol', 'state'];
		expect(keys.map((key) => store.read(`${front}/${key}`))).toEqual(['2', '3', 'x86_32-abi', '3']);
		// It halts without a word to its back end, which sees the domain go.
		expect(run.system.guests[0].status).toMatchObject({ alive: false, shutdown: 0 });
		expect(['4', '6']).toContain(store.read('/local/domain/0/backend/vbd/1/51712/state'));
	});

	it('leaves the disk a file system, and the hypervisor\u2019s counts right', () => {
		const { disk } = run.system.machine.devices.get(IdeController).drive(0)!;
		expect(disk.changedSectors).toBe(0);
		expect(e2fsck(disk.export()) ?? '').toBe('');
		expect(audit(run.system.hypervisor)).toEqual([]);
	});
});
