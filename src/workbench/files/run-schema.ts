/** What a file says of a run, and its shape: checked before anything is done with it. */
import * as v from 'valibot';
import { MOST_TIMELINES } from '../../trace/file/traces';
import { LogEntrySchema } from '../log-schema';

const whole = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER));
const text = v.pipe(v.string(), v.maxLength(65_536));
const name = v.pipe(v.string(), v.minLength(1), v.maxLength(256));

const moment = v.object({ icount: whole, seq: v.optional(whole) });

/** Section 'LINE': the timelines, each with all that came from outside since reset, and where the run stood. */
export const LinesSchema = v.object({
	timelines: v.pipe(
		v.array(
			v.object({
				id: whole,
				parent: v.pipe(v.number(), v.integer(), v.minValue(-1)),
				at: moment,
				entry: v.nullable(LogEntrySchema),
				name: text,
				log: v.pipe(v.array(LogEntrySchema), v.maxLength(100_000))
			})
		),
		v.minLength(1),
		v.maxLength(MOST_TIMELINES)
	),
	timeline: whole,
	moment
});

/** Most bytes of all images together. */
export const LARGEST_IMAGES = 512 * 1024 * 1024;

/** An image that is larger is not stored, if its name is its digest: whoever has the file gives it again. */
export const LARGEST_STORED = 64 * 1024 * 1024;

/** Section 'IMGS': kernels and disks, in the order in which their bytes follow; one that comes with Ringside has only a digest. */
export const ImagesSchema = v.pipe(
	v.array(
		v.object({
			name,
			size: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(LARGEST_IMAGES)),
			/** SHA-256 of one that comes with Ringside, or is too large to be stored; null where the file has the bytes. */
			digest: v.nullable(v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)))
		})
	),
	v.maxLength(64)
);
export type ImageHead = v.InferOutput<typeof ImagesSchema>[number];
