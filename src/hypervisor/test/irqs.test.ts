import { beforeEach, describe, expect, it } from 'vitest';
import { EBUSY, EEXIST, EINVAL, EPERM, ENOSPC, ESRCH } from '../../abi/errno';
import { SHARED_INFO, VCPU_INFO } from '../../abi/structs/xen';
import { IO_APIC_BASE } from '../../hardware/devices/pc';
import type { Trigger } from '../../hardware/interrupts/lines';
import { ALL_PRIVILEGES, UNPRIVILEGED, type Privileges } from '../core/domain';
import { destroyDomain, pauseDomain } from '../core/domains';
import { mapGsi } from '../irqs/pirqs';
import { readApic, writeApic } from '../irqs/io-apic';
import { audit } from '../mm/audit';
import { call, DATA, FOREVER, le32, mov, poweroff, store, TinyGuest, TinyHost } from './tiny-guest';

const PHYSDEV = 33;
const EVENTS = 32;
const SELF = 0x7ff0;
const [MASKED, LEVEL, LOW] = [1 << 16, 1 << 15, 1 << 13];
const CALLBACK = 0x600;
const COUNT = DATA + 0xe00;

/** Guests on one machine, and its lines as a device would raise them. */
class Bench {
	readonly host = new TinyHost();
	private readonly triggers = new Map<number, Trigger>();
	private free = DATA + 0x100;

	guest(privileges: Privileges = ALL_PRIVILEGES): TinyGuest {
		return new TinyGuest(this.host, 1, privileges);
	}
	line(irq: number, high: boolean): void {
		const known = this.triggers.get(irq) ?? this.host.machine.lines.get(`irq${irq}`).source('device');
		this.triggers.set(irq, known);
		known(high);
	}
	put(guest: TinyGuest, ...words: number[]): number {
		const at = this.free;
		this.free += words.length * 4;
		guest.write32(at, ...words);
		return at;
	}
	/** The low half of a line's entry. */
	entry(irq: number): number {
		return readApic(this.host.hv, 0x10 + 2 * irq);
	}
}

type Call = [nr: number, cmd: number, argument: number];

let bench: Bench;
beforeEach(() => (bench = new Bench()));

/** Makes the calls one after another, and powers off; their answers. */
function answers(guest: TinyGuest, calls: readonly Call[]): number[] {
	guest.start([...calls.flatMap((words, index) => [...call(...words), ...store(DATA + index * 4)]), ...poweroff()]);
	guest.run(40_000);
	expect(guest.domain.crash).toBeNull();
	expect(audit(guest.hv)).toEqual([]);
	return calls.map((_, index) => guest.read32(DATA + index * 4) | 0);
}

const map = (guest: TinyGuest, irq: number, pirq = irq, dom = SELF): Call => [
	PHYSDEV,
	13,
	bench.put(guest, dom, 1, irq, pirq, 0, 0, 0, 0, 0)
];
const setup = (guest: TinyGuest, irq: number, level: boolean, low = false): Call => [
	PHYSDEV,
	21,
	bench.put(guest, irq, (level ? 1 : 0) | (low ? 0x100 : 0))
];
const bind = (guest: TinyGuest, pirq: number, share = false): Call => [
	EVENTS,
	2,
	bench.put(guest, pirq, share ? 1 : 0, 0)
];
const end = (guest: TinyGuest, pirq: number): Call => [PHYSDEV, 12, bench.put(guest, pirq)];
const close = (guest: TinyGuest, port: number): Call => [EVENTS, 3, bench.put(guest, port)];

describe('an interrupt of the machine', () => {
	it('is mapped, described and bound; its entry in the I/O APIC is programmed then, and masked when it is closed', () => {
		const guest = bench.guest();
		expect(bench.entry(10)).toBe(MASKED);
		// Active low: the line rests high.
		bench.line(10, true);
		const bound = bind(guest, 10);
		expect(answers(guest, [map(guest, 10), setup(guest, 10, true, true), bound])).toEqual([0, 0, 0]);
		const port = guest.read32(bound[2] + 8);
		expect(guest.domain.events.channels[port]).toMatchObject({ state: 3, pirq: 10 });
		expect(bench.entry(10) & ~0xff).toBe(LEVEL | LOW);
		expect(bench.entry(10) & 0xff).toBe(0x28);
		destroyDomain(guest.hv, guest.domain);
		expect(bench.entry(10) & MASKED).toBe(MASKED);
		expect([...guest.hv.irqs.entries()].map(([irq, { guests }]) => [irq, guests])).toEqual([[10, []]]);
	});

	it('is refused as Xen refuses it', () => {
		const guest = bench.guest();
		expect(
			answers(guest, [
				bind(guest, 9999),
				bind(guest, 7),
				map(guest, 24),
				map(guest, 0),
				map(guest, 7, 9999),
				map(guest, 7),
				map(guest, 7, 8),
				map(guest, 7, -1),
				bind(guest, 7),
				bind(guest, 7),
				[PHYSDEV, 14, bench.put(guest, SELF, 8)],
				[PHYSDEV, 14, bench.put(guest, SELF, 7)],
				[PHYSDEV, 14, bench.put(guest, SELF, 7)],
				map(guest, 7),
				[PHYSDEV, 21, bench.put(guest, 24, 0)],
				map(guest, 7, 7, 77)
			])
		).toEqual([
			...[-EINVAL, -EPERM, -EINVAL, -EPERM, -EINVAL, 0, -EEXIST, 0, 0, -EEXIST],
			...[-EINVAL, 0, -EINVAL, 0, -EINVAL, -ESRCH]
		]);
		expect(bench.entry(7) & MASKED).toBe(MASKED);
	});

	it('has the number that the domain wants, or a free one beyond those of ISA', () => {
		const guest = bench.guest();
		const chosen = map(guest, 11, 40);
		const free = map(guest, 12, -1);
		const reserved = bench.put(guest, 1, 0);
		const other = bench.put(guest, 0, 0);
		expect(answers(guest, [chosen, free, [PHYSDEV, 23, reserved], [PHYSDEV, 23, other]])).toEqual([0, 0, 0, 0]);
		expect([chosen, free].map(([, , at]) => guest.read32(at + 12))).toEqual([40, 16]);
		expect([reserved, other].map((at) => guest.read32(at + 4))).toEqual([17, 220]);
	});

	it('tells its status: to be ended always, shared where it is', () => {
		const [guest, other] = [bench.guest(), bench.guest()];
		for (const each of [guest, other]) mapGsi(each.hv, each.domain, each.domain, 9, 9);
		const status = bench.put(guest, 9, 0);
		const calls: Call[] = [bind(other, 9, true), bind(other, 9, true)];
		expect(answers(other, calls.slice(0, 1))).toEqual([0]);
		expect(answers(guest, [[PHYSDEV, 5, status], bind(guest, 9), bind(guest, 9, true)])).toEqual([0, -EBUSY, 0]);
		expect(guest.read32(status + 4)).toBe(1);
		expect(guest.hv.irqs.of(9).guests).toEqual([other.domain.id, guest.domain.id]);
	});

	it('is for domains without devices only what they were given', () => {
		const guest = bench.guest(UNPRIVILEGED);
		mapGsi(guest.hv, guest.hv.domains.get(0)!, guest.domain, 5, 5);
		expect(
			answers(guest, [map(guest, 6), setup(guest, 6, true), bind(guest, 6), bind(guest, 5), [PHYSDEV, 23, DATA]])
		).toEqual([-EPERM, -EPERM, -EPERM, 0, -ENOSPC]);
	});

	it('is programmed by the hardware domain\u2019s own way, too: the entry\u2019s vector is the number that it wants', () => {
		const guest = bench.guest();
		const vector = bench.put(guest, 11, 0);
		const read = bench.put(guest, IO_APIC_BASE, 1, 0);
		const write = bench.put(guest, IO_APIC_BASE, 0x10 + 2 * 11, LEVEL | 33);
		expect(
			answers(guest, [
				[PHYSDEV, 10, vector],
				[PHYSDEV, 8, read],
				[PHYSDEV, 9, write],
				[PHYSDEV, 9, bench.put(guest, 0x1000, 0x10, 0)],
				bind(guest, 33)
			])
		).toEqual([0, 0, 0, -EINVAL, 0]);
		expect([guest.read32(vector + 4), guest.read32(read + 8)]).toEqual([11, 0x0017_0011]);
		expect(bench.entry(11)).toBe(LEVEL | 0x28);
	});
});

/** Counts upcalls, takes the pending bits of port 1 to 31 back, ends interrupt `pirq` if it shall, and goes back by iret. */
function server(guest: TinyGuest, pirq: number, { ends = true, level = false } = {}): void {
	/** Page 16, where the guest maps its shared_info. */
	const info = 0x1_0000;
	const eoi = bench.put(guest, pirq);
	const bytes = [
		// push EAX, EBX, ECX and EDX
		...[0x50, 0x53, 0x51, 0x52],
		// One more; nothing is pending any more
		...[0xff, 0x05, ...le32(COUNT)],
		...[0xc6, 0x05, ...le32(info + VCPU_INFO.at.evtchn_upcall_pending), 0],
		...[0xc7, 0x05, ...le32(info + VCPU_INFO.at.evtchn_pending_sel), ...le32(0)],
		...[0xc7, 0x05, ...le32(info + SHARED_INFO.at.evtchn_pending), ...le32(0)],
		...(ends ? call(PHYSDEV, 12, eoi) : []),
		...[0x5a, 0x59, 0x5b],
		// struct iret_context is the frame that there is, with EAX pushed on it.
		...mov(0, 23),
		...[0xcd, 0x82]
	];
	guest.write(CALLBACK, bytes);
	mapGsi(guest.hv, guest.domain, guest.domain, pirq, pirq);
	if (level) guest.hv.irqs.configure(guest.hv, pirq, true, false);
	const bound = bind(guest, pirq);
	guest.start([
		// update_va_mapping(page 16, shared_info)
		...call(14, info, ((guest.domain.sharedInfo << 12) | 7) >>> 0, 0, 0),
		...call(4, 0xe019, CALLBACK, 0xe019, CALLBACK),
		...call(...bound),
		...[0xc6, 0x05, ...le32(info + VCPU_INFO.at.evtchn_upcall_mask), 0],
		...FOREVER
	]);
	guest.machine.run(5000);
}

describe('a device that raises its line', () => {
	it('by an edge: the domain that has it is told, each time', () => {
		const guest = bench.guest();
		server(guest, 14, { ends: false });
		for (let n = 1; n <= 3; n++) {
			bench.line(14, true);
			bench.line(14, false);
			guest.machine.run(2000);
			expect(guest.read32(COUNT)).toBe(n);
		}
		expect(guest.recorder.of('pirq').map(({ args, dom }) => [dom, ...args])).toEqual(
			new Array(3).fill([guest.domain.id, guest.domain.id, 14, 14, 1])
		);
		expect(bench.entry(14) & MASKED).toBe(0);
		expect(audit(guest.hv)).toEqual([]);
	});

	it('by a level: it is masked until it is ended, and comes again while the line is high', () => {
		const guest = bench.guest();
		server(guest, 11, { level: true });
		bench.line(11, true);
		guest.machine.run(6000);
		const before = guest.read32(COUNT);
		expect(before).toBeGreaterThan(1);
		bench.line(11, false);
		guest.machine.run(6000);
		expect(guest.read32(COUNT) - before).toBeLessThanOrEqual(1);
		expect(bench.entry(11) & MASKED).toBe(0);
	});

	it('by a level that nobody ends: it is told once, and keeps nobody from working', () => {
		const guest = bench.guest();
		server(guest, 11, { level: true, ends: false });
		bench.line(11, true);
		guest.machine.run(20_000);
		expect([guest.read32(COUNT), bench.entry(11) & MASKED]).toEqual([1, MASKED]);
		expect([...guest.domain.events.pirqs.values()]).toEqual([{ irq: 11, port: 1, masked: true }]);
	});

	it('is the cause of what follows: interrupt, pirq, pending port, upcall', () => {
		const guest = bench.guest();
		server(guest, 14);
		bench.line(14, true);
		guest.machine.run(2000);
		const { events } = guest.recorder;
		const upcall = events.findLast(({ kind }) => kind === 'upcall')!;
		const chain = [upcall];
		while (chain[0].cause >= 0 && chain.length < 5) chain.unshift(events[chain[0].cause]);
		expect(chain.map(({ kind }) => kind).slice(-4)).toEqual(['interrupt', 'pirq', 'event_pending', 'upcall']);
	});

	it('goes on after a restore: bindings, masks and what is still to be ended', () => {
		const guest = bench.guest();
		server(guest, 11, { level: true, ends: false });
		bench.line(11, true);
		guest.machine.run(2000);
		const saved = structuredClone([guest.machine.save(), guest.hv.save()] as const);
		const { irqs } = guest.hv;
		irqs.end(guest.hv, guest.domain, 11);
		guest.machine.run(4000);
		expect(guest.read32(COUNT)).toBe(2);
		destroyDomain(guest.hv, guest.domain);
		guest.machine.run(4000);
		guest.machine.restore(saved[0]);
		guest.hv.restore(saved[1]);
		expect(irqs.of(11)).toMatchObject({ guests: [guest.domain.id], inFlight: 1, level: true });
		irqs.end(guest.hv, guest.hv.domains.get(guest.domain.id)!, 11);
		guest.machine.run(4000);
		expect(guest.read32(COUNT)).toBe(2);
	});
});

describe('a shared line', () => {
	it('is told to all, and unmasked when the last has ended it, or is gone', () => {
		const [a, b] = [bench.guest(), bench.guest()];
		const { hv } = a;
		for (const guest of [a, b]) {
			mapGsi(hv, guest.domain, guest.domain, 10, 10);
			guest.start(FOREVER);
			pauseDomain(hv, guest.domain);
		}
		hv.irqs.configure(hv, 10, true, false);
		for (const guest of [a, b]) {
			guest.domain.events.channels.push({ ...channel }, { ...channel, state: 3, pirq: 10 });
			guest.domain.events.pirqs.get(10)!.port = 1;
			expect(hv.irqs.bind(hv, guest.domain, 10, 10, true)).toBe(0);
		}
		bench.line(10, true);
		a.machine.run(500);
		bench.line(10, false);
		expect([hv.irqs.of(10).inFlight, bench.entry(10) & MASKED]).toEqual([2, MASKED]);
		hv.irqs.end(hv, a.domain, 10);
		hv.irqs.end(hv, a.domain, 10);
		expect([hv.irqs.of(10).inFlight, bench.entry(10) & MASKED]).toEqual([1, MASKED]);
		expect(audit(hv)).toEqual([]);
		destroyDomain(hv, b.domain);
		expect(audit(hv)).toEqual([]);
		expect([hv.irqs.of(10).guests, bench.entry(10) & MASKED]).toEqual([[a.domain.id], 0]);
	});
});

const channel = {
	state: 0,
	vcpu: 0,
	remoteDom: 0,
	remotePort: 0,
	virq: 0,
	pirq: 0,
	priority: 7,
	pending: false,
	native: false
};

describe('the auditor', () => {
	it('finds what does not fit: a line that is open, an end that nobody owes, a port that is another\u2019s', () => {
		const guest = bench.guest();
		expect(answers(guest, [map(guest, 10), bind(guest, 10)])).toEqual([0, 0]);
		const { hv, domain } = guest;
		const info = domain.events.pirqs.get(10)!;
		info.masked = true;
		expect(audit(hv)).toEqual(['line 10 waits for 0 ends, 1 domains owe one']);
		Object.assign(info, { masked: false, port: 9 });
		expect(audit(hv)).toEqual([`port 9 of d${domain.id} is not of its interrupt 10`]);
		info.port = 1;
		writeApic(hv, 0x10 + 2 * 10, MASKED | 0x28);
		expect(audit(hv)).toEqual(['line 10 is masked at the I/O APIC']);
	});
});

describe('the page for the ends of interrupts', () => {
	it('has a bit for each that wants its end told: for levels', () => {
		const guest = bench.guest();
		const page = bench.put(guest, guest.mfn(9));
		expect(
			answers(guest, [
				[PHYSDEV, 28, page],
				map(guest, 10),
				map(guest, 14),
				setup(guest, 10, true),
				bind(guest, 10),
				bind(guest, 14)
			])
		).toEqual([0, 0, 0, 0, 0, 0]);
		expect(guest.read32(9 << 12)).toBe(1 << 10);
	});
	it('by its older number: an end also opens the port', () => {
		const guest = bench.guest();
		const calls: Call[] = [
			[PHYSDEV, 17, bench.put(guest, guest.mfn(9))],
			map(guest, 10),
			bind(guest, 10),
			end(guest, 10),
			close(guest, 1),
			end(guest, 10),
			end(guest, 12)
		];
		expect(answers(guest, calls)).toEqual([0, 0, 0, 0, 0, 0, -EINVAL]);
		expect(guest.domain.events.autoUnmask).toBe(true);
	});
});
