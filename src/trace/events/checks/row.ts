/**
 * How one of the two values reads: in hexadecimal, as a number (hexadecimal where it is large), as a domain, as a frame's type, as a type
 * (bits 31 to 24) with its count; `none` where nothing is recorded.
 */
export type ValueFormat = 'hex' | 'dec' | 'dom' | 'type' | 'type_count' | 'none';

/** One question that the hypervisor asks before it does something for a guest. How it is put stands in `src/words`. */
export interface CheckRow {
	/** How the two recorded values read. */
	readonly values: readonly [a: ValueFormat, b: ValueFormat];
	/**
	 * Where the rule comes from: a public Xen header or source file, or the SDM. What only a 32-bit Xen had is cited as it
	 * stands in Xen 4.2, the last one; the rest may be from any release since.
	 */
	readonly rule: string;
}

/** A row of the table. */
export const row = (a: ValueFormat, b: ValueFormat, rule: string): CheckRow => ({ values: [a, b], rule });
