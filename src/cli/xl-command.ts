/** `ringside xl`: commands of xl from standard input while the machine goes on, and the console of the domain that one asks for. */
import { DOMID_XEN } from '../abi/structs/xen';
import { SHELL_CONSOLE } from '../workbench/domain-files';
import type { Run } from '../workbench/run';
import type { StopReport } from '../workbench/stops';
import { parseRunArguments } from './arguments';
import { MarkedLines, type ConsoleOutput, type Input, type Streams } from './output';
import { EXIT, type Ending } from './report';
import { carryOut, type Driver } from './run-command';
import { commandsOf } from './run-files';

/** Between two looks at what was typed: virtual time, and instructions. */
const SLICE_MS = 20;
const SLICE_INSTRUCTIONS = 500_000;
/** After the end of input: so long, virtual, the domains may still answer. */
const LAST_WORDS_MS = 250;
const PROMPT = '# ';

/** What has been typed and not been taken, and a way to wait for more. */
class Typing {
	text = '';
	ended = false;
	interrupted = false;
	private wake: () => void = () => {};

	readonly more = (text: string): void => {
		this.text += text;
		this.wake();
	};
	readonly end = (): void => {
		this.ended = true;
		this.wake();
	};
	readonly interrupt = (): void => {
		this.interrupted = true;
		this.wake();
	};

	/** Until something is typed, or so many milliseconds have passed. */
	wait(milliseconds: number): Promise<void> {
		if (this.text !== '' || this.interrupted || milliseconds <= 0)
			return new Promise((resolve) => setImmediate(resolve));
		return new Promise((resolve) => {
			const timer = milliseconds === Infinity ? undefined : setTimeout(resolve, milliseconds);
			this.wake = () => {
				clearTimeout(timer);
				resolve();
			};
		});
	}
}

/** What is seen: a terminal has a prompt, and echoes lines itself. */
class Screen {
	private readonly marked = new Map<number, MarkedLines>();
	/** The prompt stands there, and nothing after it but what is being typed. */
	private prompted = false;
	/** Whose keys are typed, or null. */
	private attached: number | null = null;

	constructor(
		private readonly run: Run,
		private readonly console: ConsoleOutput,
		private readonly input: Input
	) {
		run.consoles.onOutput = (dom, bytes) => this.said(dom, bytes);
	}

	/** Shows whom the keys go to. */
	update(): void {
		const { shell } = this.run.system;
		if (this.attached !== shell.attached) {
			if (this.attached !== null) this.left();
			if (shell.attached !== null) this.input.keys(true);
			this.attached = shell.attached;
			// What waits there behind no newline, as prompts do.
			if (this.attached !== null) this.write(this.marked.get(this.attached)?.takeRest() ?? '');
		}
		if (!this.input.terminal || shell.busy || this.prompted) return;
		this.write(PROMPT);
		this.prompted = true;
	}

	/** A line was typed behind the prompt. */
	entered(): void {
		this.prompted = false;
	}

	finish(): void {
		this.input.keys(false);
		this.marked.forEach((lines) => lines.finish());
	}

	/** The console's last line may have had no end. */
	private left(): void {
		this.input.keys(false);
		if (this.console.midLine) this.write('\n');
	}

	private said(dom: number, bytes: Uint8Array): void {
		if (dom === DOMID_XEN) return;
		if (dom === SHELL_CONSOLE) return this.printed(bytes);
		if (dom === this.run.system.shell.attached) return this.console.write(bytes);
		let lines = this.marked.get(dom);
		if (!lines) this.marked.set(dom, (lines = new MarkedLines((line) => this.line(line), `(d${dom}) `)));
		lines.write(bytes);
	}

	/** What xl printed; the line that was typed is there already where the terminal has echoed it. */
	private printed(bytes: Uint8Array): void {
		const text = Buffer.from(bytes).toString('latin1');
		if (!(this.input.terminal && text.startsWith(PROMPT))) this.console.write(bytes);
	}

	/** Another domain's line comes before the prompt. */
	private line(line: string): void {
		this.write(`${this.prompted ? '\r' : ''}${line}\n`);
		this.prompted = false;
	}

	private write(text: string): void {
		this.console.write(Buffer.from(text));
	}
}

/** Whether all that was typed has been done and read. */
const isQuiet = ({ system: { shell, toolstack } }: Run): boolean =>
	(!shell.busy || shell.attached !== null) &&
	!toolstack.busy() &&
	toolstack.domains.every(({ status, unreadInput }) => !status.alive || unreadInput === 0);

/** The end of what was typed; a last command that failed is a failure, as in a shell. */
const atEnd = ({ system: { shell } }: Run): Ending => ({
	code: shell.status === 0 ? EXIT.done : EXIT.crashed,
	lines: [
		'the end of what was typed' + (shell.status === 0 ? '' : `; xl's last command failed (exit status ${shell.status})`)
	]
});

/** Goes on in slices; what was typed meanwhile enters between two of them. */
class Conversation {
	private readonly perMs: number;
	/** When, by the page's and the machine's clock, both were together last. */
	private since: readonly [host: number, cycle: number];
	/** Cycle at which the last words are over. */
	private over = Infinity;

	constructor(
		private readonly run: Run,
		private readonly typing: Typing,
		private readonly screen: Screen,
		private readonly terminal: boolean
	) {
		this.perMs = run.system.machine.clock.profile.hz / 1000;
		this.since = [performance.now(), run.now];
	}

	async hold(closed: () => boolean): Promise<StopReport | Ending> {
		const { run, typing } = this;
		for (;;) {
			if (typing.interrupted || closed()) return run.report('paused');
			this.take();
			const { cause } = this.slice();
			this.screen.update();
			const rests = cause === 'stuck' || cause === 'ended';
			if (rests && run.system.host && !run.system.host.status.alive) return run.report('ended');
			if (!rests && cause !== 'cycle' && cause !== 'budget') return run.report(cause);
			if (typing.ended && typing.text === '' && this.isDone(rests)) return atEnd(run);
			await typing.wait(rests && !typing.ended ? Infinity : this.ahead());
		}
	}

	/** Types what has come. */
	private take(): void {
		const { run, typing } = this;
		if (typing.text === '') return;
		run.type(SHELL_CONSOLE, typing.text);
		typing.text = '';
		this.screen.entered();
		this.over = Infinity;
		this.since = [performance.now(), run.now];
	}

	private slice(): StopReport {
		const advance = this.run.advancing({ cycle: this.run.now + Math.round(SLICE_MS * this.perMs) });
		return advance.go(SLICE_INSTRUCTIONS) ?? this.run.report('budget');
	}

	/** Whether nothing is to be waited for after the end of input. */
	private isDone(rests: boolean): boolean {
		const { run } = this;
		if (rests) return true;
		if (!isQuiet(run)) this.over = Infinity;
		else if (this.over === Infinity) this.over = run.now + LAST_WORDS_MS * this.perMs;
		return run.now >= this.over;
	}

	/** How far the machine's time is before a person's, milliseconds; where it is behind, it does not try to catch up. */
	private ahead(): number {
		if (!this.terminal) return 0;
		const [host, cycle] = this.since;
		const ahead = (this.run.now - cycle) / this.perMs - (performance.now() - host);
		if (ahead < 0) this.since = [performance.now(), this.run.now];
		return ahead;
	}
}

const converse: Driver = async (run, args, console, { stdin, onInterrupt }) => {
	const typing = new Typing();
	typing.more(
		commandsOf(args)
			.map((line) => `${line}\n`)
			.join('')
	);
	const screen = new Screen(run, console, stdin);
	const off = [onInterrupt(typing.interrupt), stdin.listen(typing.more, typing.end)];
	try {
		return await new Conversation(run, typing, screen, stdin.terminal).hold(() => console.closed);
	} finally {
		off.forEach((end) => end());
		screen.finish();
	}
};

/** Carries out `xl` with the words after it; returns the exit code. */
export const xlCommand = (words: readonly string[], streams: Streams): Promise<number> =>
	carryOut(parseRunArguments(words, true), streams, converse);
