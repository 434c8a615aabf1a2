/** What `monitor WORDS` does in GDB: a row a command. What they say is plain text. */
import { hex, hex8 } from '../base';
import { KIND } from '../trace/events';
import { parseNumber } from '../trace/lexer';
import { eventTest, queryAll, QueryError } from '../trace/query';
import { domainName, sentence } from '../trace/text';
import type { WalkStep } from '../trace/moment';
import { describeChange } from '../workbench/change-words';
import { isChange } from '../workbench/log';
import { walk } from '../workbench/page-walk';
import type { StopReport } from '../workbench/stops';
import type { Task } from '../workbench/task';
import { topTable, vcpuOnProcessor } from '../workbench/vcpus';
import { toHex } from './hex';
import { readMemory } from './memory';
import { settledAt } from './resume';
import type { Reply, Session } from './session';
import { threadInWords, threads, vcpuOf } from './threads';
import { carryOut } from './way';

/** Something that the user got wrong; told as it is. */
class MonitorError extends Error {}

interface Command {
	readonly usage: string;
	readonly about: string;
	/** Text to show, or a way to it. */
	run(session: Session, words: string[], text: string): string | Reply;
}

/** Events listed when no number is given, and at most. */
const FEW = 10;
const MANY = 1000;

function number(text: string | undefined, what: string, most = 0xffff_ffff): number {
	const value = parseNumber(text ?? '');
	if (!Number.isInteger(value) || value < 0 || value > most)
		throw new MonitorError(`${what}: '${text ?? ''}' is no number from 0 to ${most > 0xffff ? hex(most) : most}`);
	return value;
}

/** A line an event, with what has not happened yet at this moment marked. */
function lines({ run }: Session, seqs: readonly number[]): string {
	const now = run.store.next;
	return seqs
		.map((seq) => {
			const { trace } = run;
			const who = trace.dom(seq) === 0x7fff ? 'idle' : domainName(trace.dom(seq));
			return `${seq >= now ? '>' : ' '}${String(seq).padStart(7)}  icount ${trace.icount(seq)}  ${who}  ${sentence(trace, seq)}\n`;
		})
		.join('');
}

/** Events up to now that `wanted` holds for, the last `count` of them. */
function last(session: Session, count: number, wanted: (seq: number) => boolean): number[] {
	const found: number[] = [];
	for (let seq = Math.min(session.run.store.next, session.run.trace.length) - 1; seq >= 0; seq--) {
		if (found.length >= count) break;
		if (wanted(seq)) found.unshift(seq);
	}
	return found;
}

function events(session: Session, text: string): string {
	const { run } = session;
	if (text === '')
		return (
			lines(
				session,
				last(session, FEW, () => true)
			) || 'Nothing has been recorded.\n'
		);
	const all = queryAll(run.trace, text);
	if (all.length === 0) return `No event matches ${text}.\n`;
	const shown = all.slice(0, MANY);
	const rest = all.length > shown.length ? `and ${all.length - shown.length} more\n` : '';
	return lines(session, shown) + rest;
}

const rights = (step: WalkStep): string =>
	[step.writable ? 'writable' : 'read-only', step.user ? 'user' : 'supervisor', step.noExecute ? 'no execute' : '']
		.filter((word) => word !== '')
		.join(', ');

function pageWalk({ run, thread }: Session, address: number): string {
	const top = topTable(run, vcpuOf(thread));
	if (top < 0) return `Thread ${thread} has no page tables.\n`;
	const found = walk(run, address, top);
	const steps = found.steps.map(
		(step) =>
			`  level ${step.level}: table in frame ${hex(step.tableMfn)}, entry ${step.index} = 0x${hex8(step.entryHigh)}${hex8(step.entryLow)}, ` +
			`${step.present ? (step.level === 3 ? 'present' : rights(step)) : 'not present'}\n`
	);
	const end =
		found.physical < 0
			? 'not mapped\n'
			: `physical ${hex(found.physical)}, frame ${hex(Math.floor(found.physical / 4096))}` +
				`${found.pfn < 0 ? '' : `, page ${hex(found.pfn)} of ${domainName(found.owner)}`}\n`;
	return `${hex(address, 8)}, top table at ${hex(top)}\n${steps.join('')}  ${end}`;
}

/** Sixteen bytes a line, as hexadecimal and as text. */
function dump(address: number, bytes: Uint8Array): string {
	let text = '';
	for (let at = 0; at < bytes.length; at += 16) {
		const row = bytes.subarray(at, at + 16);
		const letters = Array.from(row, (byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '.')).join('');
		text += `${hex(address + at, 8)}  ${toHex(row).replace(/../g, '$& ').padEnd(48)} ${letters}\n`;
	}
	return text;
}

function domains({ run }: Session): string {
	const { hypervisor, guests } = run.system;
	const rows = [...hypervisor.domains.values()].filter((domain) => domain.vcpus.length > 0);
	return rows
		.map((domain) => {
			const own = threads(run).filter((thread) => vcpuOf(thread).dom === domain.id);
			const words = own.map((thread) => `  thread ${thread}: ${threadInWords(run, thread)}\n`);
			const guest = guests.some((one) => one.dom === domain.id) ? '' : ' (not of the scenario)';
			return `domain ${domain.id}: ${domain.name}${guest}, ${domain.totalPages} pages\n${words.join('')}`;
		})
		.join('');
}

function moment({ run, debuggee }: Session): string {
	const running = vcpuOnProcessor(run);
	const future = run.trace.length - run.store.next;
	return (
		`icount ${run.icount}, cycle ${run.now}, ${run.store.next} events recorded` +
		`${future > 0 ? `, ${future} more are known of the future` : ''}\n` +
		`on the processor: ${running ? `d${running.dom}v${running.vcpu}` : 'nobody'}, ring ${run.system.machine.cpu.cpl}\n` +
		`history begins at icount ${debuggee.first}\n`
	);
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
	return moves(session, () => run.approach(settledAt(run, Math.max(icount, debuggee.first))));
}

const timelines = ({ run }: Session): string =>
	run.timelines
		.map(
			({ id, parent, at, entry, name }) =>
				`${id === run.timeline ? '*' : ' '} ${id}  ${entry === null ? 'from the beginning' : `parts from ${parent} at icount ${at.icount}`}: ` +
				`${entry && isChange(entry) ? describeChange(entry.change) : name}\n`
		)
		.join('');

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
	if (!session.run.system.guests.some((guest) => guest.dom === dom))
		throw new MonitorError(`there is no domain ${dom}`);
	session.run.type(dom, typed);
	return `Typed on the console of domain ${dom}. What was known of the future is another one now.\n`;
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
		.join('') + 'Numbers may be written 1000, 1_000, 1e3 or 0x3e8.\n';

/** Carries out one command; its text goes to GDB's console. */
export function monitor(session: Session, line: string): Reply {
	const [name = '', ...words] = line.trim().split(/\s+/);
	const text = line.trim().slice(name.length).trim();
	try {
		if (!Object.hasOwn(COMMANDS, name))
			throw new MonitorError(`there is no command '${name}'; monitor help lists them`);
		const result = COMMANDS[name].run(session, words, text);
		if (typeof result !== 'string') return result;
		session.print(result);
	} catch (error) {
		if (!(error instanceof MonitorError || error instanceof QueryError)) throw error;
		session.print(`${error.message}\n`);
	}
	return 'OK';
}
