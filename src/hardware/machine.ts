import type { Recorder } from '../trace/events';
import { NullRecorder } from '../trace/events';
import { Bus } from './bus';
import { Clock } from './clock';
import type { ClockState } from './clock';
import type { CostProfile } from './cost';
import { DEFAULT_PROFILE } from './cost';
import type { Cpu } from './cpu/cpu';
import type { Engine, StopReason } from './engines/engine';
import type { EngineName } from './engines/names';
import { ALL_FEATURES } from './cpu/features';
import type { FeatureSet } from './cpu/features';
import type { Fitting } from './devices/device';
import { Devices } from './devices/devices';
import type { DevicesState } from './devices/devices';
import { PC_DEVICES } from './devices/pc';
import { ApicBus } from './interrupts/apic-bus';
import { IoApic } from './interrupts/io-apic';
import type { LocalApic } from './interrupts/lapic';
import { Lines } from './interrupts/lines';
import type { LinesState } from './interrupts/lines';
import { PhysicalMemory } from './memory';
import { Processor } from './processor';
import type { ProcessorState } from './processor';

export interface MachineOptions {
	/** Bytes of RAM: whole pages, below 1.75 GiB. */
	ramBytes: number;
	profile?: CostProfile;
	recorder?: Recorder;
	/** How code is run; the history is the same. */
	engine?: EngineName;
	/** Features to leave out. */
	features?: Partial<FeatureSet>;
	/** Its devices, in place of `PC_DEVICES`. */
	devices?: readonly Fitting[];
}

/** A machine without its RAM as plain data. */
export interface MachineParts {
	clock: ClockState;
	processors: ProcessorState[];
	lines: LinesState;
	devices: DevicesState;
}

/** A machine as plain data, which can be cloned, sent and kept. */
export interface MachineState extends MachineParts {
	ram: Uint8Array;
}

/**
 * The emulated PC: processors, RAM, a list of devices, lines between them, a bus and a clock. It runs only in `run`, in virtual
 * time. There is one processor as yet, and `cpu`, `engine` and `lapic` are its.
 */
export class Machine {
	readonly memory: PhysicalMemory;
	readonly clock: Clock;
	readonly bus: Bus;
	readonly lines: Lines;
	readonly processors: readonly Processor[];
	readonly devices: Devices;
	readonly recorder: Recorder;
	readonly cpu: Cpu;
	readonly engine: Engine;
	readonly lapic: LocalApic;

	constructor(options: MachineOptions) {
		this.recorder = options.recorder ?? new NullRecorder();
		this.memory = new PhysicalMemory(options.ramBytes);
		this.clock = new Clock(options.profile ?? DEFAULT_PROFILE);
		this.bus = new Bus(this.memory);
		this.lines = new Lines(this.recorder);
		const { memory, clock, bus, lines, recorder } = this;
		const features = { ...ALL_FEATURES, ...options.features };
		const processor = new Processor({ memory, clock, bus, lines, recorder, features, engine: options.engine });
		this.processors = [processor];
		({ cpu: this.cpu, engine: this.engine, lapic: this.lapic } = processor);
		this.devices = new Devices(options.devices ?? PC_DEVICES, this, lines);
		const apics = new ApicBus(this.processors.map(({ lapic }) => lapic));
		for (const [, device] of this.devices) if (device instanceof IoApic) apics.join(device);
		this.connectController();
	}

	/** Whoever gives vectors on acknowledgement, the first in the list, gives them to the local APIC's ExtINT. */
	private connectController(): void {
		const [controller] = [...this.devices].map(([, device]) => device).filter((device) => device.acknowledge);
		if (controller) this.lapic.askController = () => controller.acknowledge!();
	}

	/**
	 * Runs at most `maxInstructions` instructions, and until the clock reaches `untilCycle`. Exact: `run(1)` is a step.
	 * Returns why it stopped.
	 * @param alsoHere whether the engine's guard is asked about the very first instruction, too
	 */
	run(maxInstructions: number, untilCycle = Infinity, alsoHere = false): StopReason {
		return this.engine.run(maxInstructions, untilCycle, alsoHere);
	}

	/** Asks for a stop after the current instruction; may be called from native code and appointments. */
	stop(): void {
		this.engine.stop();
	}

	/** As after power-on, but that RAM, time and the count of instructions stay as they are. To be called between instructions. */
	reset(): void {
		for (const processor of this.processors) processor.reset();
		this.devices.reset();
	}

	/** The whole machine as plain data. */
	save(): MachineState {
		return { ram: this.memory.ram.slice(), ...this.saveParts() };
	}

	/** All but RAM as plain data. */
	saveParts(): MachineParts {
		return {
			clock: this.clock.save(),
			processors: this.processors.map((processor) => processor.save()),
			lines: this.lines.save(),
			devices: this.devices.save()
		};
	}

	/** Puts the machine back into a saved state, which must have as much RAM. Other owners of appointments make theirs again. */
	restore(state: MachineState): void {
		this.memory.copyIn(0, state.ram);
		this.restoreParts(state);
	}

	/** Puts all but RAM back, which has been restored through `memory`. */
	restoreParts(state: MachineParts): void {
		this.clock.restore(state.clock);
		this.lines.restore(state.lines);
		state.processors.forEach((processor, index) => this.processors[index].restore(processor));
		this.devices.restore(state.devices);
	}
}
