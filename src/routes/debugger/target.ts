/** What to run: the domains of a scenario as a learner chooses them, and pairs that have something to say to each other. */
import { XEN_LEGACY_MAX_VCPUS } from '../../abi/structs/xen';
import type { Costing } from '../../workbench/costing';
import type { ScenarioInput } from '../../workbench/worker/client';
import { disksText, readDisks } from './virtual-disks';

/** One guest: an image by name or digest, its command line, memory and vcpus. */
export interface TargetDomain {
	readonly image: string;
	readonly cmdline: string;
	readonly memoryMiB: number;
	/** 1 where left out. */
	readonly vcpus?: number;
	/** Its virtual disks as they are typed (virtual-disks.ts). */
	readonly vbds?: string;
	/** How many virtual network interfaces it has; none where left out. */
	readonly vifs?: number;
}

/** A disk of the machine: an image by name or digest, or an empty one. */
export interface TargetDisk {
	readonly image: string;
	/** Nothing may be written; else what is written lies beside the image. */
	readonly readonly: boolean;
	/** As many as the image fills where left out. */
	readonly sectors?: number;
}

export interface Target {
	/** The first is dom1. */
	readonly domains: readonly TargetDomain[];
	/** The kernel of domain 0; the toolstack plays it where left out. */
	readonly dom0?: TargetDomain;
	/** The machine's disks, hda first; null where there is none. */
	readonly disks?: readonly (TargetDisk | null)[];
	/** How many network cards the machine has; none where left out. */
	readonly cards?: number;
	/** The machine's cost table; the usual one where left out. */
	readonly machine?: Costing;
}

export const MOST_DISKS = 4;
export const MOST_CARDS = 4;
export const MOST_VIFS = 8;
/** Names of the machine's disks in domain 0, by their places. */
export const DRIVES = ['hda', 'hdb', 'hdc', 'hdd'];
export const LEAST_MIB = 4;
export const MOST_MIB = 512;
export const MOST_VCPUS = XEN_LEGACY_MAX_VCPUS;
const DEFAULT_MIB = 32;

export const pocket = (cmdline: string): TargetDomain => ({ image: 'pocket', cmdline, memoryMiB: DEFAULT_MIB });

export const FIRST_TARGET: Target = { domains: [pocket('run=fork')] };

const pocketIo = (cmdline: string): TargetDomain => ({ image: 'pocket-io', cmdline, memoryMiB: 16 });

/** Command lines that `pocket` and `rogues` understand, offered as suggestions. */
export const SUGGESTIONS: Readonly<Record<string, readonly string[]>> = {
	pocket: ['fork', 'hello', 'pagefaults', 'pipes', 'echo', 'exhaust', 'spin', 'rings', 'batch', 'ptwrite', 'smp'].map(
		(name) => `run=${name}`
	),
	'pocket-io': ['serve', 'sh', 'sh ls / ; cat /readme', 'sh mkfs /dev/xvda ; write /a hello ; ls /'].map(
		(name) => `run=${name}`
	),
	rogues: [
		'map-foreign',
		'map-page-table',
		'free-mapped',
		'pin-writable',
		'unpin-in-use',
		'write-cr3',
		'load-ring0-data',
		'gdt-ring0-code',
		'handler-ring0',
		'iret-ring0',
		'fault-loop',
		'exhaust-ports',
		'queue-links-in-circles'
	].map((name) => `attack=${name}`)
};

/** Scenarios that come with the page. */
export const SCENARIOS: readonly { id: string; title: string; target: Target }[] = [
	{ id: 'fork', title: 'pocket: fork', target: FIRST_TARGET },
	{
		id: 'two-pockets',
		title: 'Two kernels on one processor',
		target: { domains: [pocket('run=fork'), pocket('run=pipes')] }
	},
	{
		id: 'spin-and-work',
		title: 'One spins, one works',
		target: { domains: [pocket('run=spin'), pocket('run=fork')] }
	},
	{
		id: 'four-vcpus',
		title: 'Four vcpus, one processor',
		target: { domains: [{ ...pocket('run=smp'), vcpus: 4 }] }
	},
	{
		id: 'rogue-beside',
		title: 'A hostile kernel beside a good one',
		target: {
			domains: [pocket('run=fork'), { image: 'rogues', cmdline: 'attack=map-foreign', memoryMiB: DEFAULT_MIB }]
		}
	},
	{
		id: 'disk',
		title: 'Domain 0, a disk, and a guest that reads it',
		target: {
			disks: [{ image: 'files', readonly: false }],
			dom0: pocketIo('run=serve'),
			domains: [
				{ ...pocketIo('run=sh ls / ; cat /readme ; write /written hello ; sync / ; cat /written'), vbds: '/dev/hda' }
			]
		}
	}
];

type Machine = NonNullable<ScenarioInput['machine']>;

/** Wherever a kernel runs, with what it is given. */
const kernelOf = ({ image, cmdline = '', memoryMiB = DEFAULT_MIB, vcpus }: NonNullable<ScenarioInput['dom0']>) => ({
	image,
	cmdline,
	memoryMiB,
	vcpus
});

function cardsOf({ network }: Machine): number {
	const cards = network && (network.cards ?? 1);
	return typeof cards === 'number' ? cards : (cards?.length ?? 0);
}

/** What a scenario runs, as a learner chooses it. */
export function targetOf({ domains, dom0, machine = {} }: ScenarioInput): Target {
	const { profile, costs, disks = [] } = machine;
	return {
		machine: { profile, costs },
		...(dom0 && { dom0: kernelOf(dom0) }),
		disks: disks.map((disk) => disk && { image: disk.image, readonly: disk.access === 'ro', sectors: disk.sectors }),
		cards: cardsOf(machine),
		domains: domains.map((domain) => ({
			...kernelOf(domain),
			vbds: disksText(domain.disks),
			vifs: domain.vifs?.length ?? 0
		}))
	};
}

/** Each domain needs a name of its own in xenstore. @throws Error for virtual disks that cannot be read */
export function scenarioOf(target: Target, names: Readonly<Record<string, string>>): ScenarioInput {
	const taken = new Map<string, number>();
	const domains = target.domains.map(({ image, cmdline, memoryMiB, vcpus = 1, vbds = '', vifs = 0 }) => {
		const name = names[image] ?? image;
		const count = (taken.get(name) ?? 0) + 1;
		taken.set(name, count);
		const disks = readDisks(vbds);
		if (typeof disks === 'string') throw new Error(disks);
		return {
			name: count > 1 ? `${name}-${count}` : name,
			image,
			cmdline,
			memoryMiB,
			vcpus,
			...(disks.length > 0 && { disks }),
			...(vifs > 0 && { vifs: Array.from({ length: vifs }, () => ({})) })
		};
	});
	const { dom0 } = target;
	const all = [...(dom0 ? [names[dom0.image] ?? dom0.image] : []), ...domains.map(({ name }) => name)];
	return {
		name: all.join(' + '),
		machine: machineOf(target),
		...(dom0 && { dom0: { ...kernelOf(dom0), vcpus: dom0.vcpus ?? 1 } }),
		domains
	};
}

/** The machine's cost table and devices; a machine that is given none has none. */
function machineOf({ machine = {}, disks = [], cards = 0 }: Target): Machine {
	const drives = disks.map((disk) => disk && driveOf(disk));
	return {
		...machine,
		...(drives.some((drive) => drive !== null) && { disks: drives }),
		...(cards > 0 && { network: { cards } })
	};
}

const driveOf = ({ image, readonly, sectors }: TargetDisk) => ({
	image,
	access: readonly ? ('ro' as const) : ('overlay' as const),
	...(sectors !== undefined && { sectors })
});
