/**
 * Cause and effect, both ways. Most links are recorded: an event's `cause` is the span that it happened inside, or the event that
 * led to it. The rest follows from what the events themselves say, by the rules below: inside a span, which of
 * the events before it was the reason; across time, which wake let a virtual processor run, and which entry into a handler an
 * IRET ends.
 *
 *     event_send → event_pending → runstate → sched_switch → upcall → far_return … iret
 *     timer → interrupt → timer_fire → virq → event_pending → …
 *     page_fault → trap → check … bounce → far_return … iret
 *
 * Every cause lies before its effect, so that no chain can turn in a circle.
 */
import { RUNSTATES, KIND } from './events';
import { IS_SPAN, type TraceView } from './view';

/** How one event is linked to its cause. */
export type How =
	/** The event that was asked about. */
	| 'self'
	/** Recorded: one led to the other. */
	| 'led'
	/** Recorded: it happened inside that span. */
	| 'inside'
	/** It could only go on once the scheduler had chosen it. */
	| 'scheduled'
	/** The timer had been set for it. */
	| 'armed'
	/** The handler that was entered returns. */
	| 'returns'
	/** A change made by hand. */
	| 'changed';

/** One event of a chain. */
export interface Link {
	readonly seq: number;
	/** How it is linked to the event before it in the chain, or to its cause among the effects. */
	readonly how: How;
	/** Its cause among the effects; in a chain the effect that it explains. -1 for the event asked about. */
	readonly of: number;
}

interface Cause {
	readonly seq: number;
	readonly how: How;
}

/** Events looked at, at most: back for a reason inside a span, back across time, and forward for effects. */
const NEAR = 64;
const FAR = 20_000;
const HORIZON = 200_000;
const LONGEST = 64;

/** The last event before `seq` that `test` picks, at most `reach` events back and not before `from`; -1 when there is none. */
function back(seq: number, reach: number, from: number, test: (at: number) => boolean): number {
	for (let at = seq - 1; at >= from && at >= seq - reach; at--) if (test(at)) return at;
	return -1;
}

type Rule = (view: TraceView, seq: number) => Cause | null;
const found = (seq: number, how: How): Cause | null => (seq < 0 ? null : { seq, how });

/** The reason inside the same span, if it is one of these kinds and fits. */
const sibling =
	(fits: (view: TraceView, at: number, seq: number) => boolean): Rule =>
	(view, seq) => {
		const span = view.parent(seq);
		return span < 0
			? null
			: found(
					back(seq, NEAR, span + 1, (at) => fits(view, at, seq)),
					'led'
				);
	};

const sends = (view: TraceView, at: number, dom: number, port: number): boolean =>
	view.kind(at) === KIND.event_send
		? view.arg(at, 'remote_dom') === dom && view.arg(at, 'remote_port') === port
		: view.kind(at) === KIND.virq && view.arg(at, 'port') === port && view.dom(at) === dom;

/** The entry into a handler that a return to `eip` ends. */
function entered(view: TraceView, seq: number, eip: number): Cause | null {
	const [dom, vcpu] = [view.dom(seq), view.vcpu(seq)];
	const at = back(
		seq,
		FAR,
		0,
		(at) => isEntry(view, at) && view.dom(at) === dom && view.vcpu(at) === vcpu && view.arg(at, 'guest_eip') === eip
	);
	return found(at, 'returns');
}

const isEntry = (view: TraceView, seq: number): boolean =>
	view.kind(seq) === KIND.bounce || view.kind(seq) === KIND.upcall;

/** An IRET that the guest kernel made without the hypervisor's help. */
const isOwnReturn = (view: TraceView, seq: number): boolean =>
	view.kind(seq) === KIND.far_return && view.arg(seq, 'from_ring') > 0;

/** The timer_set that armed a one-shot timer of a virtual processor. */
const armed = (view: TraceView, seq: number, dom: number, vcpu: number): Cause | null =>
	found(
		back(seq, FAR, 0, (at) => view.kind(at) === KIND.timer_set && view.dom(at) === dom && view.vcpu(at) === vcpu),
		'armed'
	);

/** The one-shot timer that ran out when the APIC's fired. */
const firedBy: Rule = (view, seq) => {
	for (let at = seq + 1; at < Math.min(view.length, seq + 16); at++) {
		if (view.kind(at) === KIND.timer_fire && view.arg(at, 'periodic') === 0)
			return armed(view, seq, view.dom(at), view.arg(at, 'of_vcpu'));
		if (view.kind(at) === KIND.far_return) return null;
	}
	return null;
};

/** What explains an event better than its recorded cause does, by kind. */
const RULES = new Map<number, Rule>([
	[KIND.event_pending, sibling((view, at, seq) => sends(view, at, view.arg(seq, 'target_dom'), view.arg(seq, 'port')))],
	[
		KIND.runstate,
		sibling(
			(view, at, seq) =>
				view.kind(at) === KIND.event_pending &&
				view.arg(at, 'target_dom') === view.arg(seq, 'of_dom') &&
				RUNSTATES[view.arg(seq, 'new')] === 'runnable'
		)
	],
	[
		KIND.overruled,
		(view, seq) =>
			view.arg(seq, 'what') === 0
				? found(seq - 1, 'led')
				: sibling((at, other, own) => sends(at, other, at.arg(own, 'a'), at.arg(own, 'b')))(view, seq)
	],
	[KIND.xen_crash, (view, seq) => found(view.arg(seq, 'because'), 'changed')],
	[KIND.iret, (view, seq) => entered(view, seq, view.arg(seq, 'eip'))],
	[KIND.far_return, (view, seq) => (isOwnReturn(view, seq) ? entered(view, seq, view.arg(seq, 'eip')) : null)],
	[KIND.timer, firedBy]
]);

/** The cause of an event, or null for one that nothing recorded led to: a guest's own instruction, or the passing of time. */
function causeOf(view: TraceView, seq: number): Cause | null {
	const better = RULES.get(view.kind(seq))?.(view, seq);
	if (better) return better;
	const by = view.cause(seq);
	if (by < 0) return null;
	return { seq: by, how: IS_SPAN[view.kind(by)] && view.parent(seq) === by ? 'inside' : 'led' };
}

/** The switch that let a virtual processor go on, between what woke it and what it then did. */
function scheduled(view: TraceView, woken: number, seq: number): number {
	const [dom, vcpu] = [view.dom(seq), view.vcpu(seq)];
	return back(
		seq,
		FAR,
		woken + 1,
		(at) =>
			view.kind(at) === KIND.sched_switch && view.arg(at, 'next_dom') === dom && view.arg(at, 'next_vcpu') === vcpu
	);
}

const link = ({ seq, how }: Cause, of: number): Link => ({ seq, how, of });

/** An event and what led to it, back to the root: the event itself first. */
export function chain(view: TraceView, seq: number): Link[] {
	const links = [link({ seq, how: 'self' }, -1)];
	for (let at = seq; links.length < LONGEST;) {
		const cause = causeOf(view, at);
		if (!cause || cause.seq >= at) break;
		if (view.kind(at) === KIND.upcall) {
			const turn = scheduled(view, cause.seq, at);
			if (turn >= 0) links.push(link({ seq: turn, how: 'scheduled' }, at));
		}
		links.push(link(cause, at));
		at = cause.seq;
	}
	return links;
}

/**
 * What an event led to, directly and through others, in the order in which it happened.
 * @param limit most effects that are told
 */
export function effects(view: TraceView, seq: number, limit = 40): Link[] {
	const known = new Set([seq]);
	const links: Link[] = [];
	const tracker = new Tracker(view);
	tracker.note(seq);
	const last = Math.min(view.length, seq + HORIZON);
	for (let at = seq + 1; at < last && links.length < limit; at++) {
		const by = tracker.cause(at) ?? recorded(view, at, known);
		if (!by || !known.has(by.seq)) continue;
		known.add(at);
		tracker.note(at);
		links.push(link({ seq: at, how: by.how }, by.seq));
	}
	return links;
}

/** Like `causeOf`, without looking far back: what lies far back is followed forward by the tracker. */
function recorded(view: TraceView, seq: number, known: ReadonlySet<number>): Cause | null {
	const kind = view.kind(seq);
	if (kind === KIND.timer) return null;
	const near = kind === KIND.iret || kind === KIND.far_return ? null : RULES.get(kind)?.(view, seq);
	if (near && known.has(near.seq)) return near;
	const by = view.cause(seq);
	return by < 0 ? null : { seq: by, how: IS_SPAN[view.kind(by)] && view.parent(seq) === by ? 'inside' : 'led' };
}

/** Follows forward what is still open: handlers that have been entered, and virtual processors that were woken. */
class Tracker {
	private readonly handlers: number[] = [];
	private readonly woken = new Map<string, number>();
	private readonly timers = new Map<string, number>();

	constructor(private readonly view: TraceView) {}

	/** Takes note of an effect. */
	note(seq: number): void {
		const { view } = this;
		if (isEntry(view, seq)) this.handlers.push(seq);
		if (view.kind(seq) === KIND.runstate && RUNSTATES[view.arg(seq, 'new')] === 'runnable')
			this.woken.set(`${view.arg(seq, 'of_dom')}:${view.arg(seq, 'of_vcpu')}`, seq);
		if (view.kind(seq) === KIND.timer_set) this.timers.set(`${view.dom(seq)}:${view.vcpu(seq)}`, seq);
	}

	/** The effect that event `seq` ends or follows from, if it is one of those that were noted. */
	cause(seq: number): Cause | null {
		const { view } = this;
		const kind = view.kind(seq);
		if (kind === KIND.iret || isOwnReturn(view, seq)) return this.returned(seq);
		if (kind === KIND.sched_switch)
			return this.take(this.woken, view.arg(seq, 'next_dom'), view.arg(seq, 'next_vcpu'), 'scheduled');
		if (kind === KIND.timer_set) this.timers.delete(`${view.dom(seq)}:${view.vcpu(seq)}`);
		if (kind === KIND.timer_fire && view.arg(seq, 'periodic') === 0)
			return this.take(this.timers, view.dom(seq), view.arg(seq, 'of_vcpu'), 'armed');
		return null;
	}

	private take(open: Map<string, number>, dom: number, vcpu: number, how: How): Cause | null {
		const seq = open.get(`${dom}:${vcpu}`);
		if (seq === undefined) return null;
		open.delete(`${dom}:${vcpu}`);
		return { seq, how };
	}

	private returned(seq: number): Cause | null {
		const { view, handlers } = this;
		const at = handlers.findLastIndex(
			(entry) =>
				view.dom(entry) === view.dom(seq) &&
				view.vcpu(entry) === view.vcpu(seq) &&
				view.arg(entry, 'guest_eip') === view.arg(seq, 'eip')
		);
		return at < 0 ? null : { seq: handlers.splice(at, 1)[0], how: 'returns' };
	}
}
