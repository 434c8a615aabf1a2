/** What mmu_update and mmuext_op have in common: a guest array, a done counter, stop at the first refusal. */
import { EFAULT } from '../../abi/errno';
import { MMU_UPDATE_PREEMPTED } from '../../abi/structs/mm';
import { KIND, word } from '../../trace/events';
import type { Vcpu } from '../core/domain';
import type { Mm } from './context';

/** Entries, or seconds of work, after which a batch is given back to the guest, so that interrupts and other domains get their turn. */
const PREEMPT_AFTER = 1024;
const PREEMPT_SECONDS = 0.01;

/** Whether a batch that began at time `started` and has done so many entries should let others run. */
export const takesLong = (mm: Pick<Mm, 'processor'>, done: number, started: number): boolean =>
	done >= PREEMPT_AFTER || mm.processor.time - started > PREEMPT_SECONDS;

/** One request: as the trace shows it, and parsed. `op`, then pointer and value as 32-bit halves. */
export interface Request {
	op: number;
	ptrLow: number;
	ptrHigh: number;
	valLow: number;
	valHigh: number;
}

/** A call with an array of entries, and what to do with each. */
export interface Batch {
	readonly v: Vcpu;
	/** Guest address of the array. */
	readonly address: number;
	/** Entries; bit 31 says that this goes on where an earlier call stopped. */
	readonly count: number;
	/** Guest address of the counter of finished entries, or 0. */
	readonly doneOut: number;
	readonly foreign: number;
	/** Where each entry is read to: so many words it has. */
	readonly entry: Uint32Array;
	/** Called once, before anything: a refusal of the whole batch, of which the counter is not told, or 0. */
	readonly admit: () => number;
	/** Called once, before the first entry: a refusal that the counter is told of, or 0. */
	readonly begin?: () => number;
	/** Parses an entry from its words. */
	readonly parse: (entry: Uint32Array, into: Request) => void;
	/** Does one entry: 0 or -errno. The next one is parsed into the same request. */
	readonly apply: (request: Request) => number;
}

/**
 * Runs a batch: entries in order until one is refused or cannot be read; those before it stay done, and their
 * number is added to the counter.
 * @returns 0 or the refusal
 */
export function runBatch(mm: Mm, batch: Batch): number {
	const continued = (batch.count & MMU_UPDATE_PREEMPTED) !== 0;
	const count = batch.count & ~MMU_UPDATE_PREEMPTED;
	// A null array with nothing but the flag: the end of a call whose result was put in `foreign`.
	if (continued && count === 0 && batch.address === 0) return batch.foreign | 0;
	const before = continued && batch.doneOut !== 0 ? (mm.guest.read(batch.doneOut, 4)?.getUint32(0, true) ?? 0) : 0;
	const refused = batch.admit();
	if (refused !== 0) return refused;
	const { done, rc } = runEntries(mm, batch, count);
	if (batch.doneOut !== 0) writeDone(mm, batch.doneOut, before + done);
	if (rc === 0 && done < count && mm.continueHypercall) {
		const rest = ((count - done) | MMU_UPDATE_PREEMPTED) >>> 0;
		return mm.continueHypercall(batch.v, [
			batch.address + done * batch.entry.byteLength,
			rest,
			batch.doneOut,
			batch.foreign,
			0
		]);
	}
	return rc;
}

function runEntries(mm: Mm, batch: Batch, count: number): { done: number; rc: number } {
	const refused = batch.begin?.() ?? 0;
	if (refused !== 0) return { done: 0, rc: refused };
	const started = mm.processor.time;
	const { entry } = batch;
	const request: Request = { op: 0, ptrLow: 0, ptrHigh: 0, valLow: 0, valHigh: 0 };
	for (let done = 0; done < count; done++) {
		if (done > 0 && mm.continueHypercall && takesLong(mm, done, started)) return { done, rc: 0 };
		if (!mm.guest.words(batch.address + done * entry.byteLength, entry)) return { done, rc: -EFAULT };
		batch.parse(entry, request);
		const { op, ptrLow, ptrHigh, valLow, valHigh } = request;
		const span = mm.recorder.begin(
			KIND.mmu_entry,
			word('op', op),
			word('ptr_low', ptrLow),
			word('ptr_high', ptrHigh),
			word('val_low', valLow),
			word('val_high', valHigh),
			word('flags', 0)
		);
		const rc = batch.apply(request);
		mm.recorder.end(span, rc);
		if (rc !== 0) return { done, rc };
	}
	return { done: count, rc: 0 };
}

/** The counter is a courtesy: a guest that gives a bad address for it does not learn the number. */
function writeDone(mm: Mm, address: number, done: number): void {
	const bytes = new Uint8Array(4);
	new DataView(bytes.buffer).setUint32(0, done, true);
	mm.guest.write(address, bytes);
}
