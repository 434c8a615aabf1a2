/**
 * Where xl's commands are typed: one after the other, each when the one before has ended. What it prints is text; all that it keeps is
 * plain data. A command is carried out a moment after it was typed, in the name of domain 0, whose program it is.
 */
import { DOMID_SELF } from '../../abi/structs/xen';
import type { ProgramAlarm } from '../../hypervisor/control';
import type { Answer, Wait, XlContext } from './command';
import { carryOut } from './commands';

/** The number under which its text goes among the consoles of domains: of no domain. */
export const SHELL_CONSOLE = DOMID_SELF;

/** A shell as plain data. */
export interface SavedShell {
	/** What was typed of the line that has not ended yet. */
	line: string;
	/** Lines that wait for their turn; the first one is being carried out where `wait` is not null. */
	lines: string[];
	wait: Wait | null;
	status: number;
	alarm: ReturnType<ProgramAlarm['save']>;
}

/** From typing to the program that runs, virtual milliseconds. */
const START_MS = 0.02;
const PROMPT = '# ';

export class Shell {
	/** Exit status of the last command. */
	status = 0;
	/** Called when something that took time has come to its end: a command, or work of the toolstack. */
	onSettled: () => void = () => {};
	private line = '';
	private lines: string[] = [];
	private wait: Wait | null = null;
	private readonly alarm: ProgramAlarm;

	/** @param print takes what commands print, and each line before it, behind a prompt */
	constructor(
		private readonly context: XlContext,
		private readonly print: (text: string) => void
	) {
		const { stack } = context;
		this.alarm = stack.control.alarm(() => this.next());
		stack.onJobDone = (id, errors) => this.jobDone(id, errors);
		stack.onEnded = () => this.look();
	}

	/** Whether a command is under way or waits for its turn. */
	get busy(): boolean {
		return this.lines.length > 0;
	}

	/** Types; each newline ends a command. */
	type(text: string): void {
		const [first, ...rest] = text.split('\n');
		const typed = [this.line + first, ...rest];
		this.line = typed.pop()!;
		const before = this.lines.length;
		this.lines.push(...typed.filter((line) => line.trim() !== ''));
		if (before === 0 && this.lines.length > 0) this.plan();
	}

	save(): SavedShell {
		return { line: this.line, lines: [...this.lines], wait: this.wait, status: this.status, alarm: this.alarm.save() };
	}

	restore({ line, lines, wait, status, alarm }: SavedShell): void {
		this.line = line;
		this.lines = [...lines];
		this.wait = wait;
		this.status = status;
		this.alarm.restore(alarm);
	}

	private plan(): void {
		const { now, hz } = this.context.stack.control;
		this.alarm.set(now + Math.ceil((START_MS * hz) / 1000));
	}

	private next(): void {
		this.print(`${PROMPT}${this.lines[0]}\n`);
		this.take(carryOut(this.context, this.lines[0]));
	}

	private take(answer: Answer): void {
		if (answer.text !== '') this.print(answer.text);
		if (answer.wait) this.wait = answer.wait;
		else this.finish(answer.status);
	}

	private finish(status: number): void {
		this.wait = null;
		this.status = status;
		this.lines.shift();
		if (this.lines.length > 0) this.plan();
		this.onSettled();
	}

	private jobDone(id: number, errors: readonly string[]): void {
		const { wait } = this;
		if (wait?.kind === 'job' && wait.id === id) {
			for (const error of errors) this.print(`libxl: error: ${error}\n`);
			return this.finish(errors.length > 0 ? 3 : 0);
		}
		this.look();
		this.onSettled();
	}

	/** Whether the domains that it waits for have ended. */
	private look(): void {
		const { wait, context } = this;
		if (wait?.kind !== 'end') return;
		if (wait.doms.every((dom) => !(context.stack.domain(dom)?.status.alive ?? false))) this.finish(0);
	}
}
