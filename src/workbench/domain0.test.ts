import { describe, expect, it } from 'vitest';
import { DOMID_XEN, VIRQ } from '../abi/structs/xen';
import { audit } from '../hypervisor/mm/audit';
import { le32, mov } from '../hypervisor/test/tiny-guest';
import { chain } from '../trace/causes';
import { KIND } from '../trace/events';
import { Run } from './run';
import type { ScenarioInput } from './scenario';
import { imageFile, stateOf } from './testing';

/** Where a program in the place of `hello` begins, and where its constants lie, in the file and for it. */
const CODE = { file: 0x2000, virt: 0xc000_1000 };
const DATA = { file: 0x2180, virt: 0xc000_1180 };
const SCRATCH = 0xc000_1800;

/** A hypercall; results in EAX. */
const call = (nr: number, ...args: number[]): number[] => [
	...args.flatMap((arg, index) => mov([3, 1, 2][index], arg)),
	...mov(0, nr),
	0xcd,
	0x82
];
const CONSOLE_IO = 18;
const SCHED_OP = 29;
const EVENT_OP = 32;

/** Waits without end: polls no port and for no time, by the struct sched_poll at `none`. */
const forEver = (none: number): number[] => {
	const poll = call(SCHED_OP, 3, none);
	return [...poll, 0xe9, ...le32(-(poll.length + 5))];
};

/** `hello` with other code and constants. */
function program(code: readonly number[], data: readonly number[] = []): Uint8Array {
	const image = imageFile('hello').slice();
	image.set(code, CODE.file);
	image.set(data, DATA.file);
	return image;
}

const HELLO = { name: 'guest', image: 'hello', memoryMiB: 8 };
const withHost = (dom0: Uint8Array | string, rest: Partial<ScenarioInput> = {}): Run =>
	new Run(
		{
			dom0: { image: typeof dom0 === 'string' ? dom0 : 'host', memoryMiB: 8 },
			domains: [HELLO],
			...rest
		},
		(name) => (name === 'host' ? (dom0 as Uint8Array) : imageFile(name))
	);

/** Goes back half the way, and on again: it must be where it was. */
function expectSameAgain(run: Run): void {
	const [end, cycle] = [stateOf(run), run.now];
	run.seek({ icount: Math.floor(run.icount / 2) });
	run.advance({ cycle });
	expect(stateOf(run)).toEqual(end);
}

describe('domain 0 with a kernel of its own', () => {
	it('is built like any domain, knows what it is, and runs beside its guests until they have ended', () => {
		const greets = program(
			[...call(CONSOLE_IO, 0, 5, DATA.virt), ...forEver(DATA.virt + 16)],
			[...'host\n'.padEnd(32, '\0')].map((c) => c.charCodeAt(0))
		);
		const run = withHost(greets);
		expect(run.advance().cause).toBe('ended');
		expect(run.consoles.text(0)).toBe('host\n');
		expect(run.consoles.text(1)).toContain('Hello');
		expect(run.system.host).toMatchObject({ dom: 0, name: 'Domain-0' });
		expect(run.system.host?.status.alive).toBe(true);
		expect(run.system.guests.map(({ dom }) => dom)).toEqual([1]);
		expect(audit(run.system.hypervisor)).toEqual([]);
		expectSameAgain(run);
	});

	it('gets as many vcpus as it is given, and may have no guests at all', () => {
		const run = withHost('pocket', { dom0: { image: 'pocket', vcpus: 3, cmdline: 'run=smp' }, domains: [] });
		expect(run.advance().cause).toBe('ended');
		expect(run.system.hypervisor.domains.get(0)?.vcpus.length).toBe(3);
		expect(() => withHost('pocket', { dom0: undefined, domains: [] })).toThrow('There is no domain');
	});

	it('takes the machine with it when it ends: guests stand still, and can be looked at', () => {
		const run = withHost('pocket', {
			dom0: { image: 'pocket', cmdline: 'run=hello' },
			domains: [{ name: 'busy', image: 'pocket', cmdline: 'run=spin' }]
		});
		expect(run.advance().cause).toBe('ended');
		expect(run.system.host?.status).toMatchObject({ alive: false, shutdown: 0 });
		expect(run.system.guests[0].status.alive).toBe(true);
		expect(run.system.hypervisor.domains.get(1)?.paused).toBe(true);
		expect(run.consoles.text(DOMID_XEN)).toContain('Hardware domain has shut down: the machine stands still');
		expect(audit(run.system.hypervisor)).toEqual([]);
	});
});

/** Binds VIRQ_CONSOLE, then for ever: polls its port, reads what was typed, and writes it. */
const ECHO = ((): Uint8Array => {
	const bind = [...le32(VIRQ.CONSOLE), ...le32(0), ...le32(0)];
	const poll = [...le32(DATA.virt + 8), ...le32(1), ...le32(0), ...le32(0)];
	const start = call(EVENT_OP, 1, DATA.virt);
	const body = [
		...call(SCHED_OP, 3, DATA.virt + 12),
		// The pending bit of port 1 to 31 is taken back: shared_info is not mapped here, so the port is closed and bound anew.
		...call(EVENT_OP, 3, DATA.virt + 8),
		...call(EVENT_OP, 1, DATA.virt),
		...call(CONSOLE_IO, 1, 64, SCRATCH),
		// mov %eax, %ecx; console_io(CONSOLEIO_write, ECX, SCRATCH)
		...[0x89, 0xc1],
		...mov(3, 0),
		...mov(2, SCRATCH),
		...mov(0, CONSOLE_IO),
		...[0xcd, 0x82]
	];
	return program([...start, ...body, 0xe9, ...le32(-(body.length + 5))], [...bind, ...poll]);
})();

describe('the console of domain 0', () => {
	it('is the hypervisor\u2019s own: what is typed comes by VIRQ_CONSOLE and CONSOLEIO_read', () => {
		const long = 'x'.repeat(200);
		const run = withHost(ECHO, {
			domains: [],
			input: [
				{ dom: 0, text: 'one\n' },
				{ dom: 0, text: `${long}\n` }
			]
		});
		expect(run.advance({ cycle: 60_000_000 }).cause).toBe('stuck');
		expect(run.consoles.text(0)).toBe(`one\n${long}\n`);
		// A read gives 64 bytes here: the rest raises the interrupt anew.
		expect(run.count(KIND.virq)).toBe(1 + 4);
		expect(run.system.host?.unreadInput).toBe(0);
		expect(run.system.host?.outputBytes).toBe(4 + 201);
	});
});

describe('the programs of domain 0 beside its kernel', () => {
	/** Asks xenstore for `name`, polls, and writes what came to its console. */
	function asker(store: number, port: number): Uint8Array {
		const payload = 'name\0';
		const message = [...[2, 0, 0, payload.length].flatMap(le32), ...[...payload].map((c) => c.charCodeAt(0))];
		const send = le32(port);
		const poll = [...le32(DATA.virt), ...le32(1), ...le32(0), ...le32(0)];
		const at = DATA.virt + send.length + poll.length;
		return program(
			[
				...call(EVENT_OP, 9, DATA.virt), // unmask
				...mov(6, at),
				...mov(7, store),
				...mov(1, message.length),
				...[0xf3, 0xa4],
				...mov(0, message.length),
				...[0xa3, ...le32(store + 2048 + 4)],
				...call(EVENT_OP, 4, DATA.virt),
				...call(SCHED_OP, 3, DATA.virt + send.length),
				...call(CONSOLE_IO, 0, 24, store + 1024),
				...[0xeb, 0xfe]
			],
			[...send, ...poll, ...message]
		);
	}

	it('answer its kernel over a ring, and serve the others\u2019 consoles and rings at ports that are theirs', () => {
		const probe = withHost(program([0xeb, 0xfe]));
		const { layout, xenstorePort } = probe.system.host!.built;
		const run = withHost(asker(layout.xenstore.start, xenstorePort), {
			domains: [{ name: 'waits', image: 'pocket', memoryMiB: 8, cmdline: 'run=echo' }]
		});
		run.advance({ cycle: 1_000_000 });
		expect(run.consoles.text(0).slice(16)).toBe('Domain-0');
		const { channels } = run.system.hypervisor.domains.get(0)!.events;
		// Its own end; xenstore's end of it; the guest's console and xenstore.
		expect(channels.slice(1).map(({ native, remoteDom }) => [native, remoteDom])).toEqual([
			[false, 0],
			[true, 0],
			[true, 1],
			[true, 1]
		]);
		expect(audit(run.system.hypervisor)).toEqual([]);
		expectSameAgain(run);
	});
});

/** Lets the disk controller answer, binds its interrupt, has the first disk say what it is, and writes the model's name to the console. */
const IDENTIFY = ((): Uint8Array => {
	const [PHYSDEV_OP, COMMAND, DATA_PORT] = [33, 0x1f7, 0x1f0];
	const data: number[] = [];
	const put = (...words: number[]): number => {
		data.push(...words.flatMap(le32));
		return DATA.virt + data.length - 4 * words.length;
	};
	const out = (port: number, value: number, opcode = 0xee): number[] => [...mov(2, port), ...mov(0, value), opcode];
	const configure = (register: number, value: number): number[] => [
		...out(0xcf8, 0x8000_0900 | register, 0xef),
		...out(0xcfc, value, 0xef)
	];
	const bind = put(14, 0, 0);
	const code = [
		...call(PHYSDEV_OP, 6, put(1)), // set_iopl
		...configure(0x04, 1), // I/O accesses
		...configure(0x40, 0x8000_8000), // both channels
		...call(PHYSDEV_OP, 13, put(0x7ff0, 1, 14, 14, 0, 0, 0, 0, 0)), // map_pirq
		...call(EVENT_OP, 2, bind),
		...out(0x1f6, 0xa0),
		...out(COMMAND, 0xec),
		...call(SCHED_OP, 3, put(bind + 8, 1, 0, 0)), // poll the port of the interrupt
		...[...mov(2, COMMAND), 0xec],
		...[...mov(2, DATA_PORT), ...mov(7, SCRATCH), ...mov(1, 256), 0xf3, 0x66, 0x6d],
		...call(CONSOLE_IO, 0, 40, SCRATCH + 54),
		...forEver(put(0, 0, 0, 0))
	];
	expect(code.length).toBeLessThan(DATA.virt - CODE.virt);
	return program(code, data);
})();

describe('the hardware', () => {
	it('is domain 0\u2019s: it finds the disk on the bus, waits for its interrupt, and takes a sector in one string', () => {
		const driven = withHost(IDENTIFY, {
			domains: [{ name: 'waits', image: 'pocket', memoryMiB: 8, cmdline: 'run=echo' }],
			machine: { disks: [{ image: '', sectors: 2048, name: 'A DISK OF THE MACHINE' }] }
		});
		driven.advance({ cycle: 6_000_000 });
		// Each word has its first letter in the high byte.
		const name = driven.consoles.text(0).replace(/(.)(.)/g, '$2$1');
		expect(name.trim()).toBe('A DISK OF THE MACHINE');
		const { trace } = driven;
		const seqs = Array.from({ length: trace.length }, (_, seq) => seq);
		const accesses = seqs
			.filter((seq) => trace.kind(seq) === KIND.port_io && trace.arg(seq, 'io_port') === 0x1f0)
			.map((seq) => trace.arg(seq, 'times'));
		expect(accesses).toEqual([256]);
		// From the command to the instruction of domain 0 that gave it; its data, to the command.
		const kindsTo = (of: number): string[] => chain(trace, of).map(({ seq }) => trace.kindName(seq));
		const ofDisk = (kind: number): number => seqs.find((seq) => trace.kind(seq) === kind)!;
		expect(kindsTo(ofDisk(KIND.disk_command))).toEqual(['disk_command', 'port_io', 'trap']);
		const [, given, trap] = chain(trace, ofDisk(KIND.disk_command)).map(({ seq }) => seq);
		expect(trace.args(given)).toMatchObject({ io_port: 0x1f7, io_value: 0xec, io_write: 1 });
		expect(trace.args(trap)).toMatchObject({ vector: 13, from_ring: 1 });
		expect(trace.dom(trap)).toBe(0);
		expect(kindsTo(ofDisk(KIND.disk_data))).toEqual(['disk_data', 'disk_command', 'port_io', 'trap']);
		// From the line to the kernel: the interrupt, whose it is, the port.
		const pending = seqs.find(
			(seq) =>
				trace.kind(seq) === KIND.event_pending && trace.cause(seq) >= 0 && trace.kind(trace.cause(seq)) === KIND.pirq
		)!;
		const pirq = trace.cause(pending);
		expect(trace.arg(pirq, 'irq')).toBe(14);
		expect(trace.kind(trace.cause(pirq))).toBe(KIND.interrupt);
		expect(audit(driven.system.hypervisor)).toEqual([]);
		expectSameAgain(driven);
	});
});
