/**
 * A segment register with its hidden part (SDM vol. 3, 3.4.3), also LDTR and TR. `access` is the second
 * doubleword of the descriptor without its base and limit bits:
 *
 *      23  22  21  20  | 19..16 | 15  14 13  12  11..8 | 7..0
 *      G   D/B  -  AVL |   0    | P    DPL   S    type |  0
 */
export class SegmentRegister {
	selector = 0;
	/** Unsigned 32 bits. */
	base = 0;
	/** Highest offset (lowest minus one if expand-down), in bytes, G already applied; unsigned. */
	limit = 0;
	access = 0;
	/** False for a null selector: any use faults. */
	usable = false;

	get type(): number {
		return (this.access >>> 8) & 15;
	}
	get s(): number {
		return (this.access >>> 12) & 1;
	}
	get dpl(): number {
		return (this.access >>> 13) & 3;
	}
	get p(): number {
		return (this.access >>> 15) & 1;
	}
	get db(): number {
		return (this.access >>> 22) & 1;
	}
	get g(): number {
		return (this.access >>> 23) & 1;
	}

	set(selector: number, base: number, limit: number, access: number, usable: boolean): void {
		this.selector = selector;
		this.base = base >>> 0;
		this.limit = limit >>> 0;
		this.access = access;
		this.usable = usable;
	}

	/** Makes the register null: every use faults until it is loaded again. */
	clear(selector = 0): void {
		this.set(selector, 0, 0, 0, false);
	}

	save(): SegmentState {
		const { selector, base, limit, access, usable } = this;
		return { selector, base, limit, access, usable };
	}

	restore(state: SegmentState): void {
		this.set(state.selector, state.base, state.limit, state.access, state.usable);
	}
}

export interface SegmentState {
	selector: number;
	base: number;
	limit: number;
	access: number;
	usable: boolean;
}

/** The bits of a descriptor's second doubleword that `access` keeps. */
export const ACCESS_BITS = 0x00f0_ff00;

/** Type bits of code and data segments (SDM vol. 3, table 3-1). */
export const TYPE_CODE = 8;
export const TYPE_CONFORMING = 4;
export const TYPE_EXPAND_DOWN = 4;
/** Readable for code, writable for data. */
export const TYPE_RW = 2;
export const TYPE_ACCESSED = 1;

/** Types of system descriptors (SDM vol. 3, table 3-2). */
export const SYSTEM = {
	TSS16: 1,
	LDT: 2,
	TSS16_BUSY: 3,
	CALL_GATE16: 4,
	TASK_GATE: 5,
	INTERRUPT_GATE16: 6,
	TRAP_GATE16: 7,
	TSS32: 9,
	TSS32_BUSY: 11,
	CALL_GATE32: 12,
	INTERRUPT_GATE32: 14,
	TRAP_GATE32: 15
} as const;
