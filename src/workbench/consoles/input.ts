/**
 * Scripted input: what a scenario types, and when. All of it is decided in virtual time, by appointments
 * with the machine's clock, so it is part of the run's history.
 *
 * A domain **waits for input** when all bytes typed to it have been read, and either
 * - each of its virtual processors has been blocked and its console silent for 2 virtual milliseconds, or
 * - its console has been silent for 50 virtual milliseconds since it last wrote or read: it spins, as GRUB
 *   does at its prompt.
 * A domain that has not written a byte yet and is not blocked does not wait: it boots. The toolstack's shell waits as soon as its last
 * command has ended.
 */
import type { GuestDomain } from '../../toolstack/toolstack';
import { SHELL_CONSOLE } from '../../toolstack/xl/shell';
import type { System } from '../system';
import { TextWatch, type SavedWatch } from './text-watch';
import type { Scenario } from '../scenario';

const BLOCKED_MS = 2;
const SILENT_MS = 50;
/** How often a waiting script looks, virtual milliseconds. */
const LOOK_MS = 1;

type Line = Scenario['input'][number];

/** A line as it is typed: to whom, and what. */
interface Typed {
	readonly dom: number;
	readonly text: string;
	readonly when: Line['when'];
}

/** A command is typed in the shell, with Enter behind it. */
const typedOf = (line: Line): Typed =>
	'xl' in line
		? { dom: SHELL_CONSOLE, text: `${line.xl}\n`, when: line.when }
		: { dom: line.dom ?? 1, text: line.text, when: line.when };

/** How far a script has come, as plain data. */
interface SavedScript {
	dom: number;
	next: number;
	watch: SavedWatch | null;
	activeAt: number;
	awakeAt: number;
	unread: number;
}

/** How far all scripts have come, and their next look: its appointment, 0 for none. */
export interface SavedScripts {
	appointment: number;
	scripts: SavedScript[];
}

/** Who is typed to: a domain at its console, or the toolstack's shell. */
interface Listener {
	/** Its number among the consoles. */
	readonly dom: number;
	/** May come to hear what is typed. */
	readonly alive: boolean;
	readonly unreadInput: number;
	readonly outputBytes: number;
	/** Sleeps until something happens. */
	readonly blocked: boolean;
	/** Whether it is seen to wait as soon as there is nothing left to read. */
	readonly prompts: boolean;
	type(text: string): void;
}

/** A domain by its number: it may be one that does not exist yet, as long as there is somebody to make it. */
const domainListener = ({ toolstack, hypervisor, shell }: System, dom: number, comes: () => boolean): Listener => {
	const guest = (): GuestDomain | undefined => toolstack.domain(dom);
	return {
		dom,
		get alive() {
			return guest()?.status.alive ?? (comes() || shell.busy || toolstack.busy());
		},
		get unreadInput() {
			return guest()?.unreadInput ?? 0;
		},
		get outputBytes() {
			return guest()?.outputBytes ?? 0;
		},
		get blocked() {
			const vcpus = hypervisor.domains.get(dom)?.vcpus;
			return vcpus?.every(({ sched }) => sched.blocked || sched.down) ?? false;
		},
		prompts: false,
		type: (text) => guest()?.type(text)
	};
};

/** The shell waits for input once its last command has ended. */
const shellListener = ({ shell }: System): Listener => ({
	dom: SHELL_CONSOLE,
	alive: true,
	outputBytes: 0,
	get unreadInput() {
		return shell.busy ? 1 : 0;
	},
	blocked: true,
	prompts: true,
	type: (text) => shell.type(text)
});

/** The script of one listener: its lines are typed in order, each when its condition holds. */
class Script {
	private next = 0;
	private watch: TextWatch | null = null;
	/** When the domain last wrote or read, and when it was last seen with a vcpu that was not blocked; cycles. */
	private activeAt = 0;
	private awakeAt = 0;
	private unread = 0;

	constructor(
		private readonly system: System,
		private readonly guest: Listener,
		private readonly lines: readonly Typed[]
	) {
		this.prepare();
	}

	get pending(): boolean {
		return this.next < this.lines.length && this.guest.alive;
	}

	/** Console output of the domain. */
	output(bytes: Uint8Array, now: number): void {
		this.activeAt = now;
		this.watch?.feed(bytes);
	}

	/** Types the next line if it is time. */
	look(now: number): void {
		if (!this.pending) return;
		this.observe(now);
		if (!this.due(now)) return;
		const line = this.lines[this.next++];
		this.guest.type(line.text);
		this.activeAt = now;
		this.prepare();
	}

	private observe(now: number): void {
		const { unreadInput } = this.guest;
		if (unreadInput !== this.unread) this.activeAt = now;
		this.unread = unreadInput;
		if (!this.guest.blocked) this.awakeAt = now;
	}

	private due(now: number): boolean {
		const when = this.lines[this.next].when ?? { kind: 'waiting' };
		if (when.kind === 'cycle') return now >= when.cycle;
		if (when.kind === 'text') return this.watch?.seen ?? false;
		const perMs = this.system.machine.clock.profile.hz / 1000;
		if (this.unread > 0) return false;
		if (this.guest.prompts) return true;
		const silent = now - this.activeAt;
		const blocked = Math.min(silent, now - this.awakeAt);
		return blocked >= BLOCKED_MS * perMs || (this.guest.outputBytes > 0 && silent >= SILENT_MS * perMs);
	}

	save(): SavedScript {
		const { guest, next, watch, activeAt, awakeAt, unread } = this;
		return { dom: guest.dom, next, watch: watch && watch.save(), activeAt, awakeAt, unread };
	}

	restore({ next, watch, activeAt, awakeAt, unread }: SavedScript): void {
		Object.assign(this, { next, activeAt, awakeAt, unread });
		this.prepare();
		if (watch) this.watch?.restore(watch);
	}

	private prepare(): void {
		const when = this.lines[this.next]?.when;
		this.watch = when?.kind === 'text' ? new TextWatch(when.text) : null;
	}
}

/** Runs the scripts of all domains. */
export class Scripts {
	private readonly scripts = new Map<number, Script>();
	private readonly period: number;
	private appointment = 0;

	constructor(
		private readonly system: System,
		lines: readonly Line[]
	) {
		const typed = lines.map(typedOf);
		for (const dom of [...new Set(typed.map((line) => line.dom))].sort((a, b) => a - b))
			this.scripts.set(
				dom,
				new Script(
					system,
					this.listener(dom),
					typed.filter((line) => line.dom === dom)
				)
			);
		this.period = Math.round((system.machine.clock.profile.hz / 1000) * LOOK_MS);
		this.appoint();
	}

	/** Whether commands of xl are still to be typed. */
	get commandsToCome(): boolean {
		return this.scripts.get(SHELL_CONSOLE)?.pending ?? false;
	}

	private listener(dom: number): Listener {
		const { system } = this;
		return dom === SHELL_CONSOLE ? shellListener(system) : domainListener(system, dom, () => this.commandsToCome);
	}

	output(dom: number, bytes: Uint8Array): void {
		this.scripts.get(dom)?.output(bytes, this.system.machine.clock.now);
	}

	save(): SavedScripts {
		return { appointment: this.appointment, scripts: [...this.scripts.values()].map((script) => script.save()) };
	}

	/** Restores after the clock and the toolstack have been. */
	restore(saved: SavedScripts): void {
		this.appointment = saved.appointment;
		for (const state of saved.scripts) this.scripts.get(state.dom)?.restore(state);
		if (this.appointment !== 0) this.system.machine.clock.reschedule(this.appointment, () => this.look());
	}

	private look(): void {
		const { now } = this.system.machine.clock;
		for (const script of this.scripts.values()) script.look(now);
		this.appoint();
	}

	private appoint(): void {
		const { clock } = this.system.machine;
		const goesOn = [...this.scripts.values()].some((script) => script.pending);
		this.appointment = goesOn ? clock.schedule(clock.now + this.period, () => this.look()) : 0;
	}
}
