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
	/** What was typed and nobody has read yet: the beginning of a line, or lines that wait for their turn. */
	typed: string;
	/** The line that is being carried out, or null. */
	line: string | null;
	wait: Wait | null;
	status: number;
	alarm: ReturnType<ProgramAlarm['save']>;
}

/** What leaves a domain's console, typed there: ^] (xenconsole). */
export const ESCAPE = '\x1d';

/** From typing to the program that runs, virtual milliseconds. */
const START_MS = 0.02;
const PROMPT = '# ';

export class Shell {
	/** Exit status of the last command. */
	status = 0;
	/** Called when something that took time has come to its end: a command, or work of the toolstack. */
	onSettled: () => void = () => {};
	private typed = '';
	private line: string | null = null;
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

	/** Whether a command is under way; no other waits for its turn where none is. */
	get busy(): boolean {
		return this.line !== null;
	}

	/** The domain whose console has what is typed (`xl console`), or null. */
	get attached(): number | null {
		return this.wait?.kind === 'console' ? this.wait.dom : null;
	}

	/** Types. Each newline ends a command, and what follows waits until it has ended; a console that is attached reads on until ^]. */
	type(text: string): void {
		this.typed += text;
		if (this.attached !== null) this.pass();
		else this.begin();
	}

	save(): SavedShell {
		return { typed: this.typed, line: this.line, wait: this.wait, status: this.status, alarm: this.alarm.save() };
	}

	restore({ typed, line, wait, status, alarm }: SavedShell): void {
		this.typed = typed;
		this.line = line;
		this.wait = wait;
		this.status = status;
		this.alarm.restore(alarm);
	}

	/** Takes the next line that says something, if one is whole and nothing is under way. */
	private begin(): void {
		for (let end = this.typed.indexOf('\n'); this.line === null && end >= 0; end = this.typed.indexOf('\n')) {
			const line = this.typed.slice(0, end);
			this.typed = this.typed.slice(end + 1);
			if (line.trim() === '') continue;
			this.line = line;
			this.plan();
		}
	}

	/** Gives what was typed to the console that is attached. */
	private pass(): void {
		const guest = this.context.stack.domain(this.attached!);
		const end = this.typed.indexOf(ESCAPE);
		const own = end < 0 ? this.typed : this.typed.slice(0, end);
		this.typed = end < 0 ? '' : this.typed.slice(end + 1);
		if (own !== '') guest?.type(own);
		if (end >= 0) this.finish(0);
	}

	private plan(): void {
		const { now, hz } = this.context.stack.control;
		this.alarm.set(now + Math.ceil((START_MS * hz) / 1000));
	}

	private next(): void {
		const line = this.line!;
		this.print(`${PROMPT}${line}\n`);
		this.take(carryOut(this.context, line));
	}

	private take(answer: Answer): void {
		if (answer.text !== '') this.print(answer.text);
		if (!answer.wait) return this.finish(answer.status);
		this.wait = answer.wait;
		if (this.attached !== null) this.pass();
		this.look();
	}

	private finish(status: number): void {
		this.wait = null;
		this.status = status;
		this.line = null;
		this.begin();
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

	/** Whether the domains that it waits for have ended, or the one whose console is attached. */
	private look(): void {
		const { wait, context } = this;
		if (!wait || wait.kind === 'job') return;
		const doms = wait.kind === 'console' ? [wait.dom] : wait.doms;
		if (doms.every((dom) => !(context.stack.domain(dom)?.status.alive ?? false))) this.finish(0);
	}
}
