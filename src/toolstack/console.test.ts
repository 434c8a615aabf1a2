import { beforeEach, describe, expect, it } from 'vitest';
import { CONSOLE_IN_SIZE, CONSOLE_OUT_SIZE, XENCONS_INTERFACE } from '../abi/structs/io';
import { ConsoleRing } from './console';
import { MemoryPage, numbers } from './testing';
import { latin1, toBytes } from './xenstore/wire';

const AT = XENCONS_INTERFACE.at;

let page: MemoryPage;
let ring: ConsoleRing;
let said: string;
let signals: number;

beforeEach(() => {
	page = new MemoryPage();
	said = '';
	signals = 0;
	ring = new ConsoleRing(page, {
		notify: () => signals++,
		output: (bytes) => (said += latin1(bytes)),
		typed: () => {}
	});
});

/** Starts all four indices at `index`. */
const startAt = (index: number): void => {
	for (const name of ['in_cons', 'in_prod', 'out_cons', 'out_prod'] as const) page.write32(AT[name], index);
};

/** Writes to the out ring as a guest does. */
function say(text: string): void {
	const producer = page.read32(AT.out_prod);
	toBytes(text).forEach((byte, i) => (page.bytes[AT.out + ((producer + i) & (CONSOLE_OUT_SIZE - 1))] = byte));
	page.write32(AT.out_prod, producer + text.length);
}

/** Reads from the in ring as a guest does, up to `most` bytes. */
function hear(most = Infinity): string {
	let text = '';
	let consumer = page.read32(AT.in_cons);
	for (; consumer !== page.read32(AT.in_prod) && text.length < most; consumer = (consumer + 1) >>> 0)
		text += String.fromCharCode(page.bytes[AT.in + (consumer & (CONSOLE_IN_SIZE - 1))]);
	page.write32(AT.in_cons, consumer);
	return text;
}

describe('a console ring', () => {
	it('takes what the guest says, frees the room and signals it', () => {
		say('hello\r\n');
		ring.service();
		expect(said).toBe('hello\r\n');
		expect(page.read32(AT.out_cons)).toBe(7);
		expect(signals).toBe(1);
		ring.service();
		expect(signals).toBe(1);
	});

	it('masks indices that run past the ring and past 32 bits', () => {
		startAt(0xffff_fffd);
		say('across the edge');
		ring.type(toBytes('and back'));
		ring.service();
		expect(said).toBe('across the edge');
		expect(hear()).toBe('and back');
		expect(page.read32(AT.out_cons)).toBe(12);
	});

	it('takes a full ring at once', () => {
		startAt(1000);
		const text = 'x'.repeat(CONSOLE_OUT_SIZE - 1) + 'y';
		say(text);
		ring.service();
		expect(said).toBe(text);
	});

	it('holds back typed bytes until the guest makes room', () => {
		const text = Array.from({ length: 3000 }, (_, i) => String.fromCharCode(97 + (i % 26))).join('');
		ring.type(toBytes(text));
		ring.service();
		expect(page.read32(AT.in_prod)).toBe(CONSOLE_IN_SIZE);
		expect(ring.waiting).toBe(3000 - CONSOLE_IN_SIZE);
		let heard = '';
		while (heard.length < 3000) {
			heard += hear(700);
			ring.service();
		}
		expect(heard).toBe(text);
		expect(ring.waiting + ring.unread).toBe(0);
	});

	it('leaves a direction alone whose indices make no sense, and goes on when they do again', () => {
		page.write32(AT.out_prod, CONSOLE_OUT_SIZE + 1);
		page.write32(AT.in_cons, 1);
		ring.type(toBytes('a'));
		ring.service();
		expect([said, signals, ring.waiting]).toEqual(['', 0, 1]);
		page.write32(AT.out_prod, 2);
		page.write32(AT.in_cons, 0);
		ring.service();
		expect([said.length, ring.waiting]).toEqual([2, 0]);
	});

	it('survives any indices, and never moves more than a ring holds', () => {
		const random = numbers(99);
		for (let round = 0; round < 2000; round++) {
			for (const name of ['in_cons', 'in_prod', 'out_cons', 'out_prod'] as const)
				page.write32(AT[name], random(2) ? random(5000) : random(0xffff_ffff));
			const before = said.length;
			ring.type(Uint8Array.of(65));
			ring.service();
			expect(said.length - before).toBeLessThanOrEqual(CONSOLE_OUT_SIZE);
		}
	});

	it('saves and restores what is queued', () => {
		ring.type(toBytes('pending'));
		const saved = ring.save();
		const other = new ConsoleRing(page, { notify: () => {}, output: () => {}, typed: () => {} });
		other.restore(saved);
		other.service();
		expect(hear()).toBe('pending');
	});
});
