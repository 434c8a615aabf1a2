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
import type { TwinLine } from '../shared/twin';

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

const CELL = 58;
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

/** What a port is bound to, short. */
export function boundTo(port: PortState): string {
	if (port.state === 'interdomain') return `${domainName(port.remoteDom)}:${port.remotePort}`;
	if (port.state === 'unbound') return `for ${domainName(port.remoteDom)}`;
	if (port.state === 'virq') return VIRQ_NAMES.get(port.virq) ?? `virq ${port.virq}`;
	return port.state === 'ipi' ? `vcpu ${port.vcpu}` : port.state;
}

/** Whether the next way back into the guest enters its upcall. */
export const upcallDue = (vcpu: UpcallState): boolean => vcpu.upcallPending && !vcpu.upcallMask;

function upcallText(vcpu: UpcallState, fifo: boolean): string {
	const flags = `upcall ${vcpu.upcallPending ? 'pending' : 'not pending'}, ${vcpu.upcallMask ? 'masked' : 'open'}`;
	const words = !fifo && vcpu.pendingSel ? `, words ${vcpu.pendingSel.toString(2)}b` : '';
	const queues = fifo && !vcpu.queues ? ', no control block' : '';
	const waits = vcpu.polling ? `, polls ${vcpu.polling.join(' ')}` : vcpu.blocked ? ', blocked' : '';
	return `vcpu ${vcpu.id}: ${flags}${words}${queues}${waits}${vcpu.callback === null ? ', no callback' : ''}`;
}

/** Where a port stands in the queues, short. */
export function queueText(fifo: boolean, { queue }: PortState): string {
	if (!fifo) return '';
	if (!queue) return 'no word';
	return `q${queue.priority}${queue.linked ? (queue.link ? ` \u2192 ${queue.link}` : ' tail') : ''}`;
}

/** A ready queue in the order in which its ports will be taken. */
function readyText({ id }: UpcallState, { priority, ports, more }: ReadyQueue): string {
	const named = ports.slice(0, MOST_NAMED).join(' \u2192 ');
	const rest = more || ports.length > MOST_NAMED ? ' \u2192 \u2026' : '';
	return `vcpu ${id}, queue ${priority}: ${named ? named + rest : 'nothing linked'}`;
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
				x: domain.ports[place].x + CELL / 2 - 3,
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
	if (!queue) return 'and it has no event word yet: they wait until the event array reaches to it';
	const through = `through queue ${queue.priority}`;
	if (!queue.linked) return `${through}, where it does not hang now`;
	return `${through}; it hangs in a queue, ${queue.link ? `before port ${queue.link}` : 'as the last'}`;
}

/** A port in plain sentences. */
export function describe(picture: ChannelPicture, id: string): string {
	const [dom, number] = id.split('/').map(Number);
	const domain = picture.domains.find((candidate) => candidate.id === dom);
	const port = domain?.ports.find((candidate) => candidate.port === number);
	if (!domain || !port) return '';
	const what: Record<string, string> = {
		interdomain: `connected to port ${port.remotePort} of ${domainName(port.remoteDom)}`,
		unbound: `waits for ${domainName(port.remoteDom)} to connect`,
		virq: `virtual interrupt ${boundTo(port)}`,
		ipi: `signals between the vcpus of the domain, told to vcpu ${port.vcpu}`
	};
	const bits = domain.native
		? 'Its end is served by the toolstack, which needs no bits.'
		: `${port.pending ? 'Pending' : 'Not pending'}, ${port.masked ? 'masked: its event makes no upcall' : 'not masked'}; events go to vcpu ${port.vcpu}${domain.fifo ? `, ${placeText(port)}` : ''}.`;
	return `${domainName(dom)} port ${number}: ${what[port.state] ?? port.state}. ${bits}`;
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
			text: `${vcpuName(view.dom(from), view.vcpu(from))} sends on its port ${view.arg(from, 'port')}`
		});
	else if (from >= 0) {
		const virq = view.arg(from, 'virq');
		stages.push({ seq: from, text: `virtual interrupt ${VIRQ_NAMES.get(virq) ?? virq} is raised` });
	}
	const target = `${domainName(view.arg(pending, 'target_dom'))} port ${view.arg(pending, 'port')}`;
	const masked = view.arg(pending, 'masked') !== 0;
	stages.push({ seq: pending, text: `${target} becomes pending${masked ? '; it is masked, so nothing follows' : ''}` });
	for (let seq = pending + 1; seq < Math.min(end, view.length); seq++) {
		if (view.kind(seq) !== KIND.upcall || view.dom(seq) !== view.arg(pending, 'target_dom')) continue;
		if (view.vcpu(seq) !== view.arg(pending, 'target_vcpu')) continue;
		stages.push({
			seq,
			text: `${vcpuName(view.dom(seq), view.vcpu(seq))} is entered at its callback ${address(view.arg(seq, 'handler_eip'))}`
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
			text: `${domainName(domain.id)}, ${domain.name}: ${domain.ports.length || 'no'} open ports${domain.fifo ? ', events by FIFO queues' : ''}.`,
			choosable: false
		},
		...domain.lines.map((line) => ({
			id: line.id,
			text: `${line.text}${line.due ? ': an upcall is due' : ''}${line.changed ? ' (changed)' : ''}.`,
			choosable: false
		})),
		...domain.ports.map((port) => ({
			id: port.id,
			text: `${describe(picture, port.id)}${port.changed ? ' (changed)' : ''}`
		}))
	]),
	...stages.map((stage) => ({ id: `stage ${stage.seq}`, text: `The last event: ${stage.text}.`, choosable: false }))
];
