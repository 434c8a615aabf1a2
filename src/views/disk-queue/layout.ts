/**
 * What a disk was told, and where its head went for it: a bar a command, from when it was given to its end, at the height of its sectors; and a
 * line from each place to the next. All of it comes from the trace, so it is there for a run without a machine too.
 */
import { KIND } from '../../trace/events';
import { valueName } from '../../trace/values';
import type { TraceView } from '../../trace/view';
import { count } from '../../words/numbers';
import { words } from '../../words/late';
import { fill } from '../../words/template';
import { duration } from '../scheduler/layout';
import { rowSentence, type RowMark } from '../shared/rows';
import type { TwinLine } from '../shared/twin';

const said = words.views.diskQueue;

export const COLUMNS = said.columns;

/** One command to a disk. */
export interface DiskCommand {
	/** Its event, and that of its end; -1 while it is under way. */
	readonly seq: number;
	readonly done: number;
	readonly name: string;
	readonly lba: number;
	readonly sectors: number;
	/** Cycles at which it was given and ended; the moment's while it is under way. */
	readonly from: number;
	readonly to: number;
	/** Bytes that it has moved so far, and whether to the host. */
	readonly bytes: number;
	readonly toHost: boolean;
	/** Whether it ended with an error. */
	readonly failed: boolean;
}

export interface CommandMark {
	id: string;
	seq: number;
	x: number;
	y: number;
	width: number;
	height: number;
	kind: 'read' | 'write' | 'other';
	failed: boolean;
	open: boolean;
	text: string;
}

export interface QueueMarks {
	commands: CommandMark[];
	/** The way of the head, `points` of a polyline. */
	way: string;
	/** Sectors at the top and at the bottom of the chart. */
	first: number;
	last: number;
	rows: RowMark[];
	/** How far the head went in all, in sectors, from place to place. */
	travelled: number;
	summary: string;
}

/** Bit 0 of the status register: the command failed. */
const ERR = 1;
/** Commands shown, at most, and events looked at for them. */
const MOST = 48;
const FAR = 400_000;
const PAD = 6;

const MOVES = new Set<number>([KIND.disk_data, KIND.disk_dma]);

/** Numbers of the disks that a trace speaks of before a moment. */
export function disksOf(trace: TraceView, seq: number): number[] {
	const found = new Set<number>();
	for (let at = seq - 1; at >= 0 && at > seq - FAR; at--)
		if (trace.kind(at) === KIND.disk_command) found.add(trace.arg(at, 'disk'));
	return [...found].sort((a, b) => a - b);
}

/** The last commands to a disk before event `seq`, the oldest first. @param now the cycle of the moment */
export function commandsOf(trace: TraceView, disk: number, seq: number, now: number): DiskCommand[] {
	const ends = new Map<number, number>();
	const moved = new Map<number, { bytes: number; toHost: boolean }>();
	const found: DiskCommand[] = [];
	for (let at = seq - 1; at >= 0 && at > seq - FAR && found.length < MOST; at--) {
		const kind = trace.kind(at);
		const isMove = MOVES.has(kind);
		if (!(isMove || kind === KIND.disk_done || kind === KIND.disk_command) || trace.arg(at, 'disk') !== disk) continue;
		const by = trace.cause(at);
		if (kind === KIND.disk_done) ends.set(by, at);
		else if (isMove) {
			const bytes = (moved.get(by)?.bytes ?? 0) + trace.arg(at, 'bytes');
			moved.set(by, { bytes, toHost: trace.arg(at, 'to_host') === 1 });
		} else found.push(commandAt(trace, at, ends.get(at) ?? -1, moved.get(at), now));
	}
	return found.reverse();
}

function commandAt(
	trace: TraceView,
	seq: number,
	done: number,
	moved: { bytes: number; toHost: boolean } | undefined,
	now: number
): DiskCommand {
	return {
		seq,
		done,
		name: valueName(trace, seq, 'command'),
		lba: Number(trace.value(seq, 'lba')),
		sectors: trace.arg(seq, 'sectors'),
		from: trace.cycle(seq),
		to: done < 0 ? now : trace.cycle(done),
		bytes: moved?.bytes ?? 0,
		toHost: moved?.toHost ?? false,
		failed: done >= 0 && (trace.arg(done, 'status') & ERR) !== 0
	};
}

const kindOf = ({ bytes, toHost }: DiskCommand): CommandMark['kind'] =>
	bytes === 0 ? 'other' : toHost ? 'read' : 'write';

/** What has no sectors moves no head. */
const places = ({ sectors }: DiskCommand): boolean => sectors > 0;

const outcome = ({ done, failed }: DiskCommand): string =>
	done < 0 ? said.underWay : failed ? said.failed : said.done;

/** From each command's last sector to the next one's first, sectors; null for one that has none. */
function jumps(commands: readonly DiskCommand[]): (number | null)[] {
	let head: number | null = null;
	return commands.map((command) => {
		if (!places(command)) return null;
		const jump = head === null ? null : command.lba - head;
		head = command.lba + command.sectors;
		return jump;
	});
}

const jumpText = (jump: number | null): string => (jump === null ? '' : jump > 0 ? `+${count(jump)}` : count(jump));

/** @param hz cycles a second */
export function layout(
	commands: readonly DiskCommand[],
	hz: number,
	{ width, height }: { width: number; height: number }
): QueueMarks {
	const placed = commands.filter(places);
	const first = Math.min(...placed.map(({ lba }) => lba), Infinity);
	const last = Math.max(...placed.map(({ lba, sectors }) => lba + sectors), -Infinity);
	const [begin, end] = [commands[0]?.from ?? 0, Math.max(1, ...commands.map(({ to }) => to))];
	const xOf = (cycle: number): number => PAD + ((cycle - begin) / Math.max(1, end - begin)) * (width - 2 * PAD);
	const yOf = (sector: number): number => PAD + ((sector - first) / Math.max(1, last - first)) * (height - 2 * PAD);
	const way = jumps(commands);
	const took = ({ from, to }: DiskCommand): string => duration(to - from, hz);
	const rows = commands.map((command, at): RowMark => {
		const { seq, name, lba, sectors, failed, done } = command;
		const where = places(command) ? count(lba) : '';
		return {
			id: String(seq),
			cells: [name, where, sectors > 0 ? count(sectors) : '', jumpText(way[at]), took(command), outcome(command)],
			tone: 'hw',
			bad: failed,
			faint: done >= 0 && kindOf(command) === 'other' && !failed
		};
	});
	const marks = placed.map((command): CommandMark => {
		const { seq, lba, sectors, from, to, failed, done } = command;
		return {
			id: String(seq),
			seq,
			x: xOf(from),
			y: yOf(lba),
			width: Math.max(3, xOf(to) - xOf(from)),
			height: Math.max(3, yOf(lba + sectors) - yOf(lba)),
			kind: kindOf(command),
			failed,
			open: done < 0,
			text: fill(said.command, { name: command.name, lba: count(lba), sectors: count(sectors), took: took(command) })
		};
	});
	const travelled = way.reduce<number>((sum, jump) => sum + Math.abs(jump ?? 0), 0);
	return {
		commands: marks,
		way: placed
			.flatMap(({ from, to, lba, sectors }) => [
				`${xOf(from).toFixed(1)},${yOf(lba).toFixed(1)}`,
				`${xOf(to).toFixed(1)},${yOf(lba + sectors).toFixed(1)}`
			])
			.join(' '),
		first: placed.length > 0 ? first : 0,
		last: placed.length > 0 ? last : 0,
		rows,
		travelled,
		summary: fill(said.summary, {
			commands: count(commands.length),
			underWay: count(commands.filter(({ done }) => done < 0).length),
			travelled: count(travelled)
		})
	};
}

export const twin = ({ rows, summary }: QueueMarks): TwinLine[] => [
	{ id: '', text: summary },
	...rows.map((mark) => ({ id: mark.id, text: `${rowSentence(mark, COLUMNS)}.` }))
];
