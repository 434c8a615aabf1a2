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
