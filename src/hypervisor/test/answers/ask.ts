/** Questions to the hypervisor, asked by a guest of a few bytes: hypercalls with their results, and instructions with what came of them. */
import { expect } from 'vitest';
import { audit } from '../../mm/audit';
import {
	call,
	DATA,
	int,
	le32,
	loadDs,
	mov,
	poweroff,
	store,
	storeEsp,
	TinyGuest,
	toUser,
	trap,
	USER_CODE
} from '../tiny-guest';

/** Where the arguments of calls may lie. */
export const ARGS = DATA + 0x200;
const TABLE = DATA + 0x100;
const HANDLERS = 0x800;
/** What the handlers note: the vector, ESP, DR6, and EAX and EDX as they were. */
const NOTE = DATA + 0x80;
const VECTORS = [1, 6, 13, 14] as const;
/** INT by which user code says that it is done. */
const DONE = 0x81;

/** Makes one hypercall after another; their results, signed. */
export function answers(calls: readonly number[][], prepare: (guest: TinyGuest) => void = () => {}): number[] {
	const guest = new TinyGuest();
	prepare(guest);
	guest.start([...calls.flatMap((bytes, index) => [...bytes, ...store(DATA + index * 4)]), ...poweroff()]);
	guest.run();
	expect(guest.domain.crash).toBeNull();
	expect(audit(guest.hv)).toEqual([]);
	return calls.map((_, index) => guest.read32(DATA + index * 4) | 0);
}

/** mov %edx, address */
const storeEdx = (address: number): number[] => [0x89, 0x15, ...le32(address)];
const note = (vector: number): number[] => [
	// mov %eax and %edx away, which the rest needs; loadDs changes ECX
	...loadDs,
	...store(NOTE + 12),
	...storeEdx(NOTE + 16),
	...[0xc7, 0x05, ...le32(NOTE), ...le32(vector)],
	...storeEsp(NOTE + 4),
	...call(9, 6),
	...store(NOTE + 8),
	...poweroff()
];

/** What came of an instruction. */
export interface Outcome {
	/** The exception that it raised, or null. */
	vector: number | null;
	/** Its error code, and EIP, counted from the instruction's first byte. */
	error: number;
	eip: number;
	dr6: number;
	eax: number;
	edx: number;
	guest: TinyGuest;
}

export interface Circumstances {
	/** Run before it, in the kernel. */
	setup?: number[];
	/** It runs in ring 3. */
	user?: boolean;
	/** EFLAGS with which user code begins. */
	eflags?: number;
	/** Leaves vectors without a handler. */
	unhandled?: readonly number[];
	prepare?: (guest: TinyGuest) => void;
}

const WITH_ERROR: readonly number[] = [13, 14];

/** Runs `code` and says how it went: whether an exception came, and what it left in EAX and EDX. */
export function outcome(code: readonly number[], circumstances: Circumstances = {}): Outcome {
	const { setup = [], user = false, eflags = 0x202, unhandled = [], prepare = () => {} } = circumstances;
	const guest = new TinyGuest();
	const handled = VECTORS.filter((vector) => !unhandled.includes(vector));
	const at = (index: number): number => HANDLERS + index * 0x80;
	const rows = [...handled.map((vector, index) => trap(vector, at(index))), trap(DONE, at(handled.length), 3)];
	guest.write(TABLE, [...rows.flat(), ...new Array<number>(8).fill(0)]);
	handled.forEach((vector, index) => guest.write(at(index), note(vector)));
	guest.write(at(handled.length), note(DONE));
	guest.write(USER_CODE, [...code, ...int(DONE)]);
	prepare(guest);
	const before = [...call(0, TABLE), ...setup];
	guest.start([...before, ...(user ? toUser(USER_CODE, eflags) : [...code, ...int(DONE)])]);
	guest.run();
	expect(guest.domain.crash).toBeNull();
	expect(guest.domain.shutdownCode).toBe(0);
	const vector = guest.read32(NOTE);
	const frame = guest.read32(NOTE + 4);
	const error = WITH_ERROR.includes(vector) ? guest.read32(frame) : 0;
	const eip = guest.read32(frame + (WITH_ERROR.includes(vector) ? 4 : 0));
	return {
		vector: vector === DONE ? null : vector,
		error,
		eip: eip - (user ? USER_CODE : before.length),
		dr6: guest.read32(NOTE + 8),
		eax: guest.read32(NOTE + 12),
		edx: guest.read32(NOTE + 16),
		guest
	};
}

/** physdev_op(set_iopl, level) */
export const setIopl = (level: number): number[] => [
	...mov(0, level),
	...store(DATA + 0xf00),
	...call(33, 6, DATA + 0xf00)
];
/** pushf; or $bits, (%esp); popf */
export const setFlags = (bits: number): number[] => [0x9c, 0x81, 0x0c, 0x24, ...le32(bits), 0x9d];
