import { DPL_SHIFT, TYPE_SHIFT, SEGMENT_SHIFT, PRESENT_SHIFT, BIG_SHIFT, PAGES_SHIFT } from '../../x86/descriptors';

/**
 * A segment register with its hidden part (SDM vol. 3, 3.4.3), also LDTR and TR. `access` is the second
 * doubleword of the descriptor without its base and limit bits (src/x86/descriptors.ts: ACCESS_BITS).
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
	/** The descriptor that it was loaded from without its DPL, where that is known to say the same; else 0. */
	low = 0;
	high = 0;

	get type(): number {
		return (this.access >>> TYPE_SHIFT) & 15;
	}
	get s(): number {
		return (this.access >>> SEGMENT_SHIFT) & 1;
	}
	get dpl(): number {
		return (this.access >>> DPL_SHIFT) & 3;
	}
	get p(): number {
		return (this.access >>> PRESENT_SHIFT) & 1;
	}
	get db(): number {
		return (this.access >>> BIG_SHIFT) & 1;
	}
	get g(): number {
		return (this.access >>> PAGES_SHIFT) & 1;
	}

	set(selector: number, base: number, limit: number, access: number, usable: boolean): void {
		this.selector = selector;
		this.base = base >>> 0;
		this.limit = limit >>> 0;
		this.access = access;
		this.usable = usable;
		this.low = this.high = 0;
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
