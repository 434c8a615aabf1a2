import { describe, expect, it } from 'vitest';
import { ENOSYS } from '../../abi/errno';
import { call, DATA, poweroff, store, TinyGuest } from './tiny-guest';

describe('hypercalls from ring 1', () => {
	it('go through int 0x82 and come back with their result', () => {
		const guest = new TinyGuest();
		guest.start([...call(17, 0, 0), ...store(DATA), ...call(200), ...store(DATA + 4), ...poweroff()]);
		guest.run();
		expect(guest.domain.crash).toBeNull();
		expect(guest.read32(DATA)).toBe((4 << 16) | 17);
		expect(guest.read32(DATA + 4) | 0).toBe(-ENOSYS);
		expect(guest.domain.shutdownCode).toBe(0);
		const [version] = guest.recorder.of('hypercall');
		expect(version.args.slice(0, 2)).toEqual([17, 0]);
		expect(version.args.at(-1)).toBe((4 << 16) | 17);
		expect(guest.recorder.events[version.cause].kind).toBe('trap');
	});
});
