/**
 * What events cost in virtual cycles: one profile a processor generation, one row a class, each figure with its source.
 * The lab shows ratios and lets the learner change the table; a scenario may carry a profile of its own.
 */

/** Classes of events that are charged. */
export const COST_CLASSES = [
	'instruction',
	'tlbMiss',
	'tlbFlush',
	'invlpg',
	'gate',
	'ringCrossing',
	'iret',
	'iretToOuterRing',
	'sysenter',
	'sysexit',
	'callGate',
	'taskSwitch',
	'movCr',
	'cpuid',
	'msr',
	'portIo',
	'validation',
	'frameCopy',
	'domainSwitch',
	'hypercall',
	'subcall',
	'bounce',
	'emulation'
] as const;
export type CostClass = (typeof COST_CLASSES)[number];

export interface Cost {
	/** Cycles for one event, a whole number. */
	readonly cycles: number;
	readonly source: string;
}

export interface CostProfile {
	readonly name: string;
	readonly title: string;
	/** Cycles a second. */
	readonly hz: number;
	readonly costs: Readonly<Record<CostClass, Cost>>;
}

const quoted = 'commonly quoted, medium confidence';
const weak = 'commonly quoted, weak';
const estimate = 'estimate: no published figure found';

const LMBENCH =
	'Barham et al., SOSP 2003, lmbench table: null system call 1,080 cycles; entry and return are taken as 630 of them, the rest as the kernel’s own';

/** Pentium 4 Xeon, 2.4 GHz: the machine on which Xen's first figures were published. */
const P4_XEON: CostProfile = {
	name: 'p4-xeon',
	title: 'Pentium 4 Xeon, 2.4 GHz',
	hz: 2_400_000_000,
	costs: {
		instruction: { cycles: 1, source: 'one cycle an instruction: the simplest honest average for integer code' },
		tlbMiss: { cycles: 35, source: `20 to 50 cycles while the tables are cached: ${weak}` },
		tlbFlush: { cycles: 200, source: `MOV CR3 beside the misses that follow it: ${weak}` },
		invlpg: { cycles: 150, source: weak },
		gate: {
			cycles: 300,
			source: `a gate that stays in its ring; half an INT 80h round trip less the crossing: ${quoted}`
		},
		ringCrossing: { cycles: 380, source: LMBENCH },
		iret: { cycles: 150, source: `IRET in the same ring: ${quoted}` },
		iretToOuterRing: { cycles: 250, source: LMBENCH },
		sysenter: { cycles: 120, source: weak },
		sysexit: { cycles: 100, source: weak },
		callGate: { cycles: 400, source: `as an inter-privilege gate: ${weak}` },
		taskSwitch: { cycles: 1200, source: weak },
		movCr: { cycles: 50, source: weak },
		cpuid: { cycles: 200, source: weak },
		msr: { cycles: 150, source: weak },
		portIo: { cycles: 800, source: `a port on the slow side of the bus: ${weak}` },
		validation: { cycles: 30, source: `${estimate}; 20 to 40 are plausible for a look-up in the frame table` },
		frameCopy: { cycles: 1000, source: `4 KiB at about four bytes a cycle: ${estimate}` },
		domainSwitch: { cycles: 1000, source: `save and restore beside the flush: ${estimate}` },
		hypercall: { cycles: 120, source: `saving registers and the jump through the table: ${estimate}` },
		subcall: { cycles: 40, source: `reading one entry of a multicall and writing its result back: ${estimate}` },
		bounce: { cycles: 560, source: `${LMBENCH}; protection fault 3,360 under Xen and 2,544 without, less one IRET` },
		emulation: { cycles: 1500, source: `fetching and decoding one instruction again: ${estimate}` }
	}
};

/** Pentium III, 1 GHz: a short pipeline, cheap traps. */
const P3: CostProfile = {
	name: 'p3',
	title: 'Pentium III, 1 GHz',
	hz: 1_000_000_000,
	costs: {
		...P4_XEON.costs,
		tlbMiss: { cycles: 20, source: `20 to 50 cycles while the tables are cached: ${weak}` },
		tlbFlush: { cycles: 60, source: weak },
		gate: { cycles: 90, source: `INT 80h round trip of about 300: ${quoted}` },
		ringCrossing: { cycles: 90, source: `INT 80h round trip of about 300: ${quoted}` },
		iret: { cycles: 60, source: quoted },
		iretToOuterRing: { cycles: 60, source: `INT 80h round trip of about 300: ${quoted}` },
		sysenter: { cycles: 40, source: weak },
		sysexit: { cycles: 40, source: weak },
		callGate: { cycles: 120, source: weak },
		taskSwitch: { cycles: 400, source: weak }
	}
};

/** Every event costs one cycle: time is the number of events. For tests. */
const UNIT: CostProfile = {
	name: 'unit',
	title: 'one cycle an instruction, all else free',
	hz: 1_000_000_000,
	costs: Object.fromEntries(
		COST_CLASSES.map((name) => [name, { cycles: name === 'instruction' ? 1 : 0, source: 'by definition' }])
	) as unknown as Record<CostClass, Cost>
};

/** Profiles by name. */
export const COST_PROFILES: Readonly<Record<string, CostProfile>> = { 'p4-xeon': P4_XEON, p3: P3, unit: UNIT };

export const DEFAULT_PROFILE = P4_XEON;
