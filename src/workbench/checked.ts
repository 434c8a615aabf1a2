/** Plain data from outside, believed only once it has the shape that it should have. */
import * as v from 'valibot';

/** Checks `value`; throws TypeError with the place and the reason. @param name of the whole, for the message */
export function checked<S extends v.GenericSchema>(schema: S, value: unknown, name: string): v.InferOutput<S> {
	const result = v.safeParse(schema, value);
	if (result.success) return result.output;
	const [issue] = result.issues;
	const place = v.getDotPath(issue);
	throw new TypeError(`${name}${place ? `.${place}` : ''}: ${issue.message}`);
}
