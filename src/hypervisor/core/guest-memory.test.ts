import { describe, expect, it } from 'vitest';
import { HYPERCALLS } from '../../abi/hypercalls';
import { audit } from '../mm/audit';
import { call, DATA, poweroff, store, TinyGuest } from '../test/tiny-guest';

/** Two neighbours in the guest's eyes; the second is mapped to the frame of `FAR`, or to nothing. */
const [FIRST, SECOND, FAR] = [8, 9, 20];
const BOUNDARY = SECOND << 12;
const SLOT = 26;

/** A guest whose page SECOND is not what lies behind FIRST in the machine. */
function split(present: boolean, code: (guest: TinyGuest) => number[], prepare: (guest: TinyGuest) => void): TinyGuest {
	const guest = new TinyGuest();
	expect(guest.mfn(FAR)).not.toBe(guest.mfn(FIRST) + 1);
	const entry = present ? [(guest.mfn(FAR) << 12) | 0x67, guest.mfn(FAR) >>> 20] : [0, 0];
	const remap = call(HYPERCALLS.update_va_mapping.nr, BOUNDARY, ...entry, 2);
	prepare(guest);
	guest.start([...remap, ...code(guest), ...store(DATA), ...poweroff()]);
	guest.run();
	expect([guest.domain.crash, guest.domain.shutdownCode]).toEqual([null, 0]);
	expect(audit(guest.hv)).toEqual([]);
	return guest;
}

/** Writes words from guest address `at` on, across into the page that will stand there. */
function across(guest: TinyGuest, at: number, words: readonly number[]): void {
	words.forEach((word, index) => {
		const address = at + index * 4;
		guest.write32(address < BOUNDARY ? address : address - BOUNDARY + (FAR << 12), word);
	});
}

describe('a request that crosses from one page into another', () => {
	const batch = (guest: TinyGuest): void =>
		across(guest, BOUNDARY - 12, [HYPERCALLS.xen_version.nr, 0, 7, 0, 0, 0, 0, 0]);
	const multicall = (): number[] => call(HYPERCALLS.multicall.nr, BOUNDARY - 12, 1);

	it('is read from both frames: an entry of a multicall', () => {
		const guest = split(true, multicall, batch);
		expect([guest.read32(DATA), guest.read32(BOUNDARY - 8)]).toEqual([0, 4096]);
	});

	it('is refused whole where the second is not mapped', () => {
		const guest = split(false, multicall, batch);
		expect([guest.read32(DATA) | 0, guest.read32(BOUNDARY - 8)]).toEqual([-14, 0]);
	});

	it('is read from both frames: an update of a page table', () => {
		const slot = (guest: TinyGuest): number => guest.mfn(SLOT) * 4096 + 10 * 8;
		const entry = (guest: TinyGuest): number[] => [(guest.mfn(11) << 12) | 0x67, guest.mfn(11) >>> 20];
		const guest = split(
			true,
			() => call(HYPERCALLS.mmu_update.nr, BOUNDARY - 4, 1, 0, 0x7ff0),
			(made) => across(made, BOUNDARY - 4, [slot(made), 0, ...entry(made)])
		);
		expect(guest.read32(DATA)).toBe(0);
		expect(guest.machine.memory.read32(slot(guest)) >>> 12).toBe(guest.mfn(11));
	});
});

describe('a pointer to memory of devices', () => {
	/** Frame 0x70000 lies beyond all RAM; a domain with the devices may map it. */
	const NOWHERE = [0x7000_0067, 0];
	const start = (code: number[]): TinyGuest => {
		const guest = new TinyGuest(undefined, 1, { control: false, hardware: true });
		guest.start([
			...call(HYPERCALLS.update_va_mapping.nr, BOUNDARY, ...NOWHERE, 2),
			...store(DATA),
			...code,
			...store(DATA + 4),
			...poweroff()
		]);
		guest.run();
		expect([guest.domain.crash, guest.domain.shutdownCode, guest.read32(DATA)]).toEqual([null, 0, 0]);
		return guest;
	};

	it('reads as ones where there is no device', () => {
		const guest = start(call(HYPERCALLS.console_io.nr, 0, 3, BOUNDARY));
		expect([guest.read32(DATA + 4), guest.host.console]).toEqual([0, [0xff, 0xff, 0xff]]);
	});

	it('takes what is written, and it is lost', () => {
		const extraVersion = 1;
		const guest = start(call(HYPERCALLS.xen_version.nr, extraVersion, BOUNDARY));
		expect(guest.read32(DATA + 4)).toBe(0);
	});
});
