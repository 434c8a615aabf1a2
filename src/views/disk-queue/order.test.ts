import { expect, it } from 'vitest';
import type { DiskQueue, DiskRequest } from '../../moments';
import { ATA_COMMANDS, KIND } from '../../trace/events';
import { fixture } from '../../trace/fixture';
import { commandsFor, disksIn, layout, requestsTo, twin } from './order';

const WIDTH = 400;

/** A request by domain, batch, sector (8 of them; none where it is a flush) and place in the order of service. */
const request = (
	came: number,
	[dom, batch, lba, started]: readonly number[],
	more: Partial<DiskRequest> = {}
): DiskRequest => ({
	came,
	started,
	disk: 'hda',
	drive: 0,
	dom,
	batch,
	operation: lba < 0 ? 'flush' : 'read',
	barrier: false,
	lba: Math.max(0, lba),
	sectors: lba < 0 ? 0 : 8,
	state: started === 0 ? 'waits' : 'done',
	...more
});

/** Two domains; the first sends a barrier, whose write comes in the middle of the other's batch. */
const REQUESTS = (
	[
		[1, 1, 100],
		[1, 1, 20],
		[2, 2, 60],
		[1, 3, -1],
		[1, 3, 10],
		[2, 4, 200],
		[1, 3, -1],
		[1, 5, 120]
	] as const
).map((row, came) => request(came, [...row, [2, 1, 6, 3, 4, 5, 7, 0][came]], { barrier: row[1] === 3 }));
const QUEUES: DiskQueue[] = [{ dom: 0, requests: [...REQUESTS, request(8, [0, 0, 5, 0], { disk: 'hdb', drive: 1 })] }];

it('each disk has the requests that came to it', () => {
	expect(disksIn(QUEUES)).toEqual([
		{ dom: 0, disk: 'hda' },
		{ dom: 0, disk: 'hdb' }
	]);
	expect(requestsTo(QUEUES, { dom: 0, disk: 'hda' })).toEqual(REQUESTS);
	expect(requestsTo(QUEUES, { dom: 1, disk: 'hda' })).toEqual([]);
});

it('the same requests stand in both orders; those that wait were not served', () => {
	const { came, served, rows } = layout(REQUESTS, WIDTH);
	expect(came.marks.map(({ id }) => Number(id))).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
	expect(served.marks.map(({ id }) => Number(id))).toEqual([1, 0, 3, 4, 5, 2, 6]);
	expect(rows.map(({ cells }) => cells[1])).toEqual(['2', '1', '6', '3', '4', '5', '7', '']);
	expect(rows[7].cells.at(-1)).toBe('waits');
});

it('the head\u2019s way is counted over the same requests in either order', () => {
	const { came, served } = layout(REQUESTS, WIDTH);
	expect(came.travelled).toBe(Math.abs(20 - 108) + (60 - 28) + Math.abs(10 - 68) + (200 - 18));
	expect(served.travelled).toBe(100 - 28 + Math.abs(10 - 108) + (200 - 18) + Math.abs(60 - 208));
});

it('each domain has a lane, a batch is one stretch of it, a barrier a wall, and what passed a wall is counted', () => {
	const { came, lanes, barriers } = layout(REQUESTS, WIDTH);
	expect(lanes.map(({ label }) => label)).toEqual(['dom1', 'dom2']);
	expect(came.batches.map(({ id, lane }) => [id, lane === lanes[0].y])).toEqual([
		['0', true],
		['2', false],
		['3', true],
		['5', false],
		['6', true],
		['7', true]
	]);
	expect(came.walls.map(({ id }) => id)).toEqual(['3', '6']);
	expect(barriers).toEqual(['A barrier of dom1: 0 of its own requests passed it, 1 of others.']);
	const broken = REQUESTS.map((each) => (each.came === 0 ? { ...each, started: 9 } : each));
	expect(layout(broken, WIDTH).barriers[0]).toContain('1 of its own requests passed it');
});

it('all lies within the picture, and the twin tells every request and every barrier', () => {
	const marks = layout(REQUESTS, WIDTH);
	for (const { marks: drawn } of [marks.came, marks.served])
		for (const { x, width, y, height, lane } of drawn)
			expect(x >= 0 && x + width <= WIDTH && y >= 0 && y + height <= marks.plot && lane < marks.height).toBe(true);
	const told = twin(marks);
	expect(told).toHaveLength(1 + REQUESTS.length + 1);
	expect(told[0].text).toContain('the last 8, 1 of them waiting');
	expect(told[4].text).toContain('flush, of a barrier');
	expect(layout([], WIDTH)).toMatchObject({ rows: [], barriers: [], lanes: [] });
});

it('a request leads to the command that came of it, the last one where it was tried again', () => {
	const { store, tick } = fixture();
	const command = (disk: number, name: keyof typeof ATA_COMMANDS, lba: number, sectors: number): number => {
		tick(100);
		return store.record(KIND.disk_command, disk, ATA_COMMANDS[name], lba, 0, sectors);
	};
	const requests = [request(0, [1, 1, 100, 2]), request(1, [1, 1, 20, 1]), request(2, [1, 2, -1, 3])];
	command(0, 'READ_DMA', 20, 8);
	const again = command(0, 'READ_DMA', 20, 8);
	command(1, 'READ_DMA', 100, 8);
	const second = command(0, 'READ_DMA', 100, 8);
	const flush = command(0, 'FLUSH_CACHE', 0, 0);
	expect([...commandsFor(store.view, store.view.length, requests)].sort()).toEqual([
		[0, second],
		[1, again],
		[2, flush]
	]);
});
