/** An ATA drive at the data port: every command, every way to say no, resets, and what time it all takes. */
import { describe, expect, it } from 'vitest';
import { KIND } from '../../../trace/events';
import { SECTOR } from '../disk';
import { CONTROL, DEVICE, ERROR, READY, REG, STATUS } from './ata';
import { Host, machineWith, numbered } from './testing';

const FAILED = READY | STATUS.ERR;
const SIGNATURE = [1, 1, 1, 0, 0, 0];

/** A driver of a machine with one disk of 4 MiB. */
function alone(more = {}) {
	const { machine, recorder } = machineWith({ image: numbered(8192), name: 'A NAME', ...more });
	return { host: new Host(machine), machine, recorder };
}
const firsts = (data: Uint8Array): number[] =>
	Array.from({ length: data.length / SECTOR }, (_, n) => data[n * SECTOR + 100]);
const sectors = (count: number, value: number): Uint8Array =>
	Uint8Array.from({ length: count * SECTOR }, (_, at) => value + (at >> 9));

describe('IDENTIFY DEVICE', () => {
	const words = (host: Host): Uint16Array => {
		const { data } = host.read('IDENTIFY_DEVICE', { count: 1 });
		return new Uint16Array(data.buffer);
	};
	const text = (of: Uint16Array, first: number, count: number): string =>
		[...of.slice(first, first + count)].map((word) => String.fromCharCode(word >> 8, word & 0xff)).join('');

	it('tells name, geometry, size and abilities, and adds up to nothing', () => {
		const { host } = alone();
		const told = words(host);
		expect([told[0], told[1], told[3], told[6], told[47], told[49], told[53]]).toEqual([
			0x40, 8, 16, 63, 0x8010, 0x0b00, 7
		]);
		expect([text(told, 27, 20), text(told, 10, 10), text(told, 23, 4)]).toEqual([
			'A NAME'.padEnd(40),
			'RS00001'.padEnd(20),
			'1.0     '
		]);
		expect([told[60], told[61], told[100], told[101], told[80], told[83] & 0x3400]).toEqual([
			8192, 0, 8192, 0, 0x70, 0x3400
		]);
		const bytes = new Uint8Array(told.buffer);
		expect([bytes[510], bytes.reduce((sum, byte) => sum + byte, 0) & 0xff]).toEqual([0xa5, 0]);
	});

	it('tells what was set: geometry, multiple, mode, cache', () => {
		const { host } = alone();
		host.command('SET_MULTIPLE_MODE', { count: 8 });
		host.command('SET_FEATURES', { feature: 3, count: 0x42 });
		host.command('SET_FEATURES', { feature: 0x82 });
		host.command('SET_FEATURES', { feature: 0x55 });
		host.command('INITIALIZE_DEVICE_PARAMETERS', { count: 32, chs: [0, 7, 1] });
		const told = words(host);
		expect([told[54], told[55], told[56], told[57], told[59], told[63] >> 8, told[88] >> 8, told[85] & 0x60]).toEqual([
			32, 8, 32, 8192, 0x108, 0, 4, 0
		]);
		host.command('SET_FEATURES', { feature: 3, count: 0x21 });
		expect([words(host)[63] >> 8, words(host)[88] >> 8]).toEqual([2, 0]);
	});

	it('of a large disk names what 28 bits reach, and all of it', () => {
		const { host } = alone({ image: undefined, sectors: 2 ** 40 });
		const told = words(host);
		expect([told[1], told[60] | (told[61] << 16), [...told.slice(100, 104)]]).toEqual([
			16_383,
			0x0fff_ffff,
			[0, 0, 0x100, 0]
		]);
	});
});

describe('reading', () => {
	it('READ SECTORS gives a sector at a time, each with an interrupt, none at the end', () => {
		const { host } = alone();
		const { data, status, interrupts } = host.read('READ_SECTORS', { lba: 300, count: 3 });
		expect([firsts(data), status, interrupts]).toEqual([[44, 45, 46], READY, 3]);
		expect(host.line).toBe(false);
	});

	it('a count of 0 is 256, and 65,536 in the form of 48 bits', () => {
		const { host, recorder } = alone();
		expect(firsts(host.read('READ_SECTORS', { lba: 1, count: 0 }).data).length).toBe(256);
		host.give('READ_SECTORS_EXT', { lba: 1, count: 0, wide: true });
		expect(recorder.of(KIND.disk_command).map((event) => event[4])).toEqual([256, 65_536]);
	});

	it('by words of two bytes or four, or of one byte that loses the other', () => {
		const { host, machine } = alone();
		host.disk().write(
			9,
			Uint8Array.from({ length: SECTOR }, (_, at) => at),
			true
		);
		host.give('READ_SECTORS', { lba: 9, count: 1 });
		host.wait();
		expect([host.in(REG.DATA, 4) >>> 0, host.in(REG.DATA, 2), host.in(REG.DATA, 1), host.in(REG.DATA, 2)]).toEqual([
			0x0302_0100, 0x0504, 6, 0x0908
		]);
		expect(machine.bus.readPort(0x1f0, 2)).toBe(0x0b0a);
	});

	it('READ MULTIPLE gives as many as were set, the last block what is left', () => {
		const { host } = alone();
		expect(host.read('READ_MULTIPLE', { lba: 0, count: 4 }, 4)).toMatchObject({ status: FAILED, interrupts: 1 });
		expect(host.in(REG.ERROR)).toBe(ERROR.ABRT);
		expect(host.command('SET_MULTIPLE_MODE', { count: 4 })).toBe(READY);
		const { data, interrupts } = host.read('READ_MULTIPLE', { lba: 250, count: 10 }, 4);
		expect([firsts(data), interrupts]).toEqual([[250, 251, 252, 253, 254, 255, 0, 1, 2, 3], 3]);
	});

	it.each([0, 3, 32, 255])('SET MULTIPLE MODE of %i switches it off', (count) => {
		const { host } = alone();
		host.command('SET_MULTIPLE_MODE', { count: 16 });
		expect(host.command('SET_MULTIPLE_MODE', { count })).toBe(count === 0 ? READY : FAILED);
		expect(host.read('READ_MULTIPLE', { count: 1 }).status).toBe(FAILED);
	});

	it('by cylinder, head and sector, and by those that were set', () => {
		const { host } = alone();
		// (2 * 16 + 3) * 63 + 4 = 2209
		expect(firsts(host.read('READ_SECTORS', { chs: [2, 3, 5], count: 1 }).data)).toEqual([2209 & 255]);
		host.command('INITIALIZE_DEVICE_PARAMETERS', { count: 10, chs: [0, 3, 1] });
		// (2 * 4 + 3) * 10 + 4
		expect(firsts(host.read('READ_SECTORS', { chs: [2, 3, 5], count: 1 }).data)).toEqual([114]);
		for (const chs of [
			[0, 0, 0],
			[0, 0, 11],
			[0, 4, 1]
		] as const) {
			expect(host.read('READ_SECTORS', { chs, count: 1 }).status).toBe(FAILED);
			expect(host.in(REG.ERROR)).toBe(ERROR.IDNF);
		}
		expect(host.command('INITIALIZE_DEVICE_PARAMETERS', { count: 0 })).toBe(FAILED);
	});

	it('beyond what 28 bits reach', () => {
		const { host } = alone({ sectors: 2 ** 33 });
		host.disk().write(2 ** 32 + 5, sectors(1, 0x77), true);
		expect(firsts(host.read('READ_SECTORS_EXT', { lba: 2 ** 32 + 5, count: 1, wide: true }).data)).toEqual([0x77]);
		// The registers hold what was written before behind the bit that shows it.
		host.out(REG.CONTROL, CONTROL.HOB);
		expect([REG.COUNT, REG.LOW, REG.MID, REG.HIGH].map((register) => host.in(register))).toEqual([0, 0, 1, 0]);
		host.out(REG.COUNT, 1);
		expect(host.in(REG.LOW)).toBe(5);
		host.out(REG.DEVICE, 0);
		host.out(REG.STATUS, 0x24);
		host.wait();
		expect([host.status, host.in(REG.ERROR)]).toEqual([FAILED, ERROR.ABRT]);
	});
});

describe('writing', () => {
	it('WRITE SECTORS asks for the first sector without an interrupt, and has one for each sector taken', () => {
		const { host } = alone();
		host.give('WRITE_SECTORS', { lba: 7, count: 2 });
		expect([host.status, host.line]).toEqual([READY | STATUS.DRQ, false]);
		const { status, interrupts } = host.write('WRITE_SECTORS', { lba: 7, count: 2 }, sectors(2, 0x90));
		expect([status, interrupts, firsts(host.disk().read(6, 4))]).toEqual([READY, 2, [6, 0x90, 0x91, 9]]);
	});

	it.each([
		['WRITE_MULTIPLE', false],
		['WRITE_MULTIPLE_EXT', true],
		['WRITE_MULTIPLE_FUA_EXT', true]
	] as const)('%s takes as many as were set', (name, wide) => {
		const { host } = alone();
		host.command('SET_MULTIPLE_MODE', { count: 2 });
		const { status, interrupts } = host.write(name, { lba: 100, count: 5, wide }, sectors(5, 1), 2);
		expect([status, interrupts, firsts(host.disk().read(99, 7))]).toEqual([READY, 3, [99, 1, 2, 3, 4, 5, 105]]);
		expect(host.disk().waiting).toBe(name === 'WRITE_MULTIPLE_FUA_EXT' ? 0 : 5);
	});

	it('by words of four bytes, and in the form of 48 bits', () => {
		const { host } = alone();
		host.give('WRITE_SECTORS_EXT', { lba: 50, count: 1, wide: true });
		host.put(sectors(1, 0xab), 4);
		host.wait();
		expect([host.in(REG.STATUS), firsts(host.disk().read(50, 1))]).toEqual([READY, [0xab]]);
	});

	it('on a disk that is read-only is refused before any data', () => {
		const { host } = alone({ access: 'ro' });
		expect([host.command('WRITE_SECTORS', { count: 1 }), host.in(REG.ERROR)]).toEqual([FAILED, ERROR.ABRT]);
		expect(host.read('READ_SECTORS', { count: 1 }).status).toBe(READY);
	});
});

describe('errors', () => {
	it('past the end the good sectors come first, and the address of the first that is none is told', () => {
		const { host } = alone();
		const { data, status } = host.read('READ_SECTORS', { lba: 8190, count: 4 });
		expect([firsts(data), status, host.in(REG.ERROR)]).toEqual([[254, 255], FAILED, ERROR.IDNF]);
		expect(host.registers.slice(2)).toEqual([8192 & 255, 8192 >> 8, 0, 0xa0 | DEVICE.LBA]);
		const written = host.write('WRITE_SECTORS', { lba: 8191, count: 2 }, sectors(2, 0x10));
		expect([written.status, host.in(REG.ERROR), firsts(host.disk().read(8190, 2))]).toEqual([
			FAILED,
			ERROR.IDNF,
			[254, 0x10]
		]);
		expect(host.read('READ_SECTORS_EXT', { lba: 2 ** 40, count: 1, wide: true }).status).toBe(FAILED);
		host.out(REG.CONTROL, CONTROL.HOB);
		expect([REG.LOW, REG.MID, REG.HIGH].map((register) => host.in(register))).toEqual([0, 0, 1]);
	});

	it.each(['READ_VERIFY_SECTORS', 'SEEK'] as const)('%s past the end fails, and within it does not', (name) => {
		const { host } = alone();
		expect([host.command(name, { lba: 8191, count: 1 }), host.command(name, { lba: 8192, count: 1 })]).toEqual([
			READY,
			FAILED
		]);
	});

	it('a bad sector is told with its address, as the command gave it', () => {
		const { host } = alone({ badSectors: [{ lba: 2210, on: 'read' }] });
		const { data, status } = host.read('READ_SECTORS', { lba: 2208, count: 8 });
		expect([firsts(data), status, host.in(REG.ERROR)]).toEqual([[2208 & 255, 2209 & 255], FAILED, ERROR.UNC]);
		expect(host.registers.slice(2, 5)).toEqual([2210 & 255, 2210 >> 8, 0]);
		expect(host.read('READ_SECTORS', { chs: [2, 3, 5], count: 2 }).status).toBe(FAILED);
		expect(host.registers.slice(2)).toEqual([6, 2, 0, 0xa3]);
		host.command('SET_MULTIPLE_MODE', { count: 8 });
		expect(host.read('READ_MULTIPLE', { lba: 2208, count: 8 }, 8)).toMatchObject({ status: FAILED, interrupts: 1 });
		expect(host.command('READ_VERIFY_SECTORS_EXT', { lba: 2200, count: 20, wide: true })).toBe(FAILED);
	});

	it('a sector that cannot be written fails at once without a cache, and when it is flushed with one', () => {
		const { host } = alone({ badSectors: [{ lba: 11, on: 'write' }] });
		expect(host.write('WRITE_SECTORS', { lba: 10, count: 3 }, sectors(3, 1)).status).toBe(READY);
		expect([host.command('FLUSH_CACHE'), host.in(REG.ERROR), host.in(REG.LOW)]).toEqual([FAILED, ERROR.ABRT, 11]);
		expect([host.command('FLUSH_CACHE_EXT'), firsts(host.disk().read(10, 3))]).toEqual([READY, [1, 11, 3]]);
		host.command('SET_FEATURES', { feature: 0x82 });
		expect(host.write('WRITE_SECTORS', { lba: 10, count: 3 }, sectors(3, 5)).status).toBe(FAILED);
		expect([host.in(REG.ERROR), host.in(REG.LOW), firsts(host.disk().read(10, 3))]).toEqual([
			ERROR.IDNF,
			11,
			[5, 11, 3]
		]);
	});

	it.each([0x00, 0x08, 0xa0, 0xa1, 0xb0, 0xf8, 0xff])('command %i is unknown, or always refused', (code) => {
		const { host } = alone();
		expect([host.command(code), host.in(REG.ERROR)]).toEqual([FAILED, ERROR.ABRT]);
	});

	it('a feature or mode that is none is refused', () => {
		const { host } = alone();
		const modes = [0, 1, 0x0c, 0x22, 0x45, 0x0d, 0x23, 0x46, 0x80];
		expect(modes.map((count) => host.command('SET_FEATURES', { feature: 3, count }))).toEqual([
			...Array<number>(5).fill(READY),
			...Array<number>(4).fill(FAILED)
		]);
		expect(host.command('SET_FEATURES', { feature: 0x99 })).toBe(FAILED);
	});
});

describe('the write cache', () => {
	it('what was not flushed is gone after the power failed, what was written through is there', () => {
		const { host } = alone();
		host.write('WRITE_SECTORS', { lba: 1, count: 1 }, sectors(1, 0xa0));
		host.command('FLUSH_CACHE');
		host.write('WRITE_SECTORS', { lba: 2, count: 2 }, sectors(2, 0xb0));
		host.controller.cutPower((number, lba) => number === 0 && lba === 3);
		expect(firsts(host.disk().read(0, 4))).toEqual([0, 0xa0, 2, 0xb1]);
		host.command('SET_FEATURES', { feature: 0x82 });
		host.write('WRITE_SECTORS', { lba: 2, count: 1 }, sectors(1, 0xc0));
		host.controller.cutPower();
		expect(firsts(host.disk().read(2, 1))).toEqual([0xc0]);
	});

	it.each([
		['SET_FEATURES', { feature: 0x82 }],
		['STANDBY_IMMEDIATE', {}],
		['SLEEP', {}]
	] as const)('%s writes it out', (name, place) => {
		const { host } = alone();
		host.write('WRITE_SECTORS', { lba: 1, count: 1 }, sectors(1, 0xa0));
		expect(host.disk().waiting).toBe(1);
		host.command(name, place);
		expect(host.disk().waiting).toBe(0);
	});

	it('a full one is written out before more is taken', () => {
		const { host } = alone();
		host.command('SET_MULTIPLE_MODE', { count: 16 });
		for (let lba = 0; lba < 4096; lba += 256) host.write('WRITE_MULTIPLE', { lba, count: 0 }, sectors(256, 1), 16);
		expect(host.disk().waiting).toBe(4096);
		host.write('WRITE_MULTIPLE', { lba: 8000, count: 1 }, sectors(1, 1));
		expect(host.disk().waiting).toBe(1);
	});
});

describe('two drives, one, or none', () => {
	it('each has registers of its own for what it tells, and hears what is written for both', () => {
		const { machine } = machineWith({ image: numbered(64) }, { image: numbered(32, 100) });
		const host = new Host(machine);
		host.select(1);
		expect(firsts(host.read('READ_SECTORS', { lba: 5, count: 1 }).data)).toEqual([105]);
		host.command('READ_VERIFY_SECTORS', { lba: 40, count: 1 });
		expect([host.status, host.line]).toEqual([FAILED, false]);
		host.select(0);
		expect([host.status, firsts(host.read('READ_SECTORS', { lba: 40, count: 1 }).data)]).toEqual([READY, [40]]);
	});

	it('the interrupt of a drive that is not selected waits', () => {
		const { machine } = machineWith({ sectors: 64 }, { sectors: 64 });
		const host = new Host(machine);
		host.give('SEEK', { lba: 1 });
		host.select(1);
		host.pass();
		expect(host.line).toBe(false);
		host.select(0);
		expect(host.line).toBe(true);
		expect([host.in(REG.CONTROL), host.line, host.in(REG.STATUS), host.line]).toEqual([READY, true, READY, false]);
	});

	it('the first answers for a second that is missing: its registers, and status 0', () => {
		const { host } = alone();
		host.select(1);
		expect([host.in(REG.STATUS), host.in(REG.CONTROL), host.registers]).toEqual([0, 0, [1, 1, 1, 0, 0, DEVICE.SECOND]]);
		expect(host.command('IDENTIFY_DEVICE')).toBe(0);
		expect(host.line).toBe(false);
		host.select(0);
		expect(host.status).toBe(READY);
	});

	it('nobody drives a cable without drives, but for the line that would say busy', () => {
		const { host, machine } = alone();
		const other = new Host(machine, 1);
		expect([other.status, other.in(REG.STATUS), other.in(REG.DATA, 2)]).toEqual([0x7f, 0x7f, 0xffff]);
		other.reset();
		other.give('IDENTIFY_DEVICE');
		expect([other.status, host.status, other.line]).toEqual([0x7f, READY, false]);
	});

	it('the secondary channel has ports and a line of its own', () => {
		const { machine } = machineWith(null, null, { image: numbered(9, 7) }, null);
		const host = new Host(machine, 1);
		host.give('READ_SECTORS', { lba: 1, count: 1 });
		host.wait();
		expect([machine.lines.save(), firsts(host.take(SECTOR))]).toEqual([{ irq15: ['ide'] }, [8]]);
	});

	it('ports are decoded while the function says so', () => {
		const { host } = alone();
		host.configWrite(1, 1, 0x40, 2, 0);
		expect(host.in(REG.STATUS)).toBe(0xff);
		host.configWrite(1, 1, 0x40, 2, 0x8000);
		expect(host.in(REG.STATUS)).toBe(READY);
		host.configWrite(1, 1, 4, 2, 0);
		expect(host.in(REG.STATUS)).toBe(0xff);
	});
});

describe('resets, diagnostics, power', () => {
	it('a software reset gives up what goes on, shows the signature, and raises no interrupt', () => {
		const { host, machine } = alone();
		host.give('READ_SECTORS', { lba: 5, count: 2 });
		host.wait();
		expect(host.line).toBe(true);
		host.out(REG.CONTROL, CONTROL.SRST);
		expect([host.status, host.line]).toEqual([STATUS.BSY, false]);
		host.out(REG.STATUS, 0xec);
		host.out(REG.CONTROL, 0);
		expect(host.wait()).toBe(2000);
		expect([host.registers, host.in(REG.STATUS), host.line]).toEqual([SIGNATURE, READY, false]);
		expect(machine.clock.waiting).toBe(0);
		expect(firsts(host.read('READ_SECTORS', { lba: 6, count: 1 }).data)).toEqual([6]);
	});

	it('takes settings back unless they are to be kept; the transfer mode stays', () => {
		const { host } = alone();
		const settings = (): number[] => {
			const told = new Uint16Array(host.read('IDENTIFY_DEVICE', { count: 1 }).data.buffer);
			return [told[59], told[85] & 0x20, told[88] >> 8];
		};
		host.command('SET_FEATURES', { feature: 3, count: 0x44 });
		for (const [feature, kept] of [
			[0x66, true],
			[0xcc, false]
		] as const) {
			host.command('SET_MULTIPLE_MODE', { count: 8 });
			host.command('SET_FEATURES', { feature: 0x82 });
			host.command('SET_FEATURES', { feature });
			host.reset();
			expect(settings()).toEqual(kept ? [0x108, 0, 0x10] : [0, 0x20, 0x10]);
		}
	});

	it('EXECUTE DEVICE DIAGNOSTIC is for both drives, and the first tells', () => {
		const { machine } = machineWith({ sectors: 64 }, { sectors: 64 });
		const host = new Host(machine);
		host.select(1);
		host.give('EXECUTE_DEVICE_DIAGNOSTIC');
		host.wait();
		expect([host.line, host.registers, host.in(REG.STATUS)]).toEqual([true, SIGNATURE, READY]);
		host.select(1);
		expect([host.line, host.in(REG.STATUS), host.in(REG.ERROR)]).toEqual([false, READY, 1]);
	});

	it('nIEN hides an interrupt, which is still there when it is shown', () => {
		const { host } = alone();
		host.out(REG.CONTROL, CONTROL.NIEN);
		host.give('SEEK', { lba: 9 });
		host.wait();
		expect(host.line).toBe(false);
		host.out(REG.CONTROL, 0);
		expect(host.line).toBe(true);
		host.out(REG.CONTROL, CONTROL.NIEN);
		expect(host.line).toBe(false);
	});

	it('CHECK POWER MODE tells standby from active; work makes it turn again, which takes time', () => {
		const { host } = alone();
		const power = (): number => (host.command('CHECK_POWER_MODE'), host.in(REG.COUNT));
		expect(power()).toBe(0xff);
		host.command('STANDBY');
		expect(power()).toBe(0);
		host.give('READ_SECTORS', { lba: 0, count: 1 });
		expect(host.wait()).toBeGreaterThan(4_000_000);
		host.take(SECTOR);
		expect(power()).toBe(0xff);
		host.command('STANDBY_IMMEDIATE');
		host.command('IDLE_IMMEDIATE');
		expect(power()).toBe(0xff);
	});

	it('a drive that sleeps hears resets alone', () => {
		const { host } = alone();
		host.command('SLEEP');
		expect([host.command('IDENTIFY_DEVICE'), host.line]).toEqual([READY, false]);
		host.reset();
		expect(host.read('IDENTIFY_DEVICE', { count: 1 }).status).toBe(READY);
	});

	it('a command while busy is lost, one instead of data ends the one before', () => {
		const { host, recorder } = alone();
		host.give('READ_SECTORS', { lba: 1, count: 1 });
		host.out(REG.LOW, 99);
		host.out(REG.STATUS, 0xec);
		host.wait();
		expect([host.in(REG.LOW), recorder.of(KIND.disk_command).length]).toEqual([1, 1]);
		host.out(REG.STATUS, 0xe5);
		host.wait();
		expect([host.in(REG.STATUS), host.in(REG.DATA, 2)]).toEqual([READY, 0xffff]);
	});

	it('a reset of the machine leaves the cache as it is', () => {
		const { host, machine } = alone();
		host.write('WRITE_SECTORS', { lba: 1, count: 1 }, sectors(1, 0xa0));
		host.give('READ_SECTORS', { lba: 1, count: 1 });
		machine.reset();
		expect([host.status, host.registers, machine.clock.waiting, host.disk().waiting]).toEqual([READY, SIGNATURE, 0, 1]);
	});
});

describe('time', () => {
	const readTime = (host: Host, lba: number): number => {
		const from = host.now;
		host.read('READ_SECTORS', { lba, count: 1 });
		return Math.round((host.now - from) / 1000);
	};

	it('grows with the way of the arm; what comes next is there at once', () => {
		const { host } = alone();
		readTime(host, 0);
		const [next, near, far] = [readTime(host, 1), readTime(host, 900), readTime(host, 8000)];
		expect([next, near, far]).toEqual([117, 11_246, 21_143]);
	});

	it('is none for the arm where the drive has read the sectors before and nothing has changed them', () => {
		const { host } = alone();
		const first = readTime(host, 900);
		readTime(host, 8000);
		expect(readTime(host, 900)).toBe(100);
		expect(first).toBeGreaterThan(10_000);
		host.write('WRITE_SECTORS', { lba: 900, count: 1 }, sectors(1, 1));
		expect(readTime(host, 900)).toBeGreaterThan(10_000);
		host.command('SET_FEATURES', { feature: 0x55 });
		expect(readTime(host, 900), 'and none is kept where look-ahead is off').toBeGreaterThan(5_000);
	});

	it('is that of the medium again once so much else was read', () => {
		const { host } = alone();
		readTime(host, 0);
		for (let lba = 1; lba < 3936; lba++) readTime(host, lba);
		expect(readTime(host, 0)).toBe(100);
		readTime(host, 3936);
		expect(readTime(host, 1)).toBeGreaterThan(10_000);
	});

	it('so the order of requests counts', () => {
		const total = (order: number[]): number => {
			const { host } = alone();
			return order.reduce((sum, lba) => sum + readTime(host, lba), 0);
		};
		expect(total([1000, 3000, 5000, 7000])).toBeLessThan(total([7000, 1000, 5000, 3000]) * 0.85);
	});

	it('a write into the cache costs no way, the flush costs it, in the order of sectors', () => {
		const { host } = alone();
		const from = host.now;
		for (const lba of [7000, 1000, 5000]) host.write('WRITE_SECTORS', { lba, count: 1 }, sectors(1, 1));
		expect(host.now - from).toBeLessThan(1_000_000);
		const before = host.now;
		host.command('FLUSH_CACHE');
		expect((host.now - before) / 1000).toBeGreaterThan(20_000);
		expect(host.command('FLUSH_CACHE')).toBe(READY);
	});
});

it('events tell commands, blocks and ends, each with its cause', () => {
	const { host, recorder } = alone({ badSectors: [{ lba: 21, on: 'read' }] });
	host.read('READ_SECTORS', { lba: 20, count: 3 });
	host.write('WRITE_SECTORS', { lba: 30, count: 1 }, sectors(1, 1));
	expect(recorder.of(KIND.disk_command)).toEqual([
		[0, 0x20, 20, 0, 3],
		[0, 0x30, 30, 0, 1]
	]);
	expect(recorder.of(KIND.disk_data)).toEqual([
		[0, 1, 20, 0, SECTOR],
		[0, 0, 30, 0, SECTOR]
	]);
	expect(recorder.of(KIND.disk_done)).toEqual([
		[0, 0x20, FAILED, ERROR.UNC, 21, 0],
		[0, 0x30, READY, 0, 31, 0]
	]);
	expect(recorder.of(KIND.irq_line).map(([line, high]) => line * 2 + high)).toEqual([29, 28, 29, 28, 29, 28]);
});
