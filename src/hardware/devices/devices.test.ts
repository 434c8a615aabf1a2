/** Devices of a list: mounted, found, wired, saved and reset; and their lines, through the real local APIC into a program's handler. */
import { describe, expect, it } from 'vitest';
import { Bug } from '../../base';
import { NullRecorder } from '../../trace/events';
import { Alarm, type AlarmState } from '../alarm';
import { image, sameHowever } from '../engines/cut-runs';
import type { LineName, Trigger } from '../interrupts/lines';
import { Machine } from '../machine';
import { codeOf, flatRings, gate, GDT, IDT, inRing, ListRecorder, put } from '../testing';
import type { Device, Fitting, Site } from './device';
import { COM1_PORTS, PC_DEVICES } from './pc';
import { Uart } from './uart';

/**
 * A bell: rings every so many cycles, as written to offset 0, by raising its line; reading offset 0 gives how often and lowers the line.
 * Offset 4 is a word of its own.
 */
class Bell implements Device<{ period: number; rings: number; word: number; alarm: AlarmState }> {
	trigger: Trigger = () => {};
	private period = 0;
	private rings = 0;
	private word = 0;
	private readonly alarm: Alarm;

	constructor({ clock }: Site) {
		this.alarm = new Alarm(clock, (due) => {
			this.rings++;
			this.trigger(true);
			this.alarm.set(due + this.period);
		});
		this.now = () => clock.now;
	}
	private readonly now: () => number;

	read(offset: number): number {
		if (offset !== 0) return this.word;
		this.trigger(false);
		return this.rings;
	}
	write(offset: number, _size: number, value: number): void {
		if (offset !== 0) this.word = value;
		else {
			this.period = value;
			if (value > 0) this.alarm.set(this.now() + value);
			else this.alarm.cancel();
		}
	}
	reset(): void {
		this.alarm.cancel();
		this.period = this.rings = this.word = 0;
		this.trigger(false);
	}
	save() {
		return { period: this.period, rings: this.rings, word: this.word, alarm: this.alarm.save() };
	}
	restore({ period, rings, word, alarm }: ReturnType<Bell['save']>): void {
		Object.assign(this, { period, rings, word });
		this.alarm.restore(alarm);
	}
}

/** A controller of interrupts as plain as can be: its line is high while one of its inputs is. */
class Gatherer implements Device<number> {
	trigger: Trigger = () => {};
	private pins = 0;
	input(pin: number, high: boolean): void {
		this.pins = high ? this.pins | (1 << pin) : this.pins & ~(1 << pin);
		this.trigger(this.pins !== 0);
	}
	read(): number {
		return this.pins;
	}
	write(): void {}
	reset(): void {}
	save(): number {
		return this.pins;
	}
	restore(pins: number): void {
		this.pins = pins;
	}
}

const WINDOW = 0xb_8000;
const bell = (name: string, port: number, line?: LineName): Fitting => ({
	name,
	make: (site) => new Bell(site),
	ports: [[port, 8]],
	line
});

describe('a list of devices', () => {
	const machine = (devices: readonly Fitting[]) => new Machine({ ramBytes: 0x10_0000, devices });

	it('takes a row for a device: it is made, mounted at ports and in memory, found, saved and reset', () => {
		const fittings: Fitting[] = [
			...PC_DEVICES,
			{
				...bell('bell', 0x300, 'irq5'),
				ports: [
					[0x300, 1],
					[0x400, 4, 4]
				],
				memory: [[WINDOW, 0x1000]]
			}
		];
		const m = machine(fittings);
		m.bus.writePort(0x400, 4, 0x1234_5678);
		expect([m.bus.readPort(0x400, 4), m.bus.read(WINDOW + 4, 4)]).toEqual([0x1234_5678, 0x1234_5678]);
		expect([...m.devices].map(([name]) => name)).toEqual([...PC_DEVICES.map(({ name }) => name), 'bell']);
		expect(m.devices.get(Bell).save().word).toBe(0x1234_5678);
		const state = structuredClone(m.save());
		expect(state.devices).toMatchObject({ bell: { word: 0x1234_5678 } });
		m.reset();
		expect(m.bus.readPort(0x400, 4)).toBe(0);
		const other = machine(fittings);
		other.restore(state);
		expect(other.bus.readPort(0x400, 4)).toBe(0x1234_5678);
	});

	it('gives a device by its class, and by its name where there are several', () => {
		const m = machine([bell('high', 0x300), bell('low', 0x310), ...PC_DEVICES]);
		m.bus.writePort(0x314, 4, 7);
		expect([m.devices.get(Bell).save().word, m.devices.get(Bell, 'low').save().word]).toEqual([0, 7]);
		expect(m.devices.get(Uart)).toBe(m.devices.get(Uart, 'com1'));
		expect(() => m.devices.get(Gatherer)).toThrow(Bug);
		expect(() => m.devices.get(Uart, 'low')).toThrow(/no such device/);
	});

	it('refuses what cannot be', () => {
		expect(() => machine([bell('bell', 0x300), bell('bell', 0x310)])).toThrow(/two devices have one name/);
		const silent: Fitting = { name: 'silent', make: (site) => Object.assign(new Bell(site), { trigger: undefined }) };
		expect(() => machine([{ ...silent, line: 'irq1' }])).toThrow(/without a trigger/);
		expect(() => machine([{ ...bell('deaf', 0x300), inputs: ['irq1'] }])).toThrow(/hears none/);
		const state = machine(PC_DEVICES).save();
		expect(() => machine([bell('bell', 0x300)]).restore(state)).toThrow(/not those that are here/);
	});

	it('the serial line gets words of two bytes as an ISA bus makes them', () => {
		const m = machine(PC_DEVICES);
		let sent = '';
		m.devices.get(Uart).onByte = (byte) => (sent += String.fromCharCode(byte));
		m.bus.writePort(COM1_PORTS, 2, 0x0141);
		expect([sent, m.bus.readPort(COM1_PORTS, 2)]).toEqual(['A', 0x0100]);
		expect([m.lines.get('irq4').high, m.lines.save()]).toEqual([false, {}]);
		m.bus.writePort(COM1_PORTS + 1, 1, 3);
		expect([m.lines.get('irq4').high, m.save().lines]).toEqual([true, { irq4: ['com1'] }]);
	});
});

// --- lines into a program ------------------------------------------------------------------------------------------

const [PROGRAM, HANDLER] = [0x5000, 0x6000];
const VECTOR = 0x60;
const [HIGH, LOW] = [0x300, 0x310];
const [EDGE, LEVEL] = [0, 1 << 15];
const [EBX, ECX, EDX] = [3 << 1, 1 << 1, 2 << 1];
/** The local APIC's entry of LINT0 and its end-of-interrupt register. */
const [LVT_LINT0, EOI] = [0x350, 0x0b0];

/** inc ecx; mov dx, port; in eax, dx; add ebx, eax */
const answer = (port: number): number[] => [0x41, 0x66, 0xba, port & 0xff, port >> 8, 0xed, 0x01, 0xc3];
/** mov dword [fee000b0], 0; iret */
const END = [0xc7, 0x05, EOI, 0, 0xe0, 0xfe, 0, 0, 0, 0, 0xcf];

/** Numbers no event, so that histories from another machine's past are equal in causes too. */
class Blank extends NullRecorder {
	override record(): number {
		return 0;
	}
}

/** A machine with `devices` that counts in EAX's neighbour EDI for ever, and takes vector 60h by `handler`. */
function program(devices: readonly Fitting[], mode: number, handler: readonly number[]): Machine {
	const m = new Machine({ ramBytes: 0x10_0000, devices, recorder: new Blank() });
	Object.assign(m.cpu.gdtr, { base: GDT, limit: 0x7ff });
	Object.assign(m.cpu.idtr, { base: IDT, limit: 0x7ff });
	flatRings({ cpu: m.cpu, memory: m.memory, recorder: new ListRecorder() });
	inRing(m.cpu, 0);
	put(m.memory, IDT, VECTOR, gate(14, codeOf(0), HANDLER, 0));
	// again: inc edi; inc edi; inc edi; jmp again
	m.memory.copyIn(PROGRAM, Uint8Array.of(0x47, 0x47, 0x47, 0xeb, 0xfb));
	m.memory.copyIn(HANDLER, Uint8Array.from(handler));
	m.cpu.setEflags(0x202);
	m.lapic.write(LVT_LINT0, 4, mode | VECTOR);
	return m;
}
const twoBells = [bell('high', HIGH, 'lint0'), bell('low', LOW, 'lint0')];
const trigger = (m: Machine, name: string): Trigger => m.devices.get(Bell, name).trigger;

describe('a line into a handler of the program', () => {
	it('an edge is taken once, however long the line stays high', () => {
		const m = program(twoBells, EDGE, [0x41, ...END]);
		trigger(m, 'high')(true);
		m.run(100);
		expect([m.cpu.s[ECX], m.lapic.inService]).toEqual([1, -1]);
		trigger(m, 'high')(false);
		m.run(100);
		trigger(m, 'high')(true);
		m.run(100);
		expect(m.cpu.s[ECX]).toBe(2);
	});

	it('a level comes again after each EOI, until the device is answered', () => {
		const m = program(twoBells, LEVEL, [...answer(LOW), ...END]);
		trigger(m, 'high')(true);
		m.run(100);
		const taken = m.cpu.s[ECX];
		expect(taken).toBeGreaterThan(5);
		trigger(m, 'high')(false);
		m.run(100);
		expect(m.cpu.s[ECX]).toBeLessThanOrEqual(taken + 1);
	});

	it('two devices that share it are both heard as a level; as an edge the second is lost while the first is up', () => {
		const both = (mode: number): number => {
			// A handler that answers one device, whichever: the port is in EBP, and the next time the other's.
			// inc ecx; mov edx, ebp; in eax, dx; xor ebp, 10h; EOI; iret
			const m = program(twoBells, mode, [0x41, 0x89, 0xea, 0xed, 0x83, 0xf5, HIGH ^ LOW, ...END]);
			m.cpu.s[5 << 1] = HIGH;
			trigger(m, 'high')(true);
			trigger(m, 'low')(true);
			m.run(200);
			expect(m.lines.get('lint0').high).toBe(mode === EDGE);
			return m.cpu.s[ECX];
		};
		expect([both(LEVEL), both(EDGE)]).toEqual([2, 1]);
	});

	it('a masked level waits for its entry to be opened, a masked edge is lost', () => {
		const masked = (mode: number): number => {
			const m = program(twoBells, (1 << 16) | mode, [...answer(HIGH), ...END]);
			trigger(m, 'high')(true);
			m.run(50);
			expect(m.cpu.s[ECX]).toBe(0);
			m.lapic.write(LVT_LINT0, 4, mode | VECTOR);
			m.run(50);
			return m.cpu.s[ECX];
		};
		expect([masked(LEVEL), masked(EDGE)]).toEqual([1, 0]);
	});

	it('a halted processor is woken by the appointment of a device', () => {
		const m = program(twoBells, LEVEL, [...answer(HIGH), ...END]);
		// mov dx, 300h; mov eax, 5000; out dx, eax; hlt; inc edx; jmp $
		const code = [0x66, 0xba, HIGH & 0xff, HIGH >> 8, 0xb8, 0x88, 0x13, 0, 0, 0xef, 0xf4, 0x42, 0xeb, 0xfe];
		m.memory.copyIn(PROGRAM, Uint8Array.from(code));
		m.run(12);
		expect([m.cpu.s[ECX], m.cpu.s[EBX], m.cpu.s[EDX]]).toEqual([1, 1, HIGH + 1]);
		expect(m.clock.now).toBeGreaterThan(5000);
	});

	it('goes by way of a controller that is one more device', () => {
		const devices: Fitting[] = [
			bell('high', HIGH, 'irq5'),
			bell('low', LOW, 'irq6'),
			{ name: 'pic', make: () => new Gatherer(), ports: [[0x20, 4]], inputs: ['irq5', 'irq6'], line: 'lint0' }
		];
		// Which inputs are up, added up in EBX; both bells are answered.
		const handler = [...answer(0x20), 0x66, 0xba, LOW & 0xff, LOW >> 8, 0xed, 0xb2, HIGH & 0xff, 0xed, ...END];
		const m = program(devices, LEVEL, handler);
		trigger(m, 'low')(true);
		trigger(m, 'high')(true);
		m.run(100);
		expect([m.cpu.s[ECX], m.cpu.s[EBX], m.lines.get('lint0').high]).toEqual([1, 3, false]);
		trigger(m, 'low')(true);
		m.run(100);
		expect([m.cpu.s[ECX], m.cpu.s[EBX]]).toEqual([2, 5]);
	});
});

/** Instructions of a whole history. */
const LENGTH = 5000;

describe.each([
	['levels', LEVEL],
	['edges', EDGE]
])('a history with bells that ring by %s is the same', (_name, mode) => {
	const prepared = (): Machine => {
		// Two that share a line of edges would block it for ever once one rings between the answers to both.
		const other = bell('low', LOW, mode === LEVEL ? 'lint0' : 'irq7');
		const m = program([twoBells[0], other], mode, [...answer(HIGH), ...answer(LOW), ...END]);
		m.bus.writePort(HIGH, 4, 2000);
		m.bus.writePort(LOW, 4, 3100);
		return m;
	};
	const whole = prepared();
	whole.run(LENGTH);
	it('and they do ring', () => expect(whole.cpu.s[ECX]).toBeGreaterThan(10));
	sameHowever(prepared, LENGTH, image(whole.save()), { seed: 5, most: 100, cycles: 97 });
});

describe('a reset', () => {
	it('makes all of the machine as it was at power-on, but for RAM, time and the count of instructions', () => {
		const m = program(twoBells, LEVEL, [...answer(HIGH), ...END]);
		m.bus.writePort(HIGH, 4, 700);
		m.run(500);
		trigger(m, 'low')(true);
		m.cpu.setApicBase(0x8_0900);
		m.cpu.pat[0] = 0;
		m.run(501);
		expect(m.clock.waiting).toBe(1);
		m.reset();
		const fresh = new Machine({ ramBytes: 0x10_0000, devices: twoBells });
		fresh.clock.now = m.clock.now;
		fresh.cpu.icount = m.cpu.icount;
		const { clock, ...parts } = m.saveParts();
		const { clock: _clock, ...wanted } = fresh.saveParts();
		wanted.processors[0].cpu.mmu.counters = parts.processors[0].cpu.mmu.counters;
		expect(parts).toEqual(wanted);
		expect(clock.waiting).toEqual([]);
		expect([m.cpu.icount, m.memory.read8(PROGRAM)]).toEqual([1001, 0x47]);
		expect([m.lapic.read(0x30), m.bus.read(0xfee0_0030, 4), m.memory.read32(0x8_0030)]).toEqual([
			0x5_0014, 0x5_0014, 0
		]);
	});

	it('of a processor that stands within a block lets it begin anew', () => {
		const m = program(twoBells, EDGE, END);
		m.run(2);
		expect(m.engine.save().position).toBe(2);
		m.reset();
		m.cpu.eip = PROGRAM;
		m.run(3);
		expect([m.cpu.s[7 << 1], m.cpu.icount]).toEqual([3, 5]);
	});

	it('within an instruction is a bug', () => {
		const m = program(twoBells, EDGE, END);
		m.bus.mountPorts(0x500, 1, { read: () => 0, write: () => m.reset() });
		// mov dx, 500h; out dx, al
		m.memory.copyIn(PROGRAM, Uint8Array.of(0x66, 0xba, 0, 5, 0xee));
		expect(() => m.run(2)).toThrow(/reset within an instruction/);
	});
});
