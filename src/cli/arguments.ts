/** The command line of `ringside run`, read and checked. Every refusal says what is wrong with which word. */
import { parseNumber } from '../trace/query/numbers';
import { otherwise } from '../trace/query/nearest';
import { COST_CLASSES, costProblem, PROFILE_NAMES } from '../workbench/costs';
import { ENGINES, type EngineName } from '../workbench/engines';
import { MOST_VCPUS } from '../workbench/scenario';

export interface RunArguments {
	image: string;
	memoryMiB: number;
	vcpus: number;
	cmdline: string;
	/** Typed once the guest waits for input; '' nothing. */
	type: string;
	/** The kernel of domain 0; '' none: the toolstack plays it. */
	dom0: string;
	dom0MemoryMiB: number;
	dom0Cmdline: string;
	/** Stop when this text has appeared; '' never. */
	until: string;
	/** Stop after so many cycles; Infinity never. */
	cycles: number;
	/** Which cost table the machine has. */
	machine: Machine;
	/** How code is run: the history is the same. */
	engine: EngineName;
	/** File for the trace; '' none. */
	trace: string;
	/** File for the run; '' none. */
	save: string;
	/** File for what passes on the wire of the machine's network card; '' none. */
	pcap: string;
	/** File of frames that come in on it; '' none. */
	inject: string;
	/** Configuration files of domains, instead of an image. */
	domains: string[];
	/** Commands of xl, typed once those before them have ended. */
	xl: string[];
	/** The machine's disks. */
	disks: DiskFile[];
	/** Files for what disks hold in the end. */
	savedDisks: SavedDisk[];
	/** A scenario's file, instead of all that makes one; '' none. */
	scenario: string;
	/** It is `xl`: commands come from standard input, and files are named for them to create domains of. */
	prompt: boolean;
	configs: string[];
}

/** A disk of the machine: an image, whether it may be written to, and whether the file becomes in the end what was written. */
export interface DiskFile {
	readonly file: string;
	readonly access: 'ro' | 'overlay';
	readonly back: boolean;
}

/** A file that takes what a disk holds in the end. */
export interface SavedDisk {
	readonly file: string;
	/** Its place among the machine's disks, from 0. */
	readonly disk: number;
}

/** The cost table: a profile's name, '' the default, and rows that are overruled. */
export interface Machine {
	profile: string;
	costs: Record<string, number>;
}

/** A command line that cannot be carried out. */
export class UsageError extends Error {}

export const DEFAULT_MEMORY_MIB = 64;
export const MEMORY_RANGE = { least: 4, most: 1024 } as const;

/** `\n` and its like in the text of --type. */
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', e: '\x1b', '\\': '\\' };

export function unescapeTyped(text: string): string {
	return text.replace(/\\(.?)/gs, (_all, letter: string) => {
		const meant = ESCAPES[letter];
		if (meant !== undefined) return meant;
		throw new UsageError(`--type: '\\${letter}' is no escape; there are \\n (Enter), \\r, \\t, \\e (Escape) and \\\\`);
	});
}

/** A whole number from `least` to `most` as people write it. Throws UsageError. */
export function count(option: string, text: string, least: number, most: number, unit: string): number {
	const value = parseNumber(text.trim());
	if (Number.isNaN(value)) {
		throw new UsageError(`${option}: '${text}' is not a number; write it as 64, 0x40, 1e6 or 1_000_000`);
	}
	if (!Number.isInteger(value)) throw new UsageError(`${option}: '${text}' is not a whole number of ${unit}`);
	if (value < least || value > most)
		throw new UsageError(`${option}: ${text} ${unit} is out of range, ${least} to ${most}`);
	return value;
}

/** A kernel command line that fits start_info. Throws UsageError. */
export function checkCmdline(value: string, option = '--cmdline'): string {
	if (new TextEncoder().encode(value).length > 1023)
		throw new UsageError(`${option}: the text is longer than 1023 bytes`);
	return value;
}

/** Options of the machine; `--cost` may be given more than once. */
export const OF_MACHINE: Readonly<Record<string, (value: string, into: Machine) => void>> = {
	'--profile': (value, into) => {
		if (!(PROFILE_NAMES as readonly string[]).includes(value))
			throw new UsageError(`--profile: there is no profile '${value}'${otherwise(value, PROFILE_NAMES, 'there are')}`);
		into.profile = value;
	},
	'--cost': (value, into) => {
		const [name, cycles] = value.split('=');
		if (cycles === undefined)
			throw new UsageError(`--cost: '${value}' is not NAME=CYCLES; there are ${COST_CLASSES.join(', ')}`);
		const number = parseNumber(cycles.trim());
		const problem = costProblem(name, Number.isNaN(number) ? cycles : number);
		if (problem) throw new UsageError(`--cost: ${problem}`);
		if (Object.hasOwn(into.costs, name)) throw new UsageError(`--cost: ${name} is given twice`);
		into.costs[name] = number;
	}
};

/** An engine by its name. Throws UsageError. */
export function engineNamed(value: string): EngineName {
	const engine = ENGINES.find((name) => name === value);
	if (!engine) throw new UsageError(`--engine: there is no engine '${value}'${otherwise(value, ENGINES, 'there are')}`);
	return engine;
}

const MOST_DISKS = 4;

/** FILE, or FILE,ro or FILE,rw. Throws UsageError. */
function diskFile(value: string): DiskFile {
	const parts = /^(.*?)(?:,(ro|rw))?$/s.exec(value)!;
	if (parts[1] === '') throw new UsageError('--disk: name a file');
	return { file: parts[1], access: parts[2] === 'ro' ? 'ro' : 'overlay', back: parts[2] === 'rw' };
}

/** FILE for the first disk, or FILE,hda to FILE,hdd. Throws UsageError. */
function savedDisk(value: string): SavedDisk {
	const parts = /^(.*?)(?:,hd([a-d]))?$/s.exec(value)!;
	return { file: outputFile('--save-disk', parts[1]), disk: 'abcd'.indexOf(parts[2] ?? 'a') };
}

/** Options that may be given more than once. */
const REPEATED = ['--cost', '--domain', '--xl', '--disk', '--save-disk'];

/** A file to be written. Throws UsageError. */
function outputFile(option: string, value: string): string {
	if (value === '' || value === '-')
		throw new UsageError(`${option}: name a file; standard output is the guest\u2019s console`);
	return value;
}

const OPTIONS: Readonly<Record<string, (value: string, into: RunArguments) => void>> = {
	'--memory': (value, into) =>
		(into.memoryMiB = count('--memory', value, MEMORY_RANGE.least, MEMORY_RANGE.most, 'MiB')),
	'--vcpus': (value, into) => (into.vcpus = count('--vcpus', value, 1, MOST_VCPUS, 'vcpus')),
	'--cmdline': (value, into) => (into.cmdline = checkCmdline(value)),
	'--type': (value, into) => (into.type = unescapeTyped(value)),
	'--dom0': (value, into) => (into.dom0 = value),
	'--dom0-memory': (value, into) =>
		(into.dom0MemoryMiB = count('--dom0-memory', value, MEMORY_RANGE.least, MEMORY_RANGE.most, 'MiB')),
	'--dom0-cmdline': (value, into) => (into.dom0Cmdline = checkCmdline(value, '--dom0-cmdline')),
	'--until': (value, into) => {
		if (value === '') throw new UsageError('--until: the text is empty');
		into.until = value;
	},
	'--cycles': (value, into) => (into.cycles = count('--cycles', value, 1, Number.MAX_SAFE_INTEGER, 'cycles')),
	...Object.fromEntries(
		Object.entries(OF_MACHINE).map(([name, set]) => [
			name,
			(value: string, into: RunArguments) => set(value, into.machine)
		])
	),
	...Object.fromEntries(
		(['trace', 'save', 'pcap'] as const).map((name) => [
			`--${name}`,
			(value: string, into: RunArguments) => (into[name] = outputFile(`--${name}`, value))
		])
	),
	'--engine': (value, into) => (into.engine = engineNamed(value)),
	'--inject': (value, into) => {
		if (value === '') throw new UsageError('--inject: name a file');
		into.inject = value;
	},
	'--domain': (value, into) => {
		if (value === '') throw new UsageError('--domain: name a configuration file');
		into.domains.push(value);
	},
	'--xl': (value, into) => {
		if (value.trim() === '' || value.includes('\n')) throw new UsageError('--xl: a command is one line');
		into.xl.push(value);
	},
	'--disk': (value, into) => {
		if (into.disks.length === MOST_DISKS) throw new UsageError(`--disk: a machine has at most ${MOST_DISKS} disks`);
		into.disks.push(diskFile(value));
	},
	'--save-disk': (value, into) => {
		const saved = savedDisk(value);
		const twice = into.savedDisks.some(({ disk }) => disk === saved.disk);
		if (twice) throw new UsageError(`--save-disk: hd${'abcd'[saved.disk]} is named twice`);
		into.savedDisks.push(saved);
	},
	'--scenario': (value, into) => {
		if (value === '') throw new UsageError('--scenario: name a file');
		into.scenario = value;
	}
};

/** Whether help is asked for: `-h` or `--help` where an option or IMAGE could stand. */
export function asksForHelp(words: readonly string[]): boolean {
	for (let at = 0; at < words.length; at++) {
		if (words[at] === '--') return false;
		if (words[at] === '--help' || words[at] === '-h') return true;
		if (Object.hasOwn(OPTIONS, words[at])) at++;
	}
	return false;
}

/**
 * Reads what follows `run`, or `xl`. Throws UsageError.
 * @param prompt it is `xl`
 */
export function parseRunArguments(words: readonly string[], prompt = false): RunArguments {
	const into: RunArguments = {
		image: '',
		memoryMiB: DEFAULT_MEMORY_MIB,
		vcpus: 1,
		cmdline: '',
		type: '',
		dom0: '',
		dom0MemoryMiB: DEFAULT_MEMORY_MIB,
		dom0Cmdline: '',
		until: '',
		cycles: Infinity,
		machine: { profile: '', costs: {} },
		engine: 'interpreter',
		trace: '',
		save: '',
		pcap: '',
		inject: '',
		domains: [],
		xl: [],
		disks: [],
		savedDisks: [],
		scenario: '',
		prompt,
		configs: []
	};
	const given = new Set<string>();
	const images: string[] = [];
	for (let at = 0; at < words.length; at++) {
		const word = words[at];
		if (word === '--') {
			images.push(...words.slice(at + 1));
			break;
		}
		if (!word.startsWith('-') || word === '-') {
			images.push(word);
			continue;
		}
		const [name, ...rest] = word.split('=');
		const option = Object.hasOwn(OPTIONS, name) ? OPTIONS[name] : undefined;
		if (!option)
			throw new UsageError(`there is no option ${name}; there are ${Object.keys(OPTIONS).join(', ')} and --help`);
		if (given.has(name) && !REPEATED.includes(name)) throw new UsageError(`${name} is given twice`);
		given.add(name);
		const value = rest.length > 0 ? rest.join('=') : words[++at];
		if (value === undefined) throw new UsageError(`${name} wants a value after it`);
		option(value, into);
	}
	if (prompt) checkPrompt(images, given);
	else checkGuests(into, images, given);
	for (const option of ['--dom0-memory', '--dom0-cmdline'])
		if (given.has(option) && into.dom0 === '')
			throw new UsageError(`${option}: there is no --dom0 that it could be for`);
	if (prompt) return { ...into, configs: images };
	if (images.length > 1) throw new UsageError(`one IMAGE, not ${images.length}: ${images.join(', ')}`);
	into.image = images[0] ?? '';
	return into;
}

/** Options that say something of IMAGE, and those that say what else the scenario is. */
const OF_IMAGE = ['--memory', '--vcpus', '--cmdline'];
const OF_SCENARIO = [
	...[...OF_IMAGE, '--type', '--dom0', '--dom0-memory', '--dom0-cmdline', ...Object.keys(OF_MACHINE)],
	...['--inject', '--domain', '--xl', '--disk']
];

/** Options that say when a run ends, or what is typed in it: all that comes from standard input. */
const NOT_AT_A_PROMPT = [...OF_IMAGE, '--type', '--until', '--cycles'];

/** What `xl` has no use for. Throws UsageError. */
function checkPrompt(configs: readonly string[], given: ReadonlySet<string>): void {
	for (const option of NOT_AT_A_PROMPT)
		if (given.has(option)) throw new UsageError(`${option}: not with xl, which is told by what is typed`);
	if (!given.has('--scenario')) return;
	const other = OF_SCENARIO.find((option) => given.has(option)) ?? configs[0];
	if (other !== undefined) throw new UsageError(`${other}: that stands in the file of --scenario`);
}

/** An image, configuration files, or a scenario. Throws UsageError. */
function checkGuests({ domains, scenario }: RunArguments, images: readonly string[], given: ReadonlySet<string>): void {
	if (domains.length === 0 && scenario === '') {
		if (images.length === 0) throw new UsageError('IMAGE is missing: a path, or the name of one of our guests');
		return;
	}
	const [instead, theirs] = scenario === '' ? ['--domain', OF_IMAGE] : ['--scenario', OF_SCENARIO];
	if (images.length > 0) throw new UsageError(`an IMAGE or ${instead}, not both: ${images.join(', ')}`);
	for (const option of theirs)
		if (given.has(option)) throw new UsageError(`${option}: that stands in the ${FILES_OF[instead]}`);
}
const FILES_OF: Readonly<Record<string, string>> = {
	'--domain': 'files of --domain',
	'--scenario': 'file of --scenario'
};
