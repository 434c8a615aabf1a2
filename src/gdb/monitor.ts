/** What `monitor WORDS` does in GDB: a row a command. What they say is plain text. */
import { hex } from '../base';
import { KIND } from '../trace/events';
import { eventTest, QueryError } from '../trace/query';
import type { StopReport } from '../workbench/stops';
import type { Task } from '../workbench/task';
import { readMemory } from './memory';
import { MonitorError, number } from './monitor-words';
import { settledAt } from './resume';
import type { Reply, Session } from './session';
import { domains, dump, events, FEW, last, lines, MANY, moment, pageWalk, timelines } from './tell';
import { carryOut, type Way } from './way';
import { who, WHO_ABOUT, WHO_USAGE } from './who';

interface Command {
	readonly usage: string;
	readonly about: string;
	/** Text to show, or a way to it. */
	run(session: Session, words: string[], text: string): string | Reply;
}

const STALE =
	"GDB still shows what was: 'maintenance flush register-cache' and 'maintenance flush dcache' make it look again.\n";

/** Carries out what moves the run, and says where it stands then. */
function moves(session: Session, task: () => Task<StopReport>): Reply {
	const { run } = session;
	const say = (text: string): string => {
		session.forget();
		session.print(`${text} at icount ${run.icount}. ${STALE}`);
		return 'OK';
	};
	return {
		way: (function* () {
			const { cause } = yield* carryOut(task());
			return say(cause === 'icount' ? 'Now' : `The run ends before (${cause}). Now`);
		})(),
		givenUp: () => say('Interrupted')
	};
}

function goTo(session: Session, text: string | undefined): Reply {
	const { run, debuggee } = session;
	const icount = number(text, 'ICOUNT', Number.MAX_SAFE_INTEGER);
	return moves(session, () => run.seeking(settledAt(run, Math.max(icount, debuggee.first))));
}

function turn(session: Session, text: string | undefined): Reply {
	const { run } = session;
	const id = number(text, 'N', run.timelines.length - 1);
	return moves(session, () => run.turning(id));
}

function stopAt({ breakpoints }: Session, text: string): string {
	if (text === '') {
		const set = breakpoints.events().map(([id, query]) => `${id}: ${query}\n`);
		return set.join('') || 'No event stops the run.\n';
	}
	// A query that cannot be read is refused now, not when the run goes on.
	eventTest(text);
	const id = breakpoints.add({ kind: 'event', query: text });
	return `${id}: continue and reverse-continue stop at ${text}\n`;
}

function scope({ breakpoints }: Session, word: string | undefined): string {
	if (word !== undefined) breakpoints.scope = word === 'all' ? null : number(word, 'DOMAIN');
	return `Breakpoints stop ${breakpoints.scope === null ? 'every domain' : `domain ${breakpoints.scope} only`}.\n`;
}

function stepping({ execution }: Session, word: string | undefined): string {
	if (word !== undefined && word !== 'guest' && word !== 'machine') throw new MonitorError('guest or machine?');
	if (word !== undefined) execution.wholeMachine = word === 'machine';
	return execution.wholeMachine
		? 'stepi goes by single instructions of the machine, whoever runs.\n'
		: 'stepi goes by instructions of the guest; the hypervisor is passed over.\n';
}

function type(session: Session, words: readonly string[], text: string): string {
	const dom = number(words[0], 'DOMAIN');
	const typed = text.slice(words[0].length + 1).replace(/\\n/g, '\n');
	const { run } = session;
	if (!run.system.toolstack.domains.some((guest) => guest.dom === dom))
		throw new MonitorError(`there is no domain ${dom}`);
	const { icount } = run;
	run.type(dom, typed);
	session.forget();
	const moved = run.icount === icount ? '' : `Now at icount ${run.icount}. ${STALE}`;
	return `Typed on the console of domain ${dom}.\n${moved}`;
}

const COMMANDS: Readonly<Record<string, Command>> = {
	help: { usage: 'help', about: 'this list', run: () => help() },
	domains: { usage: 'domains', about: 'domains and their vcpus, with the threads that they are', run: domains },
	moment: { usage: 'moment', about: 'where in the history the machine stands', run: moment },
	goto: {
		usage: 'goto ICOUNT',
		about: 'to the moment at which so many instructions have been retired',
		run: (session, [icount]) => goTo(session, icount)
	},
	hypercalls: {
		usage: 'hypercalls [N]',
		about: `the last N hypercalls up to now (${FEW})`,
		run: (session, [count]) => {
			const wanted = count === undefined ? FEW : number(count, 'N', MANY);
			const { trace } = session.run;
			return (
				lines(
					session,
					last(session, wanted, (seq) => trace.kind(seq) === KIND.hypercall)
				) || 'There has been none.\n'
			);
		}
	},
	events: {
		usage: 'events [QUERY]',
		about: `the last ${FEW} events, or those that a query names in all that is known; > marks the future`,
		run: (session, _words, text) => events(session, text)
	},
	stop: {
		usage: 'stop [QUERY]',
		about: 'stop also at such events, in both directions; without a query lists what is set',
		run: (session, _words, text) => stopAt(session, text)
	},
	nostop: {
		usage: 'nostop N',
		about: 'stop no more at number N of that list',
		run: ({ breakpoints }, [id]) => {
			if (!breakpoints.removeEvent(number(id, 'N'))) throw new MonitorError(`there is no number ${id} in the list`);
			return '';
		}
	},
	walk: {
		usage: 'walk ADDRESS',
		about: 'the page walk for a linear address, in the tables of the chosen thread',
		run: (session, [address]) => pageWalk(session, number(address, 'ADDRESS'))
	},
	phys: {
		usage: 'phys ADDRESS LENGTH',
		about: 'physical memory',
		run: ({ run, thread }, [address, length]) => {
			const from = number(address, 'ADDRESS');
			const bytes = readMemory(run, thread, 'physical', from, number(length ?? '64', 'LENGTH', 0xffff));
			return dump(from, bytes) || `There is no RAM at ${hex(from)}.\n`;
		}
	},
	who: { usage: WHO_USAGE, about: WHO_ABOUT, run: who },
	timelines: {
		usage: 'timelines',
		about: 'what has been changed by hand, and where: each change is another future',
		run: timelines
	},
	timeline: {
		usage: 'timeline N',
		about: 'to another future: at this moment where they share it, else where they part',
		run: (session, [id]) => turn(session, id)
	},
	console: {
		usage: 'console [DOMAIN]',
		about: 'what a domain has said up to now',
		run: ({ run }, [dom]) => run.consoles.text(dom === undefined ? 1 : number(dom, 'DOMAIN')) || 'Nothing.\n'
	},
	type: {
		usage: 'type DOMAIN TEXT',
		about: 'types on a console; \\n is Enter',
		run: type
	},
	scope: {
		usage: 'scope [DOMAIN | all]',
		about: 'whose instructions breakpoints stop at; guests lie at the same addresses',
		run: (session, [word]) => scope(session, word)
	},
	stepping: {
		usage: 'stepping [guest | machine]',
		about: "whether stepi passes the hypervisor's instructions over",
		run: (session, [word]) => stepping(session, word)
	}
};

const help = (): string =>
	Object.values(COMMANDS)
		.map(({ usage, about }) => `${usage.padEnd(26)} ${about}\n`)
		.join('') +
	'Numbers may be written 1000, 1_000, 1e3 or 0x3e8. For an expression of GDB: eval "monitor who %p", &start_info\n';

/** Says what is wrong with what was asked; anything else is a bug, and thrown on. */
function complain(session: Session, error: unknown): string {
	if (!(error instanceof MonitorError || error instanceof QueryError || error instanceof RangeError)) throw error;
	session.print(`${error.message}\n`);
	return 'OK';
}

/** The same way, on which what is wrong may turn out late. */
function* complaining(session: Session, way: Way<string>): Way<string> {
	try {
		return yield* way;
	} catch (error) {
		return complain(session, error);
	}
}

/** Carries out one command; its text goes to GDB's console. */
export function monitor(session: Session, line: string): Reply {
	const [name = '', ...words] = line.trim().split(/\s+/);
	const text = line.trim().slice(name.length).trim();
	try {
		if (!Object.hasOwn(COMMANDS, name))
			throw new MonitorError(`there is no command '${name}'; monitor help lists them`);
		const result = COMMANDS[name].run(session, words, text);
		if (typeof result === 'string') session.print(result);
		else return result && { ...result, way: complaining(session, result.way) };
	} catch (error) {
		return complain(session, error);
	}
	return 'OK';
}
