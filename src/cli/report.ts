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
			return { code: EXIT.done, lines: [`'${args.until}' has appeared`] };
		case 'cycle':
			return { code: EXIT.cycles, lines: [`${count(args.cycles)} cycles have passed`] };
		case 'stuck':
			return { code: EXIT.cycles, lines: ['the domain waits, and nothing is due that could ever wake it'] };
		case 'paused':
			return { code: EXIT.interrupted, lines: ['interrupted'] };
		case 'ended':
			return ended(run, symbols);
		default:
			return { code: EXIT.bug, lines: [`a bug of ours: the processor came to a stop (${report.cause})`] };
	}
}

function ended(run: Run, symbols: Symbols | null): Ending {
	const { host } = run.system;
	if (host && !host.status.alive) return hostEnded(run);
	if (run.scenario.domains.length === 0) return allEnded(run);
	const crash = crashOf(run, 1);
	const several = run.scenario.domains[0].vcpus > 1;
	if (crash) return { code: EXIT.crashed, lines: crashLines(crash, symbols, several) };
	const { shutdown } = run.system.guests[0].status;
	const name = SHUTDOWN_NAMES[shutdown ?? 0] ?? `shutdown ${shutdown}`;
	if (name === 'watchdog') return { code: EXIT.crashed, lines: ['the domain crashed: its watchdog ran out'] };
	const words: Record<string, string> = {
		poweroff: 'powered off',
		reboot: 'asked to be restarted',
		suspend: 'suspended itself'
	};
	return { code: EXIT.done, lines: [`the domain ${words[name] ?? `shut down (${name})`}`] };
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
	const how = crash
		? ['domain 0 crashed', ...crashLines(crash, null, false)]
		: ['domain 0 shut down, and the machine with it'];
	return { code: EXIT.crashed, lines: how };
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
