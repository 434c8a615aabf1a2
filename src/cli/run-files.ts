/** The files that a command line of `ringside run` names, and the scenario that they make. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { plainCosting } from '../workbench/costs';
import { imagesOfFiles } from '../workbench/domain-files';
import type { ScenarioInput } from '../workbench/scenario';
import { UsageError, type RunArguments } from './arguments';
import { fileReason, readFrames, readImage, type NamedImage } from './images';
import { readScenario } from './scenario-file';

/** A disk of the machine with its image. */
interface DiskImage {
	readonly image: NamedImage;
	readonly access: 'ro' | 'overlay';
}

/** What the run reads. */
export interface Files {
	/** The one guest; null where there are configuration files instead. */
	readonly guest: NamedImage | null;
	/** Named otherwise than the guest's, unless it is the same. */
	readonly dom0: NamedImage | null;
	/** Frames that come in over the wire. */
	readonly frames: NamedImage | null;
	/** Configuration files by the names under which they were given, and the kernels and ramdisks that they name. */
	readonly configs: Readonly<Record<string, string>>;
	readonly named: readonly NamedImage[];
	readonly disks: readonly DiskImage[];
	/** What was given as a whole; what is above is empty then, but for `named`. */
	readonly scenario: ScenarioInput | null;
}

const NOTHING: Files = { guest: null, dom0: null, frames: null, configs: {}, named: [], disks: [], scenario: null };

/** How the run is called in what is said of it. */
export const titleOf = ({ guest, configs, scenario }: Files): string =>
	scenario?.name ??
	guest?.name ??
	Object.keys(configs)
		.map((name) => basename(name))
		.join(', ');

/** Reads them all. Throws UsageError with the reason. */
export function filesOf(args: RunArguments): Files {
	if (args.scenario !== '') {
		const { scenario, images } = readScenario(args.scenario);
		return { ...NOTHING, scenario, named: images };
	}
	const guest = args.prompt || args.domains.length > 0 ? null : readImage(args.image);
	const paths = [...args.domains, ...args.configs];
	const configs = Object.fromEntries(paths.map((path) => [path, configText(path)]));
	return {
		...NOTHING,
		guest,
		configs,
		dom0: hostOf(args, guest),
		frames: args.inject ? readFrames(args.inject) : null,
		named: imagesOf(configs),
		disks: args.disks.map(({ file, access }, at) => ({ access, image: diskImage(file, at) }))
	};
}

/** Domain 0's kernel. */
function hostOf({ dom0 }: RunArguments, guest: NamedImage | null): NamedImage | null {
	if (dom0 === '') return null;
	const host = readImage(dom0);
	const taken = host.name === guest?.name && host.path !== guest.path;
	return taken ? { ...host, name: `${host.name} of dom0`, builtIn: false } : host;
}

function configText(path: string): string {
	try {
		return readFileSync(path, 'latin1');
	} catch (error) {
		throw new UsageError(`--domain: ${path}: ${fileReason(error)}`);
	}
}

/** Kernels and ramdisks under the names that the files have for them; xl itself says which are missing. */
const imagesOf = (configs: Files['configs']): NamedImage[] =>
	imagesOfFiles(configs).flatMap((name) => {
		try {
			return [{ ...readImage(name), name }];
		} catch (error) {
			if (error instanceof UsageError) return [];
			throw error;
		}
	});

function diskImage(path: string, at: number): NamedImage {
	try {
		return { name: `disk ${at}: ${basename(path)}`, path, bytes: readFileSync(path), builtIn: false };
	} catch (error) {
		throw new UsageError(`--disk: ${path}: ${fileReason(error)}`);
	}
}

/** Everything with bytes. */
export const imagesIn = ({ guest, dom0, frames, named, disks }: Files): readonly NamedImage[] =>
	[guest, dom0, frames, ...named, ...disks.map(({ image }) => image)].filter((file) => file !== null);

/** A word as the shell reads it back. */
const quoted = (word: string): string => (/^[\w./+-]+$/.test(word) ? word : `'${word}'`);

/** The commands of xl that the words ask for: at a prompt they are typed before all else. */
export const commandsOf = ({ domains, xl }: RunArguments): readonly string[] => [
	...domains.map((file) => `create ${quoted(file)}`),
	...xl
];

/** The scenario; the machine has a network card and disks only where they are asked for. */
export function scenarioOf(args: RunArguments, files: Files): ScenarioInput {
	const { guest, dom0, frames, configs, disks, scenario } = files;
	if (scenario) return scenario;
	const commands = args.prompt ? [] : commandsOf(args).map((xl) => ({ xl }));
	return {
		name: titleOf(files),
		machine: {
			...plainCosting(args.machine),
			...((args.pcap !== '' || frames) && { network: { inject: frames?.name } }),
			...(disks.length > 0 && { disks: disks.map(({ image, access }) => ({ image: image.name, access })) })
		},
		...(dom0 && { dom0: { image: dom0.name, memoryMiB: args.dom0MemoryMiB, cmdline: args.dom0Cmdline } }),
		...(guest ? {} : { files: configs }),
		domains: guest
			? [{ name: guest.name, image: guest.name, memoryMiB: args.memoryMiB, vcpus: args.vcpus, cmdline: args.cmdline }]
			: [],
		input: [...commands, ...(args.type ? [{ text: args.type }] : [])]
	};
}
