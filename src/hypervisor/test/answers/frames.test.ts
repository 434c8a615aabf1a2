import { describe, expect, it } from 'vitest';
import { call, DATA, int, le32, loadDs, poweroff, push, storeEsp, TinyGuest, trap } from '../tiny-guest';
import { outcome } from './ask';

/* The error code of a page fault as the guest reads it (xen/arch/x86/pv/traps.c: pv_inject_event of Xen 4.17). */

const READ_NOTHING = [0xa1, ...le32(0x0090_0000)];

describe('the U bit of a page fault', () => {
	it('is clear for the guest\u2019s kernel, set for its user code', () => {
		expect(outcome(READ_NOTHING).error).toBe(0);
		expect(outcome([0x2e, ...READ_NOTHING], { user: true }).error).toBe(4);
	});

	it('is set for ring 2, which the processor takes for a supervisor', () => {
		const guest = new TinyGuest();
		const [TABLE, HANDLER, CODE] = [DATA + 0x100, 0x400, 0x600];
		/** Descriptors of flat segments of ring 2 at entries 1 and 2, their limit below the hypervisor. */
		const flat = (type: number): number[] => [0xff, 0x67, 0, 0, 0, 0xc0 | type, 0xcf, 0];
		guest.write(0x7000, [...new Array<number>(8).fill(0), ...flat(0x1b), ...flat(0x13)]);
		guest.write(TABLE, [...trap(14, HANDLER), ...new Array<number>(8).fill(0)]);
		guest.write(HANDLER, [...loadDs, ...storeEsp(DATA), ...poweroff()]);
		// Ring 2 may read the page that is not there through its code segment only: DS is null after the way there.
		guest.write(CODE, [0x2e, ...READ_NOTHING, ...int(3)]);
		guest.write32(DATA + 0x200, guest.mfn(7));
		const unmap = call(14, 0x7000, 0, 0, 0);
		const [cs, ss] = [(1 << 3) | 2, (2 << 3) | 2];
		const frame = [ss, 0x3000, 0x202, cs, CODE, 0].flatMap(push);
		guest.start([...unmap, ...call(2, DATA + 0x200, 512), ...call(0, TABLE), ...frame, ...call(23)]);
		guest.run();
		expect(guest.domain.crash).toBeNull();
		expect(guest.read32(guest.read32(DATA))).toBe(4);
		expect(guest.read32(guest.read32(DATA) + 20) & 0xffff).toBe(ss);
	});
});
