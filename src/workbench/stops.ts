/** When a run is to stop, and why it did: plain data, the same in the machine's thread and in a page. */

/** A place to stop at, as long as `condition` holds there. */
export type StopPoint = {
	/** The caller's number of it; a report names it. */
	readonly id: number;
	/** An expression over the moment (points/conditions.ts), such as `eax == 3 && [esp + 4] != 0`; always when left out. */
	readonly condition?: string;
	/** How many hits are passed over first. */
	readonly skip?: number;
} & (
	| {
			/** Before an instruction at this linear address. */
			readonly kind: 'address';
			readonly address: number;
			/** Only while this domain runs. */
			readonly dom?: number;
	  }
	| {
			/** After an instruction, or a step of the hypervisor, that touched any of these bytes. */
			readonly kind: 'watch';
			/** Linear addresses are followed through the page tables as they are at each moment. */
			readonly space: 'linear' | 'physical';
			readonly address: number;
			readonly length: number;
			readonly access: 'write' | 'read' | 'access';
	  }
	| {
			/** After the instruction that recorded an event which this query (src/trace/query/) names. */
			readonly kind: 'event';
			readonly query: string;
	  }
);

/** When to stop, whichever comes first. Nothing set: only when all domains have ended or wait forever. */
export interface StopSpec {
	/** Stop at this virtual cycle (absolute). */
	cycle?: number;
	/** Stop at this many instructions retired (absolute). */
	icount?: number;
	/** Stop once this many events have been recorded (absolute): right after event `seq - 1`'s instruction. */
	seq?: number;
	/** Stop once `text` appears on the console of `dom` (1 when left out), counted from now. */
	text?: string;
	dom?: number;
	/** Stop after the instruction that records an event of one of these kinds (numbers of KIND). */
	kinds?: number[];
	/** Stop after a page fault or another exception of the processor. */
	faults?: boolean;
	/** Stop at any of these. */
	points?: StopPoint[];
	/**
	 * Stop before the first instruction of the same ring and domain that lies outside these linear ranges, `to` exclusive: a step
	 * over a source line. What the hypervisor and other rings do meanwhile is passed over.
	 */
	outside?: { from: number; to: number }[];
}

/** Why an advance or a reverse-continue came back. */
export type StopCause =
	/** The spec's cycle or instruction count was reached. */
	| 'cycle'
	| 'icount'
	| 'seq'
	| 'text'
	| 'event'
	/** A point held; the report names it. */
	| 'point'
	/** The ranges of `outside` were left. */
	| 'outside'
	/** A reverse-continue came to the beginning of the run without finding what it looked for. */
	| 'start'
	/** The budget of this call was used up; advance again. */
	| 'budget'
	/** Every domain has ended: shut down or crashed. */
	| 'ended'
	/** Nothing is scheduled that could ever wake a domain. */
	| 'stuck'
	/** The processor shut down (triple fault). */
	| 'shutdown'
	/** The caller asked for a pause. */
	| 'paused';

/** Why and where the run stopped. */
export interface StopReport {
	cause: StopCause;
	icount: number;
	cycle: number;
	/** Events recorded up to here. */
	seq: number;
	/** The point that held, by its id. */
	point?: number;
	/** How often each point held on the way, those passed over included: [id, hits]. */
	hits?: [number, number][];
}
