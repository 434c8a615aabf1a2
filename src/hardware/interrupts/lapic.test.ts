import { beforeEach, describe, expect, it } from 'vitest';
import { KIND } from '../../trace/events';
import { Clock } from '../clock';
import { ListRecorder } from '../testing';
import { LocalApic } from './lapic';

let clock: Clock;
let recorder: ListRecorder;
let line: boolean;
let apic: LocalApic;
beforeEach(() => {
	clock = new Clock();
	recorder = new ListRecorder();
	line = false;
	apic = new LocalApic(clock, recorder, (high) => (line = high));
});

const pass = (cycles: number): void => {
	clock.now += cycles;
	clock.runDue();
};

describe('priorities (SDM vol. 3, 10.8)', () => {
	it('serves the highest class; equal and lower ones wait for EOI', () => {
		for (const vector of [0x41, 0x62, 0x45]) apic.raise(vector);
		expect([line, apic.acknowledge(), line]).toEqual([true, 0x62, false]);
		apic.raise(0x6f);
		expect(line).toBe(false);
		apic.raise(0x71);
		expect([line, apic.acknowledge(), apic.inService]).toEqual([true, 0x71, 0x71]);
		apic.eoi();
		expect([line, apic.inService]).toEqual([false, 0x62]);
		apic.eoi();
		expect([apic.acknowledge(), apic.requested]).toEqual([0x6f, 0x45]);
	});

	it('TPR holds its class and those below back', () => {
		apic.write(0x80, 4, 0x50);
		apic.raise(0x5f);
		expect([line, apic.acknowledge()]).toEqual([false, 0xff]);
		apic.write(0x80, 4, 0x40);
		expect([line, apic.read(0xa0)]).toEqual([true, 0x40]);
	});

	it('software disable silences it; vectors below 16 are errors', () => {
		apic.write(0xf0, 4, 0x0ff);
		apic.raise(0x41);
		expect(line).toBe(false);
		apic.write(0xf0, 4, 0x1ff);
		expect(line).toBe(true);
		apic.raise(15);
		expect(apic.read(0x280)).toBe(1 << 6);
	});

	it('shows IRR and ISR, and takes an interrupt that software sends itself', () => {
		apic.write(0x300, 4, (1 << 18) | 0x41);
		expect(apic.read(0x220)).toBe(2);
		apic.acknowledge();
		expect([apic.read(0x220), apic.read(0x120)]).toEqual([0, 2]);
		apic.write(0xb0, 4, 0);
		expect(apic.read(0x120)).toBe(0);
	});
});

describe('the timer (SDM vol. 3, 10.5.4)', () => {
	it('one-shot: counts down at the divided rate and fires once', () => {
		apic.write(0x3e0, 4, 0b0001);
		apic.write(0x320, 4, 0x41);
		apic.write(0x380, 4, 100);
		pass(200);
		expect([apic.read(0x390), line]).toEqual([50, false]);
		pass(200);
		expect([apic.read(0x390), line, recorder.of(KIND.timer)]).toEqual([0, true, [[0x41]]]);
		expect(clock.waiting).toBe(0);
	});

	it('periodic: keeps its rhythm even when served late', () => {
		apic.write(0x3e0, 4, 0b1011);
		apic.write(0x320, 4, (1 << 17) | 0x41);
		apic.write(0x380, 4, 100);
		pass(130);
		expect([recorder.of(KIND.timer).length, apic.timerDeadline]).toEqual([1, 200]);
		pass(170);
		expect([recorder.of(KIND.timer).length, apic.timerDeadline]).toEqual([3, 400]);
	});

	it('TSC deadline: fires at the cycle, at once if that has passed; zero disarms', () => {
		apic.setTimerVector(0x41);
		apic.setTimer(500);
		apic.setTimer(300);
		expect(apic.readDeadline()).toBe(300);
		pass(299);
		expect(line).toBe(false);
		pass(1);
		expect([line, apic.readDeadline()]).toEqual([true, 0]);
		apic.writeDeadline(100);
		pass(0);
		expect(recorder.of(KIND.timer)).toHaveLength(2);
		apic.setTimer(1000);
		apic.setTimer(0);
		expect(clock.waiting).toBe(0);
	});

	it('a masked timer is silent, and a change of mode disarms the deadline', () => {
		apic.setTimerVector(0x41);
		apic.setTimer(100);
		apic.write(0x320, 4, 0x1_0041);
		expect(apic.timerDeadline).toBe(0);
		apic.write(0x380, 4, 10);
		pass(100);
		expect([line, recorder.events.length]).toEqual([false, 0]);
	});
});

it('saves and restores, with its appointment', () => {
	apic.setTimerVector(0x41);
	apic.setTimer(100);
	apic.raise(0x55);
	const state = structuredClone(apic.save());
	const now = clock.save();
	pass(200);
	clock.restore(now);
	apic.restore(state);
	expect([apic.acknowledge(), apic.requested, clock.nextEvent]).toEqual([0x55, -1, 100]);
	pass(100);
	expect(apic.requested).toBe(0x41);
});

describe('the pins LINT0 and LINT1 (SDM vol. 3, 10.5.1)', () => {
	const [LINT0, LINT1] = [0x350, 0x360];
	const [LEVEL, REMOTE_IRR, ACTIVE_LOW, MASKED] = [1 << 15, 1 << 14, 1 << 13, 1 << 16];
	/** TMR bit of a vector. */
	const isLevel = (vector: number): number => (apic.read(0x180 + (vector >>> 5) * 16) >>> (vector & 31)) & 1;

	it('are masked at first, and do nothing in other modes than fixed', () => {
		apic.input(0, true);
		apic.input(0, false);
		for (const mode of [2, 4, 5, 7]) {
			apic.write(LINT0, 4, (mode << 8) | LEVEL | 0x41);
			apic.write(LINT1, 4, (mode << 8) | 0x41);
			for (const pin of [0, 1]) apic.input(pin, true);
			for (const pin of [0, 1]) apic.input(pin, false);
		}
		expect([apic.requested, line]).toEqual([-1, false]);
	});

	it('LINT1 knows edges only, whatever its entry says', () => {
		apic.write(LINT1, 4, LEVEL | 0x41);
		apic.input(1, true);
		expect([apic.acknowledge(), isLevel(0x41)]).toEqual([0x41, 0]);
		apic.eoi();
		expect(apic.requested).toBe(-1);
	});

	it('a level shows in TMR and in the entry until its EOI, and is requested once before', () => {
		apic.write(LINT0, 4, LEVEL | 0x41);
		apic.input(0, true);
		expect([apic.requested, isLevel(0x41), apic.read(LINT0) & REMOTE_IRR]).toEqual([0x41, 1, REMOTE_IRR]);
		apic.acknowledge();
		apic.input(0, false);
		apic.input(0, true);
		expect(apic.requested).toBe(-1);
		apic.eoi();
		expect(apic.requested).toBe(0x41);
		apic.input(0, false);
		apic.acknowledge();
		apic.eoi();
		expect([apic.requested, apic.read(LINT0) & REMOTE_IRR]).toEqual([-1, 0]);
		apic.raise(0x41);
		expect(isLevel(0x41)).toBe(0);
	});

	it('the EOI of another vector does not end it', () => {
		apic.write(LINT0, 4, LEVEL | 0x41);
		apic.input(0, true);
		apic.acknowledge();
		apic.raise(0x62);
		apic.acknowledge();
		apic.eoi();
		expect([apic.requested, apic.inService, apic.read(LINT0) & REMOTE_IRR]).toEqual([-1, 0x41, REMOTE_IRR]);
	});

	it('active low turns it round, edge and level', () => {
		apic.input(0, true);
		apic.write(LINT0, 4, ACTIVE_LOW | 0x41);
		expect(apic.requested).toBe(-1);
		apic.input(0, false);
		expect(apic.acknowledge()).toBe(0x41);
		apic.eoi();
		apic.write(LINT0, 4, LEVEL | ACTIVE_LOW | 0x42);
		expect(apic.requested).toBe(0x42);
	});

	it('a level waits for the mask, and for the APIC to be enabled', () => {
		apic.input(0, true);
		apic.write(LINT0, 4, MASKED | LEVEL | 0x41);
		apic.write(0xf0, 4, 0xff);
		apic.write(LINT0, 4, LEVEL | 0x41);
		expect(apic.requested).toBe(-1);
		apic.write(0xf0, 4, 0x1ff);
		expect(apic.requested).toBe(0x41);
	});

	it('software writes neither the accepted level nor bits that are not there; an edge forgets it', () => {
		apic.write(LINT0, 4, -1);
		apic.write(0x370, 4, -1);
		expect([apic.read(LINT0), apic.read(0x370)]).toEqual([0x1_a7ff, 0x1_07ff]);
		apic.write(LINT0, 4, LEVEL | 0x41);
		apic.input(0, true);
		apic.write(LINT0, 4, LEVEL | MASKED | 0x41);
		expect(apic.read(LINT0) & REMOTE_IRR).toBe(REMOTE_IRR);
		apic.write(LINT0, 4, 0x41);
		expect(apic.read(LINT0) & REMOTE_IRR).toBe(0);
	});

	it('are saved and restored with what was accepted', () => {
		apic.write(LINT0, 4, LEVEL | 0x41);
		apic.input(0, true);
		apic.acknowledge();
		const state = structuredClone(apic.save());
		const other = new LocalApic(clock, recorder, () => {});
		other.restore(state);
		expect(other.save()).toEqual(state);
		other.eoi();
		expect(other.requested).toBe(0x41);
	});
});
