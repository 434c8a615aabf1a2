/**
 * Event channels, as marks: a row a domain, a column a port; beside each cell its bits where the domain looks for them. An
 * event travels from a port to its far end, sets `pending` there, then (unless masked) the selector bit of its word, or a
 * link of a queue, and the vcpu's upcall flag; each stage has its place here.
 */
import { VIRQ } from '../../abi/structs/xen';
import type { ChannelPicture, DomainPorts, PortState, ReadyQueue, UpcallState } from '../../moments';
import { KIND } from '../../trace/events';
import type { TraceView } from '../../trace/view';
import { address } from '../../words/numbers';
import { domainName, vcpuName } from '../shared/rings';
import { markedText } from '../shared/rows';
import type { TwinLine } from '../shared/twin';
import { words } from '../../words/late';
import { counted } from '../../words/plural';
import { fill } from '../../words/template';

const said = words.views.channels;

export interface PortMark {
	/** `1/3`: domain and port. */
	id: string;
	dom: number;
	port: number;
	x: number;
	/** Two letters for the kind of channel: `↔`, `v`, `i`, `…`. */
	sign: string;
	/** What it is bound to: `dom0:2`, `TIMER`. */
	to: string;
	pending: boolean;
	masked: boolean;
	/** In a domain with queues: the one that it goes through, and what hangs behind it: `q7`, `q7 → 4`, `q7 tail`. */
	queue: string;
	changed: boolean;
}

export interface DomainMark {
	id: number;
	name: string;
	y: number;
	height: number;
	/** Height of a row of ports, the gap below it included. */
	row: number;
	/** Its events come by queues. */
	fifo: boolean;
	ports: PortMark[];
	/** The vcpus' flags and words, one line each, and a line a ready queue. */
	lines: { id: string; text: string; due: boolean; changed: boolean }[];
	/** Served by programs: nothing here is read by a guest. */
	native: boolean;
}

export interface ChannelMarks {
	domains: DomainMark[];
	/** Lines between two ends, by port ids. */
	links: { id: string; path: string; chosen: boolean; hot: boolean }[];
	width: number;
	height: number;
}

/** One stage of the way of an event. */
export interface Stage {
	seq: number;
	text: string;
}

/** Room for `dom1:12` and `CONSOLE`, and the gap to the next. */
const CELL = 64;
export const CELL_WIDTH = CELL - 7;
/** Letters of twelve pixels that stand in a cell as they are; more are pressed together. */
export const CELL_LETTERS = 7;
const CELL_HEIGHT = 44;
/** With a third line, for the queue. */
const QUEUE_CELL_HEIGHT = 58;
/** Ports of a queue that a line has room for. */
const MOST_NAMED = 8;
const HEAD = 20;
const LINE = 17;
const BETWEEN = 40;

const VIRQ_NAMES = new Map(Object.entries(VIRQ).map(([name, number]) => [number as number, name]));

const SIGNS: Record<PortState['state'], string> = {
	free: '',
	reserved: '',
	unbound: '…',
	interdomain: '↔',
	virq: 'v',
	ipi: 'i',
	pirq: 'p'
};

/** What a port is bound to, by the name of its state. */
const PLACES: Readonly<Record<PortState['state'], (port: PortState) => Readonly<Record<string, string | number>>>> = {
	free: () => ({}),
	reserved: () => ({}),
	pirq: () => ({}),
	unbound: ({ remoteDom }) => ({ dom: domainName(remoteDom) }),
	interdomain: ({ remoteDom, remotePort }) => ({ dom: domainName(remoteDom), port: remotePort }),
	virq: (port) => ({ virq: boundTo(port) }),
	ipi: ({ vcpu }) => ({ vcpu })
};

/** What a port is bound to, short. */
export function boundTo(port: PortState): string {
	if (port.state === 'virq') return VIRQ_NAMES.get(port.virq) ?? fill(said.bound.virq, { virq: port.virq });
	return fill(said.bound[port.state], PLACES[port.state](port));
}

/** Whether the next way back into the guest enters its upcall. */
export const upcallDue = (vcpu: UpcallState): boolean => vcpu.upcallPending && !vcpu.upcallMask;

function upcallText(vcpu: UpcallState, fifo: boolean): string {
	const { vcpu: parts } = said;
	const more = [
		...(!fifo && vcpu.pendingSel ? [fill(parts.words, { words: vcpu.pendingSel.toString(2) })] : []),
		...(fifo && !vcpu.queues ? [parts.noBlock] : []),
		...(vcpu.polling ? [fill(parts.polls, { ports: vcpu.polling.join(' ') })] : vcpu.blocked ? [parts.blocked] : []),
		...(vcpu.callback === null ? [parts.noCallback] : [])
	];
	return fill(parts.line, {
		vcpu: vcpu.id,
		pending: vcpu.upcallPending ? parts.pending : parts.notPending,
		masked: vcpu.upcallMask ? parts.masked : parts.open,
		more: more.join('')
	});
}

/** Where a port stands in the queues, short. */
export function queueText(fifo: boolean, { queue }: PortState): string {
	if (!fifo) return '';
	if (!queue) return said.queue.none;
	const { priority, linked, link } = queue;
	if (!linked) return fill(said.queue.apart, { priority });
	return link ? fill(said.queue.before, { priority, port: link }) : fill(said.queue.tail, { priority });
}

/** A ready queue in the order in which its ports will be taken. */
function readyText({ id }: UpcallState, { priority, ports, more }: ReadyQueue): string {
	const named = ports.slice(0, MOST_NAMED).join(' \u2192 ');
	const left = ports.length - MOST_NAMED;
	const known = left > 0 ? fill(said.vcpu.cut, { ports: named, count: left }) : named;
	const shown = more ? fill(said.vcpu.goesOn, { ports: known }) : known;
	return fill(said.vcpu.queue, { vcpu: id, priority, ports: shown || said.vcpu.empty });
}

const samePort = (a: PortState, b: PortState | undefined): boolean =>
	b !== undefined && JSON.stringify(a) === JSON.stringify(b);

/** What is to be said of a vcpu: its flags, then its ready queues. */
const texts = (domain: DomainPorts, vcpu: UpcallState): string[] => [
	upcallText(vcpu, domain.fifo),
	...(vcpu.queues ?? []).map((queue) => readyText(vcpu, queue))
];

function domainMark(domain: DomainPorts, before: DomainPorts | undefined, compare: boolean, y: number, perRow: number) {
	const old = new Map((before?.ports ?? []).map((port) => [port.port, port]));
	const known = new Set((before?.vcpus ?? []).flatMap((vcpu) => texts(before!, vcpu)));
	const lines = domain.vcpus.flatMap((vcpu) =>
		texts(domain, vcpu).map((text, place) => ({
			id: `${domain.id}/vcpu ${vcpu.id}${place === 0 ? '' : ` queue ${vcpu.queues![place - 1].priority}`}`,
			text,
			due: place === 0 && upcallDue(vcpu),
			changed: compare && !known.has(text)
		}))
	);
	const row = domain.fifo ? QUEUE_CELL_HEIGHT : CELL_HEIGHT;
	const rows = Math.max(1, Math.ceil(domain.ports.length / perRow));
	const mark: DomainMark = {
		id: domain.id,
		name: domain.name,
		y,
		height: HEAD + rows * row + lines.length * LINE,
		row,
		fifo: domain.fifo,
		native: domain.native,
		lines,
		ports: domain.ports.map((port, place) => ({
			id: `${domain.id}/${port.port}`,
			dom: domain.id,
			port: port.port,
			x: (place % perRow) * CELL,
			sign: SIGNS[port.state],
			to: boundTo(port),
			pending: port.pending,
			masked: port.masked,
			queue: queueText(domain.fifo, port),
			changed: compare && !samePort(port, old.get(port.port))
		}))
	};
	return mark;
}

/** Row of a port within its domain. */
export const rowOf = (marks: DomainMark, place: number, width: number): number =>
	Math.floor(place / Math.max(1, Math.floor(width / CELL)));

/** Middle of a port's cell. */
function middle(marks: readonly DomainMark[], id: string, perRow: number): { x: number; y: number } | null {
	for (const domain of marks) {
		const place = domain.ports.findIndex((port) => port.id === id);
		if (place >= 0)
			return {
				x: domain.ports[place].x + 1 + CELL_WIDTH / 2,
				y: domain.y + HEAD + Math.floor(place / perRow) * domain.row + domain.row / 2 - 3
			};
	}
	return null;
}

/**
 * @param chosen id of a port, or null: its link is drawn strongly
 * @param hot ids of ports that the last event went through
 */
export function layout(
	state: { picture: ChannelPicture; before?: ChannelPicture | null; chosen?: string | null; hot?: readonly string[] },
	size: { width: number }
): ChannelMarks {
	const { picture, before = null, chosen = null, hot = [] } = state;
	const width = Math.max(200, size.width);
	const perRow = Math.max(1, Math.floor(width / CELL));
	const domains: DomainMark[] = [];
	let y = 0;
	for (const domain of picture.domains) {
		const mark = domainMark(
			domain,
			before?.domains.find((other) => other.id === domain.id),
			before !== null,
			y,
			perRow
		);
		domains.push(mark);
		y += mark.height + BETWEEN;
	}
	const links = picture.domains.flatMap((domain) =>
		domain.ports
			.filter((port) => port.state === 'interdomain' && domain.id < port.remoteDom)
			.flatMap((port) => {
				const ids = [`${domain.id}/${port.port}`, `${port.remoteDom}/${port.remotePort}`];
				const [from, to] = ids.map((id) => middle(domains, id, perRow));
				if (!from || !to) return [];
				const bend = (to.y - from.y) / 2;
				return [
					{
						id: ids.join('-'),
						path: `M${from.x} ${from.y + 16}C${from.x} ${from.y + bend} ${to.x} ${to.y - bend} ${to.x} ${to.y - 16}`,
						chosen: chosen !== null && ids.includes(chosen),
						hot: ids.some((id) => hot.includes(id))
					}
				];
			})
	);
	return { domains, links, width, height: Math.max(0, y - BETWEEN) };
}

/** Where a port of a domain with queues stands, in words. */
function placeText({ queue }: PortState): string {
	const { place } = said;
	if (!queue) return place.none;
	const { priority, linked, link } = queue;
	if (!linked) return fill(place.apart, { priority });
	return link ? fill(place.before, { priority, port: link }) : fill(place.last, { priority });
}

/** What is to be said of a port's bits. */
function bitsText(domain: DomainPorts, port: PortState): string {
	if (domain.native) return said.native;
	const { bits } = said;
	return fill(domain.fifo ? bits.withPlace : bits.line, {
		pending: port.pending ? bits.pending : bits.notPending,
		masked: port.masked ? bits.masked : bits.notMasked,
		vcpu: port.vcpu,
		place: placeText(port)
	});
}

/** A port in plain sentences. */
export function describe(picture: ChannelPicture, id: string): string {
	const [dom, number] = id.split('/').map(Number);
	const domain = picture.domains.find((candidate) => candidate.id === dom);
	const port = domain?.ports.find((candidate) => candidate.port === number);
	if (!domain || !port) return '';
	const { state } = port;
	const what: Readonly<Record<string, string>> = said.what;
	return fill(said.port, {
		dom: domainName(dom),
		port: number,
		what: Object.hasOwn(what, state) ? fill(what[state], PLACES[state](port)) : said.bound[state],
		bits: bitsText(domain, port)
	});
}

/** The send, or the raised interrupt, that made a port pending: the last one before it that names the port; -1 where none does. */
function beginning(view: TraceView, pending: number, stop: number): number {
	const [dom, port] = [view.arg(pending, 'target_dom'), view.arg(pending, 'port')];
	for (let seq = pending - 1; seq >= stop; seq--) {
		const kind = view.kind(seq);
		if (kind === KIND.event_send && view.arg(seq, 'remote_dom') === dom && view.arg(seq, 'remote_port') === port)
			return seq;
		if (kind === KIND.virq && view.dom(seq) === dom && view.arg(seq, 'port') === port) return seq;
		// An earlier event on the same port has its own beginning.
		if (kind === KIND.event_pending && view.arg(seq, 'target_dom') === dom && view.arg(seq, 'port') === port) return -1;
	}
	return -1;
}

/** How far back the last event is looked for. */
const LOOK_BACK = 4000;

/**
 * The way of the last event before `end`: from the send, or the interrupt that the hypervisor raised, to the upcall.
 * Follows recorded causes; empty where no event is near.
 */
export function lastPath(view: TraceView, end: number): Stage[] {
	const stop = Math.max(0, end - LOOK_BACK);
	let pending = -1;
	for (let seq = Math.min(end, view.length) - 1; seq >= stop && pending < 0; seq--)
		if (view.kind(seq) === KIND.event_pending) pending = seq;
	if (pending < 0) return [];
	const stages: Stage[] = [];
	const from = beginning(view, pending, stop);
	if (from >= 0 && view.kind(from) === KIND.event_send)
		stages.push({
			seq: from,
			text: fill(said.stages.sends, {
				who: vcpuName(view.dom(from), view.vcpu(from)),
				port: view.arg(from, 'port')
			})
		});
	else if (from >= 0) {
		const virq = view.arg(from, 'virq');
		stages.push({ seq: from, text: fill(said.stages.raised, { virq: VIRQ_NAMES.get(virq) ?? virq }) });
	}
	const masked = view.arg(pending, 'masked') !== 0;
	stages.push({
		seq: pending,
		text: fill(masked ? said.stages.pendingMasked : said.stages.pending, {
			dom: domainName(view.arg(pending, 'target_dom')),
			port: view.arg(pending, 'port')
		})
	});
	for (let seq = pending + 1; seq < Math.min(end, view.length); seq++) {
		if (view.kind(seq) !== KIND.upcall || view.dom(seq) !== view.arg(pending, 'target_dom')) continue;
		if (view.vcpu(seq) !== view.arg(pending, 'target_vcpu')) continue;
		stages.push({
			seq,
			text: fill(said.stages.entered, {
				who: vcpuName(view.dom(seq), view.vcpu(seq)),
				address: address(view.arg(seq, 'handler_eip'))
			})
		});
		break;
	}
	return stages;
}

/** Ports that the last event went through. */
export function hotPorts(view: TraceView, stages: readonly Stage[]): string[] {
	return stages.flatMap(({ seq }) => {
		const kind = view.kind(seq);
		if (kind === KIND.event_send) return [`${view.dom(seq)}/${view.arg(seq, 'port')}`];
		return kind === KIND.event_pending ? [`${view.arg(seq, 'target_dom')}/${view.arg(seq, 'port')}`] : [];
	});
}

export const twin = (picture: ChannelPicture, marks: ChannelMarks, stages: readonly Stage[]): TwinLine[] => [
	...marks.domains.flatMap((domain) => [
		{
			id: `dom ${domain.id}`,
			text: fill(domain.fifo ? said.domain.withQueues : said.domain.line, {
				dom: domainName(domain.id),
				name: domain.name,
				ports: domain.ports.length ? counted(said.ports, domain.ports.length) : said.domain.none
			}),
			choosable: false
		},
		...domain.lines.map((line) => ({
			id: line.id,
			text: `${markedText(line.due ? fill(said.due, { line: line.text }) : line.text, line.changed)}.`,
			choosable: false
		})),
		...domain.ports.map((port) => ({
			id: port.id,
			text: markedText(describe(picture, port.id), port.changed)
		}))
	]),
	...stages.map((stage) => ({
		id: `stage ${stage.seq}`,
		text: fill(said.stage, { stage: stage.text }),
		choosable: false
	}))
];
