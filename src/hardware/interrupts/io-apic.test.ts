import { beforeEach, describe, expect, it } from 'vitest';
import { Machine } from '../machine';
import { IO_APIC_BASE } from '../devices/pc';
import type { Trigger } from './lines';
import { ApicBus, type ApicMessage, type ApicReceiver } from './apic-bus';
import { IoApic } from './io-apic';

const [LEVEL, REMOTE_IRR, ACTIVE_LOW, MASKED, LOGICAL] = [1 << 15, 1 << 14, 1 << 13, 1 << 16, 1 << 11];

let apic: IoApic;
let sent: ApicMessage[];
beforeEach(() => {
	apic = new IoApic();
	sent = [];
	apic.send = (message) => sent.push(message);
});

const read = (index: number): number => {
	apic.write(0, 4, index);
	return apic.read(0x10);
};
const write = (index: number, value: number): void => {
	apic.write(0, 4, index);
	apic.write(0x10, 4, value >>> 0);
};
const entry = (pin: number, low: number, high = 0): void => {
	write(0x11 + 2 * pin, high);
	write(0x10 + 2 * pin, low);
};
const vectors = (): number[] => sent.map(({ vector }) => vector);

describe('the I/O APIC\u2019s registers (82093AA, 3.1 and 3.2)', () => {
	it('says that it is one with 24 entries, all masked', () => {
		expect(read(1)).toBe(0x0017_0011);
		expect(Array.from({ length: 24 }, (_, pin) => read(0x10 + 2 * pin))).toEqual(new Array(24).fill(MASKED));
		expect([read(0x40), read(3)]).toEqual([-1, -1]);
	});
	it('keeps its ID and what software may write of an entry', () => {
		write(0, -1);
		entry(3, -1, -1);
		expect([read(0), read(2), read(0x16), read(0x17)]).toEqual([0x0f00_0000, 0x0f00_0000, 0x1_afff, 0xff00_0000]);
	});
	it('is put back as it was', () => {
		entry(5, LEVEL | 0x55, 0x0100_0000);
		apic.input(5, true);
		const state = structuredClone(apic.save());
		const other = new IoApic();
		other.send = (message) => sent.push(message);
		other.restore(state);
		other.input(5, true);
		expect(vectors()).toEqual([0x55]);
		other.levelEnded(0x55);
		expect([vectors(), other.save()]).toEqual([[0x55, 0x55], state]);
		apic.reset();
		expect([read(0x1a), read(0x1b)]).toEqual([MASKED, 0]);
	});
});

describe('a pin', () => {
	it('sends each rising edge, and none that came while it was masked', () => {
		entry(4, 0x44);
		for (const high of [true, true, false, true, false]) apic.input(4, high);
		entry(4, MASKED | 0x44);
		apic.input(4, true);
		entry(4, 0x44);
		expect(vectors()).toEqual([0x44, 0x44]);
		expect(sent[0]).toEqual({ vector: 0x44, level: false, destination: 0, logical: false, lowestPriority: false });
	});
	it('sends a level once, and again at its EOI while it is there', () => {
		entry(10, LEVEL | 0x41);
		apic.input(10, true);
		expect(read(0x24) & REMOTE_IRR).toBe(REMOTE_IRR);
		apic.input(10, false);
		apic.input(10, true);
		apic.levelEnded(0x42);
		expect(vectors()).toEqual([0x41]);
		apic.levelEnded(0x41);
		expect(vectors()).toEqual([0x41, 0x41]);
		apic.input(10, false);
		apic.levelEnded(0x41);
		expect([vectors().length, read(0x24) & REMOTE_IRR]).toEqual([2, 0]);
	});
	it('holds a level back while it is masked', () => {
		entry(10, MASKED | LEVEL | 0x41);
		apic.input(10, true);
		expect(vectors()).toEqual([]);
		entry(10, LEVEL | 0x41);
		expect(vectors()).toEqual([0x41]);
	});
	it('is turned round by its polarity, edge and level', () => {
		apic.input(6, true);
		entry(6, ACTIVE_LOW | 0x46);
		apic.input(6, false);
		entry(7, ACTIVE_LOW | LEVEL | 0x47);
		expect(vectors()).toEqual([0x46, 0x47]);
	});
	it('sends nothing in other modes than fixed and lowest priority', () => {
		for (const mode of [2, 4, 5, 7]) {
			entry(4, (mode << 8) | 0x44);
			apic.input(4, true);
			apic.input(4, false);
		}
		expect(vectors()).toEqual([]);
	});
});

describe('the bus', () => {
	/** Two processors: number 0 with logical address 1, number 1 with 2. */
	const receivers = (priorities: readonly number[]) => {
		const taken: [processor: number, vector: number][] = [];
		const all = priorities.map((arbitration, number): ApicReceiver => ({
			arbitration,
			isMeant: (destination, logical) =>
				logical ? (destination & (1 << number)) !== 0 : destination === number || destination === 0xff,
			raise: (vector) => taken.push([number, vector]),
			onLevelEnd: () => {}
		}));
		new ApicBus(all).join(apic);
		return { taken, all };
	};
	const pulse = (pin: number): void => {
		apic.input(pin, true);
		apic.input(pin, false);
	};

	it('takes a message to one processor, to several, or to that with the lowest priority', () => {
		const { taken } = receivers([0x30, 0x20]);
		entry(3, 0x43, 0x0100_0000);
		entry(4, 0x44, 0xff00_0000);
		entry(5, LOGICAL | 0x45, 0x0300_0000);
		entry(6, LOGICAL | (1 << 8) | 0x46, 0x0300_0000);
		entry(7, 0x47, 0x0900_0000);
		for (const pin of [3, 4, 5, 6, 7]) pulse(pin);
		expect(taken).toEqual([
			[1, 0x43],
			[0, 0x44],
			[1, 0x44],
			[0, 0x45],
			[1, 0x45],
			[1, 0x46]
		]);
	});
	it('takes the end of a level back, from whichever processor', () => {
		const { taken, all } = receivers([0, 0]);
		entry(3, LEVEL | 0x43, 0x0100_0000);
		apic.input(3, true);
		all[1].onLevelEnd(0x43);
		expect(taken.length).toBe(2);
	});
});

describe('in a PC', () => {
	const wired = (): { machine: Machine; line: (name: `irq${number}`) => Trigger } => {
		const machine = new Machine({ ramBytes: 1 << 20 });
		return { machine, line: (name) => machine.lines.get(name).source(`test ${name}`) };
	};
	const program = (machine: Machine, pin: number, low: number, high = 0): void =>
		[high, low].forEach((value, half) => {
			machine.bus.writeMemory(IO_APIC_BASE, 4, 0x11 + 2 * pin - half);
			machine.bus.writeMemory(IO_APIC_BASE + 0x10, 4, value);
		});

	it('hears the ISA lines, the clock\u2019s at pin 2, and reaches the local APIC', () => {
		const { machine, line } = wired();
		program(machine, 2, 0x32);
		program(machine, 14, 0x3e);
		line('irq0')(true);
		expect(machine.lapic.requested).toBe(0x32);
		line('irq14')(true);
		expect(machine.lapic.acknowledge()).toBe(0x3e);
	});
	it('ends a level by the local APIC\u2019s EOI, and sends it again while its line is high', () => {
		const { machine, line } = wired();
		program(machine, 11, LEVEL | 0x4b);
		const trigger = line('irq11');
		trigger(true);
		machine.lapic.acknowledge();
		expect(machine.lapic.requested).toBe(-1);
		machine.lapic.eoi();
		expect(machine.lapic.acknowledge()).toBe(0x4b);
		trigger(false);
		machine.lapic.eoi();
		expect(machine.lapic.requested).toBe(-1);
	});
	it('reaches a processor by its logical address, flat or in a cluster', () => {
		const { machine, line } = wired();
		const { lapic } = machine;
		const trigger = line('irq9');
		const reaches = (destination: number): boolean => {
			program(machine, 9, LOGICAL | 0x49, (destination << 24) >>> 0);
			trigger(true);
			trigger(false);
			const taken = lapic.requested === 0x49;
			if (taken) {
				lapic.acknowledge();
				lapic.eoi();
			}
			return taken;
		};
		lapic.write(0xd0, 4, 0x2400_0000);
		expect([0x04, 0x20, 0x0b].map(reaches)).toEqual([true, true, false]);
		lapic.write(0xe0, 4, 0);
		expect([0x24, 0xf4, 0x14, 0x23].map(reaches)).toEqual([true, true, false, false]);
	});
	it('is saved and restored with the machine', () => {
		const { machine, line } = wired();
		program(machine, 11, LEVEL | 0x4b);
		line('irq11')(true);
		machine.lapic.acknowledge();
		const state = structuredClone(machine.save());
		machine.lapic.eoi();
		machine.restore(state);
		expect(machine.lapic.requested).toBe(-1);
		machine.lapic.eoi();
		expect(machine.lapic.requested).toBe(0x4b);
	});
});
