/** JSON sections, checked as they come in. */
import * as v from 'valibot';
import { LARGEST_SECTION } from './container';
import { FileError } from './error';

/** A value as JSON text in UTF-8. Throws `RangeError` when it is larger than a section may be. */
export function jsonBytes(value: unknown, what = 'this'): Uint8Array {
	const bytes = new TextEncoder().encode(JSON.stringify(value));
	if (bytes.length > LARGEST_SECTION)
		throw new RangeError(`${what}: ${bytes.length} bytes are too many for a file; at most ${LARGEST_SECTION}`);
	return bytes;
}

/** Reads JSON and checks its shape. Throws FileError with the place in it. */
export function parseJson<const Schema extends v.GenericSchema>(
	bytes: Uint8Array,
	schema: Schema,
	what: string,
	at: number
): v.InferOutput<Schema> {
	let value: unknown;
	try {
		value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
	} catch (error) {
		throw new FileError(`${what}: damaged: ${(error as Error).message}`, at);
	}
	const result = v.safeParse(schema, value);
	if (result.success) return result.output;
	const [issue] = result.issues;
	const place = v.getDotPath(issue);
	throw new FileError(`${what}: not as it should be${place ? `: ${place}` : ''}: ${issue.message}`, at);
}
