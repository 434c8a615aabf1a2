/** A driver that is a program of the machine: whatever way its run is cut, saved and put back, it is one history. */
import { describe, expect, it } from 'vitest';
import { NullRecorder } from '../../../trace/events';
import { COST_PROFILES } from '../../cost';
import { image as imageOf, sameHowever } from '../../engines/cut-runs';
import { Machine } from '../../machine';
import { codeOf, flatRings, gate, GDT, IDT, inRing, ListRecorder, put } from '../../testing';
import type { Trigger } from '../../interrupts/lines';
import type { Device, Fitting } from '../device';
import { Disk, SECTOR } from '../disk';
import { pcDevices } from '../pc';
import { numbered, Host } from './testing';

const PROGRAM = 0x5000;
const HANDLER = 0x6000;
const VECTOR = 0x60;
const TABLE = 0x1800;
const BUFFER = 0x2_0000;
const EBX = 3 << 1;

/** mov dx, port; mov al, value; out dx, al */
const out8 = (port: number, value: number): number[] => [0x66, 0xba, port & 0xff, port >> 8, 0xb0, value, 0xee];
/** mov dx, port; mov eax, value; out dx, eax */
const out32 = (port: number, value: number): number[] => [
	...[0x66, 0xba, port & 0xff, port >> 8, 0xb8],
	...[0, 8, 16, 24].map((shift) => (value >>> shift) & 0xff),
	0xef
];
/** mov dx, 3f6h; again: in al, dx; test al, al; js again */
const WAIT = [0x66, 0xba, 0xf6, 3, 0xec, 0x84, 0xc0, 0x78, 0xfb];
/** mov dx, 1f7h; in al, dx */
const STATUS = [0x66, 0xba, 0xf7, 1, 0xec];
/** mov dx, 1f0h; mov ecx, 256; mov edi / esi, BUFFER; cld */
const port = (register: 0xbe | 0xbf): number[] => [0x66, 0xba, 0xf0, 1, 0xb9, 0, 1, 0, 0, register, 0, 0, 2, 0, 0xfc];
/** Sector `lba`, or that in BL. */
const at = (lba: number | 'bl', count: number): number[] => [
	...out8(0x1f2, count),
	...(lba === 'bl' ? [0x66, 0xba, 0xf3, 1, 0x88, 0xd8, 0xee] : out8(0x1f3, lba)),
	...out8(0x1f4, 0),
	...out8(0x1f5, 0),
	...out8(0x1f6, 0xe0)
];

/**
 * Reads sector EBX by `rep insw`, writes it to sector 80 by `rep outsw`, reads two from 80 on by DMA, flushes, counts, and begins again.
 */
const CODE = [
	...at('bl', 1),
	...out8(0x1f7, 0x20),
	...WAIT,
	...STATUS,
	...port(0xbf),
	0xf3,
	0x66,
	0x6d,
	...at(80, 1),
	...out8(0x1f7, 0x30),
	...WAIT,
	...port(0xbe),
	0xf3,
	0x66,
	0x6f,
	...WAIT,
	...STATUS,
	...at(80, 2),
	...out32(0xcf8, 0x8000_0904),
	...out32(0xcfc, 5),
	...out32(0xc004, TABLE),
	...out8(0x1f7, 0xc8),
	...out8(0xc000, 9),
	...WAIT,
	...STATUS,
	...out8(0xc000, 0),
	...out8(0x1f7, 0xe7),
	...WAIT,
	...STATUS,
	0x43
];

/** Numbers no event, so that histories from another machine's past are equal in causes too. */
class Blank extends NullRecorder {
	override record(): number {
		return 0;
	}
}

/** A processor so slow that a round takes few instructions of waiting. */
const SLOW = { ...COST_PROFILES['p4-xeon'], hz: 24_000_000 };

function prepared(more: readonly Fitting[] = []): Machine {
	const disks = (): Disk[] => [new Disk({ image: numbered(100) })];
	const devices = [...pcDevices({ disks }), ...more];
	const machine = new Machine({ ramBytes: 0x4_0000, devices, recorder: new Blank(), profile: SLOW });
	const { cpu, memory } = machine;
	Object.assign(cpu.gdtr, { base: GDT, limit: 0x7ff });
	flatRings({ cpu, memory, recorder: new ListRecorder() });
	inRing(cpu, 0);
	const back = -(CODE.length + 5);
	memory.copyIn(PROGRAM, Uint8Array.from([...CODE, 0xe9, back, back >> 8, back >> 16, back >> 24]));
	memory.write32(TABLE, BUFFER + 0x1000);
	memory.write32(TABLE + 4, 0x8000_0000 | (2 * SECTOR));
	return machine;
}

/** Long enough for several rounds, and short enough to be cut into single instructions. */
const LENGTH = 20_000;

describe('a program that drives a disk', () => {
	const whole = prepared();
	whole.run(LENGTH);

	it('does so: what it read by words went to the disk and came back by DMA', () => {
		const machine = prepared();
		while (machine.cpu.s[EBX] < 2) machine.run(1000);
		const { disk } = new Host(machine).controller.drive(0)!;
		expect([disk.read(80, 1)[9], disk.waiting]).toEqual([1, 0]);
		expect([BUFFER, BUFFER + 0x1000, BUFFER + 0x1200].map((from) => machine.memory.read8(from))).toEqual([1, 1, 81]);
		expect(whole.cpu.s[EBX]).toBeGreaterThan(5);
	});

	sameHowever(() => prepared(), LENGTH, imageOf(whole.save()), { seed: 11, most: 900, cycles: 997 });
});

describe('an interrupt of the disk', () => {
	/** A controller of interrupts as plain as can be: its line is as its only input. */
	class Wire implements Device<null> {
		trigger: Trigger = () => {};
		input(_pin: number, high: boolean): void {
			this.trigger(high);
		}
		read = (): number => -1;
		write(): void {}
		reset(): void {}
		save = (): null => null;
		restore(): void {}
	}

	it('wakes a halted processor, whose handler answers it by reading the status', () => {
		const wire: Fitting = { name: 'wire', make: () => new Wire(), inputs: ['irq14'], line: 'lint0' };
		const machine = prepared([wire]);
		const { cpu, memory, lapic } = machine;
		Object.assign(cpu.idtr, { base: IDT, limit: 0x7ff });
		put(memory, IDT, VECTOR, gate(14, codeOf(0), HANDLER, 0));
		// Verifies a sector, then halts for ever.
		memory.copyIn(PROGRAM, Uint8Array.from([...at(40, 1), ...out8(0x1f7, 0x40), 0xf4, 0xeb, 0xfd]));
		// inc ecx; mov dx, 1f7h; in al, dx; mov dword [fee000b0], 0; iret
		memory.copyIn(HANDLER, Uint8Array.from([0x41, ...STATUS, 0xc7, 0x05, 0xb0, 0, 0xe0, 0xfe, 0, 0, 0, 0, 0xcf]));
		cpu.setEflags(0x202);
		lapic.write(0x350, 4, (1 << 15) | VECTOR);
		expect(machine.run(1000)).toBe('idle');
		expect([cpu.s[1 << 1], cpu.s[0] & 0xff, machine.lines.save()]).toEqual([1, 0x50, {}]);
	});
});

describe('a state in mid-command', () => {
	/** Goes on to the end of the command, and tells all there is. */
	const after = (machine: Machine): string => {
		const host = new Host(machine);
		host.start(true);
		host.wait();
		host.take(SECTOR);
		host.wait();
		return imageOf(machine.save());
	};

	it.each([
		['a read under way', 'READ_SECTORS', 0],
		['a block half taken', 'READ_SECTORS', 100],
		['a block half given', 'WRITE_SECTORS', 100],
		['a transfer by DMA', 'READ_DMA', 0],
		['a flush', 'FLUSH_CACHE', 0],
		['a software reset', 'EXECUTE_DEVICE_DIAGNOSTIC', 0]
	] as const)('%s goes on in another machine', (_name, command, words) => {
		const machine = prepared();
		const host = new Host(machine);
		host.allowMaster();
		host.describe(TABLE, [[BUFFER, 2 * SECTOR]]);
		host.disk().write(3, new Uint8Array(SECTOR).fill(9), false);
		host.give(command, { lba: 3, count: 2 });
		if (words > 0) host.wait();
		if (command === 'WRITE_SECTORS') host.put(new Uint8Array(words * 2).fill(0x77));
		else if (words > 0) host.take(words * 2);
		const state = structuredClone(machine.save());
		const other = prepared();
		other.restore(state);
		other.clock.checkRestored();
		expect(imageOf(other.save())).toBe(imageOf(machine.save()));
		expect(after(other)).toBe(after(machine));
	});
});
