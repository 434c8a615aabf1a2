/**
 * Who wrote this? The instruction, or the decision of the hypervisor, that last changed something, and what it was
 * before. Memory is asked of the past with watch points, registers by steps, frames of the trace; all of it aside, so that
 * the present moment stays what it is.
 */
import { CHECK_NAMES, FRAME_TYPES, HAND_CHANGES, KIND } from '../../trace/events';
import { IS_SPAN, type TraceView } from '../../trace/view';
import { hex } from '../../base';
import type { Walk } from '../../trace/moment';
import { registers } from '../looks/moments';
import { isBefore, type Point } from '../moment';
import { walk } from '../looks/page-walk';
import { Retreat } from '../time/retreat';
import type { Run } from '../run';
import { Work, type Task } from '../task';
import type { Hit } from '../points/watch';
import { entryPlace, placesOf, sameValue, type Place } from './places';
import { REGISTER_NAMES } from '../time/changes';
import { describeTarget, describeWriter, type WhoTarget, type Write, type Writer, type Written } from './words';

type Steps<T> = Generator<void, T, void>;
type Found = Write & { readonly idle: number };

/** Writes that leave the value as it is are passed over, so many at most. */
const MOST_IDLE = 256;
/** Instructions of the first stretch that is stepped through for a register; each further one is so many times longer. */
const FIRST_STRETCH = 64;
const GROWTH = 8;
const LONGEST_STRETCH = 1 << 18;
/** What one step counts for, and how many events are looked at between two looks at the allowance. */
const STEP_COST = 100;
const EVENTS_AT_ONCE = 1 << 16;

/** Kinds that are recorded right after what they tell has been written. */
const TOLD_AFTER = new Set<number>(
	(
		[
			'pte_write',
			'ptwr',
			'event_pending',
			'bounce',
			'upcall',
			'failsafe',
			'console_input',
			'console_output',
			'xenstore'
		] as const
	).map((kind) => KIND[kind])
);

/**
 * Finds out who last changed a target before the present moment.
 * @throws RangeError for a target that is not there, when it begins
 */
export function whoWrote(run: Run, target: WhoTarget): Task<Written> {
	checkRegister(target);
	const search = new Search(run, target);
	const aside = run.asideTask(search.work);
	return {
		get fraction() {
			return search.work.fraction;
		},
		go(maxInstructions) {
			try {
				return aside.go(maxInstructions);
			} catch (error) {
				this.cancel?.();
				throw error;
			}
		},
		cancel() {
			search.inner?.cancel?.();
			aside.cancel?.();
		}
	};
}

/** The page walk for an address as it was just before event `seq` was recorded. */
export function walkBefore(run: Run, seq: number, address: number): Task<Walk> {
	const { icount, seq: before } = run.momentOf({ seq });
	const moment = { icount, seq: (before ?? 1) - 1 };
	return run.asideTask<Walk>(
		new Work<Walk>(function* (work) {
			yield* work.wait(run.approach(moment));
			return walk(run, address);
		})
	);
}

function checkRegister(target: WhoTarget): void {
	if (target.kind === 'register' && !REGISTER_NAMES.includes(target.name))
		throw new RangeError(`there is no register '${String(target.name)}': ${REGISTER_NAMES.join(', ')}`);
}

const NOBODY: Writer = { by: 'nobody' };

/** One search. */
class Search {
	readonly work: Work<Written>;
	/** What is under way inside, to be given up with it. */
	inner: Task<unknown> | null = null;
	private readonly here: Point;
	private readonly places: Place[];

	constructor(
		private readonly run: Run,
		private readonly target: WhoTarget
	) {
		this.here = run.moment;
		this.places = target.kind === 'register' || target.kind === 'frame' ? [] : placesOf(run, target);
		this.work = new Work(() => this.search());
	}

	private *search(): Steps<Written> {
		const { target } = this;
		const entries = target.kind === 'memory' && target.space === 'linear' ? this.entriesOf(target.address) : [];
		const found =
			target.kind === 'register'
				? yield* this.register(target.name)
				: target.kind === 'frame'
					? yield* this.frame(target.mfn)
					: yield* this.memory(this.places);
		const mapping = entries.length > 0 ? yield* this.mappedSince(entries, found) : null;
		return { ...found, target, mapping, text: textOf(target, found) };
	}

	private *wait<R>(task: Task<R>): Steps<R> {
		this.inner = task;
		const result = yield* this.work.wait(task);
		this.inner = null;
		return result;
	}

	// --- memory ----------------------------------------------------------------------------------------------

	/** The last write before here that changed one of the places. */
	private *memory(places: readonly Place[]): Steps<Found> {
		const { run } = this;
		const points = places.map(({ physical, length }, id) => ({
			id,
			kind: 'watch' as const,
			space: 'physical' as const,
			address: physical,
			length,
			access: 'write' as const
		}));
		for (let idle = 0; ; idle++) {
			// What the last step did counts as well; after that the run stands at a write, and goes to the one before.
			const report = yield* this.wait(new Retreat(run, { points }, idle === 0));
			const hit = run.lastHit;
			if (report.cause !== 'point' || !hit) return this.untouched(places, idle);
			const place = places[report.point ?? 0];
			if (sameValue(place, hit.before, hit.after) && idle < MOST_IDLE) continue;
			const after = run.moment;
			return {
				before: { icount: hit.icount, seq: firstSeqOf(run.trace, hit.icount, after.seq) },
				after,
				writer: writerOf(run.trace, hit),
				old: place.read(hit.before),
				new: place.read(hit.after),
				idle
			};
		}
	}

	/** Nothing wrote: the run stands at its beginning, where the value is what it always was. */
	private untouched(places: readonly Place[], idle: number): Found {
		const { ram } = this.run.system.machine.memory;
		const value = places
			.map((place) => place.read([...ram.subarray(place.physical, place.physical + place.length)]))
			.join(' ');
		return { before: null, after: null, writer: NOBODY, old: value, new: value, idle };
	}

	/** Physical addresses of the entries that map the first byte. */
	private entriesOf(linear: number): Place[] {
		const seen = this.run.system.machine.cpu.mmu.inspect(linear | 0);
		return seen.entries.filter(({ level }) => level < 3).map(({ at }) => entryPlace(at));
	}

	/** The change of the mapping, if it is younger than the write. */
	private *mappedSince(entries: readonly Place[], found: Write): Steps<Written['mapping']> {
		yield* this.wait(this.run.approach(this.here));
		const mapped = yield* this.memory(entries);
		if (mapped.after === null || (found.after !== null && isBefore(mapped.after, found.after))) return null;
		const text = `The page that is mapped there now was mapped later, at instruction ${mapped.after.icount.toLocaleString('en')}, by ${describeWriter(mapped.writer)}: the entry was ${mapped.old} and became ${mapped.new}.`;
		return { ...mapped, text };
	}

	// --- registers -------------------------------------------------------------------------------------------

	/** The last step that changed the register: stretches before here are gone through step by step, the nearest first. */
	private *register(name: (typeof REGISTER_NAMES)[number]): Steps<Found> {
		const { run } = this;
		let end = this.here;
		for (let size = FIRST_STRETCH; ; size = Math.min(LONGEST_STRETCH, size * GROWTH)) {
			const start = Math.max(0, end.icount - size);
			yield* this.wait(run.approach({ icount: start }));
			const began = run.moment;
			const found = yield* this.lastChange(name, end);
			if (found) return found;
			if (start === 0) {
				const value = hex(registers(run)[name]);
				return { before: null, after: null, writer: NOBODY, old: value, new: value, idle: 0 };
			}
			this.work.fraction = 1 - start / Math.max(1, this.here.icount);
			end = began;
		}
	}

	private *lastChange(name: (typeof REGISTER_NAMES)[number], end: Point): Steps<Found | null> {
		const { run } = this;
		let found: Found | null = null;
		for (;;) {
			const before = this.stand(name);
			if (!isBefore(before.at, end)) return found;
			yield* this.wait(run.approach(before.at.icount < end.icount ? { icount: before.at.icount + 1 } : end));
			const after = this.stand(name);
			if (!isBefore(before.at, after.at)) return found;
			if (after.value !== before.value) {
				found = {
					before: before.at,
					after: after.at,
					writer: registerWriter(run.trace, before, after.at, name),
					old: hex(before.value),
					new: hex(after.value),
					idle: 0
				};
			}
			yield* this.work.spend(STEP_COST);
		}
	}

	private stand(name: (typeof REGISTER_NAMES)[number]): Stand {
		const { run } = this;
		const { cpu, recorder } = run.system.machine;
		return {
			at: run.moment,
			value: registers(run)[name],
			ring: cpu.cpl,
			linear: run.system.machine.engine.linear,
			dom: recorder.dom,
			vcpu: recorder.vcpu
		};
	}

	// --- frames ----------------------------------------------------------------------------------------------

	private *frame(mfn: number): Steps<Found> {
		const { run, here } = this;
		const { trace } = run;
		const { frames } = run.system.hypervisor;
		if (!Number.isInteger(mfn) || mfn < 0 || !frames.exists(mfn))
			throw new RangeError(`there is no frame ${mfn}; the machine has ${frames.size}`);
		let last = -1;
		for (let seq = here.seq - 1; seq >= 0; seq--) {
			if ((seq & (EVENTS_AT_ONCE - 1)) === 0) yield* this.work.spend(EVENTS_AT_ONCE);
			if (trace.kind(seq) !== KIND.frame_type || trace.arg(seq, 'mfn') !== mfn) continue;
			if (last >= 0) return frameFound(trace, last, frameText(trace, seq));
			last = seq;
		}
		if (last >= 0) return frameFound(trace, last, FRAME_TYPES[trace.arg(last, 'old_type')].replaceAll('_', ' '));
		const value = `${FRAME_TYPES[frames.type[mfn]].replaceAll('_', ' ')}, type count ${frames.typeCount[mfn]}, references ${frames.refCount[mfn]}`;
		return { before: null, after: null, writer: NOBODY, old: value, new: value, idle: 0 };
	}
}

/** How the processor stood. */
interface Stand {
	readonly at: Point;
	readonly value: number;
	readonly ring: number;
	readonly linear: number;
	readonly dom: number;
	readonly vcpu: number;
}

const frameText = (trace: TraceView, seq: number): string => {
	const { type, type_count, ref_count } = trace.args(seq);
	return `${FRAME_TYPES[type].replaceAll('_', ' ')}, type count ${type_count}, references ${ref_count}`;
};

const frameFound = (trace: TraceView, seq: number, old: string): Found => ({
	before: { icount: trace.icount(seq), seq: firstSeqOf(trace, trace.icount(seq), seq) },
	after: { icount: trace.icount(seq), seq: seq + 1 },
	writer: { by: 'hypervisor', event: seq, asked: lastAsked(trace, seq) },
	old,
	new: frameText(trace, seq),
	idle: 0
});

/** Events recorded when instruction count `icount` was first reached, as far as `seq` or before. */
const firstSeqOf = (trace: TraceView, icount: number, seq: number): number => Math.min(seq, trace.seqAtIcount(icount));

/** The question asked last before event `seq`, inside the same span or after the same entry. */
function lastAsked(trace: TraceView, seq: number): string | null {
	const span = trace.parent(seq);
	for (let at = seq - 1; at > span && at >= 0 && at > seq - 64; at--) {
		if (trace.kind(at) === KIND.check && trace.parent(at) === span) return CHECK_NAMES[trace.arg(at, 'check')] ?? null;
		if (trace.kind(at) === KIND.far_return) return null;
	}
	return null;
}

const sameStep = (trace: TraceView, seq: number, icount: number): boolean =>
	seq >= 0 && seq < trace.length && Math.abs(trace.icount(seq) - icount) <= 1;

/** The event that goes with a write: the one that tells of it right after, else the last one before. */
function eventOf(trace: TraceView, hit: Hit): number {
	const next = hit.seq;
	if (sameStep(trace, next, hit.icount) && TOLD_AFTER.has(trace.kind(next))) return next;
	return sameStep(trace, next - 1, hit.icount) || !sameStep(trace, next, hit.icount) ? next - 1 : next;
}

function writerOf(trace: TraceView, hit: Hit): Writer {
	const last = hit.seq - 1;
	if (hit.by !== 'instruction' && sameStep(trace, last, hit.icount) && trace.kind(last) === KIND.change)
		return { by: 'hand', event: last };
	switch (hit.by) {
		case 'instruction':
			return { by: 'instruction', dom: hit.dom, vcpu: hit.vcpu, ring: hit.cpl, linear: hit.linear };
		case 'walk':
			return { by: 'processor', event: last, doing: 'walk' };
		case 'delivery':
			return { by: 'processor', event: last, doing: 'delivery' };
		case 'appointment':
			return { by: 'device', event: eventOf(trace, hit) };
		case 'hypervisor': {
			const event = eventOf(trace, hit);
			return { by: 'hypervisor', event, asked: lastAsked(trace, event) };
		}
	}
}

/** Who changed a register in the step from `before` to `after`. */
function registerWriter(trace: TraceView, before: Stand, after: Point, name: string): Writer {
	const seqs = Array.from({ length: Math.min(256, after.seq - before.at.seq) }, (_, n) => before.at.seq + n);
	const of = (test: (seq: number) => boolean): number => seqs.find(test) ?? -1;
	const hand = of((seq) => trace.kind(seq) === KIND.change && HAND_CHANGES[trace.arg(seq, 'what')] === 'register');
	if (hand >= 0) return { by: 'hand', event: hand };
	const turn = of((seq) => trace.kind(seq) === KIND.sched_switch);
	if (turn >= 0) return { by: 'hypervisor', event: turn, asked: null };
	if (before.ring === 0 && seqs.length > 0) {
		const span = of((seq) => IS_SPAN[trace.kind(seq)] === 1);
		const event = span >= 0 ? span : seqs[0];
		return { by: 'hypervisor', event, asked: null };
	}
	const trap = of((seq) => [KIND.trap, KIND.interrupt].includes(trace.kind(seq)));
	if (trap >= 0 && ['esp', 'eip', 'eflags'].includes(name)) return { by: 'processor', event: trap, doing: 'delivery' };
	return { by: 'instruction', dom: before.dom, vcpu: before.vcpu, ring: before.ring, linear: before.linear };
}

function textOf(target: WhoTarget, found: Found): string {
	const what = describeTarget(target);
	// The name of a register is written as it is.
	const begin = target.kind === 'register' ? what : `${what[0].toUpperCase()}${what.slice(1)}`;
	if (found.writer.by === 'nobody')
		return `${begin}: nobody has changed this since the run began. It stands as the domain builder, or reset, left it: ${found.new}.`;
	const since =
		found.idle > 0
			? ` Since then the same value was written ${found.idle === 1 ? 'once' : `${found.idle} times`}.`
			: '';
	return `${begin}: last changed at instruction ${found.after!.icount.toLocaleString('en')} by ${describeWriter(found.writer)}. It was ${found.old} and became ${found.new}.${since}`;
}
