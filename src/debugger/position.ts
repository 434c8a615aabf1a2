/**
 * A position of the debugger as the text of a URL's fragment: which guest, how it was started, what was
 * typed, and the moment. `guest=pocket&memory=32&cmdline=run%3Dfork&at=123456&break=c0100000&log=5000:1:ls%0A`
 *
 * `log` has one entry for each piece of input, `icount:dom:text`, entries separated by commas, the text with
 * its colons, commas and all that URLs reserve percent-encoded.
 */
import type { LoggedInput } from '../workbench/log';

/** A run and a moment of it, as far as a URL tells them. */
export interface Position {
	image: string;
	cmdline: string;
	memoryMiB: number;
	icount: number;
	/** Events recorded at the moment, where `icount` alone does not tell it; left out otherwise. */
	seq?: number;
	log: LoggedInput[];
	/** Linear addresses. */
	breakpoints: number[];
}

/** Why a fragment is no position. */
export interface PositionProblem {
	/** What is wrong, and in which field. */
	problem: string;
}

const DEFAULT_MEMORY = 32;

/** The fragment of a URL for a position, without its `#`; fields with their usual values are left out. */
export function encodePosition(position: Position): string {
	const fields: [string, string][] = [['guest', position.image]];
	if (position.memoryMiB !== DEFAULT_MEMORY) fields.push(['memory', String(position.memoryMiB)]);
	if (position.cmdline) fields.push(['cmdline', position.cmdline]);
	if (position.icount > 0) fields.push(['at', String(position.icount)]);
	if (position.seq !== undefined) fields.push(['event', String(position.seq)]);
	if (position.breakpoints.length > 0)
		fields.push(['break', position.breakpoints.map((address) => address.toString(16)).join(',')]);
	const encoded = fields.map(([name, value]) => `${name}=${encode(value)}`);
	if (position.log.length > 0)
		encoded.push(`log=${position.log.map((entry) => `${entry.icount}:${entry.dom}:${encode(entry.text)}`).join(',')}`);
	return encoded.join('&');
}

const encode = (text: string): string =>
	encodeURIComponent(text).replaceAll('%2C', ',').replaceAll(',', '%2C').replaceAll('%20', '+');
const decode = (text: string): string => decodeURIComponent(text.replaceAll('+', '%20'));

class Problem extends Error {}

function number(field: string, text: string, radix: 10 | 16 = 10, most = Number.MAX_SAFE_INTEGER): number {
	const shape = radix === 16 ? /^(0x)?[0-9a-f]{1,8}$/i : /^\d{1,16}$/;
	const value = shape.test(text) ? parseInt(text.replace(/^0x/i, ''), radix) : NaN;
	if (Number.isNaN(value) || value > most)
		throw new Problem(`${field}: '${text}' is not a ${radix === 16 ? 'hexadecimal address' : 'number'} here`);
	return value;
}

function logEntry(text: string): LoggedInput {
	const match = /^(\d+):(\d+):(.*)$/s.exec(text);
	if (!match) throw new Problem(`log: '${text}' is not count:domain:text`);
	return { icount: number('log', match[1]), dom: number('log', match[2]), text: decode(match[3]) };
}

const READ: Readonly<Record<string, (value: string, position: Position) => void>> = {
	guest: (value, position) => (position.image = decode(value)),
	cmdline: (value, position) => (position.cmdline = decode(value)),
	memory: (value, position) => {
		position.memoryMiB = number('memory', value, 10, 512);
		if (position.memoryMiB < 4) throw new Problem(`memory: ${position.memoryMiB} MiB is too little; 4 to 512`);
	},
	at: (value, position) => (position.icount = number('at', value)),
	event: (value, position) => (position.seq = number('event', value)),
	break: (value, position) =>
		(position.breakpoints = decode(value)
			.split(',')
			.map((address) => number('break', address, 16))),
	log: (value, position) =>
		(position.log = value
			.split(',')
			.map(logEntry)
			.sort((a, b) => a.icount - b.icount))
};

/** Reads a fragment, without its `#`. */
export function decodePosition(text: string): Position | PositionProblem {
	const position: Position = { image: '', cmdline: '', memoryMiB: DEFAULT_MEMORY, icount: 0, log: [], breakpoints: [] };
	try {
		for (const part of text.split('&').filter(Boolean)) {
			const at = part.indexOf('=');
			const name = at < 0 ? part : part.slice(0, at);
			if (at < 0 || !Object.hasOwn(READ, name))
				throw new Problem(`there is no field '${name}'; there are ${Object.keys(READ).join(', ')}`);
			READ[name](part.slice(at + 1), position);
		}
		if (!position.image) throw new Problem('guest: which guest is missing');
		return position;
	} catch (error) {
		if (error instanceof URIError) return { problem: 'a percent sign does not begin an encoded character' };
		if (error instanceof Problem) return { problem: error.message };
		throw error;
	}
}
