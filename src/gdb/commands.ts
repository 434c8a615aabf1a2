/**
 * The packets, a row each (GDB manual, appendix E.2 and E.4): how one begins, and what is answered. A handler gets what follows
 * the beginning.
 */
import type { Reply, Session } from './session';
import { Breakpoints } from './breakpoints';
import { fromHex, hexNumber, textHex, toHex } from './hex';
import { changesOf, readMemory } from './memory';
import { monitor } from './monitor';
import { PACKET_SIZE, escape, fromLatin1, latin1, unescape } from './packets';
import { registerHex, REGISTERS, registersHex } from './registers';
import { stopReply } from './stop-reply';
import { TARGET_XML } from './target-description';
import { currentThread, parseThread, threadHex, threadInWords, threads, threadsXml, vcpuOf } from './threads';
import { vcpuContext } from '../workbench/looks/vcpus';

type Handler = (session: Session, rest: string) => Reply;

/** Errors that GDB shows in words begin so. `#`, `$`, `}` and `*` must not stand in them. */
export const refusal = (reason: string): string => `E.${reason.replace(/[#$}*]/g, "'").replace(/[^ -~]/g, '?')}`;

const OK = 'OK';
/** A packet that says something impossible. */
const MALFORMED = 'E01';
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

/** Documents that GDB reads in pieces, by object and annex. */
const DOCUMENTS: Readonly<Record<string, (session: Session) => string>> = {
	'features:read:target.xml': () => TARGET_XML,
	'threads:read:': ({ run }) => threadsXml(run),
	'exec-file:read:': ({ debuggee }) => debuggee.image
};

function document(session: Session, rest: string): Reply {
	const [, name, offsetText, lengthText] = /^(.*):([0-9a-f]+),([0-9a-f]+)$/i.exec(rest) ?? [];
	if (name === undefined) return MALFORMED;
	const text = Object.hasOwn(DOCUMENTS, name) ? DOCUMENTS[name](session) : '';
	if (text === '') return 'E00';
	const bytes = new TextEncoder().encode(text);
	const [offset, length] = [hexNumber(offsetText), hexNumber(lengthText)];
	if (offset > bytes.length) return MALFORMED;
	const piece = bytes.subarray(offset, offset + Math.min(length, MOST_MEMORY));
	return (offset + piece.length < bytes.length ? 'm' : 'l') + latin1(escape(piece));
}

/** `ADDRESS,LENGTH`, and what follows a colon. */
function range(text: string): { address: number; length: number; rest: string } | null {
	const [, from, count, rest] = /^([0-9a-f]+),([0-9a-f]+)(?::(.*))?$/is.exec(text) ?? [];
	const [address, length] = [hexNumber(from ?? ''), hexNumber(count ?? '')];
	return Number.isNaN(address) || Number.isNaN(length) ? null : { address, length, rest: rest ?? '' };
}

function read(session: Session, text: string): Reply {
	const asked = range(text);
	if (!asked) return MALFORMED;
	const { run, thread, space } = session;
	const bytes = readMemory(run, thread, space, asked.address, Math.min(asked.length, MOST_MEMORY));
	return bytes.length === 0 && asked.length > 0 ? NO_MEMORY : toHex(bytes);
}

function write(session: Session, text: string, decode: (data: string) => Uint8Array | null): Reply {
	const asked = range(text);
	const bytes = asked && decode(asked.rest);
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
	const [, typeText, rest] = /^([0-9a-f]),([^;]*)/i.exec(text) ?? [];
	const [type, asked] = [hexNumber(typeText ?? ''), range(rest ?? '')];
	if (Number.isNaN(type) || !asked) return MALFORMED;
	if (!Breakpoints.knows(type)) return null;
	if (type > 1 && asked.length === 0) return MALFORMED;
	const one = { kind: 'gdb', type, address: asked.address, length: asked.length, thread: session.thread } as const;
	if (act === 'set') session.breakpoints.add(one);
	else session.breakpoints.remove(one);
	return OK;
}

/** `H`: for which thread what follows is meant. `Hc` chooses the one that c, s, bc and bs go by. */
function choose(session: Session, rest: string): Reply {
	const thread = parseThread(rest.slice(1));
	if (Number.isNaN(thread)) return MALFORMED;
	const meant = thread > 0 ? thread : currentThread(session.run);
	if (!threads(session.run).includes(meant)) return refusal(`there is no thread ${meant}`);
	if (rest[0] === 'g') session.thread = meant;
	else if (rest[0] === 'c') session.going = thread > 0 ? thread : null;
	else return MALFORMED;
	return OK;
}

/** The actions of vCont, by letter: with a signal they are the same, because nothing here takes signals. */
const ACTIONS: Readonly<Record<string, (session: Session, thread: number, rest: string) => Reply>> = {
	c: ({ execution, resume }) => resume(execution.onward()),
	C: ({ execution, resume }) => resume(execution.onward()),
	s: ({ execution, resume }, thread) => resume(execution.step(thread)),
	S: ({ execution, resume }, thread) => resume(execution.step(thread)),
	r: ({ execution, resume }, thread, rest) => {
		const asked = range(rest);
		return asked ? resume(execution.stepOutOf(thread, asked.address, asked.length)) : MALFORMED;
	},
	t: ({ execution, run }) => stopReply(run, { ...execution.now(), signal: 0 })
};

/**
 * `;ACTION[:THREAD]...`: one processor serves all, and its history is given, so the first thread that is to step decides; the others go
 * on as they will.
 */
function vCont(session: Session, rest: string): Reply {
	const actions = rest.split(';').map((text) => /^([a-zA-Z])([^:]*)(?::(.*))?$/s.exec(text));
	if (actions.length === 0 || actions.some((action) => action === null || !Object.hasOwn(ACTIONS, action[1])))
		return MALFORMED;
	const stepping = actions.find((action) => 'sSr'.includes(action![1])) ?? actions[0]!;
	const [, letter, argument, threadText] = stepping;
	const thread = threadText === undefined ? -1 : parseThread(threadText);
	if (Number.isNaN(thread)) return MALFORMED;
	return ACTIONS[letter](session, thread > 0 ? thread : currentThread(session.run), argument);
}

const going = (session: Session): number => session.going ?? currentThread(session.run);

/** Old forms of going on: they may name an address to go on from, which would change the past. */
const plain =
	(go: (session: Session) => Reply): Handler =>
	(session, rest) =>
		rest === '' ? go(session) : refusal('going on at another address is not possible: set eip first');

/** Longer beginnings stand before shorter ones that they begin with. */
const PACKETS: readonly (readonly [begins: string, handler: Handler])[] = [
	['qSupported', () => SUPPORTED],
	[
		'QStartNoAckMode',
		(session) => {
			session.acknowledges = false;
			return OK;
		}
	],
	['qXfer:', document],
	['qAttached', () => '1'],
	['qC', ({ run }) => `QC${threadHex(currentThread(run))}`],
	['qfThreadInfo', ({ run }) => `m${threads(run).map(threadHex).join(',')}`],
	['qsThreadInfo', () => 'l'],
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
	['qqemu.PhyMemMode', ({ space }) => (space === 'physical' ? '1' : '0')],
	[
		'Qqemu.PhyMemMode:',
		(session, rest) => {
			if (rest !== '0' && rest !== '1') return MALFORMED;
			session.space = rest === '1' ? 'physical' : 'linear';
			return OK;
		}
	],
	['vCont?', () => 'vCont;c;C;s;S;r;t'],
	['vCont;', vCont],
	['vKill;', (session) => session.restart(() => OK)],
	['vRun;', (session) => session.restart(() => stopReply(session.run, session.execution.now()))],
	['vAttach;', ({ execution, run }) => stopReply(run, execution.now())],
	['?', ({ execution, run }) => stopReply(run, execution.now())],
	['g', ({ run, thread }) => registersHex(vcpuContext(run, vcpuOf(thread)))],
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
	['bc', ({ execution, resume }) => resume(execution.back())],
	['bs', (session) => session.resume(session.execution.stepBack(going(session)))],
	['c', plain(({ execution, resume }) => resume(execution.onward()))],
	['s', plain((session) => session.resume(session.execution.step(going(session))))],
	['!', () => OK],
	[
		'D',
		({ breakpoints }) => {
			breakpoints.clear();
			return OK;
		}
	],
	['k', (session) => session.restart(() => OK)]
];

/** Whether `packet` is one of a row: names of several letters end where no letter follows. */
const belongs = (packet: string, begins: string): boolean =>
	packet.startsWith(begins) && !(/^[qQ]\w+$/.test(begins) && /^\w/.test(packet.slice(begins.length)));

/** What to answer to a packet. */
export function answer(session: Session, packet: string): Reply {
	const row = PACKETS.find(([begins]) => belongs(packet, begins));
	return row ? row[1](session, packet.slice(row[0].length)) : null;
}
