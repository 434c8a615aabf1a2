import type { Recorder } from '../trace/events';
import { NullRecorder } from '../trace/events';
import { Bus } from './bus';
import { Clock } from './clock';
import type { ClockState } from './clock';
import type { CostProfile } from './cost';
import { DEFAULT_PROFILE } from './cost';
import { Cpu } from './cpu/cpu';
import { Engine } from './engines/engine';
import type { EngineState, StopReason } from './engines/engine';
import { ALL_FEATURES } from './cpu/features';
import type { FeatureSet } from './cpu/features';
import { resetCpu, restoreCpu, saveCpu } from './cpu/state';
import type { CpuState } from './cpu/state';
import { Uart } from './devices/uart';
import type { UartState } from './devices/uart';
import { LocalApic } from './interrupts/lapic';
import type { LapicState } from './interrupts/lapic';
import { PhysicalMemory } from './memory';
import { APIC_BASE_ENABLED } from '../x86/msr';

/** Ports of the first serial line of a PC. */
export const UART_PORT = 0x3f8;
const LAPIC_WINDOW = 0x1000;

export interface MachineOptions {
	/** Bytes of RAM: whole pages, below 1.75 GiB. */
	ramBytes: number;
	profile?: CostProfile;
	recorder?: Recorder;
	/** Features to leave out. */
	features?: Partial<FeatureSet>;
}

/** A machine without its RAM as plain data. */
export interface MachineParts {
	clock: ClockState;
	cpu: CpuState;
	engine: EngineState;
	lapic: LapicState;
	uart: UartState;
}

/** A machine as plain data, which can be cloned, sent and kept. */
export interface MachineState extends MachineParts {
	ram: Uint8Array;
}

/** The emulated PC: one processor, RAM, a local APIC and a serial line. It runs only in `run`, in virtual time. */
export class Machine {
	readonly memory: PhysicalMemory;
	readonly clock: Clock;
	readonly bus: Bus;
	readonly cpu: Cpu;
	readonly engine: Engine;
	readonly lapic: LocalApic;
	readonly uart = new Uart();
	readonly recorder: Recorder;

	constructor(options: MachineOptions) {
		this.recorder = options.recorder ?? new NullRecorder();
		this.memory = new PhysicalMemory(options.ramBytes);
		this.bus = new Bus(this.memory);
		this.clock = new Clock(options.profile ?? DEFAULT_PROFILE);
		const { memory, clock, bus, recorder } = this;
		this.cpu = new Cpu({ memory, clock, bus, recorder, features: { ...ALL_FEATURES, ...options.features } });
		this.lapic = new LocalApic(clock, recorder, (high) => (this.cpu.intr = high));
		this.engine = new Engine(this.cpu);
		this.connect();
		resetCpu(this.cpu);
	}

	private connect(): void {
		const { bus, cpu, lapic, uart } = this;
		cpu.acknowledge = () => lapic.acknowledge();
		cpu.deadline = {
			read: () => (lapic.readDeadline() === 0 ? 0 : lapic.readDeadline() + cpu.tscOffset),
			write: (value) => lapic.writeDeadline(value === 0 ? 0 : Math.max(1, value - cpu.tscOffset))
		};
		cpu.onApicBase = (value) => {
			bus.unmountMemory(lapic);
			if ((value & APIC_BASE_ENABLED) !== 0) bus.mountMemory((value & 0xffff_f000) >>> 0, LAPIC_WINDOW, lapic);
		};
		cpu.onApicBase(cpu.apicBase);
		bus.mountPorts(UART_PORT, 8, uart);
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

	/** The whole machine as plain data. */
	save(): MachineState {
		return { ram: this.memory.ram.slice(), ...this.saveParts() };
	}

	/** All but RAM as plain data. */
	saveParts(): MachineParts {
		return {
			clock: this.clock.save(),
			cpu: saveCpu(this.cpu),
			engine: this.engine.save(),
			lapic: this.lapic.save(),
			uart: this.uart.save()
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
		restoreCpu(this.cpu, state.cpu);
		this.engine.restore(state.engine);
		this.cpu.setApicBase(this.cpu.apicBase);
		this.lapic.restore(state.lapic);
		this.uart.restore(state.uart);
	}
}
