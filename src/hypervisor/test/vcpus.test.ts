import { describe, expect, it } from 'vitest';
import { FLAT_RING1_CS } from '../../abi/structs/cpu';
import { audit } from '../mm/audit';
import {
	call,
	DATA,
	FOREVER,
	int,
	IRET,
	le32,
	loadDs,
	poweroff,
	push,
	store,
	storeEsp,
	TinyGuest,
	TinyHost,
	toUser,
	trap,
	USER_CODE
} from './tiny-guest';

const HANDLER = 0x400;
const TABLE = DATA + 0x100;
const ARGS = DATA + 0x200;
/** A vcpu_guest_context fills the pages from 12 on. */
const CONTEXT = 12 << 12;
const noTick = call(24, 7, 0, 0);

/** The context of a second vcpu: its code at page 6, its stack below page 8. */
const writeContext = (guest: TinyGuest): void =>
	guest.write(CONTEXT, [...new Uint8Array(guest.context(0x6000, 0x8000).buffer)]);

describe('a second vcpu', () => {
	it('is initialised, comes up, runs beside the first, and goes down', () => {
		const guest = new TinyGuest(new TinyHost(1), 2);
		const second = [...call(24, 7, 1, 0), 0xff, 0x05, ...le32(DATA), ...call(24, 2, 1), ...FOREVER];
		guest.write(0x6000, second);
		guest.start([
			...noTick,
			...call(24, 0, 1, CONTEXT),
			...store(DATA + 4),
			...call(24, 1, 1),
			...store(DATA + 8),
			...call(24, 3, 1),
			...store(DATA + 12),
			...FOREVER
		]);
		writeContext(guest);
		guest.machine.run(1e9, 3 * 2_400_000);
		expect([1, 2, 3].map((n) => guest.read32(DATA + n * 4))).toEqual([0, 0, 1]);
		expect(guest.read32(DATA)).toBe(1);
		expect(guest.domain.vcpus.map((v) => v.down)).toEqual([false, true]);
		expect(guest.domain.alive).toBe(true);
		expect(audit(guest.hv)).toEqual([]);
	});

	it('is signalled by an IPI', () => {
		const guest = new TinyGuest(new TinyHost(1), 2);
		guest.write(HANDLER, poweroff());
		guest.write(0x6000, [
			...call(24, 7, 1, 0),
			...call(4, FLAT_RING1_CS, HANDLER, FLAT_RING1_CS, HANDLER),
			...call(29, 1, 0),
			...FOREVER
		]);
		guest.write32(ARGS, 1, 0);
		guest.start([
			...noTick,
			...call(24, 0, 1, CONTEXT),
			...call(24, 1, 1),
			...call(29, 0, 0),
			...call(32, 7, ARGS),
			...call(32, 4, ARGS + 4),
			...FOREVER
		]);
		writeContext(guest);
		guest.machine.run(1e9, 5 * 2_400_000);
		expect(guest.domain.shutdownCode).toBe(0);
		expect(guest.recorder.of('event_pending').at(-1)!.args).toEqual([guest.domain.id, 1, 0, 1]);
	});
});

describe('an NMI', () => {
	it('enters its callback, and not again before iret', () => {
		const guest = new TinyGuest();
		guest.write32(ARGS, HANDLER, 0);
		const nmi = call(24, 11, 0, 0);
		guest.write(HANDLER, [0xff, 0x05, ...le32(DATA), ...nmi, ...poweroff()]);
		guest.start([...call(28, 0, ARGS), ...nmi, ...FOREVER]);
		guest.run();
		expect(guest.domain.shutdownCode).toBe(0);
		expect(guest.read32(DATA)).toBe(1);
		expect(guest.recorder.of('bounce').map((event) => event.args[0])).toEqual([2]);
	});
});

describe('debugging', () => {
	const handlers = (guest: TinyGuest): void => {
		guest.write(TABLE, [...trap(1, HANDLER), ...trap(0x81, 0x600, 3), ...new Array<number>(8).fill(0)]);
		guest.write(HANDLER, [...loadDs, ...storeEsp(DATA), ...call(9, 6), ...store(DATA + 4), ...poweroff()]);
	};

	it('a breakpoint that the guest sets stops its own code', () => {
		const guest = new TinyGuest();
		handlers(guest);
		const setup = [...call(0, TABLE), ...call(8, 0, 0x300), ...call(8, 7, 0x402)];
		guest.write(0x300, poweroff());
		guest.start([...setup, 0xe9, ...le32(0x300 - setup.length - 5)]);
		guest.run();
		expect(guest.read32(guest.read32(DATA))).toBe(0x300);
		expect(guest.read32(DATA + 4) & 0xf).toBe(1);
	});

	it('single step does not step the hypervisor', () => {
		const guest = new TinyGuest();
		handlers(guest);
		guest.write(0x600, [IRET]);
		guest.write(USER_CODE, [...int(0x81), 0x90, 0x90]);
		guest.start([...call(0, TABLE), ...toUser(USER_CODE, 0x302)]);
		guest.run();
		expect(guest.domain.shutdownCode).toBe(0);
		const esp = guest.read32(DATA);
		expect(guest.read32(esp + 8) & 0x100).toBe(0x100);
		expect(guest.read32(DATA + 4) & 0x4000).toBe(0x4000);
	});
});

describe('a return to user code', () => {
	it('nulls the kernel\u2019s data segments, as the processor does', () => {
		const guest = new TinyGuest();
		guest.write(TABLE, [...trap(0x81, 0x600, 3), ...new Array<number>(8).fill(0)]);
		// mov %ds, %eax; push it; the handler loads its own and notes what user code saw
		guest.write(USER_CODE, [0x8c, 0xd8, ...int(0x81)]);
		guest.write(0x600, [...loadDs, ...store(DATA), ...poweroff()]);
		guest.start([...call(0, TABLE), ...push(0), 0x58, ...toUser(USER_CODE)]);
		guest.run();
		expect(guest.read32(DATA) & 0xfffc).toBe(0);
	});
});
