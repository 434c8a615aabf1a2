/** What the guest believes beside what the machine does. */

/** One line of the picture of two truths: the same thing as the guest believes it and as the machine has it. */
export interface TruthRow {
	id: string;
	what: string;
	guest: string;
	machine: string;
	/** Whether both agree. */
	same: boolean;
	/** Why they differ (or may not), one sentence. */
	note: string;
}

/** All rows at one moment; none while no domain is on the processor. */
export interface TruthView {
	icount: number;
	dom: number;
	rows: TruthRow[];
}
