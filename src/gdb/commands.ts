/**
 * The packets, a row each (GDB manual, appendix E.2 and E.4): how one begins, and what is answered. A handler gets what follows
 * the beginning.
 */
import type { Reply, Session } from './session';
import { checkWatch } from '../workbench/points/watch';
import { Breakpoints, isCode } from './breakpoints';
import { fromHex, hexNumber, textHex, toHex } from './hex';
import { changesOf, readMemory } from './memory';
import { monitor } from './monitor';
import { PACKET_SIZE, escape, fromLatin1, latin1, unescape } from './packets';
import { registerHex, REGISTERS, registersHex } from './registers';
import { stopReply } from './stop-reply';
import { TARGET_XML } from './target-description';
import {
	ALL_THREADS,
	currentThread,
	parseThread,
	threadHex,
	threadInWords,
	threads,
	threadsXml,
	vcpuOf
} from './threads';
import { vcpuContext } from '../workbench/inspect/vcpus';

type Handler = (session: Session, rest: string) => Reply;

/** Errors that GDB shows in words begin so. `#`, `$`, `}` and `*` must not stand in them. */
export const refusal = (reason: string): string => `E.${reason.replace(/[#$}*]/g, "'").replace(/[^ -~]/g, '?')}`;

const OK = 'OK';
/** A packet that says something impossible. */
const MALFORMED = 'E01';
/** The same of qXfer, and an annex that names no document. */
const NO_DOCUMENT = 'E00';
/** Memory that is not there. */
const NO_MEMORY = 'E14';

/** Bytes of memory that one reply holds. */
const MOST_MEMORY = PACKET_SIZE / 2;

const SUPPORTED = [
	`PacketSize=${PACKET_SIZE.toString(16)}`,
	'QStartNoAckMode+',
	'qXfer:features:read+',
	'qXfer:threads:read+',
	'qXfer:exec-file:read+',
	'ReverseStep+',
	'ReverseContinue+',
	'swbreak+',
	'hwbreak+',
	'vContSupported+'
].join(';');

/** Documents that GDB reads in pieces, by object and operation: the one that an annex names, '' for an annex that names none. */
const DOCUMENTS: Readonly<Record<string, (session: Session, annex: string) => string>> = {
	'features:read': (_session, annex) => (annex === 'target.xml' ? TARGET_XML : ''),
	'threads:read': ({ run }, annex) => (annex === '' ? threadsXml(run) : ''),
	'exec-file:read': ({ debuggee }, annex) => (annex === '' ? debuggee.image : '')
};

/** `OBJECT:OPERATION:ANNEX:OFFSET,LENGTH`; the numbers may have more than 32 bits. */
function document(session: Session, rest: string): Reply {
	const [object, operation, ...more] = rest.split(':');
	const name = `${object}:${operation}`;
	if (!Object.hasOwn(DOCUMENTS, name)) return null;
	const [, offsetText, lengthText] = /^([0-9a-f]+),([0-9a-f]+)$/i.exec(more.at(-1) ?? '') ?? [];
	if (more.length < 2 || offsetText === undefined) return NO_DOCUMENT;
	const text = DOCUMENTS[name](session, more.slice(0, -1).join(':'));
	if (text === '') return NO_DOCUMENT;
	const bytes = new TextEncoder().encode(text);
	const [offset, length] = [parseInt(offsetText, 16), parseInt(lengthText, 16)];
	if (offset > bytes.length) return MALFORMED;
	const piece = bytes.subarray(offset, offset + Math.min(length, MOST_MEMORY));
	return (offset + piece.length < bytes.length ? 'm' : 'l') + latin1(escape(piece));
}

/** `ADDRESS,LENGTH`. */
function range(text: string): { address: number; length: number } | null {
	const [, from, count] = /^([0-9a-f]+),([0-9a-f]+)$/i.exec(text) ?? [];
	const [address, length] = [hexNumber(from ?? ''), hexNumber(count ?? '')];
	return Number.isNaN(address) || Number.isNaN(length) ? null : { address, length };
}

function read(session: Session, text: string): Reply {
	const asked = range(text);
	if (!asked) return MALFORMED;
	const { run, thread, space } = session;
	const bytes = readMemory(run, thread, space, asked.address, Math.min(asked.length, MOST_MEMORY));
	return bytes.length === 0 && asked.length > 0 ? NO_MEMORY : toHex(bytes);
}

function write(session: Session, text: string, decode: (data: string) => Uint8Array | null): Reply {
	const [, where, data] = /^([^:]*):(.*)$/s.exec(text) ?? [];
	const asked = range(where ?? '');
	const bytes = asked && decode(data);
	if (!asked || !bytes || bytes.length !== asked.length) return MALFORMED;
	if (bytes.length === 0) return OK;
	const changes = changesOf(session.run, session.thread, session.space, asked.address, bytes);
	return changes ? session.change(changes) : NO_MEMORY;
}

const fromBinary = (data: string): Uint8Array | null => unescape(fromLatin1(data));

/** Sets registers from their values in hexadecimal; `x` leaves one as it is. */
function setRegisters(session: Session, values: readonly [number: number, value: string][]): Reply {
	const context = vcpuContext(session.run, vcpuOf(session.thread));
	const changed = values.filter(
		([n, value]) => !/^x+$/i.test(value) && value.toLowerCase() !== registerHex(REGISTERS[n], context)
	);
	if (changed.length === 0) return OK;
	const unsettable = changed.find(([n]) => !REGISTERS[n].settable);
	if (unsettable)
		return refusal(`${REGISTERS[unsettable[0]].name} cannot be set: only general registers, eip and eflags can`);
	if (!context.processor)
		return refusal(`this vcpu is not on the processor: only a running one's registers can be set`);
	return session.change(
		changed.map(([n, value]) => {
			const bytes = fromHex(value)!;
			const { settable } = REGISTERS[n];
			return { kind: 'register', name: settable!, value: new DataView(bytes.buffer).getUint32(0, true) };
		})
	);
}

function setAll(session: Session, text: string): Reply {
	const values: [number, string][] = [];
	let at = 0;
	for (const [n, { bits }] of REGISTERS.entries()) {
		const value = text.slice(at, (at += bits / 4));
		if (!/^([0-9a-f]+|x+)$/i.test(value) || value.length !== bits / 4) return MALFORMED;
		values.push([n, value]);
	}
	if (at < text.length) return MALFORMED;
	return setRegisters(session, values);
}

function setOne(session: Session, text: string): Reply {
	const [, number, value] = /^([0-9a-f]+)=([0-9a-f]+)$/i.exec(text) ?? [];
	const register = REGISTERS[hexNumber(number ?? '')];
	if (!register || value.length !== register.bits / 4) return MALFORMED;
	return setRegisters(session, [[hexNumber(number), value]]);
}

/** `TYPE,ADDRESS,KIND`: of a watchpoint KIND is its length. Conditions and commands are left to GDB. */
function breakpoint(session: Session, text: string, act: 'set' | 'clear'): Reply {
	const [, typeText, rest] = /^([^,]+)(?:,([^;]*).*)?$/s.exec(text) ?? [];
	if (typeText === undefined) return MALFORMED;
	const type = hexNumber(typeText);
	if (!Breakpoints.knows(type)) return null;
	const asked = range(rest ?? '');
	if (!asked || (asked.length === 0 && !isCode(type))) return MALFORMED;
	const one = { kind: 'gdb', type, ...asked, thread: session.thread } as const;
	const wrong = isCode(type) ? null : checkWatch({ ...asked, space: 'linear' });
	if (wrong) return refusal(wrong);
	if (act === 'set') session.breakpoints.add(one);
	else session.breakpoints.remove(one);
	return OK;
}

/** `H`: for which thread what follows is meant. `Hc` chooses the one that c, s, bc and bs go by. */
function choose(session: Session, rest: string): Reply {
	if (rest === '') return MALFORMED;
	if (!'gc'.includes(rest[0])) return null;
	const thread = parseThread(rest.slice(1));
	if (Number.isNaN(thread)) return MALFORMED;
	const meant = thread > 0 ? thread : currentThread(session.run);
	if (!threads(session.run).includes(meant)) return refusal(`there is no thread ${meant}`);
	if (rest[0] === 'g') session.thread = meant;
	else session.going = thread > 0 ? thread : null;
	return OK;
}

/** An action of vCont: what follows its letter, and what it does. */
interface Action {
	readonly takes: RegExp;
	go(session: Session, thread: number, rest: string): Reply;
}

const SIGNAL_NUMBER = /^[0-9a-f]{2}$/i;
const onward: Action['go'] = ({ execution, resume }) => resume(execution.onward());
const step: Action['go'] = ({ execution, resume }, thread) => resume(execution.step(thread));

/** By letter: with a signal they are the same, because nothing here takes signals. */
const ACTIONS: Readonly<Record<string, Action>> = {
	c: { takes: /^$/, go: onward },
	C: { takes: SIGNAL_NUMBER, go: onward },
	s: { takes: /^$/, go: step },
	S: { takes: SIGNAL_NUMBER, go: step },
	r: {
		takes: /^[0-9a-f]{1,8},[0-9a-f]{1,8}$/i,
		go: ({ execution, resume }, thread, rest) => {
			const { address, length } = range(rest)!;
			return resume(execution.stepOutOf(thread, address, length));
		}
	},
	t: { takes: /^$/, go: ({ execution, run }) => stopReply(run, { ...execution.now(), signal: 0 }) }
};

/** `ACTION[:THREAD]`, taken apart; null for what is none. */
function actionOf(text: string): { letter: string; rest: string; thread: number } | null {
	const [, letter, rest, threadText] = /^([a-zA-Z])([^:]*)(?::(.*))?$/s.exec(text) ?? [];
	if (letter === undefined || !Object.hasOwn(ACTIONS, letter) || !ACTIONS[letter].takes.test(rest)) return null;
	const thread = threadText === undefined ? ALL_THREADS : parseThread(threadText);
	return Number.isNaN(thread) ? null : { letter, rest, thread };
}

/**
 * `;ACTION[:THREAD]...`: one processor serves all, and its history is given, so the first thread that is to step decides; the others go
 * on as they will.
 */
function vCont(session: Session, text: string): Reply {
	const actions = text.split(';').map(actionOf);
	if (actions.includes(null)) return MALFORMED;
	const { letter, rest, thread } = actions.find((action) => 'sSr'.includes(action!.letter)) ?? actions[0]!;
	const meant = thread > 0 ? thread : currentThread(session.run);
	if (!threads(session.run).includes(meant)) return refusal(`there is no thread ${meant}`);
	return ACTIONS[letter].go(session, meant, rest);
}

/** The thread that Hc has chosen, as long as there is one. */
const going = ({ going: chosen, run }: Session): number =>
	chosen !== null && threads(run).includes(chosen) ? chosen : currentThread(run);

/** Old forms of going on: they may name an address to go on from, which would change the past. */
const plain =
	(go: (session: Session) => Reply): Handler =>
	(session, rest) => {
		if (rest === '') return go(session);
		if (Number.isNaN(hexNumber(rest))) return MALFORMED;
		return refusal('going on at another address is not possible: set eip first');
	};

/** A packet that is nothing but its name: with anything behind it, it is another one, which is not known. */
const alone =
	(reply: (session: Session) => Reply): Handler =>
	(session, rest) =>
		rest === '' ? reply(session) : null;

/** A packet about a process, which its number names; there is only one, whatever GDB calls it. */
const process =
	(reply: (session: Session) => Reply): Handler =>
	(session, rest) =>
		Number.isNaN(hexNumber(rest)) ? MALFORMED : reply(session);

function detach({ breakpoints }: Session): Reply {
	breakpoints.clear();
	return OK;
}

/** Longer beginnings stand before shorter ones that they begin with. */
const PACKETS: readonly (readonly [begins: string, handler: Handler])[] = [
	['qSupported', () => SUPPORTED],
	[
		'QStartNoAckMode',
		alone((session) => {
			session.acknowledges = false;
			return OK;
		})
	],
	['qXfer:', document],
	['qAttached', () => '1'],
	['qC', alone(({ run }) => `QC${threadHex(currentThread(run))}`)],
	['qfThreadInfo', alone(({ run }) => `m${threads(run).map(threadHex).join(',')}`)],
	['qsThreadInfo', alone(() => 'l')],
	[
		'qThreadExtraInfo,',
		({ run }, rest) => {
			const thread = parseThread(rest);
			return threads(run).includes(thread) ? textHex(threadInWords(run, thread)) : MALFORMED;
		}
	],
	[
		'qRcmd,',
		(session, rest) => {
			const bytes = fromHex(rest);
			return bytes ? monitor(session, new TextDecoder().decode(bytes)) : MALFORMED;
		}
	],
	['qqemu.PhyMemMode', alone(({ space }) => (space === 'physical' ? '1' : '0'))],
	[
		'Qqemu.PhyMemMode:',
		(session, rest) => {
			if (rest !== '0' && rest !== '1') return MALFORMED;
			session.space = rest === '1' ? 'physical' : 'linear';
			return OK;
		}
	],
	['vCont?', alone(() => 'vCont;c;C;s;S;r;t')],
	['vCont;', vCont],
	['vKill;', process((session) => session.restart(() => OK))],
	[
		'vRun;',
		(session, rest) =>
			rest.split(';').every((word) => fromHex(word))
				? session.restart(() => stopReply(session.run, session.execution.now()))
				: MALFORMED
	],
	['vAttach;', process(({ execution, run }) => stopReply(run, execution.now()))],
	['?', alone(({ execution, run }) => stopReply(run, execution.now()))],
	['g', alone(({ run, thread }) => registersHex(vcpuContext(run, vcpuOf(thread))))],
	['G', setAll],
	[
		'p',
		({ run, thread }, rest) => {
			const register = REGISTERS[hexNumber(rest)];
			return register ? registerHex(register, vcpuContext(run, vcpuOf(thread))) : MALFORMED;
		}
	],
	['P', setOne],
	['m', read],
	['M', (session, rest) => write(session, rest, fromHex)],
	['X', (session, rest) => write(session, rest, fromBinary)],
	['Z', (session, rest) => breakpoint(session, rest, 'set')],
	['z', (session, rest) => breakpoint(session, rest, 'clear')],
	['H', choose],
	['T', ({ run }, rest) => (threads(run).includes(parseThread(rest)) ? OK : refusal('there is no such thread'))],
	['bc', alone(({ execution, resume }) => resume(execution.back()))],
	['bs', alone((session) => session.resume(session.execution.stepBack(going(session))))],
	['c', plain(({ execution, resume }) => resume(execution.onward()))],
	['s', plain((session) => session.resume(session.execution.step(going(session))))],
	['!', alone(() => OK)],
	['D;', process(detach)],
	['D', alone(detach)],
	['k', alone((session) => session.restart(() => OK))]
];

/** Whether `packet` is one of a row: names of several letters end where no letter follows. */
const belongs = (packet: string, begins: string): boolean =>
	packet.startsWith(begins) && !(/^[qQ]\w+$/.test(begins) && /^\w/.test(packet.slice(begins.length)));

/** What to answer to a packet. */
export function answer(session: Session, packet: string): Reply {
	const row = PACKETS.find(([begins]) => belongs(packet, begins));
	return row ? row[1](session, packet.slice(row[0].length)) : null;
}
