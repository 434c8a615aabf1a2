/** The words after `monitor`, read. */
import { parseNumber } from '../trace/query/numbers';
import { hex } from '../base';

/** Something that the user got wrong; told as it is. */
export class MonitorError extends Error {}

/** A whole number from 0 to `most`, as people write it. @throws MonitorError */
export function number(text: string | undefined, what: string, most = 0xffff_ffff): number {
	const value = parseNumber(text ?? '');
	if (!Number.isInteger(value) || value < 0 || value > most)
		throw new MonitorError(`${what}: '${text ?? ''}' is no number from 0 to ${most > 0xffff ? hex(most) : most}`);
	return value;
}
