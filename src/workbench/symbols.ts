/** Names in a kernel image: its ELF symbol table, looked up by name and by address. */
import { LoadError, parseElf, sectionBytes, symbols } from '../toolstack/elf';

/** STT_SECTION and STT_FILE: symbols that name a section or a source file (System V ABI, figure 4-19). */
const NAMES_NO_ADDRESS: ReadonlySet<number> = new Set([3, 4]);

/** A named address of a kernel image. */
export interface Symbol {
	readonly name: string;
	readonly address: number;
	/** Bytes, 0 where the table does not say. */
	readonly size: number;
}

/** The names of one image. */
export class Symbols {
	/** By address. */
	readonly all: readonly Symbol[];
	private readonly byName: ReadonlyMap<string, number>;

	constructor(all: readonly Symbol[]) {
		this.all = [...all].sort((a, b) => a.address - b.address);
		this.byName = new Map(this.all.map((symbol) => [symbol.name, symbol.address]));
	}

	/** Of an image; none for one that has no table or is no ELF file. */
	static of(image: Uint8Array): Symbols {
		try {
			const named = symbols(parseElf(image)).filter(({ name, type }) => name !== '' && !NAMES_NO_ADDRESS.has(type));
			return new Symbols(
				named.map((symbol) => ({ name: symbol.name, address: symbol.value >>> 0, size: symbol.size }))
			);
		} catch (error) {
			if (error instanceof LoadError) return new Symbols([]);
			throw error;
		}
	}

	/** Address of `name`, or -1. */
	find(name: string): number {
		return this.byName.get(name) ?? -1;
	}

	/** The symbol that `address` lies in or after, with the distance; null before the first, and far from any of known size. */
	near(address: number): { name: string; offset: number } | null {
		let low = 0;
		let high = this.all.length;
		while (low < high) {
			const middle = (low + high) >>> 1;
			if (this.all[middle].address <= address) low = middle + 1;
			else high = middle;
		}
		const symbol = this.all[low - 1];
		if (!symbol) return null;
		const offset = address - symbol.address;
		return symbol.size > 0
			? offset < symbol.size
				? { name: symbol.name, offset }
				: null
			: offset < 4096
				? { name: symbol.name, offset }
				: null;
	}
}

/** The sections with debug information of an image, by name; none for one that is no ELF file or has none. */
export function debugSections(image: Uint8Array): Map<string, Uint8Array> {
	const found = new Map<string, Uint8Array>();
	try {
		const elf = parseElf(image);
		for (const section of elf.sections)
			if (section.name.startsWith('.debug_')) found.set(section.name, sectionBytes(elf, section));
	} catch (error) {
		if (!(error instanceof LoadError)) throw error;
	}
	return found;
}
