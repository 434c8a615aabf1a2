/** The parts of a breakpoint's line: its suffixes, and the place of the code that it names. */
import { hex8 } from '../base';
import { ExpressionError } from '../trace/query/lexer';
import { meant } from '../trace/query/nearest';
import { parseNumber } from '../trace/query/numbers';
import { ConditionError, parseCondition } from '../workbench/points/conditions';
import { lineText, nameOf, type GuestImages } from './guest-image';

/** A line that is no breakpoint: what is wrong, and where in it. */
export class BreakpointError extends ExpressionError {}

/** What names of places are looked up in. */
export interface Names {
	readonly images: GuestImages;
	/** The domain whose names come first. */
	readonly dom: number;
}

/** A part of the line and where it begins in it. */
export interface Part {
	text: string;
	at: number;
}

export const trimmed = (text: string, at: number): Part => {
	const blank = /^\s*/.exec(text)![0].length;
	return { text: text.trim(), at: at + blank };
};

/** A line that is read: its suffixes, and what they share. */
export class Line {
	condition = '';
	plain = '';
	skip = 0;
	only: number | undefined;

	constructor(
		readonly text: string,
		readonly names: Names
	) {}

	error(reason: string, at: number): BreakpointError {
		return new BreakpointError(reason, this.text, at);
	}

	/** Takes the suffixes off; what is left says where to stop. */
	head(): Part {
		let rest = this.text;
		for (;;) {
			const match = /\s(in\s+dom|skip)\s+(\S+)\s*$/.exec(rest);
			if (!match) break;
			const value = this.number({ text: match[2], at: match.index + match[0].lastIndexOf(match[2]) }, 1e9);
			if (match[1] === 'skip') this.skip = value;
			else this.only = value;
			rest = rest.slice(0, match.index);
		}
		const found = /\sif(?=\s|\(|\[|$)/.exec(rest);
		if (found) {
			const { text, at } = trimmed(rest.slice(found.index + 3), found.index + 3);
			this.readCondition(text, at);
			rest = rest.slice(0, found.index);
		}
		return trimmed(rest, 0);
	}

	private readCondition(text: string, at: number): void {
		try {
			const { images, dom } = this.names;
			this.condition = text;
			this.plain = parseCondition(text, images.of(this.only ?? dom).symbols).plain;
		} catch (error) {
			if (error instanceof ConditionError) throw this.error(error.reason, at + error.at);
			throw error;
		}
	}

	number({ text, at }: Part, most: number): number {
		const value = parseNumber(text);
		if (!Number.isInteger(value) || value < 0) throw this.error(`'${text}' is no number`, at);
		if (value > most) throw this.error(`${text} is too large: at most ${most}`, at);
		return value;
	}

	/** What all points share. */
	common(): { condition?: string; skip?: number } {
		return { ...(this.plain && { condition: this.plain }), ...(this.skip > 0 && { skip: this.skip }) };
	}
}

/** What a place of the code is. */
export interface Place {
	addresses: number[];
	/** The domain whose image has it; none for a bare address. */
	dom?: number;
	about: string;
}

const FILE_LINE = /^([^\s:]+):(\d+)$/;
const SYMBOL = /^([a-z_.$][\w.$]*)(?:\s*\+\s*(\S+))?$/i;

/**
 * Reads a place: `file:line`, a symbol, or an address.
 * @param others what else might have been meant by a name that is no symbol
 */
export function readPlace(line: Line, part: Part, others: readonly string[] = []): Place {
	const { images, dom } = line.names;
	const doms = line.only === undefined ? [dom, ...images.doms.filter((each) => each !== dom)] : [line.only];
	const source = FILE_LINE.exec(part.text);
	if (source) return sourcePlace(line, part, doms, source[1], Number(source[2]));
	const symbol = SYMBOL.exec(part.text);
	if (symbol && !/^[0-9a-f]{8}$/i.test(part.text)) {
		const [, name, more] = symbol;
		const offset = more ? line.number({ text: more, at: part.at + part.text.lastIndexOf(more) }, 0xffff_ffff) : 0;
		for (const each of doms) {
			const address = images.of(each).symbols.find(name);
			if (address >= 0) return symbolPlace(images, each, (address + offset) >>> 0);
		}
		const known = [...others, ...doms.flatMap((each) => images.of(each).symbols.all.map((symbol) => symbol.name))];
		throw line.error(
			`there is no symbol '${name}'${meant(name, known)}${images.doms.length > 0 ? '' : ': the image has none'}`,
			part.at
		);
	}
	const address = /^[0-9a-f]{8}$/i.test(part.text) ? parseInt(part.text, 16) : line.number(part, 0xffff_ffff);
	const name = nameOf(images.of(line.only ?? dom), address);
	return { addresses: [address], dom: line.only, about: name ? `${hex8(address)}, ${name}` : hex8(address) };
}

function symbolPlace(images: GuestImages, dom: number, address: number): Place {
	const image = images.of(dom);
	const where = lineText(image.debug.lines.at(address));
	return {
		addresses: [address],
		dom: images.doms.length > 1 ? dom : undefined,
		about: `${hex8(address)}, ${nameOf(image, address)}${where ? `, ${where}` : ''}`
	};
}

function sourcePlace(line: Line, part: Part, doms: readonly number[], file: string, number: number): Place {
	const { images } = line.names;
	const withLines = doms.filter((dom) => images.of(dom).debug.hasLines);
	if (withLines.length === 0)
		throw line.error('the image has no line information: name a symbol or an address instead', part.at);
	for (const dom of withLines) {
		const { debug } = images.of(dom);
		const files = debug.lines.filesLike(file);
		if (files.length === 0) continue;
		if (files.length > 1)
			throw line.error(`'${file}' may be ${files.slice(0, 4).join(' or ')}: say more of its path`, part.at);
		const found = debug.placesOf(files[0], number);
		if (!found) {
			const last = debug.lines.linesOf(files[0]).at(-1);
			throw line.error(`${file} has no code at or after line ${number}; its last line with code is ${last}`, part.at);
		}
		const places = found.addresses.map((address) => `${hex8(address)}, ${nameOf(images.of(dom), address)}`);
		return {
			addresses: found.addresses,
			dom: images.doms.length > 1 ? dom : undefined,
			about: `${files[0]}:${found.line}${found.line === number ? '' : ` (line ${number} has no code)`}: ${places.join('; ')}`
		};
	}
	const known = withLines.flatMap((dom) => images.of(dom).debug.lines.files);
	const names = [...known, ...known.map((each) => each.replace(/^.*\//, ''))];
	throw line.error(`no file '${file}' in the line information${meant(file, names)}`, part.at);
}
