/** One question that the hypervisor asks before it does something for a guest. */
export interface CheckRow {
	/** The question, put so that `yes` is the answer that lets the guest go on. */
	readonly question: string;
	/** What the two recorded values are. */
	readonly values: readonly [a: string, b: string];
	/**
	 * Where the rule comes from: a public Xen header or source file, or the SDM. What only a 32-bit Xen had is cited as it
	 * stands in Xen 4.2, the last one; the rest may be from any release since.
	 */
	readonly rule: string;
}

/** A row of the table. */
export const row = (question: string, a: string, b: string, rule: string): CheckRow => ({
	question,
	values: [a, b],
	rule
});
