/** The command line of `ringside gdb`, read and checked. Every refusal says what is wrong with which word. */
import type { EngineName } from '../workbench/engines';
import { MOST_DOMAINS } from '../workbench/kernels';
import { MOST_VCPUS } from '../workbench/scenario';
import {
	checkCmdline,
	count,
	DEFAULT_MEMORY_MIB,
	engineNamed,
	type Machine,
	MEMORY_RANGE,
	OF_MACHINE,
	unescapeTyped,
	UsageError
} from './arguments';

/** One domain to be: options that follow an image are its. */
export interface GdbImage {
	image: string;
	memoryMiB: number;
	vcpus: number;
	cmdline: string;
	/** Typed once the guest waits for input; '' nothing. */
	type: string;
}

export interface GdbArguments {
	/** In the order of the domains, 1 the first. */
	images: GdbImage[];
	/** Which cost table the machine has. */
	machine: Machine;
	/** How code is run: the history is the same. */
	engine: EngineName;
	port: number;
}

/** The port that other emulators use. */
export const DEFAULT_PORT = 1234;

/** Options of the image named last. */
const OF_IMAGE: Readonly<Record<string, (value: string, into: GdbImage) => void>> = {
	'--memory': (value, into) =>
		(into.memoryMiB = count('--memory', value, MEMORY_RANGE.least, MEMORY_RANGE.most, 'MiB')),
	'--vcpus': (value, into) => (into.vcpus = count('--vcpus', value, 1, MOST_VCPUS, 'vcpus')),
	'--cmdline': (value, into) => (into.cmdline = checkCmdline(value)),
	'--type': (value, into) => (into.type = unescapeTyped(value))
};

/** Options of the run, wherever they stand. */
const OF_RUN: Readonly<Record<string, (value: string, into: GdbArguments) => void>> = {
	...Object.fromEntries(
		Object.entries(OF_MACHINE).map(([name, set]) => [
			name,
			(value: string, into: GdbArguments) => set(value, into.machine)
		])
	),
	'--engine': (value, into) => (into.engine = engineNamed(value)),
	'--port': (value, into) => (into.port = count('--port', value, 0, 65535, 'port'))
};

const NAMES = [...Object.keys(OF_IMAGE), ...Object.keys(OF_RUN), '--image', '--help'];

/** Reads what follows `gdb`. Throws UsageError. */
export function parseGdbArguments(words: readonly string[]): GdbArguments {
	const into: GdbArguments = {
		images: [],
		machine: { profile: '', costs: {} },
		engine: 'interpreter',
		port: DEFAULT_PORT
	};
	const given = new Set<string>();
	const begin = (image: string): void => {
		if (into.images.length === MOST_DOMAINS) throw new UsageError(`there are at most ${MOST_DOMAINS} domains`);
		into.images.push({ image, memoryMiB: DEFAULT_MEMORY_MIB, vcpus: 1, cmdline: '', type: '' });
	};
	for (let at = 0; at < words.length; at++) {
		const word = words[at];
		if (!word.startsWith('-') || word === '-') {
			if (into.images.length > 0)
				throw new UsageError(`'${word}': the domains after the first are named by --image IMAGE`);
			begin(word);
			continue;
		}
		const [name, ...rest] = word.split('=');
		if (!NAMES.includes(name)) throw new UsageError(`there is no option ${name}; there are ${NAMES.join(', ')}`);
		const value = rest.length > 0 ? rest.join('=') : words[++at];
		if (value === undefined) throw new UsageError(`${name} wants a value after it`);
		const key = name in OF_RUN ? name : `${name} of ${into.images.length}`;
		if (name !== '--image' && name !== '--cost' && given.has(key)) throw new UsageError(`${name} is given twice`);
		given.add(key);
		const last = into.images.at(-1);
		if (name in OF_RUN) OF_RUN[name](value, into);
		else if (!last) throw new UsageError(`${name} has no IMAGE before it`);
		else if (name === '--image') begin(value);
		else OF_IMAGE[name](value, last);
	}
	if (into.images.length === 0) throw new UsageError('IMAGE is missing: a path, or the name of one of our guests');
	return into;
}
