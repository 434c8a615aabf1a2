/** Data that a bus master moves: tables of memory, what the status says of them, and who hears of it. */
import { describe, expect, it } from 'vitest';
import { KIND } from '../../../trace/events';
import { TraceStore } from '../../../trace/store';
import { Machine } from '../../machine';
import { MARK } from '../../memory';
import { Disk, SECTOR } from '../disk';
import { pcDevices } from '../pc';
import { ERROR, READY, REG, STATUS } from './ata';
import { Host, machineWith, numbered } from './testing';

const FAILED = READY | STATUS.ERR;
const WAITS = READY | STATUS.DRQ;
const TABLE = 0x1000;
const [A, B, C] = [0x10_0000, 0x20_0200, 0x30_0006];
/** What the bus master's status says. */
const [EQUAL, LONGER, SHORTER, BROKEN] = [4, 5, 0, 2];

function alone(more = {}) {
	const { machine, recorder } = machineWith({ image: numbered(2048), ...more });
	const host = new Host(machine);
	host.allowMaster();
	return { host, machine, recorder, bytes: (at: number, length: number) => [...machine.memory.bytes(at, length)] };
}
const firsts = (data: Uint8Array): number[] =>
	Array.from({ length: data.length / SECTOR }, (_, n) => data[n * SECTOR + 100]);

describe.each([
	['READ_DMA', 'WRITE_DMA', false],
	['READ_DMA_EXT', 'WRITE_DMA_EXT', true],
	['READ_DMA_EXT', 'WRITE_DMA_FUA_EXT', true]
] as const)('%s and %s', (reads, writes, wide) => {
	it('move sectors to and from several stretches of memory', () => {
		const { host, recorder, bytes, machine } = alone();
		host.describe(TABLE, [
			[A, 700],
			[B, 324],
			[C, 512]
		]);
		expect(host.dma(reads, { lba: 40, count: 3, wide }, true)).toEqual({ master: EQUAL, status: READY });
		expect([bytes(A, 513).slice(511), bytes(B, 324).slice(322), bytes(C, 512).slice(510)]).toEqual([
			[40, 41],
			[41, 41],
			[42, 42]
		]);
		expect(bytes(C + 512, 2)).toEqual([0, 0]);
		machine.memory.fill(A, 700, 0xd1);
		machine.memory.fill(B, 324, 0xd2);
		expect(host.dma(writes, { lba: 60, count: 3, wide }, false)).toEqual({ master: EQUAL, status: READY });
		expect([...host.disk().read(60, 3)].filter((_, at) => at % 256 === 200)).toEqual([0xd1, 0xd1, 0xd2, 0xd2, 42, 42]);
		expect(recorder.of(KIND.disk_dma)).toEqual([
			[0, 1, A, 700, 40, 0],
			[0, 1, B, 324, 41, 0],
			[0, 1, C, 512, 42, 0],
			[0, 0, A, 700, 60, 0],
			[0, 0, B, 324, 61, 0],
			[0, 0, C, 512, 62, 0]
		]);
	});

	it('of 64 KiB in one stretch, which is told as 0', () => {
		const { host, bytes } = alone();
		host.describe(TABLE, [[A, 0x1_0000]]);
		expect(host.dma(reads, { lba: 7, count: 128, wide }, true)).toEqual({ master: EQUAL, status: READY });
		expect([bytes(A, 1), bytes(A + 0xffff, 2)]).toEqual([[7], [134, 0]]);
	});
});

describe('the status', () => {
	it('says that the table was longer: still active', () => {
		const { host } = alone();
		host.describe(TABLE, [
			[A, 512],
			[B, 1024]
		]);
		expect(host.dma('READ_DMA', { lba: 1, count: 2 }, true)).toEqual({ master: LONGER, status: READY });
		expect(host.masterStatus & 1).toBe(0);
	});

	it('says that it was shorter: what there was room for has moved, the drive waits, and nothing is raised', () => {
		const { host, bytes } = alone();
		host.describe(TABLE, [[A, 512]]);
		expect(host.dma('READ_DMA', { lba: 1, count: 3 }, true)).toEqual({ master: SHORTER, status: WAITS });
		expect([host.line, bytes(A, 1)]).toEqual([false, [1]]);
		host.describe(TABLE, [[B, 1024]]);
		host.start(true);
		expect([host.line, host.status, bytes(B, 513).slice(511)]).toEqual([true, READY, [2, 3]]);
	});

	it('says that nobody answered in memory: an error, and no interrupt', () => {
		const { host, machine, bytes } = alone();
		host.describe(TABLE, [
			[A, 512],
			[machine.memory.size - 256, 512]
		]);
		expect(host.dma('READ_DMA', { lba: 1, count: 2 }, true)).toEqual({ master: BROKEN, status: WAITS });
		expect([host.line, bytes(A, 1), bytes(machine.memory.size - 256, 1)]).toEqual([false, [1], [0]]);
		host.reset();
		machine.bus.writePort(host.master + 4, 4, machine.memory.size);
		expect(host.dma('READ_DMA', { lba: 1, count: 1 }, true).master).toBe(BROKEN);
	});

	it('notes interrupts of commands without data too, and is cleared by ones', () => {
		const { host, machine } = alone();
		host.command('SEEK', { lba: 9 });
		expect(host.masterStatus & 7).toBe(4);
		machine.bus.writePort(host.master + 2, 1, 4);
		expect(host.masterStatus & 7).toBe(0);
	});

	it('tells which drives are there, and its registers take accesses of any size', () => {
		const { host, machine } = alone();
		const { bus } = machine;
		expect([host.masterStatus, bus.readPort(host.master + 10, 1)]).toEqual([0x20, 0]);
		bus.writePort(host.master + 5, 2, 0x1234);
		bus.writePort(host.master + 4, 1, 0xff);
		expect(bus.readPort(host.master + 4, 4)).toBe(0x12_34fc);
		expect(bus.readPort(host.master, 4)).toBe(0x20_0000);
	});
});

describe('drive and bus master meet', () => {
	it('whichever is ready first', () => {
		const { host, bytes } = alone();
		host.describe(TABLE, [[A, 512]]);
		host.give('READ_DMA', { lba: 1, count: 1 });
		host.wait();
		expect([host.status, host.line]).toEqual([WAITS, false]);
		host.start(true);
		expect([host.status, host.line, bytes(A, 1)]).toEqual([READY, true, [1]]);
		host.in(REG.STATUS);
		host.stop();
		host.start(true);
		host.give('READ_DMA', { lba: 2, count: 1 });
		expect(bytes(A, 1)).toEqual([1]);
		host.wait();
		expect([host.line, bytes(A, 1)]).toEqual([true, [2]]);
	});

	it('only when data is to go the same way for both, and the function may use the bus', () => {
		const { host, bytes } = alone();
		host.configWrite(1, 1, 4, 2, 1);
		host.describe(TABLE, [[A, 512]]);
		host.give('READ_DMA', { lba: 1, count: 1 });
		host.start(false);
		host.wait();
		expect([host.status, bytes(A, 1)]).toEqual([WAITS, [0]]);
		host.stop();
		host.start(true);
		expect([host.status, bytes(A, 1)]).toEqual([WAITS, [0]]);
		host.allowMaster();
		expect([host.status, bytes(A, 1)]).toEqual([READY, [1]]);
	});

	it('not when the drive was reset meanwhile', () => {
		const { host, bytes } = alone();
		host.describe(TABLE, [[A, 512]]);
		host.give('READ_DMA', { lba: 1, count: 1 });
		host.reset();
		host.start(true);
		expect([host.status, host.line, bytes(A, 1), host.masterStatus & 1]).toEqual([READY, false, [0], 1]);
	});
});

describe('errors', () => {
	it('sectors before a bad one come, and its address is told', () => {
		const { host, bytes } = alone({ badSectors: [{ lba: 12, on: 'both' }] });
		host.describe(TABLE, [[A, 2048]]);
		expect(host.dma('READ_DMA', { lba: 10, count: 4 }, true)).toEqual({ master: LONGER, status: FAILED });
		expect([host.in(REG.ERROR), host.in(REG.LOW), bytes(A + 512, 513).slice(511)]).toEqual([ERROR.UNC, 12, [11, 0]]);
	});

	it('sectors past the end fail, at once where there is none before', () => {
		const { host } = alone();
		host.describe(TABLE, [[A, 1024]]);
		expect(host.dma('WRITE_DMA', { lba: 2047, count: 2 }, false).status).toBe(FAILED);
		expect([host.in(REG.ERROR), firsts(host.disk().read(2047, 1))]).toEqual([ERROR.IDNF, [0]]);
		host.give('READ_DMA', { lba: 2048, count: 1 });
		host.wait();
		expect([host.status, host.line]).toEqual([FAILED, true]);
	});

	it('a sector that cannot be written fails when it is written through', () => {
		const { host } = alone({ badSectors: [{ lba: 11, on: 'write' }] });
		host.describe(TABLE, [[A, 1536]]);
		expect(host.dma('WRITE_DMA_FUA_EXT', { lba: 10, count: 3, wide: true }, false).status).toBe(FAILED);
		expect([host.in(REG.LOW), firsts(host.disk().read(10, 3))]).toEqual([11, [0, 11, 12]]);
	});
});

it('a transfer of more than the cache holds goes through it', () => {
	const { host } = alone({ image: undefined, sectors: 20_000 });
	host.describe(
		TABLE,
		Array.from({ length: 33 }, () => [A, 0x1_0000] as const)
	);
	expect(host.dma('WRITE_DMA_EXT', { lba: 0, count: 4096, wide: true }, false)).toMatchObject({ status: READY });
	expect(host.disk().waiting).toBe(4096);
	expect(host.dma('WRITE_DMA_EXT', { lba: 9, count: 4097, wide: true }, false)).toMatchObject({ status: READY });
	expect(host.disk().unflushedSectors).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
});

describe('who hears of a transfer', () => {
	it('each event has its cause: the command, what it moved, its end, the line', () => {
		const store = new TraceStore();
		const devices = pcDevices({ disks: () => [new Disk({ sectors: 100 })] });
		const host = new Host(new Machine({ ramBytes: 0x20_0000, devices, recorder: store }));
		host.allowMaster();
		host.describe(TABLE, [[A, 512]]);
		host.dma('READ_DMA', { lba: 1, count: 1 }, true);
		const { view } = store;
		const told = Array.from({ length: view.length }, (_, seq) => [view.kindName(seq), view.cause(seq)]);
		expect(told).toEqual([
			['disk_command', -1],
			['disk_dma', 0],
			['disk_done', 0],
			['irq_line', 2],
			['irq_line', -1]
		]);
	});

	it('the marks of the frames that it writes to: watchers, snapshots, decoded code', () => {
		const { host, machine } = alone();
		const { memory } = machine;
		memory.markAllClean();
		const seen: (readonly [number, number, boolean])[] = [];
		memory.watcher = (...heard) => seen.push(heard);
		memory.mark(A >>> 12, MARK.WRITE);
		host.describe(TABLE, [
			[A, 512],
			[B, 512]
		]);
		host.dma('READ_DMA', { lba: 1, count: 2 }, true);
		expect(seen).toEqual([[A, 512, true]]);
		expect(memory.dirty).toEqual([TABLE >>> 12, A >>> 12, B >>> 12]);
	});

	it('code that a processor has decoded', () => {
		const { host, machine } = alone();
		const { cpu, memory } = machine;
		memory.copyIn(A, Uint8Array.of(0x40, 0xeb, 0xfd));
		cpu.eip = A;
		machine.run(10);
		host.disk().write(
			1,
			Uint8Array.from({ length: SECTOR }, (_, at) => [0x43, 0xeb, 0xfd][at] ?? 0),
			true
		);
		host.describe(TABLE, [[A, 512]]);
		const before = cpu.s[3 << 1];
		host.dma('READ_DMA', { lba: 1, count: 1 }, true);
		machine.run(10);
		expect(cpu.s[3 << 1]).toBeGreaterThan(before);
	});
});
