/**
 * Requests before and after the elevator: on one side in the order in which they came, on the other in the order in which the disk was told of
 * them. Each is a bar at the height of its sectors; a line goes the way of the head. Below, a lane a domain says whose they are, with the
 * batches in which the back end took them, and the barriers as walls.
 */
import type { DiskQueue, DiskRequest } from '../../moments';
import { KIND } from '../../trace/events';
import type { TraceView } from '../../trace/view';
import { count } from '../../words/numbers';
import { words } from '../../words/late';
import { fill } from '../../words/template';
import { domainName } from '../shared/rings';
import { rowSentence, type RowMark } from '../shared/rows';
import type { TwinLine } from '../shared/twin';

const said = words.views.queueOrder;

export const COLUMNS = said.columns;

/** One request in one of the two orders. */
export interface RequestMark {
	/** How many came before it: the same in both orders. */
	id: string;
	x: number;
	width: number;
	/** Its sectors, in the plot; a flush has none, and height 0. */
	y: number;
	height: number;
	/** Top of its cell in its domain's lane. */
	lane: number;
	kind: DiskRequest['operation'];
	state: DiskRequest['state'];
	text: string;
}

/** A stretch of one domain's lane. */
export interface Stretch {
	id: string;
	x: number;
	width: number;
	lane: number;
}

/** All in one order. */
export interface Order {
	marks: RequestMark[];
	/** The way of the head, `points` of a polyline. */
	way: string;
	batches: Stretch[];
	walls: Stretch[];
	/** How far the head goes, in sectors, from place to place: for the requests that were served by now, in either order. */
	travelled: number;
}

export interface OrderMarks {
	came: Order;
	served: Order;
	lanes: { dom: number; label: string; y: number }[];
	/** Height of the plot, and of plot and lanes. */
	plot: number;
	height: number;
	/** Sectors at the top and at the bottom of the plot. */
	first: number;
	last: number;
	rows: RowMark[];
	summary: string;
	/** What is said of each barrier. */
	barriers: string[];
}

/** Requests shown, at most, and events looked at for their commands. */
const MOST = 40;
const FAR = 400_000;
const PAD = 6;
const LABEL = 46;
export const LANE = 18;
const GAP = 6;

/** A disk that some kernel drives. */
export interface QueuedDisk {
	readonly dom: number;
	readonly disk: string;
}

/** All disks that requests have come to. */
export function disksIn(queues: readonly DiskQueue[]): QueuedDisk[] {
	return queues.flatMap(({ dom, requests }) =>
		[...new Set(requests.map(({ disk }) => disk))].sort().map((disk) => ({ dom, disk }))
	);
}

/** The last requests to a disk, in the order in which they came. */
export function requestsTo(queues: readonly DiskQueue[], which: QueuedDisk): DiskRequest[] {
	const queue = queues.find(({ dom }) => dom === which.dom);
	return (queue?.requests ?? []).filter(({ disk }) => disk === which.disk).slice(-MOST);
}

/** Those that were started, in the order of service. */
const inService = (requests: readonly DiskRequest[]): DiskRequest[] =>
	requests.filter(({ started }) => started > 0).sort((a, b) => a.started - b.started);

const places = ({ sectors }: DiskRequest): boolean => sectors > 0;

/** Sectors that the head passes over from the end of each to the beginning of the next. */
function travel(requests: readonly DiskRequest[]): number {
	const placed = requests.filter(places);
	return placed.slice(1).reduce((sum, { lba }, n) => sum + Math.abs(lba - placed[n].lba - placed[n].sectors), 0);
}

/** A barrier: the steps of one, with nothing of its domain between them. */
interface Barrier {
	readonly dom: number;
	readonly steps: readonly DiskRequest[];
}

function barriersOf(requests: readonly DiskRequest[]): Barrier[] {
	const found: { dom: number; batch: number; steps: DiskRequest[] }[] = [];
	for (const request of requests) {
		if (!request.barrier) continue;
		const open = found.findLast(({ dom }) => dom === request.dom);
		if (open && open.batch === request.batch) open.steps.push(request);
		else found.push({ dom: request.dom, batch: request.batch, steps: [request] });
	}
	return found;
}

/** How many requests were started on another side of a barrier than they came on: of its domain, and of others. */
function passed({ dom, steps }: Barrier, requests: readonly DiskRequest[]): { own: number; others: number } {
	const [wall] = steps;
	const over = requests.filter(
		({ barrier, came, started }) =>
			!barrier && started > 0 && wall.started > 0 && came < wall.came !== started < wall.started
	);
	const own = over.filter((request) => request.dom === dom).length;
	return { own, others: over.length - own };
}

const nameOf = ({ operation, barrier }: DiskRequest): string =>
	barrier ? fill(said.barrier, { operation: said.operations[operation] }) : said.operations[operation];

const requestText = (request: DiskRequest): string =>
	fill(request.sectors > 0 ? said.request : said.bare, {
		operation: nameOf(request),
		dom: domainName(request.dom),
		lba: count(request.lba),
		sectors: count(request.sectors)
	});

/** Runs of neighbours that `same` calls alike, as stretches. */
function stretches(
	requests: readonly DiskRequest[],
	marks: readonly RequestMark[],
	same: (request: DiskRequest) => string
): Stretch[] {
	const found: (Stretch & { key: string })[] = [];
	requests.forEach((request, n) => {
		const key = same(request);
		const { x, width, lane, id } = marks[n];
		const last = found.at(-1);
		if (last && last.key === key && key !== '') last.width = x + width - last.x;
		else found.push({ key, id, x, width, lane });
	});
	return found.filter(({ key }) => key !== '');
}

const batchKey = ({ batch }: DiskRequest): string => (batch > 0 ? String(batch) : '');
const wallKey = ({ barrier, batch }: DiskRequest): string => (barrier ? String(batch) : '');

/** @param width of one of the two charts */
export function layout(requests: readonly DiskRequest[], width: number, plot = 110): OrderMarks {
	const placed = requests.filter(places);
	const first = placed.length > 0 ? Math.min(...placed.map(({ lba }) => lba)) : 0;
	const last = placed.length > 0 ? Math.max(...placed.map(({ lba, sectors }) => lba + sectors)) : 0;
	const doms = [...new Set(requests.map(({ dom }) => dom))].sort((a, b) => a - b);
	const step = (width - LABEL - PAD) / Math.max(1, requests.length);
	const yOf = (sector: number): number => PAD + ((sector - first) / Math.max(1, last - first)) * (plot - 2 * PAD);
	const laneOf = (dom: number): number => plot + GAP + doms.indexOf(dom) * LANE;

	const order = (list: readonly DiskRequest[]): Order => {
		const marks = list.map((request, n): RequestMark => {
			const y = yOf(request.lba);
			return {
				id: String(request.came),
				x: LABEL + n * step,
				width: Math.max(2, step - 1),
				y: places(request) ? y : 0,
				height: places(request) ? Math.max(3, yOf(request.lba + request.sectors) - y) : 0,
				lane: laneOf(request.dom),
				kind: request.operation,
				state: request.state,
				text: requestText(request)
			};
		});
		return {
			marks,
			way: list
				.flatMap((request, n) => {
					if (!places(request)) return [];
					const { x, width } = marks[n];
					const ends = [request.lba, request.lba + request.sectors].map((sector) => yOf(sector).toFixed(1));
					return [`${x.toFixed(1)},${ends[0]}`, `${(x + width).toFixed(1)},${ends[1]}`];
				})
				.join(' '),
			batches: stretches(list, marks, batchKey),
			walls: stretches(list, marks, wallKey),
			travelled: travel(list.filter(({ started }) => started > 0))
		};
	};

	const [came, served] = [order(requests), order(inService(requests))];
	return {
		came,
		served,
		lanes: doms.map((dom) => ({ dom, label: domainName(dom), y: laneOf(dom) })),
		plot,
		height: plot + GAP + doms.length * LANE,
		first,
		last,
		rows: rowsOf(requests),
		summary: summaryOf(requests, came.travelled, served.travelled),
		barriers: barriersOf(requests).map((barrier) =>
			fill(said.wall, { dom: domainName(barrier.dom), ...counted(passed(barrier, requests)) })
		)
	};
}

const counted = ({ own, others }: { own: number; others: number }) => ({ own: count(own), others: count(others) });

function summaryOf(requests: readonly DiskRequest[], came: number, served: number): string {
	const started = requests.filter((request) => request.started > 0).length;
	return fill(said.summary, {
		requests: count(requests.length),
		waiting: count(requests.length - started),
		came: count(came),
		served: count(served)
	});
}

function rowsOf(requests: readonly DiskRequest[]): RowMark[] {
	const served = inService(requests);
	return requests.map((request, place): RowMark => {
		const at = served.indexOf(request);
		return {
			id: String(request.came),
			cells: [
				count(place + 1),
				at < 0 ? '' : count(at + 1),
				domainName(request.dom),
				request.batch > 0 ? count(request.batch) : said.own,
				nameOf(request),
				places(request) ? count(request.lba) : '',
				places(request) ? count(request.sectors) : '',
				said.states[request.state]
			],
			tone: 'hw',
			bad: request.state === 'failed'
		};
	});
}

export const twin = ({ rows, summary, barriers }: OrderMarks): TwinLine[] => [
	{ id: '', text: summary, choosable: false },
	...rows.map((row) => ({ id: row.id, text: `${rowSentence(row, COLUMNS)}.` })),
	...barriers.map((text, n) => ({ id: `barrier-${n}`, text, choosable: false }))
];

/** The event of the command that the disk was told for each request, by how many came before it; a run without such events has none. */
export function commandsFor(trace: TraceView, seq: number, requests: readonly DiskRequest[]): Map<number, number> {
	const found = new Map<number, number>();
	const open = inService(requests).filter(({ drive }) => drive >= 0);
	for (let at = seq - 1; at >= 0 && at > seq - FAR && open.length > 0; at--) {
		if (trace.kind(at) !== KIND.disk_command) continue;
		const { came, drive, lba, sectors } = open[open.length - 1];
		const fits = trace.arg(at, 'disk') === drive && trace.arg(at, 'sectors') === sectors;
		if (!fits || (sectors > 0 && Number(trace.value(at, 'lba')) !== lba)) continue;
		found.set(came, at);
		open.pop();
	}
	return found;
}
