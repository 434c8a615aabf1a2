import { describe, expect, it } from 'vitest';
import { call, DATA, mov, store } from '../tiny-guest';
import { outcome, setFlags, setIopl, type Circumstances } from './ask';

/* What Xen 4.17 does with an instruction that it carries out for a guest (xen/arch/x86/pv/emul-priv-op.c). */

const TF = 0x100;
const DR6_BS = 0x4000;
const XEN_CPUID = [0x0f, 0x0b, 0x78, 0x65, 0x6e, 0x0f, 0xa2];
const READ_CR0 = [0x0f, 0x20, 0xc0];
const READ_CR4 = [0x0f, 0x20, 0xe0];
const WRITE_CR4 = [0x0f, 0x22, 0xe0];
const RDTSC = [0x0f, 0x31];
const assistIopl = call(21, 0, 4);
const kernelIopl = setIopl(1);
const userIopl = setIopl(3);

describe('with TF set, #DB comes right behind an emulated instruction', () => {
	const kernel = (bytes: number[], setup: number[] = []): ReturnType<typeof outcome> =>
		outcome([...bytes, 0x90, 0x90], { setup: [...setup, ...setFlags(TF)] });

	it.each<[string, number[], number[]]>([
		['MOV from CR0', READ_CR0, []],
		['MOV to CR4', WRITE_CR4, []],
		['MOV from DR7', [0x0f, 0x21, 0xf8], []],
		['CLTS', [0x0f, 0x06], []],
		['WBINVD', [0x0f, 0x09], []],
		['RDMSR', [0x0f, 0x32], mov(1, 0x1b)],
		['WRMSR', [0x0f, 0x30], mov(1, 0x1a0)],
		['CLI', [0xfa], kernelIopl],
		['STI', [0xfb], kernelIopl],
		['IN', [0xe4, 0x60], kernelIopl],
		['OUT', [0xee], kernelIopl],
		['OUTSB', [0x6e], [...kernelIopl, ...mov(6, DATA)]],
		['INSD', [0x6d], [...kernelIopl, ...mov(7, DATA)]],
		['CPUID behind Xen\u2019s prefix', XEN_CPUID, []]
	])('%s in the kernel', (_name, bytes, setup) => {
		const { vector, eip, dr6 } = kernel(bytes, setup);
		expect([vector, eip, dr6 & DR6_BS]).toEqual([1, bytes.length, DR6_BS]);
	});

	it.each<[string, number[], number[]]>([
		['CLI', [0xfa], userIopl],
		['IN', [0xec], userIopl],
		['CPUID behind Xen\u2019s prefix', XEN_CPUID, []]
	])('%s in user code', (_name, bytes, setup) => {
		const { vector, eip, dr6 } = outcome([...bytes, 0x90], { setup, user: true, eflags: 0x202 | TF });
		expect([vector, eip, dr6 & DR6_BS]).toEqual([1, bytes.length, DR6_BS]);
	});

	it('a repeated OUTS is stepped element by element, as on a processor', () => {
		const { vector, eip, guest } = kernel([0xf3, 0x6e], [...kernelIopl, ...mov(6, DATA), ...mov(1, 3)]);
		expect([vector, eip]).toEqual([1, 0]);
		expect(guest.recorder.of('emulate')).toHaveLength(1);
	});

	it('a write to a page table, emulated as a plain store', () => {
		const enable = call(21, 0, 2);
		const entry = 26 * 4096 + 31 * 8;
		const code = [...mov(0, 0), ...store(entry), 0x90];
		const { vector, eip, dr6, guest } = outcome(code.slice(5), {
			setup: [...enable, ...mov(0, 0), ...setFlags(TF)]
		});
		expect([vector, eip, dr6 & DR6_BS]).toEqual([1, store(entry).length, DR6_BS]);
		expect(guest.read32(entry)).toBe(0);
	});

	it('without TF none comes', () => {
		expect(outcome(READ_CR0).vector).toBeNull();
		expect(outcome(XEN_CPUID).vector).toBeNull();
	});
});

describe('CPUID behind the prefix', () => {
	const cpuid = (leaf: number, subleaf = 0): number[] => {
		const { guest } = outcome(
			[
				...mov(0, leaf),
				...mov(1, subleaf),
				...XEN_CPUID,
				...store(DATA),
				...[0x89, 0x1d, 4, 0x10, 0, 0],
				...[0x89, 0x0d, 8, 0x10, 0, 0],
				...[0x89, 0x15, 12, 0x10, 0, 0]
			],
			{}
		);
		return [0, 4, 8, 12].map((at) => guest.read32(DATA + at));
	};

	it.each([3, 4, 7, 0xd, 0x20, 0x3fff_ffff, 0x4000_0006, 0x4000_0100, 0x4000_01ff, 0x5000_0000, 0x7fff_ffff])(
		'leaf %i lies beyond what there is: four zeros',
		(leaf) => expect(cpuid(leaf)).toEqual([0, 0, 0, 0])
	);
	it.each([0x8000_0005, 0x8000_0008, 0x8000_ffff, 0xffff_ffff])('so does %i', (leaf) =>
		expect(cpuid(leaf)).toEqual([0, 0, 0, 0])
	);
	it('the prefix cut off by a page that is not there is a page fault, as is any #UD so close to it', () => {
		const unmap = [...call(14, 0x1f000, 0, 0, 0)];
		const jump = (to: number): number[] => [...mov(0, to), 0xff, 0xe0];
		const at = (bytes: number[], short: number): ReturnType<typeof outcome> =>
			outcome(jump(0x1f000 - short), {
				setup: unmap,
				prepare: (guest) => guest.write(0x1f000 - short, bytes.slice(0, short))
			});
		for (const short of [2, 4, 6]) {
			const { vector, error, guest } = at(XEN_CPUID, short);
			expect([vector, error, guest.v.pv.cr2]).toEqual([14, 0, 0x1f000]);
		}
		expect(at([0x0f, 0x0b, 0x90, 0x90], 4).vector).toBe(14);
		expect(at([0x0f, 0x0b, 0x90, 0x90, 0x90], 5).vector).toBe(6);
	});
	it('costs the processor\u2019s CPUID once, and Xen\u2019s own leaves nothing of it', () => {
		const cyclesOf = (leaf: number): number => {
			const { machine } = outcome([...mov(0, leaf), ...XEN_CPUID]).guest;
			return machine.clock.now;
		};
		const { cpuid } = outcome([0x90]).guest.machine.clock.costs;
		expect(cyclesOf(1) - cyclesOf(0x4000_0000)).toBe(cpuid);
		expect(cyclesOf(0x20) - cyclesOf(0x4000_0000)).toBe(cpuid);
	});
	it('the highest leaves themselves are answered', () => {
		expect(cpuid(2)[0]).not.toBe(0);
		expect(cpuid(0x4000_0000)[0]).toBe(0x4000_0005);
		expect(cpuid(0x8000_0003)).not.toEqual([0, 0, 0, 0]);
	});
});

describe('CR4', () => {
	const read = (setup: number[] = []): number => outcome(READ_CR4, { setup }).eax;
	const write = (value: number): number[] => [...mov(0, value), ...WRITE_CR4];

	it('shows PAE from the start', () => expect(read()).toBe(0x20));
	it('keeps TSD and DE, and of the rest what the machine has', () => {
		expect(read(write(0xffff_ffff))).toBe(0x2c);
		expect(read(write(0))).toBe(0x20);
		expect(read(write(0x4))).toBe(0x24);
	});
	it('TSD makes RDTSC fault in user code, not in the kernel', () => {
		const setup = write(0x4);
		expect(outcome(RDTSC, { setup }).vector).toBeNull();
		const user = outcome(RDTSC, { setup, user: true });
		expect([user.vector, user.error, user.eip]).toEqual([13, 0, 0]);
		expect(outcome(RDTSC, { setup: [...setup, ...write(0)], user: true }).vector).toBeNull();
		expect(outcome(RDTSC, { user: true }).vector).toBeNull();
	});
});

describe('the virtual I/O privilege level', () => {
	/** #GP or not of CLI, STI, IN and OUT, which all go by it. */
	const vectors = (circumstances: Circumstances): (number | null)[] =>
		[[0xfa], [0xfb], [0xec], [0xee]].map((bytes) => outcome(bytes, circumstances).vector);
	const faults = [13, 13, 13, 13];
	const works = [null, null, null, null];

	it.each([0, 1, 2, 3])('%i: the kernel counts as ring 1, user code as ring 3', (level) => {
		const setup = setIopl(level);
		expect(vectors({ setup })).toEqual(level >= 1 ? works : faults);
		expect(vectors({ setup, user: true })).toEqual(level >= 3 ? works : faults);
	});
	it.each([0, 1, 2, 3])('%i with architectural_iopl: the kernel counts as ring 0', (level) => {
		const setup = [...assistIopl, ...setIopl(level)];
		expect(vectors({ setup })).toEqual(works);
		// The way to user code takes the level from the EFLAGS of its frame.
		expect(vectors({ setup, user: true, eflags: 0x202 | (level << 12) })).toEqual(level >= 3 ? works : faults);
	});
	it('shows in the frames of a guest that asked for the assist, and only there', () => {
		const frameFlags = (setup: number[]): number => {
			const { guest } = outcome([0x0f, 0x0b], { setup });
			return guest.read32(guest.read32(DATA + 0x84) + 8) & 0x3000;
		};
		expect(frameFlags([...assistIopl, ...setIopl(2)])).toBe(0x2000);
		expect(frameFlags(setIopl(2))).toBe(0);
	});
});

describe('fast system calls', () => {
	it('lead nowhere, with a callback or without: SYSENTER is #GP, SYSCALL #UD', () => {
		const callback = [...mov(0, 5), ...store(DATA + 0x300), ...call(30, 0, DATA + 0x300)];
		for (const setup of [[], callback]) {
			expect(outcome([0x0f, 0x34], { setup }).vector).toBe(13);
			expect(outcome([0x0f, 0x34], { setup, user: true }).vector).toBe(13);
			expect(outcome([0x0f, 0x05], { setup, user: true }).vector).toBe(6);
		}
	});
});

describe('ports', () => {
	const setup = kernelIopl;
	const out = (port: number, value: number): number[] => [...mov(2, port), ...mov(0, value), 0xee];
	const read = (port: number, before: number[] = []): number =>
		outcome([...before, ...mov(0, 0), ...mov(2, port), 0xec], { setup }).eax;

	it('the index of the clock\u2019s RAM is the domain\u2019s own; the RAM is not', () => {
		expect(read(0x70)).toBe(0);
		expect(read(0x70, out(0x70, 0x8b))).toBe(0x8b);
		expect(read(0x71, out(0x70, 0x0a))).toBe(0xff);
	});
	it('port 0x61 keeps its two low bits', () => {
		expect(read(0x61, out(0x61, 0xfd)) & 0x0f).toBe(1);
		expect(read(0x61, out(0x61, 0x02)) & 0x0f).toBe(2);
	});
	it('counter 2 of the timer counts while its gate is open, and says so at port 0x61', () => {
		const program = [...out(0x61, 0), ...out(0x43, 0xb0), ...out(0x42, 0x34), ...out(0x42, 0x12)];
		const word = [...mov(2, 0x42), 0xec, 0x88, 0xc3, 0xec, 0x88, 0xc7, 0x89, 0xd8];
		const held = outcome([...program, ...mov(3, 0), ...mov(0, 0), ...word], { setup });
		expect(held.eax).toBe(0x1234);
		const open = outcome([...program, ...out(0x61, 1), ...mov(3, 0), ...mov(0, 0), ...word], { setup });
		expect(open.eax).toBeGreaterThan(0x1200);
		expect(open.eax).toBeLessThan(0x1234);
		expect(read(0x61, program) & 0x20).toBe(0);
		expect(read(0x61, [...out(0x61, 1), ...out(0x43, 0x90), ...out(0x42, 1)]) & 0x20).toBe(0x20);
	});
	it('the PCI address is one of four bytes; what lies behind it is nobody\u2019s', () => {
		const dword = [...mov(2, 0xcf8), ...mov(0, 0x8000_0000), 0xef];
		expect(outcome([...dword, ...mov(0, 0), 0xed], { setup }).eax).toBe(0x8000_0000);
		expect(read(0xcf8, dword)).toBe(0xff);
		expect(outcome([...dword, ...mov(2, 0xcfc), 0xed], { setup }).eax).toBe(0xffff_ffff);
	});
});
