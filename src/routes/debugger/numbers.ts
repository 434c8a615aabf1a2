/** Numbers as a person types them: 0x hexadecimal, decimal, `_` between digits, or a name that `names` knows. */
import { nearest } from '../../trace/query/nearest';
import type { SymbolFinder } from '../../workbench/points/conditions';

export type Typed = { value: number } | { problem: string };

const within = (value: number, text: string): Typed =>
	Number.isSafeInteger(value) && value >= 0 && value <= 0xffff_ffff
		? { value }
		: { problem: `${text} does not fit in 32 bits: 0 to 0xffffffff.` };

/** Reads a place: a symbol of the guest's kernel, a register's name, or an address. */
export function readPlace(
	text: string,
	symbols: SymbolFinder | undefined,
	moment: { regs: object; cr3: number } | null
): Typed {
	const word = text.trim();
	const symbol = /^[a-z_.$][\w.$]*$/i.test(word) ? (symbols?.find(word) ?? -1) : -1;
	const names = moment ? { ...(moment.regs as Record<string, number>), cr3: moment.cr3 } : {};
	// A register's name is shorter than any symbol that somebody would want instead.
	if (symbol >= 0 && !Object.hasOwn(names, word.toLowerCase())) return { value: symbol };
	const read = readAddress(text, names);
	if (!('problem' in read) || !/^[a-z_.$][\w.$]*$/i.test(word)) return read;
	const known = [...Object.keys(names), ...(symbols?.all ?? []).map(({ name }) => name)];
	const near = nearest(word, known);
	return near ? { problem: `There is no register and no symbol '${word}'; did you mean '${near}'?` } : read;
}

/** Reads an address. Eight bare digits, as this page prints addresses, are hexadecimal, and so are digits with a letter a–f. */
export function readAddress(text: string, names: Readonly<Record<string, number>> = {}): Typed {
	const word = text.trim().toLowerCase().replace(/_/g, '');
	if (!word) return { problem: 'Type an address, for instance 0xf5800000 or esp.' };
	if (Object.hasOwn(names, word)) return { value: names[word] >>> 0 };
	if (/^0x[0-9a-f]+$/.test(word)) return within(parseInt(word, 16), text);
	if (/^[0-9a-f]{8}$/.test(word)) return within(parseInt(word, 16), text);
	if (/^[0-9]+$/.test(word)) return within(Number(word), text);
	if (/^[0-9a-f]+$/.test(word)) return within(parseInt(word, 16), text);
	const bad = [...word].findIndex((letter, at) => !/[0-9a-fx]/.test(letter) || (letter === 'x' && at !== 1));
	return {
		problem: `'${text}' is no address: character ${bad < 0 ? word.length : bad + 1} is not a digit, and no register or symbol has this name.`
	};
}
