/** Our reading of the guests' debug sections beside that of binutils, where readelf is there; and damaged sections. */
import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { debugSections } from '../../workbench/symbols';
import { guestFile, imageFile } from '../../workbench/testing';
import { DebugInfo } from './debug-info';
import { readFrames, type Rule } from './frames';
import { readInfo } from './info';
import { readLines } from './lines';

const GUESTS = ['hello', 'pocket', 'rogues'];

function readelf(kind: string, name: string): string | null {
	try {
		const options = { encoding: 'utf8' as const, maxBuffer: 1 << 28, stdio: 'pipe' as const };
		return execFileSync('readelf', [`--debug-dump=${kind}`, '-W', guestFile(name)], options);
	} catch {
		return null;
	}
}
const hasReadelf = readelf('decodedline', 'hello') !== null;
const base = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** `name.c  21  0xc0001013  1  x`: file, line, address, view, statement; the view only where it is not 0. */
function linesOfReadelf(text: string): string[] {
	const row = /^(\S+)\s+(\d+|-)\s+0x([0-9a-f]+)(?:\[\d+\])?(?:\s+\d+)?(\s+x)?\s*$/;
	return text.split('\n').flatMap((line) => {
		const match = row.exec(line);
		return match ? [`${match[1]} ${match[2]} ${match[3]} ${match[4] ? 'x' : ''}`] : [];
	});
}

const REGISTERS = ['eax', 'ecx', 'edx', 'ebx', 'esp', 'ebp', 'esi', 'edi', 'ra'];
const signed = (value: number): string => (value < 0 ? `${value}` : `+${value}`);
const ruleText = (rule: Rule | undefined): string => {
	if (!rule || rule.kind === 'undefined') return 'u';
	if (rule.kind === 'offset') return `c${signed(rule.offset)}`;
	return rule.kind;
};

/** Rows `c0001013 esp+8 eax:u ... ra:c-4` of all functions, with the columns that readelf shows. */
function framesOfReadelf(text: string): string[] {
	const found: string[] = [];
	let columns: string[] = [];
	let inFunction = false;
	for (const line of text.split('\n')) {
		const words = line.trim().split(/\s+/);
		if (/\b[CF][DI]E\b/.test(line)) inFunction = /\bFDE\b/.test(line);
		else if (words[0] === 'LOC') columns = words.slice(2);
		else if (inFunction && /^[0-9a-f]{8}$/.test(words[0]) && words.length === columns.length + 2)
			found.push([words[0], words[1], ...columns.map((name, at) => `${name}:${words[at + 2]}`)].join(' '));
	}
	return found;
}

describe.skipIf(!hasReadelf)('beside readelf, where it is there', () => {
	it.each(GUESTS)('lines of %s', (name) => {
		const { units, problems } = readLines(debugSections(imageFile(name)).get('.debug_line')!);
		expect(problems).toEqual([]);
		const ours = units.flatMap(({ files, rows }) =>
			rows.map((row) =>
				[
					base(files[row.file]),
					row.end ? '-' : row.line,
					row.address.toString(16),
					row.isStmt && !row.end ? 'x' : ''
				].join(' ')
			)
		);
		const theirs = linesOfReadelf(readelf('decodedline', name)!);
		expect(theirs.length).toBeGreaterThan(50);
		expect(ours).toEqual(theirs);
	});

	it.each(GUESTS)('call frames of %s', (name) => {
		const { entries, problems } = readFrames(debugSections(imageFile(name)).get('.debug_frame')!);
		expect(problems).toEqual([]);
		const theirs = framesOfReadelf(readelf('frames-interp', name)!);
		expect(theirs.length).toBeGreaterThan(10);
		const ours = new Map(
			entries.flatMap((entry) => entry.rows().map((row) => [row.from.toString(16).padStart(8, '0'), row] as const))
		);
		for (const line of theirs) {
			const [address, cfa, ...rules] = line.split(' ');
			const row = ours.get(address)!;
			expect(row, `no row at ${address}`).toBeDefined();
			expect(`${REGISTERS[row.cfa!.register]}${signed(row.cfa!.offset)}`, address).toBe(cfa);
			for (const rule of rules) {
				const [register, where] = rule.split(':');
				expect(ruleText(row.rules.get(REGISTERS.indexOf(register))), `${register} at ${address}`).toBe(where);
			}
		}
		// Functions with one row only (as the common part has it) are not printed.
		const rows = entries.map((entry) => entry.rows().length).filter((count) => count > 1);
		expect(rows.reduce((sum, count) => sum + count, 0)).toBe(theirs.length);
	});

	it.each(GUESTS)('functions of %s', (name) => {
		const { functions, problems } = DebugInfo.of(debugSections(imageFile(name)));
		expect(problems).toEqual([]);
		const table = execFileSync('readelf', ['-sW', guestFile(name)], { encoding: 'utf8' });
		const symbols = [...table.matchAll(/: ([0-9a-f]{8})\s+(\d+) FUNC\s+\S+\s+\S+\s+\d+ (\S+)/g)].map(
			([, address, size, symbol]) => `${symbol} ${address} ${size}`
		);
		const ours = new Set(
			functions
				.filter((each) => each.depth === 0)
				.map((each) => `${each.name} ${each.from.toString(16).padStart(8, '0')} ${each.to - each.from}`)
		);
		expect(symbols.length).toBeGreaterThan(0);
		// Clones (foo.part.0) have the name of what they were cut out of.
		for (const symbol of symbols.filter((each) => !/\.(part|constprop|isra|cold)/.test(each)))
			expect(ours).toContain(symbol);
	});
});

describe('debug information of pocket', () => {
	const info = DebugInfo.of(debugSections(imageFile('pocket')));
	const start = info.functions.find((each) => each.name === 'kernel_main')!;

	it('knows the line of an address and the addresses of a line', () => {
		const line = info.lines.at(start.from)!;
		expect(line.file).toBe('src/guests/pocket/kernel/main.c');
		expect(info.lines.addressesOf(line.file, line.line)).toContain(start.from);
		expect(info.lines.rangesOf(line.file, line.line).some((range) => range.from === start.from)).toBe(true);
		expect(info.lines.filesLike('main.c')).toEqual([line.file]);
	});
	it('gives each address one line', () => {
		const starts = info.lines.startsIn({ from: 0, to: 2 ** 32 }).map((line) => line.from);
		expect(new Set(starts).size).toBe(starts.length);
		for (const from of starts) expect(info.lines.at(from)).toMatchObject({ from, isStmt: true });
	});
	it('takes the next line that has code for a breakpoint', () => {
		const { file, line } = info.lines.at(start.from)!;
		expect(info.placesOf(file, line)).toEqual({ line, addresses: [start.from] });
		expect(info.placesOf(file, 1)!.line).toBeGreaterThan(1);
		expect(info.placesOf(file, 100_000)).toBeNull();
	});
	it('knows what is inlined where', () => {
		const inlined = info.functions.find((each) => each.depth === 1 && each.callLine > 0)!;
		const names = info.functionsAt(inlined.from).map((each) => each.name);
		expect(names.length).toBeGreaterThan(1);
		expect(names).toContain(inlined.name);
		expect(info.lineAt(inlined.from, 0)!.line).toBe(inlined.callLine);
		expect(info.lineAt(inlined.from)).toEqual(info.lines.at(inlined.from));
	});
	it('knows nothing outside', () => {
		expect(info.lines.at(0)).toBeNull();
		expect(info.frameAt(0)).toBeNull();
		expect(info.functionsAt(0xffff_ffff)).toEqual([]);
		expect(DebugInfo.none.hasLines).toBe(false);
	});
});

describe('damaged sections', () => {
	const whole = debugSections(imageFile('pocket'));
	const damaged = (name: string, change: (bytes: Uint8Array) => Uint8Array): DebugInfo =>
		DebugInfo.of(new Map([...whole, [name, change(whole.get(name)!.slice())]]));

	it('are told with section and offset, and what came before stays', () => {
		const info = damaged('.debug_line', (bytes) => bytes.subarray(0, 5000));
		expect(info.problems).toEqual([expect.stringMatching(/^\.debug_line\+0x[0-9a-f]+: a unit of \d+ bytes, but only/)]);
		expect(info.lines.at(info.functions.find((each) => each.from >= 0xc000_1010)!.from)).not.toBeNull();
	});
	it('of other versions are named', () => {
		const info = damaged('.debug_line', (bytes) => {
			bytes[4] = 5;
			return bytes;
		});
		expect(info.problems[0]).toContain('.debug_line+0x4: line table of DWARF 5; 2 to 4 can be read');
	});
	it('of abbreviations or frames leave the rest', () => {
		const info = damaged('.debug_abbrev', () => new Uint8Array(3));
		expect(info.problems.length).toBeGreaterThan(0);
		expect(info.hasLines && info.hasFrames).toBe(true);
		const frames = damaged('.debug_frame', (bytes) => bytes.fill(0xee, 30, 60));
		expect(frames.hasLines).toBe(true);
	});

	/** A linear congruential generator: the same damage each time. */
	function* numbers(seed: number): Generator<number, never> {
		for (let state = seed; ;) {
			state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
			yield state;
		}
	}
	it('of any kind never throw and never take long', () => {
		const random = numbers(1);
		const next = (below: number) => random.next().value % below;
		const sections = debugSections(imageFile('hello'));
		const began = performance.now();
		for (let round = 0; round < 300; round++) {
			const broken = new Map([...sections].map(([name, bytes]) => [name, bytes.slice()]));
			for (const bytes of broken.values())
				for (let count = next(8); count > 0; count--) bytes[next(bytes.length)] = next(256);
			const info = DebugInfo.of(broken);
			for (let at = 0; at < 16; at++) {
				const address = 0xc000_0000 + next(0x2000);
				info.frameAt(address);
				info.lineAt(address, 0);
				info.functionsAt(address);
			}
		}
		expect(performance.now() - began).toBeLessThan(10_000);
	});
	it('without an end are refused', () => {
		expect(readInfo({ info: new Uint8Array(64).fill(0xff), abbrev: new Uint8Array(0) }).problems[0]).toContain(
			'64-bit format'
		);
		expect(readLines(new Uint8Array(3)).problems[0]).toBe('.debug_line+0x0: 4 bytes are missing');
	});
});
