/** The two 8259A, by their ports and inputs; and their way through the local APIC into a handler. */
import { beforeEach, describe, expect, it } from 'vitest';
import { NullRecorder } from '../../../trace/events';
import { sameHowever, image } from '../../engines/cut-runs';
import { Machine } from '../../machine';
import { codeOf, flatRings, gate, GDT, IDT, inRing, ListRecorder, put } from '../../testing';
import type { Fitting } from '../device';
import { PIT_HZ } from '../pit';
import { TIMER } from '../timers/timer';
import { PICS, Pics } from './pics';

const [MASTER, SLAVE, ELCR] = [0, 2, 4];
let pics: Pics;
let int: boolean;
const out = (chip: number, a0: number, ...values: number[]): void =>
	values.forEach((value) => pics.write(chip + a0, 1, value));
/** As a PC's firmware does: edges, vectors 20h and 28h, nothing masked. */
const initialize = (icw4 = 1, icw1 = 0x11): void => {
	out(MASTER, 0, icw1);
	out(MASTER, 1, 0x20, 4, icw4);
	out(SLAVE, 0, icw1);
	out(SLAVE, 1, 0x28, 2, icw4);
};
const raise = (...pins: number[]): void => pins.forEach((pin) => pics.input(pin, true));
const lower = (...pins: number[]): void => pins.forEach((pin) => pics.input(pin, false));
const irr = (chip: number): number => (out(chip, 0, 0x0a), pics.read(chip));
const isr = (chip: number): number => (out(chip, 0, 0x0b), pics.read(chip));
/** What is acknowledged while something is asked for. */
const taken = (): number[] => {
	const vectors: number[] = [];
	while (int) vectors.push(pics.acknowledge());
	return vectors;
};
const EOI = 0x20;

beforeEach(() => {
	pics = new Pics();
	int = false;
	pics.trigger = (high) => (int = high);
});

describe('at power-on', () => {
	it('all is masked, with the vectors of a PC', () => {
		raise(0, 8);
		expect([int, pics.read(1), pics.read(3), irr(MASTER), irr(SLAVE)]).toEqual([false, 0xff, 0xff, 1, 1]);
		out(MASTER, 1, 0xfa);
		out(SLAVE, 1, 0xfe);
		expect(pics.acknowledge()).toBe(0x08);
		out(MASTER, 0, EOI);
		expect(pics.acknowledge()).toBe(0x70);
	});
	it('initialization begins anew: nothing masked or in service, edges must come again, IRR is read', () => {
		out(MASTER, 1, 0xfe);
		raise(0);
		pics.acknowledge();
		raise(3);
		isr(MASTER);
		initialize();
		expect([int, pics.read(0), pics.read(1), isr(MASTER)]).toEqual([false, 0, 0, 0]);
	});
	it('a chip alone awaits no third word, and a fourth only where the first says so', () => {
		out(MASTER, 0, 0x12);
		out(MASTER, 1, 0x40, 0xfe);
		expect(pics.read(1)).toBe(0xfe);
		raise(0);
		expect(pics.acknowledge()).toBe(0x40);
	});
});

describe('priorities', () => {
	beforeEach(() => initialize());

	it('the most urgent is taken first, and holds back itself and all behind it until its end', () => {
		raise(4, 1);
		expect([taken(), irr(MASTER), isr(MASTER)]).toEqual([[0x21], 0x10, 0x02]);
		raise(0);
		expect([taken(), isr(MASTER)]).toEqual([[0x20], 0x03]);
		out(MASTER, 0, EOI);
		expect([int, isr(MASTER)]).toEqual([false, 0x02]);
		out(MASTER, 0, EOI);
		expect([taken(), isr(MASTER)]).toEqual([[0x24], 0x10]);
	});

	it('a specific end names its input', () => {
		raise(1);
		taken();
		raise(0);
		taken();
		out(MASTER, 0, 0x61);
		expect(isr(MASTER)).toBe(0x01);
	});

	it('a masked request waits for its mask', () => {
		out(MASTER, 1, 0x08);
		raise(3);
		expect([int, irr(MASTER)]).toEqual([false, 8]);
		out(MASTER, 1, 0);
		expect(taken()).toEqual([0x23]);
	});

	it('the slave stands where its input does: before 3, behind 1', () => {
		raise(3, 14, 9, 1);
		expect(taken()).toEqual([0x21]);
		out(MASTER, 0, EOI);
		expect([taken(), isr(MASTER), isr(SLAVE), irr(MASTER) & 4]).toEqual([[0x29], 4, 2, 0]);
		out(SLAVE, 0, EOI);
		expect(taken()).toEqual([]);
		out(MASTER, 0, EOI);
		expect(taken()).toEqual([0x2e]);
		out(SLAVE, 0, EOI);
		out(MASTER, 0, EOI);
		expect(taken()).toEqual([0x23]);
	});

	it('special fully nested, the slave interrupts itself by what is more urgent', () => {
		const second = (icw4: number): number[] => {
			pics.reset();
			lower(8, 12);
			initialize(icw4);
			raise(12);
			taken();
			raise(8);
			return taken();
		};
		expect([second(0x01), second(0x11)]).toEqual([[], [0x28]]);
	});

	it('rotates on an end, specifically, and by a priority set', () => {
		raise(3, 4, 5);
		taken();
		out(MASTER, 0, 0xa0);
		expect(taken()).toEqual([0x24]);
		out(MASTER, 0, 0xe4);
		expect(taken()).toEqual([0x25]);
		out(MASTER, 0, 0x65);
		lower(3, 4, 5);
		out(MASTER, 0, 0xc5);
		raise(5, 0, 6);
		expect(taken()).toEqual([0x26]);
	});

	it('the special mask lets the rest through while one is in service and masked', () => {
		raise(1);
		taken();
		raise(6);
		out(MASTER, 1, 0x02);
		expect(int).toBe(false);
		out(MASTER, 0, 0x68);
		expect(taken()).toEqual([0x26]);
		out(MASTER, 0, EOI);
		expect(isr(MASTER)).toBe(0x02);
		out(MASTER, 0, 0x48);
		raise(7);
		expect(int).toBe(false);
	});
});

describe('automatic end of interrupt', () => {
	it('nothing stays in service, on the slave neither; what waits on the slave is another edge', () => {
		initialize(3);
		raise(9, 14);
		expect([taken(), isr(MASTER), isr(SLAVE)]).toEqual([[0x29, 0x2e], 0, 0]);
	});
	it('rotates, where that was asked for', () => {
		const order = (ocw2: number): number[] => {
			pics.reset();
			lower(3, 4);
			initialize(3);
			out(MASTER, 0, ocw2);
			raise(3);
			const vectors = taken();
			lower(3);
			raise(3, 4);
			return [...vectors, ...taken()];
		};
		expect([order(0x00), order(0x80)]).toEqual([
			[0x23, 0x23, 0x24],
			[0x23, 0x24, 0x23]
		]);
	});
});

describe('edges and levels', () => {
	beforeEach(() => initialize());

	it('an edge counts once, and is gone when its input falls before it was taken', () => {
		raise(5);
		expect(taken()).toEqual([0x25]);
		out(MASTER, 0, EOI);
		expect(int).toBe(false);
		lower(5);
		raise(5);
		lower(5);
		expect([int, pics.acknowledge(), isr(MASTER)]).toEqual([false, 0x27, 0]);
	});

	it('a level comes again after each end', () => {
		out(ELCR, 0, 0x20);
		raise(5);
		expect(taken()).toEqual([0x25]);
		out(MASTER, 0, EOI);
		expect(taken()).toEqual([0x25]);
		lower(5);
		out(MASTER, 0, EOI);
		expect(int).toBe(false);
	});

	it('ICW1 makes all of them levels', () => {
		initialize(1, 0x19);
		raise(5);
		taken();
		out(MASTER, 0, EOI);
		expect(taken()).toEqual([0x25]);
	});

	it('some inputs are always edges', () => {
		out(ELCR, 0, 0xff);
		out(ELCR, 1, 0xff);
		expect([pics.read(4), pics.read(5)]).toEqual([0xf8, 0xde]);
	});
});

describe('a poll', () => {
	it('acknowledges by a read, and gives none as zero; the read after it is one as before', () => {
		initialize();
		raise(3);
		out(MASTER, 0, 0x0c);
		expect([pics.read(0), int, isr(MASTER)]).toEqual([0x83, false, 8]);
		out(MASTER, 0, 0x0c);
		expect([pics.read(1), pics.read(1)]).toEqual([0, 0]);
	});
});

describe('its state', () => {
	it('goes on where it was saved, in the middle of an initialization', () => {
		initialize();
		raise(9);
		taken();
		out(MASTER, 0, 0x11);
		out(MASTER, 1, 0x60);
		const other = new Pics();
		other.restore(structuredClone(pics.save()));
		for (const one of [pics, other]) {
			one.write(1, 1, 4);
			one.write(1, 1, 1);
			one.input(0, true);
		}
		expect([other.save(), other.acknowledge()]).toEqual([pics.save(), 0x60]);
	});
});

// --- into a program --------------------------------------------------------------------------------------------

const [PROGRAM, HANDLER] = [0x5000, 0x6000];
const ECX = 1 << 1;
const LVT_LINT0 = 0x350;
const EXT_INT = 7 << 8;
/** inc ecx; mov al, 20h; out 20h, al; iret */
const COUNT = [0x41, 0xb0, 0x20, 0xe6, 0x20, 0xcf];

class Blank extends NullRecorder {
	override record(): number {
		return 0;
	}
}

/** A machine that counts for ever, and takes vector 20h by a handler that counts in ECX and ends the interrupt. */
function program(devices: readonly Fitting[] = [PICS, TIMER]): Machine {
	const m = new Machine({ ramBytes: 0x10_0000, devices, recorder: new Blank() });
	Object.assign(m.cpu.gdtr, { base: GDT, limit: 0x7ff });
	Object.assign(m.cpu.idtr, { base: IDT, limit: 0x7ff });
	flatRings({ cpu: m.cpu, memory: m.memory, recorder: new ListRecorder() });
	inRing(m.cpu, 0);
	put(m.memory, IDT, 0x20, gate(14, codeOf(0), HANDLER, 0));
	// again: inc edi; inc edi; inc edi; jmp again
	m.memory.copyIn(PROGRAM, Uint8Array.of(0x47, 0x47, 0x47, 0xeb, 0xfb));
	m.memory.copyIn(HANDLER, Uint8Array.from(COUNT));
	m.cpu.setEflags(0x202);
	const ports: [number, number][] = [
		[0x20, 0x11],
		[0x21, 0x20],
		[0x21, 4],
		[0x21, 1],
		[0x21, 0xfe]
	];
	for (const [port, value] of ports) m.bus.writePort(port, 1, value);
	return m;
}
/** Counter 0 in mode 2, `count` counts long. */
function startTimer(m: Machine, count: number): void {
	m.bus.writePort(0x43, 1, 0x34);
	m.bus.writePort(0x40, 1, count & 0xff);
	m.bus.writePort(0x40, 1, count >>> 8);
}

describe('by the local APIC\u2019s ExtINT', () => {
	it('the vector is the controller\u2019s, the end is told to it, and the APIC has nothing in service', () => {
		const m = program();
		m.lapic.write(LVT_LINT0, 4, EXT_INT);
		startTimer(m, 20);
		const counts = (20 * m.clock.hz) / PIT_HZ;
		m.run(1_000_000, m.clock.now + 10.5 * counts);
		// OUT rises when the mode is set, and at the end of each round.
		expect([m.cpu.s[ECX], m.lapic.inService, m.lapic.requested]).toEqual([11, -1, -1]);
	});

	it('nothing comes through while the entry is masked or fixed without its own vector\u2019s leave; it waits as a level', () => {
		const m = program();
		startTimer(m, 0x1000);
		m.run(1_000_000, m.clock.now + (0x1800 * m.clock.hz) / PIT_HZ);
		expect([m.lines.get('lint0').high, m.cpu.s[ECX]]).toEqual([true, 0]);
		m.lapic.write(LVT_LINT0, 4, EXT_INT);
		m.run(10);
		expect(m.cpu.s[ECX]).toBe(1);
	});

	it('without a controller there is nobody to ask', () => {
		const m = program([]);
		m.lapic.write(LVT_LINT0, 4, EXT_INT);
		m.lapic.input(0, true);
		m.run(100);
		expect(m.cpu.s[ECX]).toBe(0);
	});

	it('a request of the APIC\u2019s own goes first', () => {
		const m = program();
		m.lapic.write(LVT_LINT0, 4, EXT_INT);
		m.cpu.setEflags(2);
		startTimer(m, 4);
		m.run(1000);
		m.lapic.raise(0x90);
		expect([m.lapic.acknowledge(), m.lapic.acknowledge()]).toEqual([0x90, 0x20]);
	});

	const prepared = (): Machine => {
		const m = program();
		m.lapic.write(LVT_LINT0, 4, EXT_INT);
		startTimer(m, 4);
		return m;
	};
	const whole = prepared();
	whole.run(60_000);
	it('a history with a timer rings', () => expect(whole.cpu.s[ECX]).toBeGreaterThan(2));
	sameHowever(prepared, 60_000, image(whole.save()), { seed: 5, most: 4000, cycles: 997 });
});
