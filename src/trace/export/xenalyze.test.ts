/**
 * Debian's own xenalyze reads what is exported, and must count what happened as we do. What is expected is counted from the
 * trace's events here, not from the records: hypercalls by number, traps by vector, page faults, and the time that each vcpu
 * spent in each runstate.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { xenalyze as findXenalyze } from '../../../scripts/xenalyze.mjs';
import { ringsideProcess } from '../../cli/testing';
import { openTrace } from '../../workbench/files/trace-file';
import { GRUB, hasGrub, runGuest } from '../../workbench/testing';
import { KIND, RUNSTATES } from '../events';
import type { TraceView } from '../view';
import { xentrace } from './xentrace';

const program = findXenalyze();
let folder = '';
beforeAll(() => {
	folder = mkdtempSync(join(tmpdir(), 'ringside-xenalyze-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const IDLE = 0x7fff;
/** xenalyze counts traps by vector only up to here; the rest are in the sum. */
const FIRST_UNCOUNTED_VECTOR = 20;
/** What it says that is no warning: what it finds in the file, and how it begins and ends. */
const NOTICES = [
	/^parse_array: Found (1 elements|element 0x1 \(1\))$/,
	/^Using VMX hardware-assisted virtualization\.$/,
	/^scan_for_new_pcpu: Activating pcpu 0 at offset 0$/,
	/^Creating (vcpu 0 for dom \d+|domain \d+)$/,
	/^init_pcpus: through first trace write, done for now\.$/,
	/^First schedule for d\d+v0 doesn't take us into a running state; leaving INIT$/,
	/^Using first_tsc for d\d+v\d+ \(\d+ cycles\)$/,
	/^read_record: read returned zero, deactivating pcpu 0$/,
	/^deactivate_pcpu: setting d\d+v0 to state LOST$/,
	/^deactivate_pcpu: Setting max_active_pcpu to -1$/
];

/** Runs it; its standard error must hold notices only. */
function xenalyze(bytes: Uint8Array, ...options: string[]): string {
	const path = join(folder, 'trace.bin');
	writeFileSync(path, bytes);
	const { status, stdout, stderr } = spawnSync(program as string, [...options, path], {
		encoding: 'utf8',
		maxBuffer: 1 << 28
	});
	const warnings = stderr.split('\n').filter((line) => line !== '' && !NOTICES.some((notice) => notice.test(line)));
	expect({ status, warnings }).toEqual({ status: 0, warnings: [] });
	return stdout;
}

/** What is counted of one domain. */
interface Counts {
	hypercalls: Record<number, number>;
	pageFaults: number;
	traps: number;
	byVector: Record<number, number>;
	/** Privileged instructions carried out, and writes to page tables. */
	emulated: number;
	tableWrites: number;
	/** Intervals in each runstate, and their cycles in all. */
	runstates: Record<string, { intervals: number; cycles: number }>;
}
const none = (): Counts => ({
	hypercalls: {},
	pageFaults: 0,
	traps: 0,
	byVector: {},
	emulated: 0,
	tableWrites: 0,
	runstates: {}
});
const add = (counts: Record<number, number>, key: number): void => void (counts[key] = (counts[key] ?? 0) + 1);

/** The trace's own figures, by domain. */
function ours(view: TraceView): Map<number, Counts> {
	const domains = new Map<number, Counts>();
	const of = (dom: number): Counts => {
		const counts = domains.get(dom) ?? none();
		domains.set(dom, counts);
		return counts;
	};
	for (let seq = 0; seq < view.length; seq++) {
		const kind = view.kind(seq);
		if (kind === KIND.hypercall || kind === KIND.subcall) add(of(view.dom(seq)).hypercalls, view.arg(seq, 'nr'));
		if (kind === KIND.sched_switch) for (const dom of ['prev_dom', 'next_dom']) of(view.arg(seq, dom));
		if (kind === KIND.emulate) of(view.dom(seq)).emulated++;
		if (kind === KIND.ptwr) of(view.dom(seq)).tableWrites++;
		if (kind !== KIND.bounce) continue;
		const counts = of(view.dom(seq));
		const vector = view.arg(seq, 'vector');
		if (vector === 14) counts.pageFaults++;
		else counts.traps++;
		if (vector !== 14 && vector < FIRST_UNCOUNTED_VECTOR) add(counts.byVector, vector);
	}
	addRunstates(view, of);
	return domains;
}

/**
 * xenalyze knows a vcpu from its first turn on the processor, and closes the interval that goes on at the end only for the
 * one that then runs. Each domain here has one vcpu; the idle loop runs when no other does.
 */
function addRunstates(view: TraceView, of: (dom: number) => Counts): void {
	const since = new Map<number, { state: string; cycle: number }>();
	const close = (dom: number, cycle: number): void => {
		const open = since.get(dom);
		// It does not count what took no time.
		if (!open || cycle === open.cycle) return;
		const sum = (of(dom).runstates[open.state] ??= { intervals: 0, cycles: 0 });
		sum.intervals++;
		sum.cycles += cycle - open.cycle;
	};
	const enter = (dom: number, state: string, cycle: number): void => {
		if (!since.has(dom) && state !== 'running') return;
		close(dom, cycle);
		since.set(dom, { state, cycle });
	};
	let last = 0;
	for (let seq = 0; seq < view.length; seq++) {
		const kind = view.kind(seq);
		const cycle = view.cycle(seq);
		if (kind === KIND.runstate) enter(view.arg(seq, 'of_dom'), RUNSTATES[view.arg(seq, 'new')], cycle);
		if (kind === KIND.sched_switch && view.arg(seq, 'prev_dom') === IDLE) enter(IDLE, 'runnable', cycle);
		if (kind === KIND.sched_switch && view.arg(seq, 'next_dom') === IDLE) enter(IDLE, 'running', cycle);
		if (EXPORTED_KINDS.has(kind)) last = cycle;
	}
	for (const [dom, { state }] of since) if (state === 'running') close(dom, last);
}
/** Kinds of which the last record of the file may be. */
const EXPORTED_KINDS = new Set<number>(
	(['hypercall', 'subcall', 'bounce', 'emulate', 'forced_cpuid', 'ptwr', 'descriptor_fault', 'math_state'] as const)
		.map((kind): number => KIND[kind])
		.concat([KIND.sched_switch, KIND.runstate, KIND.domain_create, KIND.domain_shutdown])
);

/** xenalyze's figures, from its summary. */
function theirs(summary: string): Map<number, Counts> {
	const domains = new Map<number, Counts>();
	for (const section of summary.split(/^\|-- Domain /m).slice(1)) {
		const counts = none();
		const vcpu = section.slice(section.indexOf('-- v0 --'));
		for (const [, nr, count] of vcpu.matchAll(/^ {4}\w+ +\[ *(\d+)\]: +(\d+)$/gm))
			counts.hypercalls[Number(nr)] = Number(count);
		for (const [, vector, count] of vcpu.matchAll(/^ {4}\[(\d+)\] (\d+)$/gm))
			counts.byVector[Number(vector)] = Number(count);
		const figure = (name: string): number => Number(new RegExp(`^ {2}${name} {2}(\\d+)$`, 'm').exec(vcpu)?.[1] ?? 0);
		counts.pageFaults = figure('page_fault');
		counts.traps = figure('trap');
		counts.emulated = figure('emulate privop');
		counts.tableWrites = figure('ptwr');
		// Intervals, seconds, and how long one is on average in cycles.
		for (const [, state, intervals, average] of vcpu.matchAll(
			/^ {2,4}(running|runnable|blocked|offline): +(\d+) +[\d.]+s +(\d+)/gm
		))
			counts.runstates[state] = { intervals: Number(intervals), cycles: Number(intervals) * Number(average) };
		domains.set(parseInt(section), counts);
	}
	return domains;
}

/** All that xenalyze counts must be what we count; of times it prints averages in whole cycles. */
function expectEqual(view: TraceView): { ours: Map<number, Counts>; bytes: Uint8Array } {
	const bytes = Buffer.concat([...xentrace(view, { hz: 2.4e9 })]);
	const [expected, found] = [ours(view), theirs(xenalyze(bytes, '--summary'))];
	expect([...found.keys()].sort()).toEqual([...expected.keys()].sort());
	for (const [dom, counts] of expected) {
		const other = found.get(dom) as Counts;
		const { runstates, ...rest } = counts;
		const { runstates: otherStates, ...otherRest } = other;
		expect(otherRest, `dom${dom}`).toEqual(rest);
		expect(Object.keys(otherStates).sort(), `dom${dom}`).toEqual(Object.keys(runstates).sort());
		for (const [state, { intervals, cycles }] of Object.entries(runstates)) {
			expect(otherStates[state].intervals, `dom${dom} ${state}`).toBe(intervals);
			expect(Math.abs(otherStates[state].cycles - cycles), `dom${dom} ${state}`).toBeLessThan(intervals);
		}
	}
	return { ours: expected, bytes };
}

/** The exact cycles of each change of runstate: with a clock of 1 GHz it prints nanoseconds. */
function changesOf(bytes: Uint8Array): string[] {
	const dump = xenalyze(bytes, '--dump-all', '--cpu-hz=1G');
	expect(dump).not.toMatch(/strange|warning|error|fatal|skew|unexpected|not processing/i);
	return [...dump.matchAll(/^ *(\d+)\.(\d{9}) \S+ \S+ runstate_change d(\d+)v0 (\w+)->(\w+)$/gm)]
		.filter(([, , , dom]) => Number(dom) !== IDLE)
		.map(([, s, ns, dom, old, now]) => `${Number(s) * 1e9 + Number(ns)} ${dom} ${old} ${now}`);
}

describe.skipIf(!program)('xenalyze', () => {
	let grub: TraceView | null = null;
	beforeAll(async () => {
		if (!hasGrub) return;
		// Long enough for a process of its own.
		const path = join(folder, 'grub.ringside');
		expect((await ringsideProcess(['run', GRUB, '--until', 'grub>', '--save', path])).code).toBe(0);
		grub = (await openTrace(readFileSync(path))).view;
	}, 300_000);

	const pocket = (cmdline: string, more: { cmdline: string }[] = []): TraceView => {
		const domains = more.map((domain, index) => ({ name: `b${index}`, image: 'pocket', memoryMiB: 8, ...domain }));
		const run = runGuest('pocket', { cmdline, memoryMiB: 8 }, { domains });
		run.advance({ cycle: 1e9 });
		return run.trace;
	};

	it.each(['run=fork', 'run=pagefaults', 'run=pipes'])('counts as we do: pocket %s', (cmdline) => {
		const { ours: counts } = expectEqual(pocket(cmdline));
		expect(counts.get(1)?.pageFaults).toBeGreaterThan(0);
		expect(counts.get(1)?.runstates.running.cycles).toBeGreaterThan(0);
	});

	it('counts as we do: two domains', () => {
		const view = pocket('run=pipes', [{ cmdline: 'run=fork' }]);
		const { ours: counts, bytes } = expectEqual(view);
		expect([...counts.keys()].sort((a, b) => a - b)).toEqual([1, 2, IDLE]);
		const changes: string[] = [];
		// It counts time from the first record, which tells of the creation of domain 0.
		const began = Array.from({ length: view.length }, (_, seq) => seq).find(
			(seq) => view.kind(seq) === KIND.domain_create
		);
		const first = view.cycle(began as number);
		for (let seq = 0; seq < view.length; seq++) {
			if (view.kind(seq) !== KIND.runstate) continue;
			const [old, now] = ['old', 'new'].map((name) => RUNSTATES[view.arg(seq, name)]);
			changes.push(`${view.cycle(seq) - first} ${view.arg(seq, 'of_dom')} ${old} ${now}`);
		}
		expect(changes.length).toBeGreaterThan(10);
		expect(changesOf(bytes)).toEqual(changes);
	});

	it('counts as we do: traps of other vectors, emulated instructions, writes to page tables', () => {
		const rings = expectEqual(pocket('run=rings')).ours.get(1);
		expect([rings?.byVector[13], rings?.emulated]).toEqual([expect.any(Number), expect.any(Number)]);
		expect(rings?.traps).toBeGreaterThan(0);
		expect(expectEqual(pocket('run=ptwrite')).ours.get(1)?.tableWrites).toBeGreaterThan(0);
	});

	it('counts as we do: pages that are mapped by grant', () => {
		const run = runGuest('rogues', { memoryMiB: 4, cmdline: 'attack=grant-page-table' });
		run.advance({ cycle: 1e9 });
		const { bytes } = expectEqual(run.trace);
		// It tells them only by their volume: 16 bytes each.
		const mapped = Array.from({ length: run.trace.length }, (_, seq) => run.trace.kind(seq)).filter(
			(kind) => kind === KIND.grant_map
		);
		expect(mapped).toHaveLength(1);
		expect(xenalyze(bytes, '--summary')).toMatch(/^ mem +: +16$/m);
	});

	it.skipIf(!hasGrub)('counts as we do: GRUB, to its prompt', () => {
		const { ours: counts } = expectEqual(grub as TraceView);
		expect(Object.values(counts.get(1)?.hypercalls ?? {}).reduce((a, b) => a + b, 0)).toBeGreaterThan(200);
	});

	it('divides the time of the processor between domains and the idle loop as we do', () => {
		const view = pocket('run=pipes', [{ cmdline: 'run=fork' }]);
		const { ours: counts, bytes } = expectEqual(view);
		const report = xenalyze(bytes, '--report-pcpu');
		const cyclesOf = (what: string): number => {
			const [, intervals, average] = new RegExp(`^ +${what}: +(\\d+) +[\\d.]+s +(\\d+)`, 'm').exec(report) ?? [];
			return Number(intervals) * Number(average);
		};
		const running = (dom: number): number => counts.get(dom)?.runstates.running.cycles ?? 0;
		expect(Math.abs(cyclesOf('idle') - running(IDLE))).toBeLessThan(10);
		expect(Math.abs(cyclesOf('running') - running(1) - running(2))).toBeLessThan(10);
	});

	it.skipIf(!hasGrub)('cuts a run into intervals', () => {
		const bytes = Buffer.concat([...xentrace(grub as TraceView, { hz: 2.4e9 })]);
		const rows = xenalyze(bytes, '--interval-domain-total-time=1', '--interval=0.001').trim().split('\n');
		expect(rows).toEqual(Array.from({ length: 10 }, (_, ms) => expect.stringMatching(`^0\\.00${ms}\\d+ `)));
	});
});
