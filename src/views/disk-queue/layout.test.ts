import { expect, it } from 'vitest';
import { ATA_COMMANDS, KIND } from '../../trace/events';
import { fixture } from '../../trace/fixture';
import { commandsOf, disksOf, layout, twin } from './layout';

const SIZE = { width: 400, height: 100 };

/** A disk that is read, written, flushed, and read once more without an end; another disk beside it. */
function traced() {
	const { store, tick } = fixture();
	const command = (disk: number, name: keyof typeof ATA_COMMANDS, lba: number, sectors: number): number => {
		tick(1000);
		return store.record(KIND.disk_command, disk, ATA_COMMANDS[name], lba, 0, sectors);
	};
	const under = (seq: number, body: () => void): void => {
		tick(500);
		store.cause = seq;
		body();
		store.cause = -1;
	};
	const done = (seq: number, disk: number, status = 0x50): void =>
		under(seq, () => store.record(KIND.disk_done, disk, 0, status, 0, 0, 0));
	const read = command(0, 'READ_DMA', 100, 8);
	under(read, () => store.record(KIND.disk_dma, 0, 1, 0x1000, 4096, 100, 0));
	done(read, 0);
	const other = command(1, 'READ_DMA', 7, 1);
	done(other, 1);
	const write = command(0, 'WRITE_DMA', 40, 16);
	under(write, () => store.record(KIND.disk_dma, 0, 0, 0x1000, 8192, 40, 0));
	done(write, 0, 0x51);
	done(command(0, 'FLUSH_CACHE', 0, 0), 0);
	command(0, 'READ_DMA', 200, 8);
	return { view: store.view, now: 20_000 };
}

it('commands come with their ends, what they moved, and whether they failed', () => {
	const { view, now } = traced();
	expect(disksOf(view, view.length)).toEqual([0, 1]);
	const commands = commandsOf(view, 0, view.length, now);
	expect(
		commands.map(({ name, lba, sectors, bytes, toHost, failed, done }) => [
			name,
			lba,
			sectors,
			bytes,
			toHost,
			failed,
			done < 0
		])
	).toEqual([
		['READ_DMA', 100, 8, 4096, true, false, false],
		['WRITE_DMA', 40, 16, 8192, false, true, false],
		['FLUSH_CACHE', 0, 0, 0, false, false, false],
		['READ_DMA', 200, 8, 0, false, false, true]
	]);
	expect(commands[0].to - commands[0].from).toBe(1000);
	expect(commands[3].to).toBe(now);
	// Earlier, less is known.
	expect(commandsOf(view, 0, commands[0].done, 2500).map(({ done }) => done)).toEqual([-1]);
});

it('the head goes from the end of one to the beginning of the next; a flush has no place', () => {
	const { view, now } = traced();
	const marks = layout(commandsOf(view, 0, view.length, now), 1e6, SIZE);
	expect(marks.rows.map(({ cells }) => cells[3])).toEqual(['', '-68', '', '+144']);
	expect(marks.travelled).toBe(68 + 144);
	expect(marks.commands.map(({ kind, failed, open }) => [kind, failed, open])).toEqual([
		['read', false, false],
		['write', true, false],
		['other', false, true]
	]);
	expect([marks.first, marks.last]).toEqual([40, 208]);
	const inside = ({ x, y, width, height }: { x: number; y: number; width: number; height: number }) =>
		x >= 0 && x + width <= SIZE.width && y >= 0 && y + height <= SIZE.height;
	expect(marks.commands.every(inside)).toBe(true);
	expect(marks.commands[1].y).toBeLessThan(marks.commands[0].y);
	expect(twin(marks)[0].text).toContain('212');
	expect(twin(marks)[2].text).toContain('failed');
});

it('without a command there is nothing to lay out', () =>
	expect(layout([], 1, SIZE)).toMatchObject({ commands: [], rows: [], way: '', travelled: 0 }));
