import { expect, it } from 'vitest';
import type { Packet, PacketCost, PacketPlace, PacketStep, PacketStepKind } from '../../moments';
import { fixture } from '../../trace/fixture';
import { LANE, lanesOf, layout, stepsOf, twin } from './layout';

const cost = (more: Partial<PacketCost> = {}): PacketCost => ({
	cycles: 100,
	hypercalls: 0,
	events: 0,
	copies: 0,
	flips: 0,
	ports: 0,
	switches: 0,
	...more
});

type Said = readonly [what: PacketStepKind, from: PacketPlace, to: PacketPlace];

function packet(id: number, way: readonly Said[], more: Partial<Packet> = {}): Packet {
	const steps = way.map(([what, from, to], n): PacketStep => ({
		what,
		seq: id + n,
		cycle: id * 1000 + n * 100,
		from,
		to,
		bytes: from === to ? 0 : 42,
		cost: n === 0 ? null : cost({ hypercalls: 2, copies: 1 })
	}));
	const ends = [way[way.length - 1][2]];
	return {
		id,
		bytes: new Uint8Array(42),
		whole: true,
		headers: [],
		title: `packet ${id}`,
		steps,
		ends,
		lost: null,
		...more
	};
}

/** From one guest to another. */
const across = (id: number, from: number, to: number): Packet =>
	packet(id, [
		['event', `dom${from}`, `dom${from}`],
		['copy', `dom${from}`, 'dom0'],
		['copy', 'dom0', `dom${to}`],
		['told', `dom${to}`, `dom${to}`]
	]);
const out = (id: number): Packet =>
	packet(id, [
		['event', 'dom1', 'dom1'],
		['copy', 'dom1', 'dom0'],
		['fill', 'dom0', 'card0'],
		['sent', 'card0', 'wire']
	]);
const { view } = fixture().store;

it('lanes go from guests over who serves them to card and wire', () => {
	const lanes = lanesOf([out(1), across(10, 2, 1)], 400);
	expect(lanes.map(({ id }) => id)).toEqual(['dom1', 'dom2', 'dom0', 'card0', 'wire']);
	expect(lanes.map(({ tone }) => tone)).toEqual(['kernel', 'kernel', 'kernel', 'hw', 'hw']);
	expect(lanes.map(({ name }) => name)).toEqual(['dom1', 'dom2', 'dom0', 'card0', 'wire']);
});

it('guests that there is no room for share a lane; the busiest have their own', () => {
	const many = Array.from({ length: 20 }, (_, n) => across(100 * n, n + 1, 5));
	const lanes = lanesOf([...many, out(9000)], 340);
	expect(lanes.map(({ id }) => id)).toEqual(['others', 'dom5', 'dom0', 'card0', 'wire']);
	const marks = layout({ packets: many, left: 0 }, view, { width: 340 });
	expect(marks.rows.every(({ dots }) => dots.every((x) => x > 0 && x < marks.width))).toBe(true);
	expect(lanesOf(many, 2000).length).toBeLessThanOrEqual(2000 / 2 / LANE);
});

it('a row goes from lane to lane, each step with what it cost since the one before', () => {
	const one = out(1);
	const marks = layout({ packets: [one], left: 3 }, view, { width: 400 });
	expect(marks.rows[0].moves.map(({ kind }) => kind)).toEqual(['copy', 'other', 'other']);
	expect(marks.rows[0].text).toBe('packet 1, 42 bytes: dom1 \u2192 wire; 300 cycles.');
	expect(marks.left).toBe('3 before these are not shown.');
	expect(stepsOf(one, marks.lanes).map(({ text, cost }) => [text, cost])).toEqual([
		['dom1 tells the back end by an event', ''],
		['Xen copies 42 bytes from a page of dom1 to one of dom0', '100 cycles, 2 hypercalls, 1 copy'],
		['dom0 writes 42 bytes to the card\u2019s memory, through its data port', '100 cycles, 2 hypercalls, 1 copy'],
		['The card begins to send 42 bytes', '100 cycles, 2 hypercalls, 1 copy']
	]);
});

it('one that went no further is marked where it was seen last', () => {
	const lost = packet(
		1,
		[
			['event', 'dom1', 'dom1'],
			['copy', 'dom1', 'dom0']
		],
		{ lost: { by: 'unknown', place: 'dom0' } }
	);
	const marks = layout({ packets: [lost, out(10)], left: 0 }, view, { width: 400 });
	expect(marks.rows.map(({ lost }) => lost)).toEqual([marks.lanes[1].x, -1]);
	expect(twin({ packets: [lost], left: 0 }, marks, undefined)[0].text).toBe(
		'packet 1, 42 bytes: went no further than dom0; no event tells why.'
	);
});

it('all of it is said in words: packets, the steps of the chosen one, its headers', () => {
	const field = { name: 'checksum', value: '0x1234', at: 24, length: 2, right: false };
	const one = { ...out(1), headers: [{ name: 'IPv4', source: 'RFC 791', fields: [field] }] };
	const picture = { packets: [one], left: 0 };
	const lines = twin(picture, layout(picture, view, { width: 400 }), one).map(({ text }) => text);
	expect(lines).toHaveLength(1 + 1 + 4 + 1);
	expect(lines.at(-1)).toBe('IPv4: checksum 0x1234, wrong.');
});
