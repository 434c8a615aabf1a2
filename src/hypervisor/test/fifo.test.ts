/** Event channels by FIFO queues: what the calls answer, and what a guest finds in the memory that it gave. */
import { describe, expect, it } from 'vitest';
import { EACCES, EINVAL, ENOENT, ENOSPC, ENOSYS, EOPNOTSUPP } from '../../abi/errno';
import { FLAT_RING1_CS } from '../../abi/structs/cpu';
import { EVTCHN_FIFO_NR_CHANNELS } from '../../abi/structs/events';
import { VCPU_INFO } from '../../abi/structs/xen';
import type { Domain } from '../core/domain';
import { destroyDomain } from '../core/domains';
import {
	allocUnbound,
	bindInterdomain,
	bindIpi,
	bindVcpu,
	closePort,
	expandEventArray,
	sendEvent,
	setPriority,
	unmaskPort
} from '../events/channels';
import { initControl } from '../events/fifo';
import { portMasked, portPending } from '../events/ports';
import { audit } from '../mm/audit';
import { TYPE } from '../mm/frame-table';
import { call, DATA, FOREVER, poweroff, store, TinyGuest, TinyHost } from './tiny-guest';

/** Pages that the guests give: for the control block, and for event words. */
const BLOCK = 8;
const WORDS = 9;
const MORE = 10;
const OFFSET = 0x48;
const HANDLER = 0x400;
const [PENDING, MASKED, LINKED, BUSY] = [31, 30, 29, 28].map((bit) => 2 ** bit);
const noTick = call(24, 7, 0, 0);
const callbacks = call(4, FLAT_RING1_CS, HANDLER, FLAT_RING1_CS, 0x800);

/** An operation of event_channel_op with the words of its struct. */
type Op = readonly [op: number, ...words: number[]];
const [BIND_IPI, SEND, CLOSE, UNMASK, RESET, INIT, EXPAND, PRIORITY] = [7, 4, 3, 9, 10, 11, 12, 13];

/** The code of operations one after another: their structs lie from page 11 on, their results in DATA. */
function program(guest: TinyGuest, ops: readonly Op[]): number[] {
	return ops.flatMap(([op, ...words], index) => {
		const at = 0xb000 + index * 32;
		guest.write32(at, ...words);
		return [...call(32, op, at), ...store(DATA + index * 4)];
	});
}

/** Lets a guest make the calls; their results, signed. */
function answers(guest: TinyGuest, ops: readonly Op[]): number[] {
	guest.start([...noTick, ...program(guest, ops), ...poweroff()]);
	guest.run();
	expect(guest.domain.crash).toBeNull();
	expect(audit(guest.hv)).toEqual([]);
	return ops.map((_, index) => guest.read32(DATA + index * 4) | 0);
}

const init = (guest: TinyGuest, offset = OFFSET, vcpu = 0): Op => [INIT, guest.mfn(BLOCK), 0, offset, vcpu, 0, 0];
const expand = (guest: TinyGuest, page = WORDS): Op => [EXPAND, guest.mfn(page), 0];

/** A guest on the FIFO ABI that does nothing by itself, and its parts as it sees them. */
class Fifo {
	readonly guest: TinyGuest;
	readonly d: Domain;

	constructor(vcpus = 1, host = new TinyHost()) {
		this.guest = new TinyGuest(host, vcpus);
		this.d = this.guest.domain;
		expect(initControl(this.hv, this.d, this.guest.mfn(BLOCK), OFFSET, 0)).toBe(0);
		expect(expandEventArray(this.hv, this.d, this.guest.mfn(WORDS))).toBe(0);
	}

	get hv() {
		return this.guest.hv;
	}

	/** A port that signals `vcpu`, in the queue of `priority`. */
	port(priority = 7, vcpu = 0): number {
		const port = bindIpi(this.hv, this.d, vcpu);
		expect(setPriority(this.hv, this.d, port, priority)).toBe(0);
		return port;
	}

	send(port: number): void {
		expect(sendEvent(this.hv, this.d, port)).toBe(0);
	}

	word = (port: number): number => this.guest.read32(this.at(port));
	write = (port: number, value: number): void => this.guest.write32(this.at(port), value);
	at = (port: number): number => WORDS * 4096 + port * 4;
	get ready(): number {
		return this.guest.read32(BLOCK * 4096 + OFFSET);
	}
	head = (priority: number): number => this.guest.read32(BLOCK * 4096 + OFFSET + 8 + priority * 4);
	upcall = (): boolean =>
		this.guest.machine.memory.read8(this.d.sharedInfo * 4096 + VCPU_INFO.at.evtchn_upcall_pending) !== 0;

	/** Consumes as a guest does: the queue of highest priority first, each from its head on. @returns the events, in order */
	consume(most = 100): number[] {
		const seen: number[] = [];
		const block = BLOCK * 4096 + OFFSET;
		while (this.ready !== 0 && seen.length < most) {
			const priority = 31 - Math.clz32(this.ready & -this.ready);
			const port = this.head(priority);
			const word = this.word(port);
			const next = word % 2 ** 17;
			this.write(port, word - (word & LINKED ? LINKED : 0) - next);
			this.guest.write32(block + 8 + priority * 4, next);
			if (next === 0) this.guest.write32(block, this.ready & ~(1 << priority));
			if (this.word(port) < PENDING || (this.word(port) & MASKED) !== 0) continue;
			this.write(port, this.word(port) - PENDING);
			seen.push(port);
		}
		return seen;
	}
}

describe('the calls of the FIFO ABI', () => {
	it('take a good control block, tell the bits of a link, and then know arrays and priorities', () => {
		const guest = new TinyGuest();
		const ops: Op[] = [[BIND_IPI, 0, 0], init(guest), expand(guest), [PRIORITY, 1, 15], [PRIORITY, 1, 0]];
		expect(answers(guest, ops)).toEqual([0, 0, 0, 0, 0]);
		expect(guest.read32(0xb000 + 32 + 16)).toBe(17);
		expect(guest.domain.events.channels[1].priority).toBe(0);
	});

	it.each<[string, (guest: TinyGuest) => Op, number]>([
		['a frame that is not there', () => [INIT, 0xffff_ffff, 0, 0, 0, 0, 0], -EINVAL],
		['a frame beyond 2^32', (guest) => [INIT, guest.mfn(BLOCK), 1, 0, 0, 0, 0], -EINVAL],
		['a frame of somebody else', (guest) => [INIT, guest.hv.xenPages[0].mfn, 0, 0, 0, 0, 0], -EINVAL],
		['a page table', (guest) => [INIT, guest.mfn(24), 0, 0, 0, 0, 0], -EINVAL],
		['an offset that is no multiple of 8', (guest) => init(guest, 5), -EINVAL],
		['an offset of 4', (guest) => init(guest, 4), -EINVAL],
		['an offset that leaves too little room', (guest) => init(guest, 4096 - 64), -EINVAL],
		['an offset beyond the page', (guest) => init(guest, 0xffff_fff8), -EINVAL],
		['a vcpu that does not exist', (guest) => init(guest, 0, 1), -ENOENT],
		['the last place of the page', (guest) => init(guest, 4096 - 72), 0]
	])('answer to %s', (_name, op, expected) => {
		const guest = new TinyGuest();
		const refused = expected !== 0;
		// A refusal leaves the two-level ABI, and its mapping, as they were.
		expect(answers(guest, [op(guest), expand(guest)])).toEqual([expected, refused ? -EOPNOTSUPP : 0]);
		expect(guest.domain.events.fifo === null).toBe(refused);
		expect(guest.hv.frames.refCount[guest.mfn(BLOCK)]).toBe(refused ? 2 : 3);
	});

	it('refuse what needs queues before there are any', () => {
		const guest = new TinyGuest();
		const ops: Op[] = [
			[BIND_IPI, 0, 0],
			[PRIORITY, 1, 3],
			[PRIORITY, 63, 3],
			[PRIORITY, 64, 3],
			[EXPAND, guest.mfn(WORDS), 0]
		];
		expect(answers(guest, ops)).toEqual([0, -ENOSYS, -ENOSYS, -EINVAL, -EOPNOTSUPP]);
	});

	it('refuse a second block, a priority that is none, a port that is none, and a bad page of words', () => {
		const guest = new TinyGuest();
		const ops: Op[] = [
			[BIND_IPI, 0, 0],
			init(guest),
			init(guest, 8),
			[PRIORITY, 1, 16],
			[PRIORITY, 1, 0xffff_ffff],
			[PRIORITY, 99, 3],
			[PRIORITY, 9, 3],
			[CLOSE, 1],
			[PRIORITY, 1, 3],
			[EXPAND, guest.mfn(24), 0],
			[EXPAND, guest.mfn(WORDS), 5]
		];
		expect(answers(guest, ops)).toEqual([
			0,
			0,
			-EINVAL,
			-EINVAL,
			-EINVAL,
			-EINVAL,
			-EACCES,
			0,
			-EACCES,
			-EINVAL,
			-EINVAL
		]);
	});

	it('take 128 pages of words and no more: one page may serve as several', () => {
		const { hv, d, guest } = new Fifo();
		for (let page = 1; page < 128; page++) expect(expandEventArray(hv, d, guest.mfn(WORDS))).toBe(0);
		expect(expandEventArray(hv, d, guest.mfn(WORDS))).toBe(-ENOSPC);
		expect(audit(hv)).toEqual([]);
		destroyDomain(hv, d);
		expect(audit(hv)).toEqual([]);
	});

	it('give each vcpu a control block of its own', () => {
		const fifo = new Fifo(2);
		const { hv, d, guest } = fifo;
		const far = fifo.port(7, 1);
		fifo.send(far);
		// Lost: vcpu 1 has no block yet.
		expect(fifo.word(far)).toBe(0);
		expect(initControl(hv, d, guest.mfn(BLOCK), 0x200, 1)).toBe(0);
		fifo.send(far);
		expect([fifo.ready, guest.read32(BLOCK * 4096 + 0x200), fifo.word(far)]).toEqual([0, 1 << 7, PENDING + LINKED]);
		expect(audit(hv)).toEqual([]);
	});
});

describe('more ports', () => {
	it('than 1024 are there with queues, and wait for their page of words', () => {
		const fifo = new Fifo();
		const { hv, d, guest } = fifo;
		let last = 0;
		while (last < 1030) last = allocUnbound(hv, d, d.id);
		const near = bindInterdomain(hv, d, d.id, 1030);
		expect([near, portPending(hv, d, near), portMasked(hv, d, near)]).toEqual([1031, false, true]);
		expect(d.events.channels[near].pending).toBe(true);
		const before = guest.recorder.of('event_pending').length;
		expect(expandEventArray(hv, d, guest.mfn(MORE))).toBe(0);
		expect(guest.read32(MORE * 4096 + (near - 1024) * 4)).toBe(PENDING + LINKED);
		expect([fifo.head(7), portPending(hv, d, near)]).toEqual([near, true]);
		expect(
			guest.recorder
				.of('event_pending')
				.slice(before)
				.map(({ args }) => args)
		).toEqual([[d.id, near, 0, 0]]);
	});

	it('than 1024 are not there without, nor more than a domain was allowed', () => {
		const guest = new TinyGuest();
		const { hv, domain: d } = guest;
		let last = 0;
		for (let next = 0; next >= 0; next = allocUnbound(hv, d, d.id)) last = next;
		expect(last).toBe(1023);
		expect(initControl(hv, d, guest.mfn(BLOCK), 0, 0)).toBe(0);
		d.events.maxPort = 1025;
		expect([allocUnbound(hv, d, d.id), allocUnbound(hv, d, d.id), allocUnbound(hv, d, d.id)]).toEqual([
			1024,
			1025,
			-ENOSPC
		]);
		d.events.maxPort = 0x7fff_ffff;
		// Every number below the ABI's last is in use.
		d.events.channels.length = EVTCHN_FIFO_NR_CHANNELS;
		d.events.channels.fill(d.events.channels[5]);
		expect(allocUnbound(hv, d, d.id)).toBe(-ENOSPC);
	});
});

describe('events', () => {
	it('are delivered by priority, and in the order of their sending within one', () => {
		const fifo = new Fifo();
		const [late, a, b, c, urgent] = [fifo.port(15), fifo.port(), fifo.port(), fifo.port(), fifo.port(0)];
		for (const port of [late, b, a, c, urgent]) fifo.send(port);
		expect(fifo.ready).toBe((1 << 15) | (1 << 7) | 1);
		expect([fifo.head(0), fifo.head(7), fifo.head(15)]).toEqual([urgent, b, late]);
		expect(fifo.word(b)).toBe(PENDING + LINKED + a);
		expect(fifo.word(a)).toBe(PENDING + LINKED + c);
		expect(fifo.word(c)).toBe(PENDING + LINKED);
		expect(fifo.consume()).toEqual([urgent, b, a, c, late]);
		expect(fifo.ready).toBe(0);
	});

	it('that come twice before they are taken are one', () => {
		const fifo = new Fifo();
		const port = fifo.port();
		fifo.send(port);
		fifo.send(port);
		expect(fifo.guest.recorder.of('event_pending').length).toBe(1);
		expect(fifo.consume()).toEqual([port]);
		fifo.send(port);
		expect(fifo.consume()).toEqual([port]);
	});

	it('raise the upcall once a queue: what comes behind is found by who looks', () => {
		const fifo = new Fifo();
		const [a, b] = [fifo.port(), fifo.port()];
		fifo.send(a);
		expect(fifo.upcall()).toBe(true);
		const flag = fifo.d.sharedInfo * 4096 + VCPU_INFO.at.evtchn_upcall_pending;
		fifo.guest.machine.memory.write8(flag, 0);
		fifo.send(b);
		expect(fifo.upcall()).toBe(false);
		expect(fifo.consume()).toEqual([a, b]);
		fifo.send(b);
		expect(fifo.upcall()).toBe(true);
	});

	it('become the head where the tail has been consumed', () => {
		const fifo = new Fifo();
		const [a, b] = [fifo.port(), fifo.port()];
		fifo.send(a);
		expect(fifo.consume()).toEqual([a]);
		fifo.send(b);
		expect([fifo.word(a), fifo.head(7)]).toEqual([0, b]);
		expect(fifo.consume()).toEqual([b]);
	});

	it('do not call who is consuming the queue already', () => {
		const fifo = new Fifo();
		const [a, b] = [fifo.port(), fifo.port()];
		fifo.send(a);
		const flag = fifo.d.sharedInfo * 4096 + VCPU_INFO.at.evtchn_upcall_pending;
		fifo.guest.machine.memory.write8(flag, 0);
		// Unlinked, and its queue still marked as ready: the guest is about to look at the head again.
		fifo.write(a, PENDING);
		fifo.send(b);
		expect([fifo.head(7), fifo.ready, fifo.upcall()]).toEqual([b, 1 << 7, false]);
	});

	it('follow a new priority from the next link on', () => {
		const fifo = new Fifo();
		const [a, b] = [fifo.port(), fifo.port()];
		fifo.send(a);
		expect(setPriority(fifo.hv, fifo.d, a, 2)).toBe(0);
		fifo.send(b);
		expect([fifo.head(7), fifo.head(2)]).toEqual([a, 0]);
		expect(fifo.consume()).toEqual([a, b]);
		fifo.send(b);
		fifo.send(a);
		expect([fifo.head(7), fifo.head(2)]).toEqual([b, a]);
		expect(fifo.consume()).toEqual([a, b]);
	});

	it('are not linked behind a port that has gone to another queue', () => {
		const fifo = new Fifo();
		const [a, b] = [fifo.port(), fifo.port()];
		fifo.send(a);
		fifo.consume();
		setPriority(fifo.hv, fifo.d, a, 3);
		// Both were tails of queue 7 in their time; a is linked again, but in queue 3.
		fifo.send(a);
		fifo.send(b);
		expect([fifo.head(3), fifo.head(7)]).toEqual([a, b]);
		expect(fifo.word(a)).toBe(PENDING + LINKED);
		expect(fifo.consume()).toEqual([a, b]);
	});

	it('go to the queue of another vcpu once the port is bound there', () => {
		const fifo = new Fifo(2);
		const { hv, d, guest } = fifo;
		initControl(hv, d, guest.mfn(BLOCK), 0x200, 1);
		const far = allocUnbound(hv, d, d.id);
		const near = bindInterdomain(hv, d, d.id, far);
		expect(fifo.consume()).toEqual([near]);
		expect(bindVcpu(hv, d, near, 1)).toBe(0);
		fifo.send(far);
		expect([fifo.ready, guest.read32(BLOCK * 4096 + 0x200)]).toEqual([0, 1 << 7]);
	});
});

describe('a mask', () => {
	it('keeps a pending event out of its queue until it is taken away by a call', () => {
		const fifo = new Fifo();
		const port = fifo.port();
		fifo.write(port, MASKED);
		fifo.send(port);
		expect([fifo.word(port), fifo.ready, fifo.upcall()]).toEqual([PENDING + MASKED, 0, false]);
		expect(fifo.guest.recorder.of('event_pending')[0].args).toEqual([fifo.d.id, port, 1, 0]);
		expect(unmaskPort(fifo.hv, fifo.d, port)).toBe(0);
		expect([fifo.word(port), fifo.ready, fifo.upcall()]).toEqual([PENDING + LINKED, 1 << 7, true]);
		expect(fifo.consume()).toEqual([port]);
	});

	it('is taken away from a port with nothing pending without a word', () => {
		const fifo = new Fifo();
		const port = fifo.port();
		fifo.write(port, MASKED);
		expect(unmaskPort(fifo.hv, fifo.d, port)).toBe(0);
		expect([fifo.word(port), fifo.ready]).toEqual([0, 0]);
	});

	it('that was set on a linked event leaves it to the next unmasking', () => {
		const fifo = new Fifo();
		const port = fifo.port();
		fifo.send(port);
		fifo.write(port, fifo.word(port) + MASKED);
		expect(fifo.consume()).toEqual([]);
		expect(fifo.word(port)).toBe(PENDING + MASKED);
		unmaskPort(fifo.hv, fifo.d, port);
		expect(fifo.consume()).toEqual([port]);
	});

	it('of an event that is pending already is no reason to lose the next one', () => {
		const fifo = new Fifo();
		const port = fifo.port();
		// Pending and unlinked: a guest that took it from its queue and did not serve it.
		fifo.write(port, PENDING);
		fifo.send(port);
		expect(fifo.word(port)).toBe(PENDING + LINKED);
		expect(fifo.guest.recorder.of('event_pending')).toEqual([]);
		expect(fifo.upcall()).toBe(true);
	});
});

describe('a closed port', () => {
	it('is not given out again while it hangs in a queue', () => {
		const fifo = new Fifo();
		const port = fifo.port();
		fifo.send(port);
		expect(closePort(fifo.hv, fifo.d, port)).toBe(0);
		expect(fifo.word(port)).toBe(LINKED);
		expect(bindIpi(fifo.hv, fifo.d, 0)).toBe(port + 1);
		expect(fifo.consume()).toEqual([]);
		expect(bindIpi(fifo.hv, fifo.d, 0)).toBe(port);
		expect(fifo.d.events.channels[port].priority).toBe(7);
	});
});

describe('going over to the queues and back', () => {
	it('carries over what is pending in the bitmaps, once there are words for it', () => {
		const guest = new TinyGuest();
		const { hv, domain: d } = guest;
		const ports = [1, 2, 3].map(() => bindIpi(hv, d, 0));
		const mask = d.sharedInfo * 4096 + 64 * 32 + 128;
		hv.machine.memory.write32(mask, 1 << ports[2]);
		for (const port of [ports[2], ports[0]]) sendEvent(hv, d, port);
		expect(initControl(hv, d, guest.mfn(BLOCK), OFFSET, 0)).toBe(0);
		expect(portPending(hv, d, ports[0])).toBe(false);
		// A guest masks all words before it gives a page; the masks of the bitmaps are gone.
		guest.write32(WORDS * 4096 + ports[0] * 4, MASKED);
		expect(expandEventArray(hv, d, guest.mfn(WORDS))).toBe(0);
		const word = (port: number): number => guest.read32(WORDS * 4096 + port * 4);
		expect(ports.map(word)).toEqual([PENDING + MASKED, 0, PENDING + LINKED]);
		expect(guest.read32(BLOCK * 4096 + OFFSET + 8 + 7 * 4)).toBe(ports[2]);
	});

	it('by a reset closes all ports, gives the pages back and uses the bitmaps again', () => {
		const guest = new TinyGuest();
		const ops: Op[] = [
			init(guest),
			expand(guest),
			[BIND_IPI, 0, 0],
			[SEND, 1],
			[RESET, 0x7ff0],
			[BIND_IPI, 0, 0],
			[SEND, 1],
			[EXPAND, guest.mfn(WORDS), 0],
			init(guest, 0)
		];
		const { hv, domain: d } = guest;
		const before = hv.frames.refCount[guest.mfn(WORDS)];
		expect(answers(guest, ops)).toEqual([0, 0, 0, 0, 0, 0, 0, -EOPNOTSUPP, 0]);
		expect(hv.machine.memory.read32(d.sharedInfo * 4096 + 64 * 32)).toBe(2);
		expect(hv.frames.refCount[guest.mfn(WORDS)]).toBe(before + 1);
		expect(d.events.fifo?.array).toEqual([]);
	});

	it('lets a page go that the guest gave up meanwhile', () => {
		const { hv, d, guest } = new Fifo();
		const page = guest.mfn(WORDS);
		expect([hv.frames.type[page], hv.frames.typeCount[page]]).toEqual([TYPE.writable, 1]);
		destroyDomain(hv, d);
		expect(hv.heap.isFreeFrame(page)).toBe(true);
		expect(audit(hv)).toEqual([]);
	});
});

describe('a poll', () => {
	it('sees an event word as it sees a bit, and wakes by one', () => {
		const guest = new TinyGuest();
		// SCHEDOP_poll({ ports at DATA + 0x180, 1 port, no timeout })
		guest.write32(DATA + 0x100, DATA + 0x180, 1, 0, 0);
		guest.write32(DATA + 0x180, 1);
		const wait = call(29, 3, DATA + 0x100);
		const ops: Op[] = [[BIND_IPI, 0, 0], init(guest), expand(guest)];
		guest.start([...noTick, ...program(guest, ops), ...wait, ...store(DATA + 0x80), ...wait, ...poweroff()]);
		guest.run(3000);
		expect(guest.v.sched.polling).toEqual([1]);
		expect(sendEvent(guest.hv, guest.domain, 1)).toBe(0);
		guest.run();
		// The second poll finds the event still pending.
		expect([guest.domain.shutdownCode, guest.read32(DATA + 0x80)]).toEqual([0, 0]);
	});
});

describe('words that a hostile guest wrote', () => {
	it('send nobody around in circles: no link of the guest is followed', () => {
		const fifo = new Fifo();
		const ports = [1, 2, 3, 4].map(() => fifo.port());
		// A ring of links, busy, linked, pending.
		ports.forEach((port, n) => fifo.write(port, PENDING + LINKED + BUSY + ports[(n + 1) % 4]));
		for (const port of ports) fifo.send(port);
		expect([fifo.ready, fifo.head(7)]).toEqual([0, 0]);
	});

	it('lose only its own events: a false LINKED keeps a port out of its queue', () => {
		const fifo = new Fifo();
		const [a, b, c] = [fifo.port(), fifo.port(), fifo.port()];
		fifo.write(a, LINKED + 0x1_ffff);
		fifo.send(a);
		expect([fifo.word(a), fifo.ready]).toEqual([PENDING + LINKED + 0x1_ffff, 0]);
		fifo.send(b);
		// The tail is said to be linked still: what follows is hung behind it, wherever that leads.
		fifo.write(b, LINKED + BUSY + 0x1_2345);
		fifo.guest.write32(BLOCK * 4096 + OFFSET, 0, 0, ...new Array<number>(16).fill(0xffff_ffff));
		fifo.send(c);
		expect([fifo.word(b), fifo.word(c)]).toEqual([LINKED + c, PENDING + LINKED]);
		expect(fifo.ready).toBe(0);
		expect(audit(fifo.hv)).toEqual([]);
	});

	it('leave its neighbours alone, whatever stands in all of them', () => {
		const host = new TinyHost();
		const fifo = new Fifo(1, host);
		const other = new Fifo(1, host);
		const [mine, theirs] = [fifo.port(), other.port()];
		const dice = [0xffff_ffff, LINKED, LINKED + BUSY + 5, MASKED, PENDING, 0x1_ffff, 0];
		for (let round = 0; round < 200; round++) {
			for (let port = 0; port < 16; port++) fifo.write(port, dice[(round * 7 + port * 3) % dice.length]);
			fifo.guest.write32(BLOCK * 4096 + OFFSET, dice[round % 5], 0, ...new Array<number>(16).fill(dice[round % 7]));
			setPriority(fifo.hv, fifo.d, mine, round % 16);
			fifo.send(mine);
			unmaskPort(fifo.hv, fifo.d, mine);
			other.send(theirs);
			expect(other.consume()).toEqual([theirs]);
		}
		expect(audit(fifo.hv)).toEqual([]);
	});
});

describe('a saved state', () => {
	it('knows queues, tails and pages', () => {
		const fifo = new Fifo();
		const { hv, d, guest } = fifo;
		const [a, b, c] = [fifo.port(), fifo.port(3), fifo.port()];
		fifo.send(a);
		fifo.send(b);
		const saved = structuredClone(hv.save());
		const ram = guest.machine.memory.ram.slice();
		const before = structuredClone(d.events.fifo);
		fifo.consume();
		fifo.send(c);
		setPriority(hv, d, a, 1);
		expandEventArray(hv, d, guest.mfn(MORE));
		hv.restore(saved);
		guest.machine.memory.ram.set(ram);
		expect(d.events.fifo).toEqual(before);
		expect(d.events.channels[a].priority).toBe(7);
		expect(audit(hv)).toEqual([]);
		fifo.send(c);
		expect(fifo.consume()).toEqual([b, a, c]);
	});
});

describe('a guest', () => {
	it('is entered at its callback and finds its event at the head of the queue', () => {
		const guest = new TinyGuest();
		const block = BLOCK * 4096 + OFFSET;
		const ops: Op[] = [
			[BIND_IPI, 0, 0],
			[BIND_IPI, 0, 0],
			init(guest),
			expand(guest),
			[SEND, 2],
			[UNMASK, 1],
			[SEND, 1]
		];
		// mov head[7], %eax; store it; take its word's LINK; store that too.
		const handler = [
			...[0xa1, ...[0, 8, 16, 24].map((shift) => ((block + 8 + 28) >>> shift) & 0xff)],
			...store(DATA + 0x100),
			...[0x8b, 0x04, 0x85, 0x00, (WORDS * 4096) >> 8, 0x00, 0x00], // mov WORDS(,%eax,4), %eax
			...[0x25, 0xff, 0xff, 0x01, 0x00], // and $0x1ffff, %eax
			...store(DATA + 0x104),
			...poweroff()
		];
		guest.write(HANDLER, handler);
		guest.start([...noTick, ...callbacks, ...program(guest, ops), ...call(29, 1, 0), ...FOREVER]);
		guest.run();
		expect(guest.domain.shutdownCode).toBe(0);
		expect([guest.read32(DATA + 0x100), guest.read32(DATA + 0x104)]).toEqual([2, 1]);
		const [upcall] = guest.recorder.of('upcall');
		const pending = guest.recorder.events[upcall.cause];
		expect([pending.kind, pending.args[1]]).toEqual(['event_pending', 2]);
	});
});
