/** Watched ranges and breakpoints that lie close together, both ways, for a client that counts every stop. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stubVirt, XEN_STACK_TOP } from '../hypervisor/core/layout';
import { HYPERCALL_VECTOR } from '../trace/values';
import { registers } from '../workbench/inspect/moment';
import { isBefore, type Point } from '../workbench/moment';
import type { Run } from '../workbench/run';
import { runCode, runGuest } from '../workbench/testing';
import { Debuggee } from './debuggee';
import { textHex } from './hex';
import { GdbServer } from './server';
import { Client } from './testing';

const ENTRY = 0xc0001000;
/** The watched range, below the stack pointer that the guest begins with, and its bytes. */
const BELOW = 0x100;
const WATCHED = 16;

/** An instruction of the guest, and how it touches the watched range. */
type Row = readonly [text: string, touches: '' | 'r' | 'w' | 'rw', ...bytes: number[]];

const CODE: readonly Row[] = [
	['lea ebx, [esp - 0x100]', '', 0x8d, 0x9c, 0x24, 0x00, 0xff, 0xff, 0xff],
	['mov dword [ebx], 1', 'w', 0xc7, 0x03, 1, 0, 0, 0],
	['mov dword [ebx + 4], 2', 'w', 0xc7, 0x43, 4, 2, 0, 0, 0],
	['inc dword [ebx]', 'rw', 0xff, 0x03],
	['nop', '', 0x90],
	['mov eax, [ebx]', 'r', 0x8b, 0x03],
	['mov ecx, [ebx + 4]', 'r', 0x8b, 0x4b, 4],
	['mov edi, ebx', '', 0x89, 0xdf],
	['lea esi, [ebx + 0x40]', '', 0x8d, 0x73, 0x40],
	['mov ecx, 3', '', 0xb9, 3, 0, 0, 0],
	['rep movsd', 'w', 0xf3, 0xa5],
	['sub edi, 4', '', 0x83, 0xef, 4],
	['mov eax, 0x77777777', '', 0xb8, 0x77, 0x77, 0x77, 0x77],
	['mov ecx, 1', '', 0xb9, 1, 0, 0, 0],
	['rep stosd', 'w', 0xf3, 0xab],
	['rep stosd, no more', '', 0xf3, 0xab],
	['mov cl, 4', '', 0xb1, 4],
	['rep stosb', 'w', 0xf3, 0xaa],
	['mov esi, ebx', '', 0x89, 0xde],
	['mov cl, 2', '', 0xb1, 2],
	['rep lodsd', 'r', 0xf3, 0xad],
	['lodsd', 'r', 0xad],
	['xchg eax, [ebx + 12]', 'rw', 0x87, 0x43, 12],
	['lea esp, [ebx + 16]', '', 0x8d, 0x63, 0x10],
	['push 5', 'w', 0x6a, 5],
	['push 6', 'w', 0x6a, 6],
	['pop eax', 'r', 0x58],
	['mov eax, no hypercall', '', 0xb8, 0xff, 0, 0, 0],
	['int 0x82', '', 0xcd, 0x82],
	['push 7', 'w', 0x6a, 7],
	['lea ecx, [ebx]', '', 0x8d, 0x0b],
	['mov dword [ecx], 0: poweroff', 'w', 0xc7, 0x01, 0, 0, 0, 0],
	['push ebx', 'w', 0x53],
	['mov eax, sched_op', '', 0xb8, 29, 0, 0, 0],
	['mov ebx, shutdown', '', 0xbb, 2, 0, 0, 0],
	// The hypervisor reads the reason, and it is the last that happens.
	['int 0x82', 'r', 0xcd, 0x82]
];

/** Address of each instruction; of the one after the last at the end. */
const PLACES = CODE.reduce((all, [, , ...bytes]) => [...all, all[all.length - 1] + bytes.length], [ENTRY]);
const placeOf = (begins: string): number => PLACES[CODE.findIndex(([text]) => text.startsWith(begins))];
const hexed = (value: number): string => value.toString(16);

let server: GdbServer;
let port: number;
const log: string[] = [];

beforeAll(async () => {
	server = new GdbServer(new Debuggee(runCode(CODE.flatMap(([, , ...bytes]) => bytes)), ''), (line) => log.push(line));
	port = await server.listen(0);
});
afterAll(() => {
	server.close();
	expect(log.filter((line) => line.includes('a bug of ours'))).toEqual([]);
});

/** A stop: what it was for, and where. */
interface Stop {
	reason: string;
	eip: number;
}

class Session {
	private constructor(
		private readonly client: Client,
		readonly address: number
	) {}

	/** Does `work` from the beginning of the history on. */
	static async at(work: (session: Session) => Promise<void>): Promise<void> {
		const client = await Client.open(port);
		try {
			await client.ask('QStartNoAckMode');
			expect(await client.ask('vKill;1')).toBe('OK');
			await work(new Session(client, word(await client.ask('p4')) - BELOW));
		} finally {
			await client.close();
		}
	}

	ask(text: string): Promise<string> {
		return this.client.ask(text);
	}

	async go(how: 'c' | 'bc' | 's' | 'bs'): Promise<Stop> {
		const reply = await this.ask(how);
		const [, reason, eip] = /T05(?:([^;]*):[^:;]*;)??thread:.*;08:([0-9a-f]{8});$/.exec(reply) ?? [];
		expect(eip, reply).toBeDefined();
		return { reason: reason ?? '', eip: word(eip) };
	}

	/** All stops of one way until there is no more history. */
	async all(how: 'c' | 'bc'): Promise<Stop[]> {
		const stops: Stop[] = [];
		for (;;) {
			const stop = await this.go(how);
			if (stop.reason === 'replaylog') return stops;
			stops.push(stop);
			expect(stops.length).toBeLessThan(200);
		}
	}

	bytes(): Promise<string> {
		return this.ask(`m${hexed(this.address)},${hexed(WATCHED)}`);
	}

	set(type: number, address = this.address, length = WATCHED): Promise<string> {
		return this.ask(`Z${type},${hexed(address)},${hexed(length)}`);
	}
}

const word = (text: string): number => parseInt(text.replace(/(..)(..)(..)(..)/, '$4$3$2$1'), 16);

describe.each([
	[2, 'watch', 'w'],
	[3, 'rwatch', 'r'],
	[4, 'awatch', 'rw']
] as const)('a range watched by Z%i', (type, reason, ways) => {
	const touching = CODE.map((_, n) => n).filter((n) => [...CODE[n][1]].some((way) => ways.includes(way)));
	const last = touching.at(-1) === CODE.length - 1;
	const after = touching.map((n) => ({ reason, eip: PLACES[n + 1] }));
	const before = touching.map((n) => ({ reason, eip: PLACES[n] }));

	it('stops after every instruction that touches it, and backwards before every one of them', () =>
		Session.at(async (session) => {
			await session.set(type);
			const there = await session.all('c');
			// In the hypervisor, which never comes back, the last touch is told where it was made.
			expect(last ? there.slice(0, -1) : there).toEqual(last ? after.slice(0, -1) : after);
			expect(there.length).toBe(after.length);
			expect(await session.all('bc')).toEqual([...before].reverse());
			expect(await session.all('c')).toEqual(there);
		}));

	it('undoes first what was touched last, wherever one turns round', () =>
		Session.at(async (session) => {
			await session.set(type);
			let value = await session.bytes();
			for (const [n, there] of before.entries()) {
				const stop = await session.go('c');
				const now = await session.bytes();
				expect(await session.go('bc')).toEqual(there);
				if (ways.includes('w')) expect(await session.bytes()).toBe(value);
				expect(await session.go('c')).toEqual(stop);
				expect(await session.bytes()).toBe(now);
				// Two touches back from here, where there are two.
				await session.go('bc');
				expect(await session.go('bc')).toEqual(before[n - 1] ?? { reason: 'replaylog', eip: ENTRY });
				await session.go('c');
				if (n > 0) await session.go('c');
				value = now;
			}
		}));

	it('is told of by single steps, both ways, at the same instructions', () =>
		Session.at(async (session) => {
			await session.set(type);
			const steps = CODE.findIndex(([text]) => text === 'int 0x82');
			const there: Stop[] = [];
			for (let n = 0; n < steps; n++) there.push(await session.go('s'));
			expect(there.filter((stop) => stop.reason === reason)).toEqual(after.filter(({ eip }) => eip <= PLACES[steps]));
			const back: Stop[] = [];
			for (let n = 0; n < steps; n++) back.push(await session.go('bs'));
			expect(back.filter((stop) => stop.reason === reason).reverse()).toEqual(
				before.filter(({ eip }) => eip < PLACES[steps])
			);
		}));
});

describe('breakpoints at instructions in a row', () => {
	const places = PLACES.slice(0, -1);

	it('stop at each of them, both ways, the first one of the history included', () =>
		Session.at(async (session) => {
			for (const address of places) await session.set(0, address, 1);
			const all = places.map((eip) => ({ reason: 'swbreak', eip }));
			expect(await session.all('c')).toEqual(all.slice(1));
			expect(await session.all('bc')).toEqual([...all].reverse());
			expect(await session.go('bc')).toEqual({ reason: 'replaylog', eip: ENTRY });
			for (const [n] of all.slice(2).entries()) {
				await session.go('c');
				await session.go('c');
				expect(await session.go('bc')).toEqual(all[n + 1]);
			}
		}));

	it('and a watched range in between: each in its turn', () =>
		Session.at(async (session) => {
			const [, , second, third] = PLACES;
			await session.set(2);
			await session.set(1, second, 1);
			expect(await session.go('c')).toEqual({ reason: 'watch', eip: second });
			expect(await session.go('c')).toEqual({ reason: 'watch', eip: third });
			const stops = [await session.go('bc'), await session.go('bc'), await session.go('bc')];
			expect(stops.map(({ eip }) => eip)).toEqual([second, PLACES[1], ENTRY]);
		}));
});

describe('what the hypervisor touches', () => {
	/** The frame that INT 0x82 and the stub after it leave on the hypervisor's stack. */
	const FRAME = 0x30;
	const stack = XEN_STACK_TOP - FRAME;

	it('several times within one step of a guest is undone piece by piece', () =>
		Session.at(async (session) => {
			const int = placeOf('int 0x82');
			await session.set(0, int, 1);
			expect(await session.go('c')).toEqual({ reason: 'swbreak', eip: int });
			await session.ask(`z0,${hexed(int)},1`);
			// INT writes a frame there, and IRET reads it, which leads back behind the INT.
			await session.set(4, stack, FRAME);
			const [entered, left] = [await session.go('c'), await session.go('c')];
			expect([entered.reason, left]).toEqual(['awatch', { reason: 'awatch', eip: int + 2 }]);
			expect(entered.eip).toBe(stubVirt(HYPERCALL_VECTOR));
			// Before a touch is after the one before it; before the first is the guest.
			expect([await session.go('bc'), await session.go('bc')]).toEqual([entered, { reason: 'awatch', eip: int }]);
			expect([await session.go('c'), await session.go('c')]).toEqual([entered, left]);
		}));

	it('is told together with an event that lies between it and the guest, and that would be passed over', () =>
		Session.at(async (session) => {
			while ((await session.go('c')).reason !== 'replaylog');
			await session.set(3);
			expect(await session.ask(`qRcmd,${textHex('stop trap vector=0x82')}`)).toMatch(/OK$/);
			expect(await session.ask('bc')).toMatch(
				/^Touched by the hypervisor\.\nStopped at event \(trap [^\n]*\nT05rwatch:/
			);
			// The other INT 0x82, and what was read before it.
			expect(await session.go('bc')).toEqual({ reason: '', eip: stubVirt(HYPERCALL_VECTOR) });
			expect(await session.go('bc')).toEqual({ reason: 'rwatch', eip: placeOf('pop eax') });
		}));

	it('right before the first instruction of a guest lies beyond the beginning', () =>
		Session.at(async (session) => {
			await session.set(4, stack, FRAME);
			await session.go('s');
			expect(await session.go('bc')).toEqual({ reason: 'replaylog', eip: ENTRY });
			expect(await session.go('s')).toEqual({ reason: '', eip: PLACES[1] });
		}));

	it('is undone instruction by instruction where every one of the machine counts', () =>
		Session.at(async (session) => {
			const int = placeOf('int 0x82');
			await session.set(0, int, 1);
			await session.go('c');
			await session.ask(`z0,${hexed(int)},1`);
			await session.ask(`qRcmd,${textHex('stepping machine')}`);
			await session.set(4, stack, FRAME);
			const [first, second] = [await session.go('c'), await session.go('c')];
			expect(second.eip).not.toBe(first.eip);
			const undone = await session.go('bc');
			expect(await session.go('s')).toEqual({ reason: 'awatch', eip: second.eip });
			expect(await session.go('bs')).toEqual({ reason: 'awatch', eip: undone.eip });
			expect(await session.go('bc')).toEqual({ reason: 'awatch', eip: int });
		}));
});

describe('a kernel at work, with page faults and system calls', () => {
	/** Instruction counts from which one goes on. */
	const BEGINNINGS = [24_546, 42_862, 150_000];
	/** Where the hypervisor's stack keeps what a trap leaves. */
	const TRAPS = XEN_STACK_TOP - 0x30;
	let run: Run;
	let client: Client;
	let kernel: GdbServer;

	beforeAll(async () => {
		run = runGuest('pocket', { cmdline: 'run=pagefaults' });
		kernel = new GdbServer(new Debuggee(run, ''), (line) => log.push(line));
		client = await Client.open(await kernel.listen(0));
		await client.ask('QStartNoAckMode');
	});
	afterAll(async () => {
		await client.close();
		kernel.close();
	});

	/** The moments at which `count` ways of one kind end, as far as a watched range ends them. */
	async function moments(how: 'c' | 'bc', count: number): Promise<Point[]> {
		const found: Point[] = [];
		while (found.length < count && /watch:/.test(await client.ask(how))) found.push(run.moment);
		return found;
	}

	describe.each(['guest', 'machine'])('by steps of the %s', (stepping) => {
		it.each(
			[2, 3, 4].flatMap((type): [number, string, number][] => [
				[type, 'the stack of a guest', 16],
				[type, 'the frames of traps', 48]
			])
		)('Z%i on %s: between two stops forward lies one back', async (type, where, length) => {
			await client.ask(`qRcmd,${textHex(`stepping ${stepping}`)}`);
			let stops = 0;
			for (const icount of BEGINNINGS) {
				await client.ask(`qRcmd,${textHex(`goto ${icount}`)}`);
				const address = where.includes('guest') ? registers(run).esp - 16 : TRAPS;
				const set = `${type},${hexed(address >>> 0)},${hexed(length)}`;
				expect(await client.ask(`Z${set}`)).toBe('OK');
				const there = await moments('c', 8);
				const back = (await moments('bc', there.length)).reverse();
				expect(back).toHaveLength(there.length);
				for (const [n, at] of back.entries()) {
					expect(isBefore(at, there[n]), `back before stop ${n} from ${icount}`).toBe(true);
					if (n > 0) expect(isBefore(at, there[n - 1]), `stop ${n - 1} is passed over, from ${icount}`).toBe(false);
				}
				// A step back from right after a touch tells of it, too, whatever it was that touched.
				for (const stop of there.slice(0, 4)) {
					while (isBefore(run.moment, stop)) await client.ask('c');
					expect(await client.ask('bs')).toMatch(/watch:/);
				}
				stops += there.length;
				await client.ask(`z${set}`);
			}
			expect(stops).toBeGreaterThan(12);
		});
	});
});
