/** The two values of a question in words, by what its row calls them. */
import { FRAME_TYPES } from './events';
import { domainName } from './text';

const COUNTED =
	/\b(count|counts|references|length|frames|entries|level|ring|dpl|port|number|index|vector|size|bytes|times)\b/i;

/** A value as its name says: a domain, a frame type with its count, a small number, or hexadecimal. */
export function checkValueText(what: string, value: number, domain: (dom: number) => string = domainName): string {
	if (/bits 31.24/.test(what))
		return `${(FRAME_TYPES[value >>> 24] ?? 'none').replaceAll('_', ' ')}, ${value & 0xff_ffff}`;
	if (/\b(owner|domain|domid|caller)\b/.test(what)) return domain(value);
	if (/\btype\b/.test(what) && value < FRAME_TYPES.length) return FRAME_TYPES[value].replaceAll('_', ' ');
	if (COUNTED.test(what) && value < 0x1_0000) return String(value);
	return `0x${value.toString(16)}`;
}
