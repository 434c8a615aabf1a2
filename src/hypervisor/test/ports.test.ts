import { beforeEach, describe, expect, it } from 'vitest';
import type { Registers } from '../../hardware/bus';
import { ALL_PRIVILEGES, UNPRIVILEGED, type Privileges } from '../core/domain';
import { permit } from '../core/permissions';
import { CHECK, KIND, word } from '../../trace/events';
import { audit } from '../mm/audit';
import { setIopl } from './answers/ask';
import { call, DATA, FOREVER, le32, mov, poweroff, store, TinyGuest, trap } from './tiny-guest';

/** A device that counts what it is asked for, and keeps what it is given. */
class Counting implements Registers {
	reads = 0;
	readonly written: [offset: number, size: number, value: number][] = [];
	/** Called with each access. */
	onAccess = (): void => {};

	read(): number {
		this.onAccess();
		return ++this.reads;
	}
	write(offset: number, size: number, value: number): void {
		this.onAccess();
		this.written.push([offset, size, value]);
	}
}

const [PORT, BUFFER] = [0x1f0, 0x8000];
let device: Counting;
let guest: TinyGuest;

/** A guest that runs `code` with I/O privilege, and then powers off. */
function run(code: readonly number[], privileges: Privileges = ALL_PRIVILEGES, prepare = (): void => {}): void {
	guest = new TinyGuest(undefined, 1, privileges);
	guest.machine.bus.mountPorts(PORT, 8, device);
	prepare();
	guest.start([...setIopl(1), ...code, ...poweroff()]);
	guest.run(100_000);
	expect(guest.domain.crash).toBeNull();
	expect(audit(guest.hv)).toEqual([]);
}

const inAl = (port: number): number[] => [...mov(2, port), 0xec];
const inEax = (port: number): number[] => [...mov(2, port), 0xed];
const outAl = (port: number, value: number): number[] => [...mov(2, port), ...mov(0, value), 0xee];
const outEax = (port: number, value: number): number[] => [...mov(2, port), ...mov(0, value), 0xef];
/** EDI or ESI at `address`, ECX `count`, DX the port. */
const string = (address: number, count: number, ...opcode: number[]): number[] => [
	...mov(7, address),
	...mov(6, address),
	...mov(1, count),
	...mov(2, PORT),
	...opcode
];
const REP_INSW = [0xf3, 0x66, 0x6d];
const REP_OUTSW = [0xf3, 0x66, 0x6f];
const words = (count: number, from = BUFFER): number[] =>
	Array.from({ length: count }, (_, n) => (guest.read32((from + 2 * n) & ~3) >>> (8 * ((from + 2 * n) & 2))) & 0xffff);
const recorded = (): number[][] => guest.recorder.of('port_io').map(({ args }) => args);

beforeEach(() => (device = new Counting()));

describe('the machine\u2019s ports', () => {
	it('are reached by the hardware domain, and the trace says with what', () => {
		run([...outAl(PORT + 1, 0x5a), ...inEax(PORT), ...store(DATA)]);
		expect(device.written).toEqual([[1, 1, 0x5a]]);
		expect(guest.read32(DATA)).toBe(1);
		expect(recorded()).toEqual([
			[PORT + 1, 1, 0x5a, 1, 1],
			[PORT, 4, 1, 1, 0]
		]);
	});

	it('are not there for other domains, whatever their I/O privilege', () => {
		run([...outAl(PORT, 1), ...inEax(PORT), ...store(DATA)], UNPRIVILEGED);
		expect([device.reads, device.written.length, guest.read32(DATA), recorded()]).toEqual([0, 0, 0xffff_ffff, []]);
	});

	it('are there for a domain to which they were given: those alone, and an access is for all of its bytes', () => {
		const give = (): void => permit(guest.domain.permissions, 'ports', PORT, 2, true);
		run([...outAl(PORT, 1), ...outAl(PORT + 2, 2), ...outEax(PORT, 3)], UNPRIVILEGED, give);
		expect(device.written).toEqual([[0, 1, 1]]);
	});

	it('do not include what the hypervisor keeps: controllers, timer, its serial line', () => {
		const kept = new Counting();
		const ports = [0x20, 0xa1, 0x40, 0x3fd];
		run([...ports.flatMap(inAl), ...outAl(0x3f8, 0x41)], ALL_PRIVILEGES, () =>
			[0x20, 0xa0, 0x40].forEach((port) => guest.machine.bus.mountPorts(port, 2, kept))
		);
		expect([kept.reads, recorded()]).toEqual([0, []]);
	});

	it('of the clock are reached at the domain\u2019s own index', () => {
		const clock = new Counting();
		run([...outAl(0x70, 0x8b), ...inAl(0x70), ...store(DATA), ...inAl(0x71)], ALL_PRIVILEGES, () =>
			guest.machine.bus.mountPorts(0x70, 2, clock)
		);
		// Nothing but the access itself writes the machine's index, and that without the bit that holds NMI back.
		expect([guest.read32(DATA) & 0xff, clock.written, clock.reads]).toEqual([0x8b, [[0, 1, 0x0b]], 1]);
	});
});

describe('PCI configuration space', () => {
	const [pci, ENABLED] = [0xcf8, 0x8000_0808];
	const configure = (code: readonly number[], privileges = ALL_PRIVILEGES): Counting => {
		const bridge = new Counting();
		run(code, privileges, () => guest.machine.bus.mountPorts(pci, 8, bridge));
		return bridge;
	};

	it('is reached at the address that the domain wrote, which is the machine\u2019s only for that access', () => {
		const { written } = configure([...outEax(pci, ENABLED), ...outEax(pci + 4, 0x1234), ...outAl(pci + 6, 7)]);
		expect(written).toEqual([
			[0, 4, ENABLED],
			[4, 4, 0x1234],
			[0, 4, ENABLED],
			[6, 1, 7]
		]);
	});
	it('is nobody\u2019s without the enabling bit, and never another domain\u2019s', () => {
		const off = [...outEax(pci, 0x808), ...inEax(pci + 4), ...store(DATA)];
		expect([configure(off).reads, guest.read32(DATA)]).toEqual([0, 0xffff_ffff]);
		const guests = [...outEax(pci, ENABLED), ...inEax(pci + 4), ...store(DATA)];
		expect([configure(guests, UNPRIVILEGED).written, guest.read32(DATA)]).toEqual([[], 0xffff_ffff]);
	});
	it('ends where its port ends', () => {
		const { written } = configure([...outEax(pci, ENABLED), ...outEax(pci + 5, 0x4433_2211)]);
		expect(written.filter(([offset]) => offset !== 0)).toEqual([
			[5, 1, 0x11],
			[6, 1, 0x22],
			[7, 1, 0x33]
		]);
	});
});

describe('what a device does of an access', () => {
	/** Causes of what the device records, a change of its line with each access, as places among the port accesses; -1 for another. */
	function causes(code: readonly number[], privileges = ALL_PRIVILEGES, prepare = (): void => {}): number[] {
		device.onAccess = () => void guest.recorder.record(KIND.irq_line, word('line', 14), word('high', 0));
		run(code, privileges, prepare);
		const { events } = guest.recorder;
		const accesses = events.flatMap(({ kind }, seq) => (kind === 'port_io' ? [seq] : []));
		for (const seq of accesses) expect(events[events[seq].cause].kind).toBe('trap');
		return events.flatMap(({ kind, cause }) => (kind === 'irq_line' ? [accesses.indexOf(cause)] : []));
	}

	it('comes after it, and is caused by it, as the access is by the trap', () => {
		expect(causes([...outAl(PORT, 1), ...inAl(PORT)])).toEqual([0, 1]);
		expect(recorded().map(([, , value]) => value)).toEqual([1, 1]);
	});

	it('is caused by a string as a whole', () => {
		expect(causes([...string(BUFFER, 3, ...REP_OUTSW), ...string(BUFFER, 2, ...REP_INSW)])).toEqual([0, 0, 0, 1, 1]);
	});

	it('is caused by an access that the guest\u2019s own bitmap permits, too', () => {
		// PHYSDEVOP_set_iobitmap of a bitmap that is all zeroes, and no privilege besides.
		const bitmap = [DATA + 0x200, 0x400];
		const give = (): void => {
			permit(guest.domain.permissions, 'ports', PORT, PORT + 7, true);
			guest.write32(DATA + 0x100, ...bitmap);
		};
		const code = [...setIopl(0), ...call(33, 7, DATA + 0x100), ...outAl(PORT, 1)];
		expect(causes(code, UNPRIVILEGED, give)).toEqual([0]);
		expect(guest.recorder.of('check').some(({ args }) => args[0] === CHECK.port_permitted && args[1] === 1)).toBe(true);
	});
});

describe('strings of accesses', () => {
	it('are done many at a time, and are one event each time', () => {
		run(string(BUFFER, 300, ...REP_INSW));
		expect(words(300)).toEqual(Array.from({ length: 300 }, (_, n) => n + 1));
		expect(device.reads).toBe(300);
		expect(recorded()).toEqual([
			[PORT, 2, 256, 256, 0],
			[PORT, 2, 300, 44, 0]
		]);
		expect(guest.recorder.of('emulate')).toHaveLength(2);
	});

	it('go both ways, and down where DF says so', () => {
		run([...string(BUFFER, 4, ...REP_OUTSW), 0xfd, ...string(BUFFER + 6, 2, ...REP_OUTSW)], ALL_PRIVILEGES, () =>
			guest.write32(BUFFER, 0x0002_0001, 0x0004_0003)
		);
		expect(device.written.map(([, , value]) => value)).toEqual([1, 2, 3, 4, 4, 3]);
	});

	it('stop where memory ends: what was taken from the port is in memory, and the rest is still to come', () => {
		// Nothing is mapped from page 32 on: the 5th word has no place.
		const end = 32 * 4096;
		const [table, handler] = [DATA + 0x100, 0x800];
		guest = new TinyGuest(undefined, 1, ALL_PRIVILEGES);
		guest.machine.bus.mountPorts(PORT, 8, device);
		guest.write(table, [...trap(14, handler), ...new Array<number>(8).fill(0)]);
		// mov %ecx, DATA; mov %edi, DATA + 4
		const note = [0x89, 0x0d, ...le32(DATA), 0x89, 0x3d, ...le32(DATA + 4)];
		guest.write(handler, [...note, ...poweroff()]);
		guest.start([...setIopl(1), ...call(0, table), ...string(end - 8, 10, ...REP_INSW)]);
		guest.run();
		expect([guest.read32(DATA), guest.read32(DATA + 4)]).toEqual([6, end]);
		expect([device.reads, words(4, end - 8)]).toEqual([4, [1, 2, 3, 4]]);
		expect(guest.v.pv.cr2 >>> 0).toBe(end);
		expect(recorded()).toEqual([[PORT, 2, 4, 4, 0]]);
	});

	it('let others in between: an interrupt does not wait for the last element', () => {
		device.onAccess = () => {
			if (device.reads === 9) guest.hv.pcpu.requestReschedule();
		};
		run(string(BUFFER, 20, ...REP_INSW));
		expect(recorded().map(([, , , times]) => times)).toEqual([10, 10]);
		expect(words(20).at(-1)).toBe(20);
	});

	it('of a count without end do not keep anybody else from running', () => {
		device.reads = 0;
		guest = new TinyGuest(undefined, 1, ALL_PRIVILEGES);
		guest.machine.bus.mountPorts(PORT, 8, device);
		const other = new TinyGuest(guest.host);
		other.start([...call(18, 0, 1, 0), ...FOREVER]);
		guest.start([...setIopl(1), ...string(0x4000, -1, 0xf3, 0x6f)]);
		guest.run(2000);
		expect(guest.recorder.of('hypercall').filter(({ dom }) => dom === other.domain.id)).toHaveLength(1);
	});
});
