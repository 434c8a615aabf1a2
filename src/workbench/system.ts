/** A scenario becomes a machine: hardware, hypervisor and toolstack put together and booted, no instruction run yet. */
import { boot } from '../hypervisor/core/boot';
import { ControlPort } from '../hypervisor/control';
import { Hypervisor } from '../hypervisor/core/hypervisor';
import type { Fitting } from '../hardware/devices/device';
import { Disk } from '../hardware/devices/disk';
import { pcDevices, type PcOptions } from '../hardware/devices/pc';
import { Uart } from '../hardware/devices/uart';
import type { EngineName } from '../hardware/engines/names';
import { Machine } from '../hardware/machine';
import { LoadError } from '../toolstack/elf';
import { Toolstack, type GuestDomain } from '../toolstack/toolstack';
import { Shell, SHELL_CONSOLE } from '../toolstack/xl/shell';
import { toBytes } from '../toolstack/xenstore/wire';
import type { TraceStore } from '../trace/store';
import { profileOf } from './costs';
import { memoryOfFiles } from './domain-files';
import { HOST_NAME, kernelsOf } from './kernels';
import { fittingsOf, Network } from './network/network';
import { Sightings } from './network/sightings';
import type { Kernel, Scenario } from './scenario';

type DiskInput = NonNullable<NonNullable<Scenario['machine']['disks']>[number]>;

const MIB = 1024 * 1024;
const PAGES_PER_MIB = 256;
/** RAM beyond what the domains have, for the hypervisor and its tables. */
const SPARE_MIB = 32;
/** 1 January 2026, 00:00 UTC: the wall clock of every run. */
const WALL_CLOCK = 1_767_225_600;

/** The bytes of an image, a kernel's or a disk's, by its name in the scenario; throws when there is none. */
export type ImageSource = (name: string) => Uint8Array;

/** What is told to whoever runs the system. */
export interface Hooks {
	console(dom: number, bytes: Uint8Array): void;
	/** A byte of the hypervisor's own log came over the serial line. */
	log(byte: number): void;
	/** A domain shut down, crashed or was destroyed. */
	ended(dom: number): void;
	/** The toolstack has done something that took time. */
	settled?(): void;
	/** The machine is there, and nothing has been done with it yet. */
	made?(machine: Machine): void;
}

/** A machine with hypervisor, toolstack and the scenario's domains. */
export interface System {
	readonly machine: Machine;
	readonly hypervisor: Hypervisor;
	readonly control: ControlPort;
	readonly toolstack: Toolstack;
	/** Where xl's commands are typed. */
	readonly shell: Shell;
	/** Domain 0, if it has a kernel. */
	readonly host: GuestDomain | null;
	/** The wire and its cards; null where the scenario has none. */
	readonly network: Network | null;
	/** Where packets were seen. */
	readonly sightings: Sightings;
	/** In the order of the scenario; the first is domain 1. */
	readonly guests: readonly GuestDomain[];
}

/** RAM of the scenario's machine. */
export const ramBytes = (scenario: Scenario): number => {
	const asked = scenario.machine.ramMiB ?? 0;
	const needed = kernelsOf(scenario).reduce(
		(sum, { memoryMiB }) => sum + memoryMiB,
		SPARE_MIB + memoryOfFiles(scenario.files ?? {})
	);
	return Math.max(asked, needed) * MIB;
};

/** The machine's devices: those of every PC, and those that the scenario asks for. */
function devicesOf(scenario: Scenario, images: ImageSource): readonly Fitting[] {
	const { network } = scenario.machine;
	const cards = network ? fittingsOf(network, images, profileOf(scenario.machine).hz) : [];
	const pci = network?.cards.some(({ mount }) => mount === 'pci') ? true : undefined;
	const clock = { wallClock: WALL_CLOCK, ramBytes: ramBytes(scenario) };
	return [...pcDevices({ disks: disksOf(scenario, images), pci, clock }), ...cards];
}

/** Makes the scenario's disks, if there is one. */
function disksOf({ machine }: Scenario, images: ImageSource): PcOptions['disks'] {
	const { disks = [] } = machine;
	if (!disks.some((disk) => disk !== null)) return undefined;
	return () => disks.map((disk) => disk && makeDisk(disk, images));
}

function makeDisk({ image, ...rest }: DiskInput, images: ImageSource): Disk {
	const bytes = image === '' ? undefined : images(image);
	try {
		return new Disk({ ...rest, image: bytes });
	} catch (error) {
		if (error instanceof RangeError) throw new LoadError(error.message);
		throw error;
	}
}

/**
 * Builds and boots; every domain is created and let run, in order.
 * @throws LoadError (src/toolstack/elf.ts) for an image that is no guest that can run here, or larger than its disk; InjectError for a damaged pcap
 */
export function buildSystem(
	scenario: Scenario,
	images: ImageSource,
	store: TraceStore,
	hooks: Hooks,
	engine?: EngineName
): System {
	const machine = new Machine({
		ramBytes: ramBytes(scenario),
		profile: profileOf(scenario.machine),
		recorder: store,
		engine,
		devices: devicesOf(scenario, images)
	});
	hooks.made?.(machine);
	const { cpu, clock } = machine;
	const wire = scenario.machine.network;
	const network = wire ? new Network(machine, wire.cards.length, WALL_CLOCK) : null;
	store.attach({ now: () => clock.now, icount: () => cpu.icount, ring: () => cpu.cpl });
	const hypervisor: Hypervisor = new Hypervisor(machine, store, {
		sliceMs: scenario.hypervisor.sliceMs ?? 10,
		scheduler: scenario.hypervisor.scheduler ?? 'round-robin',
		wallClock: WALL_CLOCK,
		consoleIo: (dom, bytes) => toolstack.said(dom, bytes)
	});
	const sightings = new Sightings(hypervisor, network, () => toolstack.xenstore);
	store.listener = sightings;
	machine.devices.get(Uart, 'com1').onByte = (byte) => hooks.log(byte);
	const { dom0 } = scenario;
	const first = boot(hypervisor, dom0 && { pages: dom0.memoryMiB * PAGES_PER_MIB, vcpus: dom0.vcpus });
	const control = new ControlPort(hypervisor, first);
	const toolstack: Toolstack = new Toolstack(control, (dom, bytes) => hooks.console(dom, bytes));
	const context = { stack: toolstack, file: (name: string) => scenario.files?.[name], image: images };
	const shell = new Shell(context, (text) => hooks.console(SHELL_CONSOLE, toBytes(text)));
	shell.onSettled = () => hooks.settled?.();
	const takeLastWords = control.onDomainEnd;
	control.onDomainEnd = (dom) => {
		takeLastWords(dom);
		hooks.ended(dom);
	};
	const create = ({ image, memoryMiB, ...rest }: Kernel & { name: string }, initial = false): GuestDomain =>
		toolstack.createDomain({
			...rest,
			image: images(image),
			pages: memoryMiB * PAGES_PER_MIB,
			// The back ends' domain may only just be starting.
			patient: true,
			...(initial && { initial, privileged: true })
		});
	const host = dom0 ? create({ ...dom0, name: HOST_NAME }, true) : null;
	const guests = scenario.domains.map((domain) => create(domain));
	return { machine, hypervisor, control, toolstack, shell, network, sightings, host, guests };
}
