/** What comes back from addresses and files, checked before anything believes it: entries of the log. */
import * as v from 'valibot';
import type { Change, LogEntry } from '../workbench/log';

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const word = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xffff_ffff));
const byte = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(255));
const times = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1_000_000_000));
const text = v.pipe(v.string(), v.maxLength(2000));

const REGISTERS = ['eax', 'ecx', 'edx', 'ebx', 'esp', 'ebp', 'esi', 'edi', 'eip', 'eflags'] as const;

export const ChangeSchema = v.variant('kind', [
	v.object({ kind: v.literal('register'), name: v.picklist(REGISTERS), value: word }),
	v.object({
		kind: v.literal('memory'),
		space: v.picklist(['linear', 'physical']),
		address: word,
		bytes: v.pipe(v.array(byte), v.maxLength(4096))
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
	v.object({ kind: v.literal('skip_flush'), times }),
	v.object({ kind: v.literal('drop_event'), dom: count, port: count, times })
]) satisfies v.GenericSchema<unknown, Change>;

export const LogEntrySchema = v.union([
	v.object({ icount: count, seq: v.optional(count), dom: count, text: v.pipe(v.string(), v.maxLength(65_536)) }),
	v.object({ icount: count, seq: v.optional(count), change: ChangeSchema })
]) satisfies v.GenericSchema<unknown, LogEntry>;

/** Checks `value`; throws TypeError with the place and the reason. @param name of the whole, for the message */
export function checked<S extends v.GenericSchema>(schema: S, value: unknown, name: string): v.InferOutput<S> {
	const result = v.safeParse(schema, value);
	if (result.success) return result.output;
	const [issue] = result.issues;
	const place = v.getDotPath(issue);
	throw new TypeError(`${name}${place ? `.${place}` : ''}: ${issue.message}`);
}
