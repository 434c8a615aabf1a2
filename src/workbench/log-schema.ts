/** What comes back from addresses and files, checked before anything believes it: entries of the log. */
import * as v from 'valibot';
import { MOST_BYTES, MOST_TIMES, type Change, type LogEntry } from './log';
import { REGISTER_NAMES } from '../x86/registers';

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const word = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xffff_ffff));
const byte = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(255));
const times = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MOST_TIMES));
const text = v.pipe(v.string(), v.maxLength(2000));

export const ChangeSchema = v.variant('kind', [
	v.object({ kind: v.literal('register'), name: v.picklist(REGISTER_NAMES), value: word }),
	v.object({
		kind: v.literal('memory'),
		space: v.picklist(['linear', 'physical']),
		address: word,
		bytes: v.pipe(v.array(byte), v.maxLength(MOST_BYTES))
	}),
	v.object({ kind: v.literal('pte'), mfn: word, index: v.pipe(word, v.maxValue(511)), low: word, high: word }),
	v.object({
		kind: v.literal('port'),
		dom: count,
		port: count,
		bit: v.picklist(['pending', 'masked']),
		set: v.boolean()
	}),
	v.object({ kind: v.literal('skip_check'), check: text, times }),
	v.object({ kind: v.literal('turn_answer'), check: text, nth: times }),
	v.object({ kind: v.literal('skip_flush'), times }),
	v.object({ kind: v.literal('drop_event'), dom: count, port: count, times })
]) satisfies v.GenericSchema<unknown, Change>;

export const LogEntrySchema = v.union([
	v.object({ icount: count, seq: v.optional(count), dom: count, text: v.pipe(v.string(), v.maxLength(65_536)) }),
	v.object({ icount: count, seq: v.optional(count), change: ChangeSchema })
]) satisfies v.GenericSchema<unknown, LogEntry>;
