import { describe, expect, it } from 'vitest';
import { FLAT_RING1_CS, FLAT_RING1_DS, FLAT_RING3_CS, FLAT_RING3_DS } from '../../abi/structs/cpu';
import { CRASH_REASONS } from '../../trace/events';
import { audit } from '../mm/audit';
import {
	call,
	DATA,
	int,
	IRET,
	KERNEL_STACK_TOP,
	le32,
	loadDs,
	mov,
	poweroff,
	push,
	STACK_TOP,
	store,
	storeEsp,
	TinyGuest,
	toUser,
	trap,
	USER_CODE,
	USER_STACK_TOP
} from './tiny-guest';

const TABLE = DATA + 0x100;
const HANDLER = 0x400;
const OTHER = 0x600;
const setTraps = call(0, TABLE);
const crashOf = (guest: TinyGuest): string | undefined =>
	guest.domain.crash ? CRASH_REASONS[guest.domain.crash.reason] : undefined;
/** Notes ESP at DATA, then powers off. */
const noteAndEnd = [...loadDs, ...storeEsp(DATA), ...poweroff()];

function guestWith(
	code: number[],
	rows: number[][],
	handlers: Record<number, number[]>,
	user: number[] = []
): TinyGuest {
	const guest = new TinyGuest();
	guest.write(TABLE, [...rows.flat(), ...new Array<number>(8).fill(0)]);
	for (const [address, bytes] of Object.entries(handlers)) guest.write(Number(address), bytes);
	guest.write(USER_CODE, user);
	guest.start(code);
	guest.run();
	return guest;
}

describe('a breakpoint of the guest on its own stack', () => {
	/** The guest watches the word where the frame of its first bounce ends, and then runs `code`; what its handlers were told. */
	function bounced(code: number[]): number[] {
		const watch = [...call(8, 0, STACK_TOP - 12), ...call(8, 7, 0xd_0402)];
		const guest = guestWith([...setTraps, ...watch, ...code], [trap(1, OTHER), trap(6, HANDLER)], {
			[HANDLER]: noteAndEnd,
			[OTHER]: noteAndEnd
		});
		expect(guest.domain.shutdownCode).toBe(0);
		return guest.recorder.of('bounce').map((event) => event.args[0]);
	}

	it('is met by what the guest writes', () => {
		expect(bounced([...mov(0, 7), 0x89, 0x44, 0x24, 0xf4, 0x90])).toEqual([1]);
	});

	it('is not met by what Xen writes there for it: a bounce leaves no debug trap behind', () => {
		expect(bounced([0x0f, 0x0b])).toEqual([6]);
	});
});

describe('a bounce', () => {
	it('from ring 1 goes on the current stack, with the virtual interrupt flag', () => {
		const guest = guestWith([...setTraps, 0x0f, 0x0b], [trap(6, HANDLER)], { [HANDLER]: noteAndEnd });
		expect(guest.domain.shutdownCode).toBe(0);
		const esp = guest.read32(DATA);
		expect(esp).toBe(STACK_TOP - 12);
		expect(guest.read32(esp)).toBe(setTraps.length);
		// Upcalls are masked at the start: saved mask 1, IF 0.
		expect(guest.read32(esp + 4)).toBe(FLAT_RING1_CS | (1 << 16));
		expect(guest.read32(esp + 8) & 0x200).toBe(0);
		const [bounce] = guest.recorder.of('bounce');
		expect(bounce.args).toEqual([6, 0, FLAT_RING1_CS, HANDLER, esp, setTraps.length, 1]);
		expect(guest.recorder.events[bounce.cause].kind).toBe('trap');
		expect(audit(guest.hv)).toEqual([]);
	});

	it('from ring 3 switches to the kernel stack and pushes SS and ESP; plain IRET goes back', () => {
		const user = [...int(0x81), 0xfa];
		const guest = guestWith(
			[...setTraps, ...toUser(USER_CODE)],
			[trap(0x81, OTHER, 3), trap(13, HANDLER)],
			{ [OTHER]: [...loadDs, ...storeEsp(DATA + 4), IRET], [HANDLER]: noteAndEnd },
			user
		);
		expect(crashOf(guest)).toBeUndefined();
		const soft = guest.read32(DATA + 4);
		expect(soft).toBe(KERNEL_STACK_TOP - 20);
		const fault = guest.read32(DATA);
		expect(fault).toBe(KERNEL_STACK_TOP - 24);
		// CLI in ring 3: #GP with error 0, at the instruction itself.
		const words = [0, 4, 8, 16, 20].map((at) => guest.read32(fault + at));
		expect(words).toEqual([0, USER_CODE + 2, FLAT_RING3_CS, USER_STACK_TOP, FLAT_RING3_DS]);
		expect(guest.read32(fault + 12) & 0x200).toBe(0x200);
	});

	it('delivers a page fault with its address in CR2 and masks upcalls if the table says so', () => {
		const code = [...setTraps, ...[0xa1, ...le32(0x0080_0000)]];
		const guest = guestWith(code, [trap(14, HANDLER, 4)], { [HANDLER]: noteAndEnd });
		const esp = guest.read32(DATA);
		expect(guest.read32(esp)).toBe(0);
		expect(guest.read32(esp + 4)).toBe(setTraps.length);
		expect(guest.machine.memory.read32(guest.domain.sharedInfo * 4096 + 8)).toBe(0x0080_0000);
		expect(guest.machine.memory.read8(guest.domain.sharedInfo * 4096 + 1)).toBe(1);
	});

	it('without a handler ends the domain, and only that', () => {
		const guest = guestWith([0x0f, 0x0b], [], {});
		expect(crashOf(guest)).toBe('no trap handler');
		expect(guest.domain.crash!.eip).toBe(0);
		expect(guest.hv.pcpu.current).toBeNull();
	});

	it('onto a stack that is not there ends the domain', () => {
		const code = [...setTraps, ...mov(4, 0x0090_0000), 0x0f, 0x0b];
		const guest = guestWith(code, [trap(6, HANDLER)], { [HANDLER]: noteAndEnd });
		expect(crashOf(guest)).toBe('fault while writing the bounce frame');
	});
});

describe('INT n', () => {
	it('to a vector that the table closes for this ring is #GP with the vector in its error code', () => {
		const guest = guestWith(
			[...setTraps, ...toUser(USER_CODE)],
			[trap(0x81, OTHER, 1), trap(13, HANDLER)],
			{ [HANDLER]: noteAndEnd },
			int(0x81)
		);
		const esp = guest.read32(DATA);
		expect(guest.read32(esp)).toBe((0x81 << 3) | 2);
		expect(guest.read32(esp + 4)).toBe(USER_CODE);
	});

	it('0x82 from ring 3 is #GP: the hypercall gate is for rings 0 and 1', () => {
		const guest = guestWith(
			[...setTraps, ...toUser(USER_CODE)],
			[trap(13, HANDLER)],
			{ [HANDLER]: noteAndEnd },
			int(0x82)
		);
		expect(guest.read32(guest.read32(DATA))).toBe((0x82 << 3) | 2);
	});

	it('0x80 goes straight into ring 1 without the hypervisor', () => {
		const guest = guestWith(
			[...setTraps, ...toUser(USER_CODE)],
			[trap(0x80, OTHER, 3)],
			{ [OTHER]: noteAndEnd },
			int(0x80)
		);
		expect(guest.read32(DATA)).toBe(KERNEL_STACK_TOP - 20);
		const direct = guest.recorder.of('trap').filter((event) => event.args[0] === 0x80);
		expect(direct.map((event) => event.args.slice(2, 4))).toEqual([[3, 1]]);
		expect(guest.recorder.of('bounce')).toEqual([]);
	});

	it('0x80 is slow where the handler wants upcalls masked', () => {
		const guest = guestWith(
			[...setTraps, ...toUser(USER_CODE)],
			[trap(0x80, OTHER, 7)],
			{ [OTHER]: noteAndEnd },
			int(0x80)
		);
		expect(guest.recorder.of('bounce').map((event) => event.args[0])).toEqual([0x80]);
		expect(guest.domain.shutdownCode).toBe(0);
	});

	it('3 reaches the guest with EIP after it', () => {
		const guest = guestWith([...setTraps, 0xcc], [trap(3, HANDLER, 3)], { [HANDLER]: noteAndEnd });
		expect(guest.read32(guest.read32(DATA))).toBe(setTraps.length + 1);
	});
});

describe('the iret hypercall', () => {
	it('into ring 0 ends the domain', () => {
		const guest = guestWith([...[0x202, 0xe008, 0, 0].flatMap(push), ...call(23)], [], {});
		expect(crashOf(guest)).toBe('fault in the iret frame');
	});

	it('sets the upcall mask from IF, and strips IOPL', () => {
		const frame = [0x3202, FLAT_RING1_CS, 0x300, 0x1234].flatMap(push);
		const guest = guestWith([...frame, ...call(23)], [], {
			0x300: [...store(DATA), 0x9c, 0x58, ...store(DATA + 4), ...poweroff()]
		});
		expect(guest.read32(DATA)).toBe(0x1234);
		expect(guest.read32(DATA + 4) & 0x3000).toBe(0);
		expect(guest.machine.memory.read8(guest.domain.sharedInfo * 4096 + 1)).toBe(0);
	});

	it('with a selector that cannot be loaded enters the failsafe callback', () => {
		const frame = [0x202, 0x0009, 0x300, 0].flatMap(push);
		const callbacks = call(4, FLAT_RING1_CS, OTHER, FLAT_RING1_CS, HANDLER);
		const guest = guestWith([...callbacks, ...frame, ...call(23)], [], { [HANDLER]: noteAndEnd });
		expect(guest.domain.shutdownCode).toBe(0);
		const esp = guest.read32(DATA);
		const words = [0, 4, 8, 12, 16, 20].map((at) => guest.read32(esp + at) & 0xffff);
		expect(words).toEqual([FLAT_RING1_DS, FLAT_RING1_DS, FLAT_RING1_DS, FLAT_RING1_DS, 0x300, 0x0009]);
		expect(guest.recorder.of('failsafe')).toHaveLength(1);
	});

	it('without a failsafe callback a bad selector ends the domain', () => {
		const guest = guestWith([...[0x202, 0x0009, 0x300, 0].flatMap(push), ...call(23)], [], {});
		expect(crashOf(guest)).toBe('failsafe callback missing');
	});

	it('to a failsafe callback that cannot be entered ends the domain', () => {
		const callbacks = call(4, FLAT_RING1_CS, OTHER, 0x0011, HANDLER);
		const guest = guestWith([...callbacks, ...[0x202, 0x0009, 0x300, 0].flatMap(push), ...call(23)], [], {});
		expect(crashOf(guest)).toBe('bad selector in a callback');
	});
});

describe('privileged instructions in ring 1', () => {
	it('CLI is #GP for a guest without virtual IOPL, and does nothing for one with it', () => {
		const iopl = [...mov(0, 1), ...store(DATA + 0x20), ...call(33, 6, DATA + 0x20)];
		const guest = guestWith([...iopl, 0xfa, 0xfb, ...poweroff()], [], {});
		expect(guest.domain.shutdownCode).toBe(0);
		expect(guest.recorder.of('emulate').map((event) => event.args[1])).toEqual([0xfa, 0xfb]);
		const plain = guestWith([...setTraps, 0xfa], [trap(13, HANDLER)], { [HANDLER]: noteAndEnd });
		expect(plain.read32(plain.read32(DATA))).toBe(0);
	});

	it('POPF silently keeps IF', () => {
		const guest = guestWith([...push(2), 0x9d, 0x9c, 0x58, ...store(DATA), ...poweroff()], [], {});
		expect(guest.read32(DATA) & 0x200).toBe(0x200);
		expect(guest.recorder.of('emulate')).toEqual([]);
	});

	it('SGDT tells Xen\u2019s own table', () => {
		const guest = guestWith([0x0f, 0x01, 0x05, ...le32(DATA), ...poweroff()], [], {});
		expect(guest.read32(DATA + 2)).toBe(0xfc00_0000);
	});

	it('MOV from CR3 gives the guest\u2019s own table, and a write of it is validated', () => {
		const read = [0x0f, 0x20, 0xd8, ...store(DATA)];
		const write = [0x0f, 0x22, 0xd8, ...mov(0, 0), 0x0f, 0x22, 0xd8];
		const guest = guestWith([...setTraps, ...read, ...write], [trap(13, HANDLER)], {
			[HANDLER]: [...storeEsp(DATA + 4), ...poweroff()]
		});
		expect(guest.read32(DATA)).toBe((guest.mfn(24) << 12) >>> 0);
		expect(guest.read32(guest.read32(DATA + 4) + 4)).toBe(setTraps.length + read.length + 8);
		expect(guest.recorder.of('emulate').map((event) => event.args[1])).toEqual([0x0f20, 0x0f22]);
	});

	it('IN reads all ones where the virtual IOPL lets it', () => {
		const iopl = [...mov(0, 1), ...store(DATA + 0x20), ...call(33, 6, DATA + 0x20)];
		const guest = guestWith([...iopl, ...mov(0, 0), 0xe4, 0x60, ...store(DATA), ...poweroff()], [], {});
		expect(guest.read32(DATA)).toBe(0xff);
	});

	it('CLTS and MOV to CR0 work on the virtual TS', () => {
		const guest = guestWith(
			[
				...call(5, 1),
				0x0f,
				0x20,
				0xc0,
				...store(DATA),
				0x0f,
				0x06,
				0x0f,
				0x20,
				0xc0,
				...store(DATA + 4),
				...poweroff()
			],
			[],
			{}
		);
		expect(guest.read32(DATA) & 8).toBe(8);
		expect(guest.read32(DATA + 4) & 8).toBe(0);
	});
});

describe('CPUID', () => {
	const XEN_CPUID = [0x0f, 0x0b, 0x78, 0x65, 0x6e, 0x0f, 0xa2];
	it('by Xen\u2019s prefix shows the hypervisor, before any trap table exists', () => {
		const guest = guestWith(
			[...mov(0, 0x4000_0000), ...XEN_CPUID, 0x89, 0x1d, ...le32(DATA), ...store(DATA + 4), ...poweroff()],
			[],
			{}
		);
		expect(guest.read32(DATA)).toBe(0x566e_6558);
		expect(guest.read32(DATA + 4)).toBe(0x4000_0005);
	});

	it('itself shows the bare processor, with what Xen hides', () => {
		const leaf1 = (cpuid: number[], at: number): number[] => [
			...mov(0, 1),
			...cpuid,
			0x89,
			0x0d,
			...le32(at),
			0x89,
			0x15,
			...le32(at + 4)
		];
		const guest = guestWith([...leaf1([0x0f, 0xa2], DATA), ...leaf1(XEN_CPUID, DATA + 8), ...poweroff()], [], {});
		const PSE = 1 << 3;
		expect(guest.read32(DATA + 4) & PSE).toBe(PSE);
		expect(guest.read32(DATA + 12) & PSE).toBe(0);
		expect(guest.read32(DATA + 8) >>> 31).toBe(1);
		expect(guest.read32(DATA) >>> 31).toBe(0);
	});
});
