/** VCPUOP_initialise, up, down and is_up: what they answer, and what of a context reaches the vcpu (Xen 4.17). */
import { describe, expect, it } from 'vitest';
import { EEXIST, EFAULT, EINVAL, ENOENT } from '../../abi/errno';
import { CPU_USER_REGS, TRAP_INFO, VCPU_GUEST_CONTEXT, VGCF_ONLINE } from '../../abi/structs/cpu';
import { MAX_VCPUS } from '../core/layout';
import { audit } from '../mm/audit';
import { call, DATA, FOREVER, le32, poweroff, store, TinyGuest, TinyHost } from './tiny-guest';
import { CR4 } from '../../x86/control';

/** A context fills the pages from 12 on; one that is good stands three pages further. */
const [CONTEXT, GOOD] = [0xc000, 0xf000];
const [CODE, STACK] = [0x6000, 0x8000];
const AT = VCPU_GUEST_CONTEXT.at;
const [INITIALISE, UP, DOWN, IS_UP] = [0, 1, 2, 3];
const noTick = call(24, 7, 0, 0);
const vcpuOp = (op: number, id: number, arg = 0): number[] => call(24, op, id, arg);

const bytesOf = (context: DataView): number[] => [...new Uint8Array(context.buffer)];

/** Answers of the calls of a guest with `vcpus` vcpus; `change` spoils the context at CONTEXT. */
function ask(
	calls: number[][],
	change: (context: DataView, guest: TinyGuest) => void = () => {},
	vcpus = 2
): TinyGuest {
	const guest = new TinyGuest(new TinyHost(1), vcpus);
	const context = guest.context(CODE, STACK);
	change(context, guest);
	guest.write(CONTEXT, bytesOf(context));
	guest.write(GOOD, bytesOf(guest.context(CODE, STACK)));
	guest.write(CODE, FOREVER);
	guest.start([...noTick, ...calls.flatMap((bytes, n) => [...bytes, ...store(DATA + n * 4)]), ...FOREVER]);
	guest.machine.run(1e9, 2_400_000);
	return guest;
}
const answers = (guest: TinyGuest, count: number): number[] =>
	Array.from({ length: count }, (_, n) => guest.read32(DATA + n * 4) | 0);

describe('a vcpu', () => {
	it.each([
		['is up or down, as asked', [vcpuOp(IS_UP, 0), vcpuOp(IS_UP, 1)], [1, 0]],
		['does not come up before it is initialised', [vcpuOp(UP, 1), vcpuOp(IS_UP, 1)], [-EINVAL, 0]],
		['is initialised once', [vcpuOp(INITIALISE, 1, GOOD), vcpuOp(INITIALISE, 1, GOOD)], [0, -EEXIST]],
		[
			'is not initialised again after it went down',
			[vcpuOp(INITIALISE, 1, GOOD), vcpuOp(UP, 1), vcpuOp(DOWN, 1), vcpuOp(INITIALISE, 1, GOOD)],
			[0, 0, 0, -EEXIST]
		],
		[
			'comes up, goes down and comes up again',
			[
				vcpuOp(INITIALISE, 1, GOOD),
				vcpuOp(UP, 1),
				vcpuOp(UP, 1),
				vcpuOp(DOWN, 1),
				vcpuOp(IS_UP, 1),
				vcpuOp(DOWN, 1),
				vcpuOp(UP, 1),
				vcpuOp(IS_UP, 1)
			],
			[0, 0, 0, 0, 0, 0, 0, 1]
		],
		[
			'that the domain has not is missing, whatever is asked',
			[INITIALISE, UP, DOWN, IS_UP].map((op) => vcpuOp(op, 2, GOOD)),
			[-ENOENT, -ENOENT, -ENOENT, -ENOENT]
		],
		[
			'with a number beyond all is missing',
			[vcpuOp(UP, 0xffff_ffff), vcpuOp(INITIALISE, 0x8000_0001, GOOD)],
			[-ENOENT, -ENOENT]
		],
		[
			'whose context cannot be read is not looked at: the first one, too',
			[vcpuOp(INITIALISE, 0, 0x9_0000), vcpuOp(INITIALISE, 1, 0xf580_0000)],
			[-EFAULT, -EFAULT]
		]
	])('%s', (_name, calls, expected) => {
		const guest = ask(calls);
		expect(answers(guest, calls.length)).toEqual(expected);
		expect(guest.domain.alive).toBe(true);
		expect(audit(guest.hv)).toEqual([]);
	});

	it('that is the last one up takes the domain with it when it goes down', () => {
		const guest = ask([vcpuOp(INITIALISE, 1, GOOD), vcpuOp(DOWN, 0)]);
		expect(guest.domain.shutdownCode).toBe(0);
	});

	it('goes down by itself and leaves the domain to the others', () => {
		const guest = new TinyGuest(new TinyHost(1), 3);
		guest.write(GOOD, bytesOf(guest.context(CODE, STACK)));
		guest.write(CODE, [...call(24, 7, 1, 0), 0xff, 0x05, ...le32(DATA), ...FOREVER]);
		guest.start([...noTick, ...vcpuOp(INITIALISE, 1, GOOD), ...vcpuOp(UP, 1), ...vcpuOp(DOWN, 0), ...poweroff()]);
		guest.machine.run(1e9, 2_400_000);
		expect(guest.read32(DATA)).toBe(1);
		expect(guest.domain.vcpus.map((v) => v.sched.down)).toEqual([true, false, true]);
		expect(guest.domain.alive).toBe(true);
	});
});

describe('a context that Xen refuses', () => {
	const word =
		(at: number, value: number) =>
		(context: DataView): void =>
			context.setUint32(at, value, true);

	it.each([
		['an LDT off a page\u2019s boundary', word(AT.ldt_base, 0x1004)],
		['an LDT of too many entries', word(AT.ldt_ents, 8193)],
		[
			'an LDT that reaches into the hypervisor',
			(context: DataView) => (word(AT.ldt_base, 0xf57f_f000)(context), word(AT.ldt_ents, 513)(context))
		],
		['a GDT that reaches Xen\u2019s descriptors', word(AT.gdt_ents, 7169)],
		['a GDT longer than any', word(AT.gdt_ents, 0xffff_ffff)],
		[
			'a GDT in a frame of nobody\u2019s',
			(context: DataView) => (word(AT.gdt_ents, 1)(context), word(AT.gdt_frames, 0x10_0000)(context))
		],
		[
			'a GDT in a page table',
			(context: DataView, guest: TinyGuest) => (
				word(AT.gdt_ents, 1)(context),
				word(AT.gdt_frames, guest.mfn(26))(context)
			)
		],
		['no page table', word(AT.ctrlreg + 12, 0)],
		[
			'a page table that is none, with a good GDT',
			(context: DataView, guest: TinyGuest) => (
				word(AT.gdt_ents, 512)(context),
				word(AT.gdt_frames, guest.mfn(17))(context),
				word(AT.ctrlreg + 12, guest.mfn(16) << 12)(context)
			)
		]
	])('has %s, and leaves the vcpu as it was', (_name, change) => {
		const spoil = (context: DataView, guest: TinyGuest): void => void change(context, guest);
		const refused = ask([vcpuOp(INITIALISE, 1, CONTEXT), vcpuOp(UP, 1)], spoil);
		expect(answers(refused, 2)).toEqual([-EINVAL, -EINVAL]);
		const [, v] = refused.domain.vcpus;
		expect([v.initialised, v.mm.guestTable, v.mm.gdtFrames, v.mm.gdtEntries, v.mm.ldtBase, v.mm.ldtEntries]).toEqual([
			false,
			null,
			[],
			0,
			0,
			0
		]);
		expect(audit(refused.hv)).toEqual([]);
		const again = ask([vcpuOp(INITIALISE, 1, CONTEXT), vcpuOp(INITIALISE, 1, GOOD), vcpuOp(UP, 1)], spoil);
		expect(answers(again, 3)).toEqual([-EINVAL, 0, 0]);
	});
});

describe('of a context', () => {
	const started = (change: (context: DataView, guest: TinyGuest) => void): TinyGuest =>
		ask([vcpuOp(INITIALISE, 1, CONTEXT)], change);

	it('the trap rows count by their place, not by the vector that they name', () => {
		const guest = started((context) => {
			const row = AT.trap_ctxt + 6 * TRAP_INFO.size;
			context.setUint8(row + TRAP_INFO.at.vector, 14);
			context.setUint16(row + TRAP_INFO.at.cs, 0xe019, true);
			context.setUint32(row + TRAP_INFO.at.address, 0x1234, true);
		});
		const [, v] = guest.domain.vcpus;
		expect([v.pv.traps[6]?.eip, v.pv.traps[14]]).toEqual([0x1234, null]);
	});

	it('IOPL becomes the virtual one, IF is set, and ring 0 becomes ring 1', () => {
		const guest = started((context) => {
			context.setUint32(AT.user_regs + CPU_USER_REGS.at.eflags, 0x3002, true);
			for (const name of ['cs', 'ss'] as const) context.setUint16(AT.user_regs + CPU_USER_REGS.at[name], 0xe018, true);
		});
		const [, v] = guest.domain.vcpus;
		expect([v.pv.iopl, v.regs.eflags & 0x3200, v.regs.cs & 3, v.regs.ss & 3]).toEqual([3, 0x200, 1, 1]);
	});

	it('CR2, and what a guest may turn in CR4, are taken over', () => {
		const guest = started((context) => {
			context.setUint32(AT.ctrlreg + 8, 0xdead_b000, true);
			context.setUint32(AT.ctrlreg + 16, 0xffff_ffff, true);
		});
		const [, v] = guest.domain.vcpus;
		expect([v.pv.cr2 >>> 0, v.pv.cr4 & (CR4.DE | CR4.TSD | CR4.PSE)]).toEqual([0xdead_b000, CR4.DE | CR4.TSD]);
	});

	it('a breakpoint in the hypervisor is left out', () => {
		const guest = started((context) => context.setUint32(AT.debugreg, 0xff00_0000, true));
		expect(guest.domain.vcpus[1].pv.debug[0]).toBe(0);
	});

	it('VGCF_online brings the vcpu up at once', () => {
		const guest = new TinyGuest(new TinyHost(1), 2);
		const context = guest.context(CODE, STACK);
		context.setUint32(AT.flags, VGCF_ONLINE, true);
		guest.write(GOOD, bytesOf(context));
		guest.write(CODE, [0xff, 0x05, ...le32(DATA), ...FOREVER]);
		guest.start([...noTick, ...vcpuOp(INITIALISE, 1, GOOD), ...vcpuOp(IS_UP, 1), ...store(DATA + 4), ...FOREVER]);
		guest.machine.run(1e9, 10 * 2_400_000);
		expect([guest.read32(DATA), guest.read32(DATA + 4)]).toEqual([1, 1]);
	});
});

describe('the most vcpus that a domain can have', () => {
	/** mov $8, %eax; mov %eax, %fs; mov %fs:0, %eax: reads through a descriptor of its own GDT. */
	const readFs = [0xb8, ...le32(9), 0x8e, 0xe0, 0x64, 0xa1, ...le32(0)];

	it.each([2, 17, MAX_VCPUS])('of %i, the last has a GDT and an LDT of its own', (vcpus) => {
		const guest = new TinyGuest(new TinyHost(1), vcpus);
		const last = vcpus - 1;
		// Its descriptor 1: data at page 20, a word that says so.
		guest.write(17 << 12, [0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0x0f, 0x00, 0x40, 0x01, 0xb2, 0x40, 0x00]);
		guest.write32(20 << 12, 0x5eed_0000 + last);
		const context = guest.context(CODE, STACK);
		context.setUint32(AT.gdt_ents, 512, true);
		context.setUint32(AT.gdt_frames, guest.mfn(17), true);
		guest.write(GOOD, bytesOf(context));
		guest.write(CODE, [...call(24, 7, last, 0), ...readFs, ...store(DATA), ...FOREVER]);
		// The GDT's page is mapped read-only before it is one.
		const readOnly = call(14, 17 << 12, ((guest.mfn(17) << 12) | 0x25) >>> 0, 0, 2);
		guest.start([
			...noTick,
			...readOnly,
			...vcpuOp(INITIALISE, last, GOOD),
			...store(DATA + 4),
			...vcpuOp(UP, last),
			...FOREVER
		]);
		guest.machine.run(1e9, 10 * 2_400_000);
		expect(guest.read32(DATA + 4)).toBe(0);
		expect(guest.domain.alive).toBe(true);
		expect(guest.read32(DATA)).toBe(0x5eed_0000 + last);
		expect(guest.domain.vcpus[last].mm.gdtFrames).toEqual([guest.mfn(17)]);
		expect(audit(guest.hv)).toEqual([]);
	});

	it('is not exceeded', () => {
		expect(() => new TinyGuest(new TinyHost(1), MAX_VCPUS + 1)).toThrow('more vcpus');
	});
});
