/** How a run ended, in words and as an exit code. */
import { hex8 } from '../base';
import { CRASH_REASONS, KIND } from '../trace/events';
import { SHUTDOWN_NAMES } from '../trace/values';
import { changedRows, profileName } from '../workbench/costing';
import { crashOf, type CrashState } from '../workbench/inspect/crash';
import type { Run } from '../workbench/run';
import type { StopReport } from '../workbench/stops';
import type { Symbols } from '../workbench/symbols';
import type { RunArguments } from './arguments';
import { words } from '../words';
import { count, fixed } from '../words/numbers';
import { SELECTOR_RPL } from '../x86/descriptors';

export const EXIT = {
	done: 0,
	crashed: 1,
	differs: 1,
	cycles: 2,
	usage: 64,
	damaged: 65,
	unwritten: 74,
	bug: 70,
	interrupted: 130,
	closed: 141
} as const;

export interface Ending {
	code: number;
	/** Lines for standard error. */
	lines: string[];
}

export function ending(run: Run, report: StopReport, args: RunArguments, symbols: Symbols | null): Ending {
	switch (report.cause) {
		case 'text':
			return { code: EXIT.done, lines: [`'${args.until || run.goal.text}' has appeared`] };
		case 'cycle':
			return {
				code: EXIT.cycles,
				lines: [`${count(Number.isFinite(args.cycles) ? args.cycles : run.goal.cycle!)} cycles have passed`]
			};
		case 'stuck':
			return { code: EXIT.cycles, lines: ['the domain waits, and nothing is due that could ever wake it'] };
		case 'paused':
			return { code: EXIT.interrupted, lines: ['interrupted'] };
		case 'ended':
			return ended(run, args, symbols);
		default:
			return { code: EXIT.bug, lines: [`a bug of ours: the processor came to a stop (${report.cause})`] };
	}
}

function ended(run: Run, args: RunArguments, symbols: Symbols | null): Ending {
	const { host } = run.system;
	if (host && !host.status.alive) return hostEnded(run);
	if (run.scenario.domains.length === 0) return allEnded(run);
	if (args.scenario !== '') return everyEnd(run);
	const crash = crashOf(run, 1);
	const several = run.scenario.domains[0].vcpus > 1;
	if (crash) return { code: EXIT.crashed, lines: crashLines(crash, symbols, several) };
	const { code, how } = shutDown(run.system.guests[0].status.shutdown);
	return { code, lines: [`the domain ${how}`] };
}

/** How a domain ended that said so itself, or whose watchdog did. */
function shutDown(shutdown: number | null): { code: number; how: string } {
	const name = SHUTDOWN_NAMES[shutdown ?? 0] ?? `shutdown ${shutdown}`;
	if (name === 'watchdog') return { code: EXIT.crashed, how: 'crashed: its watchdog ran out' };
	const words: Record<string, string> = {
		poweroff: 'powered off',
		reboot: 'asked to be restarted',
		suspend: 'suspended itself'
	};
	return { code: EXIT.done, how: words[name] ?? `shut down (${name})` };
}

/** A scenario's domains, a line each for those that did not just power off. */
function everyEnd(run: Run): Ending {
	const ends = run.system.guests.map(({ dom, name, status }) => {
		const crash = crashOf(run, dom);
		const destroyed = status.dying && status.shutdown === null;
		if (!crash && destroyed) return { code: EXIT.done, how: 'was destroyed', dom, name, rest: [] };
		if (!crash) return { ...shutDown(status.shutdown), dom, name, rest: [] };
		const [how, ...rest] = crashLines(crash, null, false);
		return { code: EXIT.crashed, how: how.replace('the domain ', ''), dom, name, rest };
	});
	const odd = ends.filter(({ code, how }) => code !== EXIT.done || how !== 'powered off');
	const lines = odd.flatMap(({ dom, name, how, rest }) => [`domain ${dom} (${name}) ${how}`, ...rest]);
	return {
		code: Math.max(EXIT.done, ...ends.map(({ code }) => code)),
		lines: lines.length > 0 ? lines : ['all domains have ended']
	};
}

/** Domains came by xl, which has said what became of each; the last command's status is the run's. */
function allEnded(run: Run): Ending {
	const { status } = run.system.shell;
	if (status === 0) return { code: EXIT.done, lines: ['all domains have ended'] };
	return { code: EXIT.crashed, lines: [`all domains have ended; xl's last command failed (exit status ${status})`] };
}

/** The machine stands still, whatever its guests were at. */
function hostEnded(run: Run): Ending {
	const crash = crashOf(run, 0);
	if (crash) return { code: EXIT.crashed, lines: ['domain 0 crashed', ...crashLines(crash, null, false)] };
	const alone = run.system.guests.every(({ status }) => !status.alive);
	return { code: alone ? EXIT.done : EXIT.crashed, lines: ['domain 0 shut down, and the machine with it'] };
}

/** @param several whether the domain has more than one vcpu */
function crashLines(crash: CrashState, symbols: Symbols | null, several: boolean): string[] {
	const { regs } = crash;
	const near = symbols?.near(crash.eip);
	const place = near ? ` (${near.name}+0x${near.offset.toString(16)})` : '';
	const row = (names: (keyof typeof regs)[]): string =>
		'  ' + names.map((name) => `${name.padStart(6)} ${hex8(regs[name])}`).join(' ');
	const lines = [
		`the domain crashed: ${CRASH_REASONS[crash.reason] ?? 'for no known reason'}`,
		`  at ${hex8(regs.cs).slice(4)}:${hex8(crash.eip)}${place}, ring ${regs.cs & SELECTOR_RPL}${several ? ` on vcpu ${crash.vcpu}` : ''}`,
		row(['eax', 'ebx', 'ecx', 'edx']),
		row(['esi', 'edi', 'ebp', 'esp']),
		row(['eip', 'eflags', 'cs', 'ss']),
		row(['ds', 'es', 'fs', 'gs']) + `    cr2 ${hex8(crash.cr2)}`
	];
	return crash.last ? [...lines, `  before it: ${crash.last}`] : lines;
}

/** The summary's last line: how much happened. */
export function amounts(run: Run): string {
	const seconds = run.now / run.system.machine.clock.profile.hz;
	const { machine } = run.scenario;
	const overruled = changedRows(machine);
	const table = `${words.profiles[profileName(machine)]}${overruled > 0 ? ` with ${overruled} costs overruled` : ''}`;
	const hypercalls = run.count(KIND.hypercall);
	return `${count(run.now)} cycles (${fixed(seconds, 3)} s of virtual time by the cost table ${table}), ${count(run.icount)} instructions, ${count(hypercalls)} hypercalls, ${count(run.store.next)} events`;
}
