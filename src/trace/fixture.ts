/** Traces made by hand, for tests: a clock that a test turns. */
import { CHECK, KIND } from './events';
import { TraceStore } from './store';

/** A store with a clock in the test's hands. */
export interface Fixture {
	store: TraceStore;
	/** Current cycle, instruction count and ring; set them before recording. */
	at: { cycle: number; icount: number; ring: number };
	/** Lets `cycles` pass. */
	tick(cycles: number): void;
}

/** An empty store at cycle 0, instruction 0, ring 1. */
export function fixture(): Fixture {
	const at = { cycle: 0, icount: 0, ring: 1 };
	const store = new TraceStore({ now: () => at.cycle, icount: () => at.icount, ring: () => at.ring });
	store.dom = 1;
	return { store, at, tick: (cycles) => void ((at.cycle += cycles), at.icount++) };
}

/** Two refused calls, one that holds two entries, and a page fault with what followed from it. */
export function smallTrace(): Fixture {
	const made = fixture();
	const { store, tick } = made;
	const call = (nr: number, op: number, arg1: number, result: number, inside: () => void): void => {
		tick(100);
		const seq = store.begin(KIND.hypercall, nr, op >>> 0, arg1, 2, 3, 4, 5);
		inside();
		tick(50);
		store.end(seq, result);
	};
	call(21, 0, 0, 0, () => {}); // 0: vm_assist enable
	// 1: mmu_update of two entries, the second refused
	call(1, -1, 0x40e000, -22, () => {
		const first = store.begin(KIND.mmu_entry, 0, 0x1000, 0, 0x2007, 0); // 2
		store.record(KIND.check, CHECK.frame_exists, 1, 0x10, 0x20); // 3
		store.end(first, 0);
		const second = store.begin(KIND.mmu_entry, 0, 0x1008, 0, 0x3007, 0); // 4
		store.record(KIND.check, CHECK.frame_owner, 0, 0x11, 0x7ff2); // 5
		store.end(second, -22);
	});
	tick(10);
	made.at.ring = 3;
	store.cause = store.record(KIND.page_fault, 0x1234, 0xdead0000, 6, 3); // 6
	store.record(KIND.trap, 14, 6, 3, 0, 0x1234, 0xbfff0000, 0xff000070, 0xff008000); // 7
	store.cause = -1;
	made.at.ring = 1;
	call(1, -1, 0x40e000, -1, () => {}); // 8
	call(29, 1, 1, 0, () => {}); // 9: sched_op block
	return made;
}
