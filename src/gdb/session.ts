/** One client of the server: what it has chosen and set, and its packets one after another. */
import { Bug } from '../base';
import type { Change } from '../workbench/log';
import type { Run } from '../workbench/run';
import { Breakpoints } from './breakpoints';
import { answer, refusal } from './commands';
import type { Debuggee } from './debuggee';
import { textHex } from './hex';
import type { Space } from './memory';
import { latin1 } from './packets';
import { Execution, settledAt } from './resume';
import { stopReply, type Stop } from './stop-reply';
import { currentThread } from './threads';
import { carryOut, type Way } from './way';

/**
 * The reply to a packet; null where GDB is to hear that there is no such packet; or a way to a reply that takes long, with what to say when
 * it is given up.
 */
export type Reply = string | null | { readonly way: Way<string>; readonly givenUp: () => string };

/** What a session asks of the connection that it belongs to. */
export interface Line {
	/** Sends a packet that is no reply: text for GDB's console. */
	send(text: string): void;
	/** Tells whoever started the server. */
	log(text: string): void;
}

/** Everything that lasts as long as a connection. */
export class Session {
	readonly breakpoints = new Breakpoints();
	readonly execution: Execution;
	/** The thread that registers and memory are asked of (Hg), and the one that is stepped (Hc); null the current one. */
	thread: number;
	going: number | null = null;
	/** What m and M mean. */
	space: Space = 'linear';
	/** Packets are acknowledged with `+`, until QStartNoAckMode. */
	acknowledges = true;

	constructor(
		readonly debuggee: Debuggee,
		private readonly line: Line
	) {
		this.execution = new Execution(this.run, this.breakpoints, debuggee.first);
		this.thread = currentThread(this.run);
	}

	get run(): Run {
		return this.debuggee.run;
	}

	/** The reply to a packet, or the way to it. Never throws: what goes wrong becomes an error reply. */
	reply(packet: Uint8Array): Reply {
		try {
			return answer(this, latin1(packet));
		} catch (error) {
			return this.failed(error);
		}
	}

	/** One piece further; the reply once there is one. */
	advance(way: Way<string>): string | null {
		try {
			const { done, value } = way.next();
			return done ? value : null;
		} catch (error) {
			return this.failed(error);
		}
	}

	/** The client has asked for an end: the way is given up where it is. */
	giveUp({ way, givenUp }: Exclude<Reply, string | null>): string {
		try {
			way.return('');
			return givenUp();
		} catch (error) {
			return this.failed(error);
		}
	}

	/** Goes a way to a stop, and tells of it. */
	readonly resume = (way: Way<Stop>): Reply => {
		const { stopped, execution } = this;
		return {
			way: (function* () {
				return stopped(yield* way);
			})(),
			givenUp: () => stopped(execution.interrupted())
		};
	};

	/** Text on GDB's console. */
	print(text: string): void {
		if (text !== '') this.line.send(`O${textHex(text)}`);
	}

	/** Changes the present; the future that was known is kept as another timeline. */
	change(changes: readonly Change[]): string {
		try {
			for (const change of changes) this.run.fork(change);
			return 'OK';
		} catch (error) {
			if (error instanceof RangeError) return refusal(error.message);
			throw error;
		}
	}

	/** Goes to the beginning of the run, and then answers. */
	restart(reply: () => string): Reply {
		const { run, debuggee, forget } = this;
		return {
			way: (function* () {
				yield* carryOut(run.seeking(settledAt(run, debuggee.first)));
				forget();
				return reply();
			})(),
			givenUp: () => refusal('interrupted on the way to the beginning')
		};
	}

	/** Looks at the current thread again. */
	readonly forget = (): void => {
		this.thread = currentThread(this.run);
		this.going = null;
	};

	private readonly stopped = (stop: Stop): string => {
		this.thread = stop.thread;
		if (stop.note !== '') this.print(`${stop.note}\n`);
		return stopReply(this.run, stop);
	};

	private failed(error: unknown): string {
		const { message, stack } = error as Error;
		this.line.log(`a bug of ours: ${stack ?? message}${error instanceof Bug ? ` ${JSON.stringify(error.state)}` : ''}`);
		return refusal(`a bug of ours: ${message}`);
	}
}
