/**
 * Who wrote this? The instruction, or the decision of the hypervisor, that last changed something, and what it was
 * before. Memory is asked of the past with watch points, registers by looking before each instruction, frames of the trace; all of it aside, so that
 * the present moment stays what it is.
 */
import { hex } from '../../base';
import { FRAME_TYPES, KIND } from '../../trace/events';
import type { Walk } from '../../moments';
import type { TraceView } from '../../trace/view';
import { registers } from '../inspect/moment';
import { walk } from '../inspect/page-walk';
import { isBefore, type Point } from '../moment';
import type { Hit } from '../points/watch';
import type { Run } from '../run';
import { Work, type Task } from '../task';
import { entryPlace, placesOf, sameValue, type Place } from './places';
import { checkDisk, DiskSearch, type DiskTarget } from './disk';
import { sourceOf } from './source';
import { checkWire, whoSent } from './wire';
import { RegisterSearch } from './register';
import {
	describeFound,
	describeWriter,
	type Onward,
	type WhoTarget,
	type Write,
	type Writer,
	type Written
} from './words';
import { lastAsked, writerOf } from './writers';
import { REGISTER_NAMES, type RegisterName } from '../../x86/registers';
import { count } from '../../words/numbers';
import { words } from '../../words/late';
import { fill } from '../../words/template';

const said = words.who;

type Steps<T> = Generator<void, T, void>;
/** `same`: the value was the same before, and who gave it was not looked for any further. */
type Found = Write & { readonly idle: number; readonly same?: boolean };

/** How many writes that leave the value as it is are passed over, and in how many bursts of so many instructions: each may be a replay. */
const MOST_IDLE = 256;
const MOST_BURSTS = 32;
const BURST = 1 << 18;
/** Events that are looked at between two looks at the allowance. */
const EVENTS_AT_ONCE = 1 << 16;

/**
 * Finds out who last changed a target before the present moment.
 * @param mostIdle writes that leave the value as it is and are passed over, at most
 * @throws RangeError for a target that is not there, when it begins
 */
export function whoWrote(run: Run, target: WhoTarget, mostIdle = MOST_IDLE): Task<Written> {
	checkRegister(target);
	const search = new Search(run, target, mostIdle);
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
			yield* work.wait(run.seeking(moment));
			return walk(run, address);
		})
	);
}

const NO_PLACES = ['register', 'frame', 'disk', 'wire'] as const;
/** Whether what is asked about lies in memory. */
const isPlace = (target: WhoTarget): target is Exclude<WhoTarget, { kind: (typeof NO_PLACES)[number] }> =>
	!NO_PLACES.some((kind) => kind === target.kind);

function checkRegister(target: WhoTarget): void {
	if (target.kind === 'register' && !REGISTER_NAMES.includes(target.name))
		throw new RangeError(fill(said.errors.register, { name: String(target.name), names: REGISTER_NAMES.join(', ') }));
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
		private readonly target: WhoTarget,
		private readonly mostIdle: number
	) {
		this.here = run.moment;
		this.places = this.placed(target);
		this.work = new Work(() => this.search());
	}

	/** The stretches of memory that are asked about; none where it is no memory. */
	private placed(target: WhoTarget): Place[] {
		if (target.kind === 'disk') checkDisk(this.run, target);
		if (target.kind === 'wire') checkWire(this.run, target);
		return isPlace(target) ? placesOf(this.run, target) : [];
	}

	private *search(): Steps<Written> {
		const { target } = this;
		const entries = target.kind === 'memory' && target.space === 'linear' ? this.entriesOf(target.address) : [];
		const found = yield* this.find(target);
		const mapping = entries.length > 0 ? yield* this.mappedSince(entries, found) : null;
		const onward = found.onward === undefined ? yield* this.onward(found) : found.onward;
		return { ...found, onward, target, mapping, text: describeFound(target, found) };
	}

	private find(target: WhoTarget): Steps<Found & { readonly onward?: Onward | null }> {
		if (target.kind === 'register') return this.register(target.name);
		if (target.kind === 'frame') return this.frame(target.mfn);
		if (target.kind === 'disk') return this.disk(target);
		if (target.kind === 'wire') return whoSent(this.run, target, (task) => this.wait(task));
		return this.memory(this.places);
	}

	private disk(target: DiskTarget): ReturnType<DiskSearch['before']> {
		const { run, work, mostIdle, here } = this;
		const wait = <R>(task: Task<R>): Steps<R> => this.wait(task);
		return new DiskSearch(run, target, wait, (instructions) => work.spend(instructions), mostIdle).before(here);
	}

	/** Where the bytes came from that somebody moved into memory. */
	private *onward(found: Found): Steps<Onward | null> {
		if (this.places.length === 0) return null;
		return yield* sourceOf(this.run, found, this.places, (task) => this.wait(task));
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
		const idle: Point[] = [];
		const bursts: number[] = [];
		const isSame = ({ point, before, after }: Hit): boolean => sameValue(places[point], before, after);
		const isMeant = (hit: Hit, at: Point): boolean => {
			const last = idle[idle.length - 1];
			// What one step writes to two places is one write.
			const isOther = last === undefined || isBefore(at, last);
			const isApart = !(at.icount > bursts[bursts.length - 1] - BURST);
			if (!isSame(hit)) return true;
			if (isOther && (idle.length === this.mostIdle || (isApart && bursts.length === MOST_BURSTS))) return true;
			if (isOther) idle.push(at);
			if (isApart) bursts.push(at.icount);
			return false;
		};
		// What the last step did counts as well.
		const report = yield* this.wait(run.reverseContinuing({ points }, true, isMeant));
		const hit = run.lastHit;
		if (report.cause !== 'point' || !hit) return this.untouched(places, idle.length);
		const after = run.moment;
		const place = places[hit.point];
		return {
			before: { icount: hit.icount, seq: firstSeqOf(run.trace, hit.icount, after.seq) },
			after,
			writer: writerOf(run.trace, hit),
			old: place.read(hit.before),
			new: place.read(hit.after),
			idle: idle.filter((at) => isBefore(after, at)).length,
			...(isSame(hit) && { same: true })
		};
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
		yield* this.wait(this.run.seeking(this.here));
		const mapped = yield* this.memory(entries);
		if (mapped.after === null || (found.after !== null && isBefore(mapped.after, found.after))) return null;
		const text = fill(said.mapped, {
			icount: count(mapped.after.icount),
			writer: describeWriter(mapped.writer),
			old: mapped.old,
			value: mapped.new
		});
		return { ...mapped, text };
	}

	// --- registers -------------------------------------------------------------------------------------------

	private *register(name: RegisterName): Steps<Found> {
		const { run, work, here } = this;
		const search = new RegisterSearch(run, work, (task) => this.wait(task), name);
		const found = yield* search.before(here);
		if (found) return { ...found, idle: 0 };
		const value = hex(registers(run)[name]);
		return { before: null, after: null, writer: NOBODY, old: value, new: value, idle: 0 };
	}

	// --- frames ----------------------------------------------------------------------------------------------

	private *frame(mfn: number): Steps<Found> {
		const { run, here } = this;
		const { trace } = run;
		const { frames } = run.system.hypervisor;
		if (!Number.isInteger(mfn) || mfn < 0 || !frames.exists(mfn))
			throw new RangeError(fill(said.errors.frame, { mfn, frames: frames.size }));
		let last = -1;
		for (let seq = here.seq - 1; seq >= 0; seq--) {
			if ((seq & (EVENTS_AT_ONCE - 1)) === 0) yield* this.work.spend(EVENTS_AT_ONCE);
			if (trace.kind(seq) !== KIND.frame_type || trace.arg(seq, 'mfn') !== mfn) continue;
			if (last >= 0) return frameFound(trace, last, frameAt(trace, seq));
			last = seq;
		}
		if (last >= 0) return frameFound(trace, last, typeText(trace.arg(last, 'old_type')));
		const value = frameText(frames.type[mfn], frames.typeCount[mfn], frames.refCount[mfn]);
		return { before: null, after: null, writer: NOBODY, old: value, new: value, idle: 0 };
	}
}

const typeText = (type: number): string => FRAME_TYPES[type].replaceAll('_', ' ');

const frameText = (type: number, uses: number, references: number): string =>
	fill(said.values.frame, { type: typeText(type), uses, references });

function frameAt(trace: TraceView, seq: number): string {
	const { type, type_count, ref_count } = trace.args(seq);
	return frameText(type, type_count, ref_count);
}

const frameFound = (trace: TraceView, seq: number, old: string): Found => ({
	before: { icount: trace.icount(seq), seq: firstSeqOf(trace, trace.icount(seq), seq) },
	after: { icount: trace.icount(seq), seq: seq + 1 },
	writer: { by: 'hypervisor', event: seq, asked: lastAsked(trace, seq) },
	old,
	new: frameAt(trace, seq),
	idle: 0
});

/** Events recorded when instruction count `icount` was first reached, as far as `seq` or before. */
const firstSeqOf = (trace: TraceView, icount: number, seq: number): number => Math.min(seq, trace.seqAtIcount(icount));
