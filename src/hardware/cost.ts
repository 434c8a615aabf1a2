/**
 * What events cost in virtual cycles: a row a class, a profile a processor generation. A scenario may overrule rows. What a row stands for and
 * what its figure rests on is said in words (`src/words/en/costs.ts`); here stands only how well it is founded.
 */
import { DEFAULT_PROFILE_NAME } from './usual-profile';

/** A class of events that is charged. */
interface CostClassRow {
	/** Where it is charged: modules below `src`. */
	readonly at: readonly string[];
	/** The least that it may cost. */
	readonly least: number;
	/** The most. With every row at its most the guests still get their work done between two ticks of their clocks. */
	readonly most: number;
}

const charged = (...at: string[]): CostClassRow => ({ at, least: 0, most: 10_000 });

/** Classes of events that are charged. Instructions cost something always: time would stand still otherwise. */
export const COSTS = {
	instruction: { at: ['hardware/engines/place'], least: 1, most: 100 },
	tlbMiss: charged('hardware/mmu/mmu'),
	tlbFlush: charged('hardware/mmu/mmu'),
	invlpg: charged('hardware/mmu/mmu'),
	gate: charged('hardware/cpu/interrupts'),
	ringCrossing: charged('hardware/cpu/interrupts'),
	iret: charged('hardware/cpu/interrupts'),
	iretToOuterRing: charged('hardware/cpu/interrupts'),
	sysenter: charged('hardware/cpu/transfers'),
	sysexit: charged('hardware/cpu/transfers'),
	callGate: charged('hardware/cpu/transfers'),
	taskSwitch: charged('hardware/cpu/tasks'),
	movCr: charged('hardware/cpu/control', 'hypervisor/core/processor'),
	cpuid: charged('hardware/cpu/system', 'hypervisor/pv/cpuid'),
	msr: charged('hardware/cpu/msr'),
	portIo: charged('hardware/cpu/ports', 'hypervisor/pv/port-io'),
	validation: charged('hypervisor/core/processor'),
	stringStart: charged('hypervisor/core/processor'),
	string16: { at: ['hypervisor/core/processor'], least: 0, most: 100 },
	domainSwitch: charged('hypervisor/core/context'),
	hypercall: charged('hypervisor/calls/dispatch'),
	subcall: charged('hypervisor/calls/multicall'),
	bounce: charged('hypervisor/pv/bounce'),
	emulation: charged('hypervisor/pv/emulate', 'hypervisor/pv/traps')
} as const satisfies Record<string, CostClassRow>;
export type CostClass = keyof typeof COSTS;
export const COST_CLASSES = Object.keys(COSTS) as readonly CostClass[];

/**
 * What a figure rests on: worked out from a published measurement, by steps that are told; a guess of the right size; or
 * nothing, since it is so by definition.
 */
export const GROUNDS = ['derived', 'estimate', 'definition'] as const;
export type Ground = (typeof GROUNDS)[number];

export interface Cost {
	/** Cycles for one event, a whole number. */
	readonly cycles: number;
	readonly ground: Ground;
}

export interface CostProfile {
	/** Cycles a second. */
	readonly hz: number;
	readonly costs: Readonly<Record<CostClass, Cost>>;
}

const estimate = (cycles: number): Cost => ({ cycles, ground: 'estimate' });
const derived = (cycles: number): Cost => ({ cycles, ground: 'derived' });

/** Pentium 4 Xeon, 2.4 GHz: the machine on which Xen's first figures were published. */
const P4_XEON: CostProfile = {
	hz: 2_400_000_000,
	costs: {
		instruction: estimate(1),
		tlbMiss: estimate(35),
		tlbFlush: estimate(200),
		invlpg: estimate(150),
		gate: estimate(300),
		ringCrossing: derived(380),
		iret: estimate(150),
		iretToOuterRing: derived(250),
		sysenter: estimate(120),
		sysexit: estimate(100),
		callGate: estimate(400),
		taskSwitch: estimate(1200),
		movCr: estimate(50),
		cpuid: estimate(200),
		msr: estimate(150),
		portIo: estimate(800),
		validation: estimate(30),
		stringStart: derived(110),
		string16: derived(4),
		domainSwitch: estimate(1000),
		hypercall: estimate(120),
		subcall: estimate(40),
		bounce: derived(560),
		emulation: estimate(1500)
	}
};

/** Pentium III, 1 GHz: a short pipeline, cheap traps. */
const P3: CostProfile = {
	hz: 1_000_000_000,
	costs: {
		...P4_XEON.costs,
		// What was measured on the Xeon is a guess here.
		bounce: estimate(560),
		tlbMiss: estimate(20),
		tlbFlush: estimate(60),
		gate: estimate(90),
		ringCrossing: estimate(90),
		iret: estimate(60),
		iretToOuterRing: estimate(60),
		sysenter: estimate(40),
		sysexit: estimate(40),
		callGate: estimate(120),
		taskSwitch: estimate(400),
		stringStart: derived(15),
		string16: derived(3)
	}
};

/** Every instruction costs one cycle and all else nothing: time is the number of instructions. For tests. */
const UNIT: CostProfile = {
	hz: 1_000_000_000,
	costs: Object.fromEntries(
		COST_CLASSES.map((name) => [name, { cycles: name === 'instruction' ? 1 : 0, ground: 'definition' }])
	) as Record<CostClass, Cost>
};

/** Profiles by name. */
export const COST_PROFILES = { 'p4-xeon': P4_XEON, p3: P3, unit: UNIT } as const satisfies Record<string, CostProfile>;
export type ProfileName = keyof typeof COST_PROFILES;

/** The profile of a machine for which none is named. */
export const DEFAULT_PROFILE: CostProfile = COST_PROFILES[DEFAULT_PROFILE_NAME];
