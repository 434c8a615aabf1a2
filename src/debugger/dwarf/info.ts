/**
 * Compile units and functions out of .debug_info (DWARF 4, chapters 2, 3 and 7.5): name, place and, where the
 * compiler tells it, what was inlined into it. All else (types, variables) is passed over.
 */
import { Reader, stringAt, type DwarfError } from './reader';
import { joinPath } from './lines';

const DW_TAG = { compile_unit: 0x11, inlined_subroutine: 0x1d, subprogram: 0x2e } as const;
const DW_AT = {
	name: 0x03,
	stmt_list: 0x10,
	low_pc: 0x11,
	high_pc: 0x12,
	comp_dir: 0x1b,
	abstract_origin: 0x31,
	specification: 0x47,
	ranges: 0x55,
	call_file: 0x58,
	call_line: 0x59
} as const;

/** Addresses from `from` to before `to`. */
export interface Range {
	readonly from: number;
	readonly to: number;
}

/** A function that has code, or a copy of one inlined into another. */
export interface FunctionInfo extends Range {
	readonly name: string;
	/** 0 for a function that stands alone; deeper for what is inlined in it. */
	readonly depth: number;
	/** For an inlined copy: the line that calls it, and the file's number in its unit's line table. */
	readonly callLine: number;
	readonly callFile: number;
	/** Offset of the unit's line table, or -1. */
	readonly lines: number;
}

/** One compile unit. */
export interface UnitInfo {
	readonly name: string;
	/** Compilation directory. */
	readonly directory: string;
	/** Offset of its line table in .debug_line, or -1. */
	readonly lines: number;
}

export interface InfoUnits {
	readonly units: readonly UnitInfo[];
	/** In order of address; what is inlined comes after what it is inlined in. */
	readonly functions: readonly FunctionInfo[];
	readonly problems: readonly string[];
}

/** The sections that this reads. */
export interface InfoSections {
	info: Uint8Array;
	abbrev: Uint8Array;
	str?: Uint8Array;
	ranges?: Uint8Array;
}

interface Abbreviation {
	tag: number;
	children: boolean;
	attributes: [attribute: number, form: number][];
}

/** How long a value of a form is and what it reads to: bytes for numbers, or a function (DWARF 4, 7.5.4). */
type ReadForm = (reader: Reader, unit: UnitPlace) => number | string;
interface UnitPlace {
	offset: number;
	str?: Uint8Array;
}

const fixed =
	(size: number): ReadForm =>
	(reader) =>
		reader.unsigned(size);
const relative =
	(read: ReadForm): ReadForm =>
	(reader, unit) =>
		unit.offset + (read(reader, unit) as number);
const uleb: ReadForm = (reader) => reader.uleb();
const block =
	(length: (reader: Reader) => number): ReadForm =>
	(reader) => {
		reader.skip(length(reader));
		return 0;
	};

const FORMS: Readonly<Record<number, ReadForm>> = {
	0x01: fixed(4), // addr
	0x03: block((reader) => reader.u16()),
	0x04: block((reader) => reader.u32()),
	0x05: fixed(2), // data
	0x06: fixed(4),
	0x07: fixed(8),
	0x08: (reader) => reader.string(),
	0x09: block((reader) => reader.uleb()),
	0x0a: block((reader) => reader.u8()),
	0x0b: fixed(1),
	0x0c: fixed(1), // flag
	0x0d: (reader) => reader.sleb(),
	0x0e: (reader, unit) => stringAt(unit.str, reader.u32()), // strp
	0x0f: uleb,
	0x10: fixed(4), // ref_addr
	0x11: relative(fixed(1)),
	0x12: relative(fixed(2)),
	0x13: relative(fixed(4)),
	0x14: relative(fixed(8)),
	0x15: relative(uleb),
	0x17: fixed(4), // sec_offset
	0x18: block((reader) => reader.uleb()), // exprloc
	0x19: () => 1, // flag_present
	0x20: fixed(8) // ref_sig8
};
const FORM_INDIRECT = 0x16;
const FORM_ADDR = 0x01;

/** Deeper nesting, or more entries, than any compiler makes. */
const DEEPEST = 512;
const MOST_ENTRIES = 8_000_000;
const MOST_RANGES = 10_000;

function readAbbreviations(section: Uint8Array, offset: number): Map<number, Abbreviation> {
	const reader = new Reader(section, '.debug_abbrev', offset);
	const table = new Map<number, Abbreviation>();
	for (let code = reader.uleb(); code !== 0; code = reader.uleb()) {
		const abbreviation: Abbreviation = { tag: reader.uleb(), children: reader.u8() !== 0, attributes: [] };
		for (;;) {
			const [attribute, form] = [reader.uleb(), reader.uleb()];
			if (attribute === 0 && form === 0) break;
			abbreviation.attributes.push([attribute, form]);
		}
		table.set(code, abbreviation);
	}
	return table;
}

type Attributes = Map<number, number | string>;
/** An entry that may be, or may name, a function. */
interface Entry {
	tag: number;
	attributes: Attributes;
	/** High pc is a length. */
	highIsLength: boolean;
	depth: number;
}

/** Reads all units of .debug_info. */
export function readInfo(sections: InfoSections): InfoUnits {
	const units: UnitInfo[] = [];
	const functions: FunctionInfo[] = [];
	const problems: string[] = [];
	const all = new Reader(sections.info, '.debug_info');
	const abbreviations = new Map<number, Map<number, Abbreviation>>();
	let left = MOST_ENTRIES;
	while (all.more && left > 0) {
		const offset = all.at;
		let unit: Reader;
		try {
			unit = all.unit();
		} catch (error) {
			problems.push((error as DwarfError).message);
			break;
		}
		const reading = new UnitReader(unit, offset, sections, abbreviations, left);
		try {
			reading.read();
		} catch (error) {
			problems.push((error as DwarfError).message);
		}
		left -= reading.count;
		if (reading.unit) units.push(reading.unit);
		functions.push(...reading.functions());
	}
	functions.sort((a, b) => a.from - b.from || a.depth - b.depth || b.to - a.to);
	return { units, functions, problems };
}

class UnitReader {
	unit: UnitInfo | null = null;
	/** Entries read. */
	count = 0;
	private base = 0;
	private readonly entries = new Map<number, Entry>();

	constructor(
		private readonly reader: Reader,
		private readonly offset: number,
		private readonly sections: InfoSections,
		private readonly abbreviations: Map<number, Map<number, Abbreviation>>,
		private readonly most: number
	) {}

	/** @throws DwarfError where the unit cannot be read on; what came before stays */
	read(): void {
		const { reader } = this;
		const from = reader.at;
		const version = reader.u16();
		if (version < 2 || version > 4)
			throw reader.error(`debug information of DWARF ${version}; 2 to 4 can be read (compile with -gdwarf-4)`, from);
		const abbrev = reader.u32();
		const addressSize = reader.u8();
		if (addressSize !== 4) throw reader.error(`addresses of ${addressSize} bytes in a 32-bit image`, from);
		let table = this.abbreviations.get(abbrev);
		if (!table) this.abbreviations.set(abbrev, (table = readAbbreviations(this.sections.abbrev, abbrev)));
		this.readEntries(table);
	}

	private readEntries(table: ReadonlyMap<number, Abbreviation>): void {
		const { reader } = this;
		/** For each open entry: how deep in functions it lies. */
		const open: number[] = [];
		while (reader.more) {
			if (this.count++ > this.most) throw reader.error('more entries than can be read');
			const at = reader.at;
			const code = reader.uleb();
			if (code === 0) {
				open.pop();
				continue;
			}
			const abbreviation = table.get(code);
			if (!abbreviation) throw reader.error(`no abbreviation ${code}`, at);
			const depth = open.at(-1) ?? 0;
			const entry = this.readEntry(abbreviation, depth);
			if (!this.unit) this.readUnit(entry);
			const counts = abbreviation.tag === DW_TAG.subprogram || abbreviation.tag === DW_TAG.inlined_subroutine;
			if (counts) this.entries.set(at, entry);
			if (abbreviation.children) {
				if (open.length >= DEEPEST) throw reader.error('entries are nested too deeply', at);
				open.push(depth + (counts ? 1 : 0));
			}
		}
	}

	private readEntry({ tag, attributes }: Abbreviation, depth: number): Entry {
		const { reader } = this;
		const place: UnitPlace = { offset: this.offset, str: this.sections.str };
		const values: Attributes = new Map();
		let highIsLength = true;
		for (const [attribute, declared] of attributes) {
			const form = declared === FORM_INDIRECT ? reader.uleb() : declared;
			const read = FORMS[form];
			if (!read) throw reader.error(`unknown form 0x${form.toString(16)}`);
			values.set(attribute, read(reader, place));
			if (attribute === DW_AT.high_pc) highIsLength = form !== FORM_ADDR;
		}
		return { tag, attributes: values, highIsLength, depth };
	}

	private readUnit({ tag, attributes }: Entry): void {
		if (tag !== DW_TAG.compile_unit) throw this.reader.error('the unit does not begin with a compile unit');
		this.base = number(attributes, DW_AT.low_pc, 0);
		const directory = text(attributes, DW_AT.comp_dir);
		this.unit = {
			name: joinPath(directory, text(attributes, DW_AT.name)),
			directory: joinPath('', directory),
			lines: number(attributes, DW_AT.stmt_list, -1)
		};
	}

	functions(): FunctionInfo[] {
		const found: FunctionInfo[] = [];
		for (const entry of this.entries.values()) {
			const name = this.nameOf(entry);
			if (name === '') continue;
			for (const range of this.rangesOf(entry))
				found.push({
					...range,
					name,
					depth: entry.depth,
					callLine: number(entry.attributes, DW_AT.call_line, 0),
					callFile: number(entry.attributes, DW_AT.call_file, 0),
					lines: this.unit?.lines ?? -1
				});
		}
		return found;
	}

	/** Its own name, or that of the function that it is a copy or the definition of. */
	private nameOf(entry: Entry): string {
		let each: Entry | undefined = entry;
		for (let steps = 0; each && steps < 4; steps++) {
			const name = text(each.attributes, DW_AT.name);
			if (name) return name;
			const { attributes }: Entry = each;
			each = this.entries.get(number(attributes, DW_AT.abstract_origin, number(attributes, DW_AT.specification, -1)));
		}
		return '';
	}

	private rangesOf({ attributes, highIsLength }: Entry): Range[] {
		const ranges = number(attributes, DW_AT.ranges, -1);
		if (ranges >= 0) return this.rangeList(ranges);
		const from = number(attributes, DW_AT.low_pc, -1);
		const high = number(attributes, DW_AT.high_pc, -1);
		if (from < 0 || high < 0) return [];
		const to = highIsLength ? from + high : high;
		return to > from ? [{ from, to }] : [];
	}

	/** A list of .debug_ranges (DWARF 4, 2.17.3); a damaged one gives what can be read of it. */
	private rangeList(offset: number): Range[] {
		const { ranges } = this.sections;
		const found: Range[] = [];
		if (!ranges || offset >= ranges.length) return found;
		const reader = new Reader(ranges, '.debug_ranges', offset);
		let base = this.base;
		while (reader.end - reader.at >= 8 && found.length < MOST_RANGES) {
			const [from, to] = [reader.u32(), reader.u32()];
			if (from === 0 && to === 0) break;
			if (from === 0xffff_ffff) base = to;
			else if (to > from) found.push({ from: (base + from) >>> 0, to: (base + to) >>> 0 });
		}
		return found;
	}
}

const number = (attributes: Attributes, attribute: number, missing: number): number => {
	const value = attributes.get(attribute);
	return typeof value === 'number' ? value : missing;
};
const text = (attributes: Attributes, attribute: number): string => {
	const value = attributes.get(attribute);
	return typeof value === 'string' ? value : '';
};
