/** A driver for each feature, by the card's ports alone. */
import { describe, expect, it } from 'vitest';
import { FRAME_DROPS, KIND } from '../../../trace/events';
import { ListRecorder } from '../../testing';
import { airtime, checkSequence, sealed } from '../ethernet/frame';
import { hashOf } from './filter';
import { BROADCAST, content, Driver, Ear, HZ, MAC, OTHER_MAC, RING, testClock, TX_PAGE } from './testing';

const GROUP = [0x01, 0x00, 0x5e, 0, 0, 1];
const [ISR, RSR, CR, TSR] = [7, 0x0c, 0, 4];
const damaged = (bytes: Uint8Array, dribble = 0) => {
	const frame = sealed(bytes);
	frame.bytes[20] ^= 4;
	return { bytes: frame.bytes, dribble };
};

describe('power-on and reset', () => {
	it('finds the chip stopped: CR is 21, ISR shows RST, which no writing clears and a start does', () => {
		const driver = new Driver();
		expect([driver.in(CR), driver.in(ISR)]).toEqual([0x21, 0x80]);
		driver.out(ISR, 0xff);
		expect(driver.in(ISR)).toBe(0x80);
		driver.out(CR, 0x22);
		expect([driver.in(CR), driver.in(ISR)]).toEqual([0x22, 0]);
	});

	it('a stop leaves STA set and shows RST again; only a reset clears STA', () => {
		const driver = new Driver().start();
		driver.out(CR, 0x21);
		expect([driver.in(CR), driver.in(ISR)]).toEqual([0x23, 0x80]);
		driver.in(0x1f);
		expect(driver.in(CR)).toBe(0x21);
	});

	it('reading the reset port masks all interrupts, leaves loopback, and keeps the rest; writing it does nothing', () => {
		const driver = new Driver().start({ imr: 0x7f, tcr: 0x06, dcr: 0x49 });
		driver.out(0x1f, 0);
		expect(driver.in(CR)).toBe(0x22);
		expect(driver.in(0x18)).toBe(0xff);
		const page2 = [1, 2, 0x0c, 0x0d, 0x0e, 0x0f].map((offset) => driver.inPage(2, offset));
		expect(page2).toEqual([RING.first, RING.stop, 0xc4, 0xe0, 0xcd, 0x80]);
	});

	it('the mark of an RTL8029 is there only where the mount says so', () => {
		const marks = (rtl8029: boolean) => [0x0a, 0x0b].map((offset) => new Driver(undefined, { rtl8029 }).in(offset));
		expect([marks(false), marks(true)]).toEqual([
			[0xff, 0xff],
			[0x50, 0x43]
		]);
	});

	it('a reset of the machine is a power-on', () => {
		const driver = new Driver().start({ imr: 1 });
		driver.hear(content(MAC));
		expect(driver.line).toBe(true);
		driver.card.reset();
		expect([driver.line, driver.card.save()]).toEqual([false, new Driver().card.save()]);
	});
});

describe('registers', () => {
	it('page 1 keeps address, CURR and multicast filter', () => {
		const driver = new Driver();
		for (let offset = 1; offset < 16; offset++) driver.outPage(1, offset, offset * 3);
		expect(Array.from({ length: 15 }, (_, n) => driver.inPage(1, n + 1))).toEqual(
			Array.from({ length: 15 }, (_, n) => (n + 1) * 3)
		);
	});

	it('page 2 shows what page 0 was written with, and its pointers can be written', () => {
		const driver = new Driver().start({ rcr: 0x0c });
		expect([1, 2, 4, 0x0c].map((offset) => driver.inPage(2, offset))).toEqual([RING.first, RING.stop, TX_PAGE, 0xcc]);
		for (const [offset, value] of [
			[3, 0x55],
			[5, 0x66],
			[6, 0x12],
			[7, 0x34]
		])
			driver.outPage(2, offset, value);
		expect([3, 5, 6, 7].map((offset) => driver.inPage(2, offset))).toEqual([0x55, 0x66, 0x12, 0x34]);
		expect([driver.in(1), driver.in(2)]).toEqual([0x34, 0x12]);
	});

	it('page 3 is nothing, but for the command register', () => {
		const driver = new Driver();
		driver.out(CR, 0xe1);
		driver.out(5, 1);
		expect([driver.in(CR), driver.in(5)]).toEqual([0xe1, 0xff]);
	});

	it('a wider access of the registers is one of each of them', () => {
		const driver = new Driver().start();
		driver.out(0x01, 0x4f4e, 2);
		expect([driver.inPage(2, 1), driver.inPage(2, 2)]).toEqual([0x4e, 0x4f]);
		expect(driver.in(3, 4)).toBe(RING.first);
	});
});

describe('remote DMA', () => {
	const PROM = [...MAC.flatMap((byte) => [byte, byte]), ...Array<number>(16).fill(0), 0x57, 0x57, 0x57, 0x57];

	it.each([
		['bytes', 0x48],
		['words', 0x49]
	])('reads the PROM in %s: every byte of the address twice, and WW', (_name, dcr) => {
		expect(new Driver().start({ dcr }).readMemory(0, 32)).toEqual(PROM);
	});

	it('writes and reads memory, counts down, and reports that it is done', () => {
		const driver = new Driver().start({ imr: 0x40 });
		driver.writeMemory(0x4100, [1, 2, 3, 4, 5, 6]);
		expect([driver.in(ISR), driver.line]).toEqual([0x40, true]);
		driver.out(ISR, 0x40);
		expect(driver.line).toBe(false);
		expect(driver.readMemory(0x4101, 4)).toEqual([1, 2, 3, 4]);
		expect([driver.in(8), driver.in(9)]).toEqual([0x05, 0x41]);
	});

	it('moves two words by one access of 32 bits, as a PCI card does', () => {
		const driver = new Driver().start();
		driver.out(0x0a, 4);
		driver.out(0x09, 0x50);
		driver.out(CR, 0x12);
		driver.out(0x10, 0x44332211, 4);
		expect(driver.in(ISR)).toBe(0x40);
		expect(driver.readMemory(0x5000, 4)).toEqual([0x11, 0x22, 0x33, 0x44]);
	});

	it('of an access of 16 bits in byte mode moves one byte', () => {
		const driver = new Driver().start({ dcr: 0x48 });
		driver.writeMemory(0x5000, [1, 2]);
		driver.out(0x0a, 2);
		driver.out(0x08, 0);
		driver.out(0x09, 0x50);
		driver.out(CR, 0x0a);
		expect([driver.in(0x10, 2), driver.in(0x17, 1), driver.in(0x10, 2)]).toEqual([0xff01, 2, 0xffff]);
	});

	it('goes round at PSTOP, and only there', () => {
		const driver = new Driver().start();
		driver.writeMemory(0x7ffe, [1, 2, 3, 4]);
		expect([driver.readMemory(RING.first << 8, 2), driver.in(9)]).toEqual([[3, 4], RING.first]);
	});

	it('finds nothing outside PROM and memory', () => {
		const driver = new Driver().start();
		driver.writeMemory(0x8000, [1, 2]);
		expect([driver.readMemory(0x8000, 2), driver.readMemory(0x20, 2)]).toEqual([
			[0xff, 0xff],
			[0xff, 0xff]
		]);
	});

	it('an abort leaves address and count where they are; a count of zero is done at once', () => {
		const driver = new Driver().start();
		driver.out(0x0a, 8);
		driver.out(0x08, 0);
		driver.out(0x09, 0x50);
		driver.out(CR, 0x0a);
		driver.in(0x10, 2);
		driver.out(CR, 0x22);
		expect([driver.in(0x10, 2), driver.in(8), driver.in(ISR)]).toEqual([0xffff, 2, 0]);
		driver.out(0x0a, 0);
		driver.out(CR, 0x0a);
		expect(driver.in(ISR)).toBe(0x40);
	});

	it('sends a packet of the ring by itself and removes it', () => {
		const driver = new Driver().start({ dcr: 0x59 });
		driver.hear(content(MAC, 60));
		driver.out(3, RING.first + 1);
		driver.out(0x0b, 0x0f);
		driver.out(CR, 0x1a);
		const words = Array.from({ length: 32 }, () => driver.in(0x10, 2));
		expect(words[0]).toBe(0x01 | ((RING.first + 2) << 8));
		expect(words[1]).toBe(64);
		expect([driver.in(3), driver.in(ISR) & 0x40, driver.in(0x10, 2)]).toEqual([RING.first + 2, 0x40, 0xffff]);
	});
});

describe('sending', () => {
	it('takes the time of its bits, then shows PTX and the frame on the wire', () => {
		const driver = new Driver(testClock());
		const ear = new Ear(driver.clock);
		driver.card.plug(ear);
		driver.start({ imr: 2 });
		driver.send(content(OTHER_MAC, 60, MAC));
		expect([driver.in(CR), driver.in(ISR) & 2]).toEqual([0x26, 0]);
		driver.wait(airtime(64, HZ) - 1);
		expect([driver.in(CR), driver.line, ear.heard.length]).toEqual([0x26, false, 0]);
		driver.wait(1);
		expect([driver.in(CR), driver.in(TSR), driver.in(ISR) & 2, driver.line]).toEqual([0x22, 0x01, 2, true]);
		expect(ear.heard).toEqual([sealed(content(OTHER_MAC, 60, MAC))]);
		expect(airtime(64, HZ)).toBe(5760);
	});

	it('without a cable the carrier is lost', () => {
		const driver = new Driver().start();
		driver.send(content(OTHER_MAC));
		driver.wait(6000);
		expect([driver.in(TSR), driver.in(ISR) & 2]).toEqual([0x11, 2]);
	});

	it('pads nothing, sends any length, and leaves the check sequence out where TCR.CRC says so', () => {
		const driver = new Driver();
		const ear = new Ear(driver.clock);
		driver.card.plug(ear);
		driver.start({ tcr: 1 });
		driver.send(content(OTHER_MAC), 20);
		driver.wait(20_000);
		driver.out(0x0d, 0);
		driver.send(content(OTHER_MAC, 1600));
		driver.wait(200_000);
		expect(ear.heard.map(({ bytes }) => bytes.length)).toEqual([20, 1604]);
	});

	it('is not begun while the chip is stopped, and is finished after a stop', () => {
		const driver = new Driver();
		const ear = new Ear(driver.clock);
		driver.card.plug(ear);
		driver.start();
		driver.out(CR, 0x21);
		driver.out(CR, 0x25);
		expect(driver.in(CR)).toBe(0x23);
		driver.out(CR, 0x22);
		driver.send(content(OTHER_MAC));
		driver.out(CR, 0x21);
		driver.wait(6000);
		expect([ear.heard.length, driver.in(CR), driver.in(ISR)]).toEqual([1, 0x23, 0xc2]);
	});

	it('a reset drops the frame that is on its way', () => {
		const driver = new Driver();
		const ear = new Ear(driver.clock);
		driver.card.plug(ear);
		driver.start().send(content(OTHER_MAC));
		driver.in(0x1f);
		driver.wait(10_000);
		expect([ear.heard.length, driver.in(CR)]).toEqual([0, 0x21]);
	});

	it('another station switches the transmitter off and on, where TCR.ATD lets it', () => {
		const group = (wanted: number): number[] => {
			for (let n = 0; ; n++)
				if (hashOf(Uint8Array.of(1, 0, 0, 0, n >> 8, n & 255)) === wanted) return [1, 0, 0, 0, n >> 8, n & 255];
		};
		const driver = new Driver();
		const ear = new Ear(driver.clock);
		driver.card.plug(ear);
		driver.start({ tcr: 8, rcr: 0x0c });
		for (let n = 0; n < 8; n++) driver.outPage(1, 8 + n, 0xff);
		driver.hear(content(group(62)));
		driver.send(content(OTHER_MAC));
		driver.wait(20_000);
		expect(ear.heard.length).toBe(0);
		driver.hear(content(group(63)));
		driver.wait(20_000);
		expect([ear.heard.length, driver.in(CR)]).toEqual([1, 0x22]);
	});
});

describe('receiving', () => {
	it('puts header and frame with its check sequence into the ring, and moves CURR', () => {
		const driver = new Driver().start({ imr: 1 });
		const bytes = content(MAC, 60);
		driver.hear(bytes);
		expect([driver.in(ISR), driver.line, driver.in(RSR), driver.curr]).toEqual([1, true, 1, RING.first + 2]);
		expect(driver.take()).toEqual({
			status: 1,
			next: RING.first + 2,
			count: 64,
			bytes: [...bytes, ...checkSequence(bytes)]
		});
		expect(driver.take()).toBeNull();
	});

	it('a frame that ends with a page takes no further one', () => {
		const driver = new Driver().start();
		driver.hear(content(MAC, 256 - 4 - 4));
		driver.hear(content(MAC, 256 - 4 - 3));
		expect(driver.curr).toBe(RING.first + 1 + 1 + 2);
	});

	it('goes round the ring for many times as long as it is read', () => {
		const driver = new Driver().start();
		for (let n = 0; n < 300; n++) {
			const bytes = content(MAC, 60 + ((n * 97) % 1455));
			driver.hear(bytes);
			expect(driver.take()?.bytes.slice(0, -4)).toEqual([...bytes]);
		}
	});

	const accepted = (rcr: number, dst: readonly number[], mar: number[] = []): boolean => {
		const driver = new Driver().start({ rcr });
		mar.forEach((byte, n) => driver.outPage(1, 8 + n, byte));
		driver.hear(content(dst));
		return driver.take() !== null;
	};
	const all = Array<number>(8).fill(0xff);
	it('takes its own address by PAR, any by PRO, and groups by neither', () => {
		expect([accepted(0, MAC), accepted(0, OTHER_MAC), accepted(0x10, OTHER_MAC)]).toEqual([true, false, true]);
		expect([accepted(0x10, GROUP, all), accepted(0x10, BROADCAST, all)]).toEqual([false, false]);
	});
	it('takes broadcasts by AB, or as a group by its hash', () => {
		expect([
			accepted(4, BROADCAST),
			accepted(0, BROADCAST),
			accepted(8, BROADCAST, all),
			accepted(8, BROADCAST)
		]).toEqual([true, false, true, false]);
	});
	it('takes a group whose bit of the multicast filter is set, and no other', () => {
		// As a bit-by-bit CRC of the other direction gives them.
		const places = [GROUP, BROADCAST, [0x33, 0x33, 0, 0, 0, 1]].map((address) => hashOf(Uint8Array.from(address)));
		expect(places).toEqual([31, 63, 62]);
		const only = (place: number) => all.map((_, n) => (n === place >> 3 ? 1 << (place & 7) : 0));
		expect([accepted(8, GROUP, only(31)), accepted(8, GROUP, only(30)), accepted(0, GROUP, all)]).toEqual([
			true,
			false,
			false
		]);
	});
	it('tells groups by the status', () => {
		const driver = new Driver().start();
		driver.hear(content(BROADCAST));
		expect([driver.in(RSR), driver.take()?.status]).toEqual([0x21, 0x21]);
	});

	it('drops runts unless AR is set', () => {
		const runts = (rcr: number) => {
			const recorder = new ListRecorder();
			const driver = new Driver(undefined, {}, recorder).start({ rcr });
			driver.hearExactly(content(MAC, 40));
			driver.card.hear({ bytes: Uint8Array.from(MAC), dribble: 0 });
			return [driver.take()?.count, recorder.of(KIND.frame_dropped).map(([, , reason]) => FRAME_DROPS[reason])];
		};
		expect([runts(0), runts(2)]).toEqual([
			[undefined, ['runt']],
			[44, []]
		]);
	});

	it('counts frames with errors, tells CRC from alignment, and keeps them only where SEP is set', () => {
		const driver = new Driver().start({ imr: 4 });
		driver.card.hear(damaged(content(MAC)));
		expect([driver.in(RSR), driver.in(ISR), driver.line, driver.take()]).toEqual([0x02, 0x04, true, null]);
		driver.card.hear(damaged(content(MAC), 3));
		expect(driver.in(RSR)).toBe(0x06);
		expect([0x0d, 0x0e, 0x0f].map((offset) => driver.in(offset))).toEqual([1, 1, 0]);
		expect([0x0d, 0x0e, 0x0f].map((offset) => driver.in(offset))).toEqual([0, 0, 0]);
		driver.out(0x0c, 0x05);
		driver.card.hear(damaged(content(MAC)));
		expect(driver.take()).toMatchObject({ status: 0x02, count: 64 });
		expect(driver.in(ISR) & 5).toBe(4);
		driver.card.hear({ ...sealed(content(MAC)), dribble: 5 });
		expect(driver.take()?.status).toBe(1);
		driver.card.hear(damaged(content(OTHER_MAC)));
		expect(driver.in(0x0e)).toBe(1);
	});

	it('a tally raises CNT at 128 and stops at 192', () => {
		const driver = new Driver().start({ imr: 0x20 });
		for (let n = 0; n < 127; n++) driver.card.hear(damaged(content(MAC)));
		expect([driver.in(ISR) & 0x20, driver.line]).toEqual([0, false]);
		driver.card.hear(damaged(content(MAC)));
		expect([driver.in(ISR) & 0x20, driver.line]).toEqual([0x20, true]);
		for (let n = 0; n < 100; n++) driver.card.hear(damaged(content(MAC)));
		expect(driver.in(0x0e)).toBe(192);
	});

	it('in monitor mode counts what it would have kept', () => {
		const driver = new Driver().start({ rcr: 0x24 });
		driver.hear(content(MAC));
		driver.hear(content(OTHER_MAC));
		driver.card.hear(damaged(content(MAC)));
		expect([driver.take(), driver.in(0x0f), driver.in(0x0e), driver.in(RSR) & 0x40]).toEqual([null, 1, 1, 0x40]);
		driver.out(0x0c, 4);
		expect(driver.in(RSR) & 0x40).toBe(0);
	});

	it('a card that is stopped or in loopback keeps nothing, and says so in the trace', () => {
		const recorder = new ListRecorder();
		const driver = new Driver(undefined, {}, recorder);
		driver.hear(content(MAC));
		driver.start({ tcr: 2 }).hear(content(MAC));
		expect(recorder.of(KIND.frame_dropped)).toEqual([
			[0, 64, FRAME_DROPS.indexOf('card stopped')],
			[0, 64, FRAME_DROPS.indexOf('loopback')]
		]);
		expect(driver.take()).toBeNull();
	});

	it('tells the trace whose frame it is, and where it lies', () => {
		const recorder = new ListRecorder();
		const driver = new Driver(undefined, { card: 3 }, recorder).start();
		driver.hear(content(MAC, 100));
		expect(recorder.of(KIND.frame_received)).toEqual([
			[3, 100, 0x0012_3456, 0x5254, 0x00ab_cdef, 0x5254, 0x0800, RING.first + 1]
		]);
	});
});

describe('a full ring', () => {
	const SMALL = RING.first + 6;
	/** A ring of six pages, of which one is BNRY's. */
	const fill = (driver: Driver, frames: number): void => {
		for (let n = 0; n < frames; n++) driver.hear(content(MAC, 200));
	};

	it('takes no frame that reaches BNRY: OVW and RXE, a missed packet, RST, and CURR where it was', () => {
		const driver = new Driver().start({ stop: SMALL, imr: 0x10 });
		fill(driver, 4);
		const { curr } = driver;
		driver.hear(content(MAC, 400));
		expect([driver.in(ISR), driver.in(RSR), driver.line, driver.curr, driver.in(0x0f)]).toEqual([
			0xd5 & ~0x40,
			0x10,
			true,
			curr,
			1
		]);
		driver.out(ISR, 0x7f);
		driver.hear(content(MAC, 60));
		expect([driver.in(ISR), driver.in(0x0f)]).toEqual([0x94, 1]);
	});

	it('CURR = BNRY is full where CURR came round to it, and empty where the driver says so', () => {
		const driver = new Driver().start({ stop: SMALL });
		fill(driver, 5);
		expect([driver.curr, driver.in(3), driver.in(ISR) & 0x10]).toEqual([RING.first, RING.first, 0]);
		fill(driver, 1);
		expect(driver.in(ISR) & 0x10).toBe(0x10);
		const other = new Driver().start({ stop: SMALL });
		other.outPage(1, 7, RING.first);
		fill(other, 1);
		expect([other.in(ISR), other.curr]).toEqual([1, RING.first + 1]);
	});

	it.each([
		['an idle transmitter', false],
		['a frame on its way, which is sent again if it was lost', true]
	])('is left by the data sheet\u2019s procedure, with %s', (_name, sends) => {
		const driver = new Driver();
		const ear = new Ear(driver.clock);
		driver.card.plug(ear);
		driver.start({ stop: SMALL });
		fill(driver, 4);
		if (sends) driver.send(content(OTHER_MAC));
		driver.hear(content(MAC, 400));
		expect(driver.in(ISR) & 0x90).toBe(0x90);

		const txp = (driver.in(CR) & 4) !== 0;
		expect(txp).toBe(sends);
		driver.out(CR, 0x21);
		driver.wait(160_000);
		driver.out(0x0a, 0);
		driver.out(0x0b, 0);
		const resend = txp && (driver.in(ISR) & 0x0a) === 0;
		driver.out(0x0d, 2);
		driver.out(CR, 0x22);
		driver.hear(content(MAC, 60));
		const packet = driver.readMemory((RING.first + 1) << 8, 4);
		expect(packet).toEqual([1, RING.first + 2, 204, 0]);
		driver.out(3, packet[1] - 1);
		expect(driver.in(ISR) & 0x90).toBe(0x10);
		driver.out(ISR, 0x10);
		driver.out(0x0d, 0);
		if (resend) driver.out(CR, 0x26);
		driver.hear(content(MAC, 60));
		expect([resend, ear.heard.length, driver.in(ISR) & 0x91]).toEqual([false, sends ? 1 : 0, 1]);
		expect(driver.curr).toBe(RING.first);
	});
});

describe('loopback', () => {
	/** Fields of the data sheet's test: 60 bytes and their check sequence, of which the FIFO's last lies at 7. */
	const looped = (mode: number, dst: readonly number[], { tcr = 0, dcr = 0x40, rcr = 0 } = {}) => {
		const driver = new Driver();
		const ear = new Ear(driver.clock);
		driver.card.plug(ear);
		driver.start({ dcr: 0x48, rcr });
		driver.out(0x0e, dcr);
		driver.out(0x0d, (mode << 1) | tcr);
		const bytes = content(dst, 60, MAC);
		driver.send(tcr ? sealed(bytes).bytes : bytes);
		driver.wait(20_000);
		return { driver, ear, bytes, seen: [driver.in(TSR), driver.in(RSR), driver.in(ISR) & 0x3f] };
	};

	it('shows what application note 937 says, in all three modes, and stores nothing', () => {
		expect([1, 2, 3].map((mode) => looped(mode, MAC).seen)).toEqual([
			[0x51, 0x02, 0x06],
			[0x41, 0x02, 0x06],
			[0x01, 0x02, 0x06]
		]);
		expect(looped(1, OTHER_MAC).seen).toEqual([0x51, 0x01, 0x02]);
		expect(looped(1, MAC).driver.curr).toBe(RING.first + 1);
	});

	it('only mode 3 lets the frame out', () => {
		expect([1, 2, 3].map((mode) => looped(mode, MAC).ear.heard.length)).toEqual([0, 0, 1]);
	});

	it('checks the check sequence only where it was not the chip that made it', () => {
		expect(looped(1, MAC, { tcr: 1 }).seen).toEqual([0x51, 0x01, 0x02]);
	});

	it('leaves the last bytes in the FIFO, and the length, which goes round with them', () => {
		const { driver, bytes } = looped(1, MAC);
		const fifo = Array.from({ length: 8 }, () => driver.in(6));
		expect(fifo).toEqual([64, 0, 0, bytes[59], ...checkSequence(bytes)]);
	});

	it('with DCR.LS set what is sent goes nowhere, and nothing comes back', () => {
		const { driver, ear, seen } = looped(1, MAC, { dcr: 0x48 });
		expect([seen, ear.heard.length, driver.in(6)]).toEqual([[0x51, 0, 0x02], 0, 0]);
	});

	it('in words sends one byte of each: the odd one, or the even one with BOS', () => {
		const last = (dcr: number): number[] => {
			const driver = new Driver().start({ dcr: 0x48 });
			driver.out(0x0e, dcr);
			driver.out(0x0d, 2);
			driver.send(Uint8Array.from({ length: 122 }, (_, n) => n));
			driver.wait(40_000);
			return Array.from({ length: 8 }, () => driver.in(6));
		};
		// 61 and 4 bytes: the last of the 61 lies at 4, the length at 1 to 3.
		expect([last(0x41)[4], last(0x43)[4], last(0x41)[1]]).toEqual([121, 120, 65]);
	});
});

describe('byte order', () => {
	it('with BOS the bytes of each word of a frame change places, both ways, and the header does not', () => {
		const driver = new Driver();
		const ear = new Ear(driver.clock);
		driver.card.plug(ear);
		driver.start({ dcr: 0x4b });
		const bytes = content(MAC, 60);
		driver.hear(bytes);
		const packet = driver.take();
		expect(packet).toMatchObject({ status: 1, count: 64 });
		expect(packet?.bytes.slice(0, 4)).toEqual([bytes[1], bytes[0], bytes[3], bytes[2]]);
		driver.send(bytes.map((_, n) => bytes[n ^ 1]));
		driver.wait(20_000);
		expect(ear.heard).toEqual([sealed(bytes)]);
	});
});

describe('its state', () => {
	it('goes on where it was saved, in the middle of a frame', () => {
		const driver = new Driver(testClock());
		driver.start({ imr: 2 });
		driver.hear(content(MAC, 300));
		driver.send(content(OTHER_MAC));
		driver.wait(1000);
		const saved = structuredClone({ clock: driver.clock.save(), card: driver.card.save() });

		const other = new Driver(testClock());
		const ear = new Ear(other.clock);
		other.card.plug(ear);
		other.clock.restore(saved.clock);
		other.card.restore(saved.card);
		other.clock.checkRestored();
		expect(other.card.save()).toEqual(saved.card);
		other.wait(airtime(64, HZ) - 1001);
		expect(ear.heard.length).toBe(0);
		other.wait(1);
		expect([ear.heard, other.line]).toEqual([[sealed(content(OTHER_MAC))], true]);
		expect(other.take()?.count).toBe(304);
	});

	it('is no part of what was given away', () => {
		const driver = new Driver().start();
		const saved = driver.card.save();
		const before = structuredClone(saved);
		driver.hear(content(MAC));
		driver.outPage(1, 8, 9);
		expect(saved).toEqual(before);
	});
});
