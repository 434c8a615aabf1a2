/** What to run: the domains of a scenario as a learner chooses them, and pairs that have something to say to each other. */
import { XEN_LEGACY_MAX_VCPUS } from '../../abi/structs/xen';
import type { Costing } from '../../workbench/costing';
import type { ScenarioInput } from '../../workbench/worker/client';

/** One guest: an image by name or digest, its command line, memory and vcpus. */
export interface TargetDomain {
	readonly image: string;
	readonly cmdline: string;
	readonly memoryMiB: number;
	/** 1 where left out. */
	readonly vcpus?: number;
}

export interface Target {
	/** The first is dom1. */
	readonly domains: readonly TargetDomain[];
	/** The machine's cost table; the usual one where left out. */
	readonly machine?: Costing;
}

/** More would not fit into the emulated PC's memory, or a page. */
export const MOST_DOMAINS = 4;
export const LEAST_MIB = 4;
export const MOST_MIB = 512;
export const MOST_VCPUS = XEN_LEGACY_MAX_VCPUS;
const DEFAULT_MIB = 32;

export const pocket = (cmdline: string): TargetDomain => ({ image: 'pocket', cmdline, memoryMiB: DEFAULT_MIB });

export const FIRST_TARGET: Target = { domains: [pocket('run=fork')] };

/** Command lines that `pocket` and `rogues` understand, offered as suggestions. */
export const SUGGESTIONS: Readonly<Record<string, readonly string[]>> = {
	pocket: ['fork', 'hello', 'pagefaults', 'pipes', 'echo', 'exhaust', 'spin', 'rings', 'batch', 'ptwrite', 'smp'].map(
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
	}
];

/** What a scenario runs, as a learner chooses it. */
export const targetOf = ({ domains, machine }: ScenarioInput): Target => ({
	machine,
	domains: domains.map(({ image, cmdline = '', memoryMiB = DEFAULT_MIB, vcpus }) => ({
		image,
		cmdline,
		memoryMiB,
		vcpus
	}))
});

/** Each domain needs a name of its own in xenstore. */
export function scenarioOf(target: Target, names: Readonly<Record<string, string>>): ScenarioInput {
	const taken = new Map<string, number>();
	const domains = target.domains.map(({ image, cmdline, memoryMiB, vcpus = 1 }) => {
		const name = names[image] ?? image;
		const count = (taken.get(name) ?? 0) + 1;
		taken.set(name, count);
		return { name: count > 1 ? `${name}-${count}` : name, image, cmdline, memoryMiB, vcpus };
	});
	return { name: domains.map(({ name }) => name).join(' + '), machine: target.machine ?? {}, domains };
}
