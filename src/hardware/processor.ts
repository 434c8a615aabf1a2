import { assert } from '../base';
import type { Recorder } from '../trace/events';
import { APIC_BASE_ENABLED } from '../x86/msr';
import type { Bus } from './bus';
import type { Clock } from './clock';
import { Cpu } from './cpu/cpu';
import { Engine } from './engines/engine';
import type { EngineState } from './engines/engine';
import type { EngineName } from './engines/names';
import type { FeatureSet } from './cpu/features';
import { resetCpu, restoreCpu, saveCpu } from './cpu/state';
import type { CpuState } from './cpu/state';
import { LocalApic } from './interrupts/lapic';
import type { LapicState } from './interrupts/lapic';
import type { Lines } from './interrupts/lines';
import type { PhysicalMemory } from './memory';

const LAPIC_WINDOW = 0x1000;
const BETWEEN_BLOCKS: EngineState = { position: 0, start: 0, physical: 0, code32: true };

/** What a processor is wired to. */
export interface ProcessorParts {
	memory: PhysicalMemory;
	clock: Clock;
	bus: Bus;
	lines: Lines;
	recorder: Recorder;
	features: FeatureSet;
	/** How its code is run. */
	engine?: EngineName;
}

/** A processor as plain data. */
export interface ProcessorState {
	cpu: CpuState;
	engine: EngineState;
	lapic: LapicState;
}

/** A processor with what is its own: the engine that drives it, and its local APIC, at whose pins the lines LINT0 and LINT1 end. */
export class Processor {
	readonly cpu: Cpu;
	readonly engine: Engine;
	readonly lapic: LocalApic;
	/** What a reset gives these registers, which `resetCpu` leaves alone. */
	private readonly atPowerOn: { readonly apicBase: number; readonly pat: Int32Array };

	constructor(private readonly parts: ProcessorParts) {
		this.cpu = new Cpu(parts);
		this.lapic = new LocalApic(parts.clock, parts.recorder, (high) => (this.cpu.intr = high));
		this.engine = new Engine(this.cpu, undefined, parts.engine);
		this.atPowerOn = { apicBase: this.cpu.apicBase, pat: this.cpu.pat.slice() };
		this.connect();
		resetCpu(this.cpu);
	}

	private connect(): void {
		const { cpu, lapic } = this;
		const { bus, lines } = this.parts;
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
		lines.get('lint0').listen((high) => lapic.input(0, high));
		lines.get('lint1').listen((high) => lapic.input(1, high));
	}

	/** As after power-on, at the moment that has been reached: `icount` goes on. To be called between instructions. */
	reset(): void {
		const { cpu, engine, lapic, atPowerOn } = this;
		assert(engine.executing === null, 'a processor was reset within an instruction');
		const { icount } = cpu;
		resetCpu(cpu);
		cpu.icount = icount;
		cpu.pat.set(atPowerOn.pat);
		cpu.setApicBase(atPowerOn.apicBase);
		engine.restore(BETWEEN_BLOCKS);
		lapic.reset();
	}

	save(): ProcessorState {
		return { cpu: saveCpu(this.cpu), engine: this.engine.save(), lapic: this.lapic.save() };
	}

	/** Restores after RAM and the clock have been. */
	restore(state: ProcessorState): void {
		restoreCpu(this.cpu, state.cpu);
		this.engine.restore(state.engine);
		this.cpu.setApicBase(this.cpu.apicBase);
		this.lapic.restore(state.lapic);
	}
}
