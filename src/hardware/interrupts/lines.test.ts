import { describe, expect, it } from 'vitest';
import { KIND } from '../../trace/events';
import { ListRecorder } from '../testing';
import { Lines } from './lines';

/** A line with two sources and a listener that notes what it hears. */
function wired() {
	const lines = new Lines();
	const line = lines.get('irq5');
	const heard: boolean[] = [];
	line.listen((high) => heard.push(high));
	return { lines, line, heard, disk: line.source('disk'), net: line.source('net') };
}

describe('a line', () => {
	it('is high while one of its sources holds it high; listeners hear changes alone', () => {
		const { line, heard, disk, net } = wired();
		expect(line.high).toBe(false);
		disk(false);
		disk(true);
		disk(true);
		net(true);
		disk(false);
		expect([line.high, line.save(), heard]).toEqual([true, ['net'], [true]]);
		net(false);
		expect([line.high, heard]).toEqual([false, [true, false]]);
	});

	it('is heard by everybody who listens', () => {
		const { line, heard, net } = wired();
		const other: boolean[] = [];
		line.listen((high) => other.push(high));
		net(true);
		net(false);
		expect([heard, other]).toEqual([
			[true, false],
			[true, false]
		]);
	});

	it('knows its sources apart by their names', () => {
		const { line } = wired();
		expect(() => line.source('net')).toThrow(/one name/);
	});

	it('keeps its level in the saved state, and tells nobody when it is restored', () => {
		const { lines, disk, net } = wired();
		net(true);
		disk(true);
		lines.get('lint1');
		const state = structuredClone(lines.save());
		expect(state).toEqual({ irq5: ['disk', 'net'] });
		const other = wired();
		other.lines.restore(state);
		expect([other.line.high, other.heard]).toEqual([true, []]);
		other.disk(false);
		other.net(false);
		expect(other.heard).toEqual([false]);
		other.disk(true);
		other.lines.restore({});
		expect([other.line.high, other.heard]).toEqual([false, [false, true]]);
	});

	it('that is saved must be there, with its sources', () => {
		expect(() => wired().lines.restore({ irq7: ['disk'] })).toThrow(/a saved line is not there/);
		expect(() => wired().lines.restore({ irq5: ['clock'] })).toThrow(/a source that is not there/);
	});
});

describe('changes of a line are events', () => {
	it('of an ISA line by its number, of the pins of a processor not; a restore is none', () => {
		const recorder = new ListRecorder();
		const lines = new Lines(recorder);
		const [disk, net] = [lines.get('irq14').source('disk'), lines.get('irq14').source('net')];
		const pin = lines.get('lint0').source('pic');
		for (const change of [disk, net, pin]) change(true);
		disk(false);
		net(false);
		lines.restore({ irq14: ['disk'] });
		expect(recorder.of(KIND.irq_line)).toEqual([
			[14, 1],
			[14, 0]
		]);
	});
});
