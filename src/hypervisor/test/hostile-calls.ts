/** A guest that makes hypercalls of every kind with arguments of every kind. */
import { HYPERCALLS } from '../../abi/hypercalls';
import { FLAT_RING1_CS, VCPU_GUEST_CONTEXT, VGCF_ONLINE } from '../../abi/structs/cpu';
import { REG } from '../../hardware/layout';
import type { Vcpu } from '../core/domain';
import { shutdownDomain } from '../core/domains';
import { entryAt } from '../grants/table';
import { findL1Entry } from '../mm/walk';
import { unblockVcpu } from '../sched/wake';
import { TYPE } from '../mm/frame-table';
import { type Dice, EDGES, SELECTORS, XEN_ADDRESSES } from './hostile-dice';
import type { World } from './hostile-world';
import { setTrap } from '../pv/trap-table';
import { setVcpuContext } from '../pv/vcpu-context';
import { DATA, PAGES, STACK_TOP, TinyGuest } from './tiny-guest';

/** Flags of a page-table entry, likely and unlikely. */
const ENTRY_FLAGS = [0, 1, 5, 7, 0x25, 0x27, 0x61, 0x63, 0x67, 0x87, 0xa7, 0x127, 0x1e7, 0xfff];
const REGISTERS = [REG.EBX, REG.ECX, REG.EDX, REG.ESI, REG.EDI] as const;
const ARGUMENTS = DATA + 0x100;
const LISTS = [DATA + 0x400, DATA + 0x800, 0x6ffc, 0x7ff8, 0x8000];
/** At 0 `int $0x82`, at 4 `mov %ebx, (%eax)`, after each a loop; at 8 the loop that is the page-fault handler. */
const CODE = [0xcd, 0x82, 0xeb, 0xfe, 0x89, 0x18, 0xeb, 0xfe, 0xeb, 0xfe];
const [STORE, STORED, FAULTED] = [4, 6, 8];
const ALL_CALLS = Object.values(HYPERCALLS).map((row) => row.nr);
const DEADLY: readonly number[] = [HYPERCALLS.iret.nr, HYPERCALLS.sched_op.nr, HYPERCALLS.sched_op_compat.nr];

/** One call that a hostile guest makes. */
export interface Attempt {
	readonly nr: number;
	readonly args: readonly number[];
}

export class HostileCaller {
	readonly guest: TinyGuest;
	/** The vcpu that makes the present call: any that is up. */
	private v: Vcpu;
	private readonly ring: number[];

	constructor(
		private readonly world: World,
		private readonly dice: Dice,
		readonly vcpus = 2
	) {
		this.guest = new TinyGuest(world.host, vcpus);
		this.v = this.guest.v;
		this.ring = this.interestingFrames();
		this.guest.start(CODE);
		if (dice.once(2)) this.bringUpOthers();
		world.host.machine.run(20);
	}

	/** Its other vcpus come to the loop behind the call, too. */
	private bringUpOthers(): void {
		const context = this.guest.context(2, STACK_TOP);
		context.setUint32(VCPU_GUEST_CONTEXT.at.flags, VGCF_ONLINE, true);
		for (const v of this.guest.domain.vcpus.slice(1)) setVcpuContext(this.world.host.hv, v, context);
	}

	/** Frames of every kind: its own, tables, shared pages, the hypervisor's, the innocent guest's, and none. */
	private interestingFrames(): number[] {
		const { hv } = this.world.host;
		const { domain } = this.guest;
		// Not its code: it could make no further calls.
		const own = Array.from({ length: PAGES - 1 }, (_, page) => this.guest.mfn(page + 1));
		const space = hv.spaces.domains.get(domain.id)!;
		const xen = [
			...hv.xenPages.map((page) => page.mfn),
			hv.spaces.xenL2,
			hv.spaces.zeroPage,
			hv.spaces.m2pBase,
			hv.idleCr3 >>> 12
		];
		const foreign = [3, 6, 24, 25, 26, 27].map((page) => this.world.innocent.mfn(page));
		return [
			...[...own, ...own, ...own, ...own.slice(20), ...own.slice(20)],
			...[domain.sharedInfo, ...hv.grants.frames(domain), ...space.l1s, space.l3],
			...[...xen, ...foreign, this.world.innocent.domain.sharedInfo, 0, 1, 0x9f, 0x100, 0xfee00, 4095, 4096, 0x10_0000]
		];
	}

	frame(): number {
		return this.dice.once(40) ? this.dice.roll(5000) : this.dice.pick(this.ring);
	}

	entry(): number {
		return ((this.frame() << 12) | this.dice.pick(ENTRY_FLAGS)) >>> 0;
	}

	pointer(): number {
		const { dice } = this;
		const kind = dice.roll(16);
		if (kind < 8) return ARGUMENTS;
		if (kind < 11) return dice.pick(LISTS);
		if (kind < 13) return (dice.roll(PAGES + 2) << 12) + dice.pick([0, 4, 0x800, 0xff0, 0xffc, 0xffe, 0xfff]);
		if (kind < 14) return dice.pick(XEN_ADDRESSES);
		return dice.pick([0, 3, 0x2_0000, 0x1f_ffff, 0x4000_0000, 0xc000_0000, 0xffff_ffff]);
	}

	/** Any word that could mean something. */
	word(): number {
		const { dice } = this;
		switch (dice.roll(9)) {
			case 0:
				return dice.roll(16);
			case 1:
				return dice.pick(EDGES);
			case 2:
				return this.frame();
			case 3:
				return this.entry();
			case 4:
			case 5:
				return this.pointer();
			case 6:
				return dice.pick(SELECTORS);
			case 7:
				return dice.pick([0x7ff0, this.guest.domain.id, this.world.innocent.domain.id, 0, 0x7ff2, 0x7ff4]);
			default:
				return dice.bits();
		}
	}

	/** Writes words where the guest itself could: into pages of its own that are no tables. */
	poke(address: number, ...words: number[]): void {
		words.forEach((value, index) => {
			const at = address + index * 4;
			if (at > PAGES * 4096 - 8 || at < DATA) return;
			if (!this.mayWrite(at) || !this.mayWrite(at + 3)) return;
			this.guest.write32(at, value);
		});
	}

	/** Writes an entry of its grant table, as it could itself by mapping the frame. */
	grant(ref: number): void {
		const { dice } = this;
		const { memory } = this.world.host.machine;
		const at = entryAt(this.world.host.hv.grants.table(this.guest.domain), ref);
		const plain = !dice.once(3);
		const to = !plain && dice.once(3) ? this.world.innocent.domain.id : this.guest.domain.id;
		const flags = plain ? 1 : dice.pick([0, 1, 2, 2, 3, 5, 0x101, 0x1f]);
		memory.write32(at, (flags | (to << 16)) >>> 0);
		memory.write32(at + 4, plain ? this.guest.mfn(1 + dice.roll(22)) : this.frame());
	}

	private mayWrite(address: number): boolean {
		const { frames } = this.world.host.hv;
		const mfn = this.guest.mfn(address >> 12);
		const free = frames.typeCount[mfn] === 0 || frames.type[mfn] === TYPE.writable;
		return free && frames.owner[mfn] === this.guest.domain.id;
	}

	/** Makes up a call, and its structures in memory. */
	attempt(): Attempt {
		const { dice } = this;
		this.poke(ARGUMENTS, ...dice.times(16, () => this.word()));
		if (dice.once(3)) this.poke(dice.pick(LISTS), ...dice.times(8, () => this.word()));
		const shaped = dice.roll(13);
		if (shaped < SHAPES.length) return SHAPES[shaped](this, dice);
		let nr = dice.once(30) ? this.word() : dice.pick(ALL_CALLS);
		if (DEADLY.includes(nr) && !dice.once(20)) nr = HYPERCALLS.vcpu_op.nr;
		const args = dice.times(5, () => this.word());
		if (dice.once(2)) args[0] = dice.roll(17);
		if (nr === HYPERCALLS.vcpu_op.nr) args[1] = dice.roll(this.vcpus + 1);
		if (nr === HYPERCALLS.vcpu_op.nr && args[0] === 2 && args[1] === 0 && !dice.once(30)) args[0] = 3;
		return { nr, args };
	}

	/**
	 * Makes the call on the processor, by `int $0x82` in ring 1.
	 * @returns the result, or null if the guest did not come back to the instruction after it
	 */
	make({ nr, args }: Attempt): number | null {
		const { hv, machine } = this.world.host;
		this.v =
			this.dice.pick(this.guest.domain.vcpus.filter((v) => v.initialised && !v.sched.down && !v.sched.blocked)) ??
			this.guest.v;
		if (!this.bringIn() || !this.codeIntact()) return null;
		const { cpu } = machine;
		cpu.eip = 0;
		cpu.s[REG.EAX * 2] = nr;
		REGISTERS.forEach((register, index) => (cpu.s[register * 2] = args[index]));
		for (let i = 0; i < 40; i++) {
			machine.run(1);
			if (!this.guest.domain.alive) return null;
			if (hv.pcpu.current === this.v && cpu.cpl === 1 && cpu.eip === 2) return cpu.s[REG.EAX * 2];
			if (hv.pcpu.current === null || this.v.sched.blocked || this.v.sched.down) return null;
		}
		return null;
	}

	/**
	 * Stores a word by itself, through whatever its page tables, or what the TLB still knows of them, lead to: a table
	 * that is reached so tells the auditor.
	 */
	store(): void {
		const { hv, machine } = this.world.host;
		if (!this.bringIn() || !this.codeIntact()) return;
		setTrap(hv, this.v, 14, { cs: FLAT_RING1_CS, eip: FAULTED, dpl: 0, masks: false });
		const { cpu } = machine;
		cpu.eip = STORE;
		cpu.esp = STACK_TOP;
		cpu.s[REG.EAX * 2] = DATA + this.dice.roll((PAGES - 1) * 4096 - 4);
		if (this.dice.once(2)) cpu.s[REG.EAX * 2] = (26 << 12) + this.dice.roll(PAGES) * 8;
		cpu.s[REG.EBX * 2] = this.entry();
		for (let i = 0; i < 40 && this.guest.domain.alive; i++) {
			machine.run(1);
			if (hv.pcpu.current === this.v && cpu.cpl === 1 && (cpu.eip === STORED || cpu.eip === FAULTED)) return;
		}
	}

	/** Whether it can still make calls; ends it otherwise. */
	private codeIntact(): boolean {
		const { hv, machine } = this.world.host;
		const { v } = this;
		const { domain } = this.guest;
		const entry = findL1Entry(hv, v.mm.guestTable!, 0);
		const mapped = entry !== null && entry.low >>> 12 === this.guest.mfn(0) && (entry.low & 1) === 1;
		if (
			mapped &&
			hv.frames.owner[this.guest.mfn(0)] === domain.id &&
			machine.memory.read16(this.guest.mfn(0) * 4096) === 0x82cd
		)
			return true;
		shutdownDomain(hv, domain, 0);
		// Interrupts are taken at block ends: within 32 instructions.
		machine.run(100);
		return false;
	}

	/**
	 * Lets the machine run until the calling vcpu has the processor, not the hypervisor for it; wakes it if it waits for nothing,
	 * and takes the processor from its brothers, which only turn round.
	 */
	private bringIn(): boolean {
		const { hv, machine } = this.world.host;
		const { v } = this;
		const { domain } = this.guest;
		for (let i = 0; i < 300; i++) {
			this.world.settle();
			if (!domain.alive) return false;
			if (hv.pcpu.current === v) return true;
			if (v.sched.down) return false;
			if (hv.pcpu.current?.domain === domain) {
				hv.sched.yield(hv.pcpu.current);
				hv.pcpu.requestReschedule();
			}
			if (v.sched.blocked) unblockVcpu(hv, v);
			if (machine.run(20) === 'idle') unblockVcpu(hv, v);
		}
		return hv.pcpu.current === v;
	}
}

type Shape = (caller: HostileCaller, dice: Dice) => Attempt;
const call = (name: keyof typeof HYPERCALLS, ...args: number[]): Attempt => ({
	nr: HYPERCALLS[name].nr,
	args: [...args, 0, 0, 0, 0, 0].slice(0, 5)
});

const SLOTS = [0, 1, 2, 3, 4, 20, 26, 27, 31, 427, 428, 439, 440, 480, 511];
const count = (dice: Dice): number => dice.pick([1, 1, 1, 1, 2, 3, 0, 1025, 0x8000_0001, 0xffff_ffff, 0x7fff_ffff]);
const who = (caller: HostileCaller, dice: Dice): number => (dice.once(8) ? caller.word() : 0x7ff0);

/** Calls whose structures are mostly right, to come further than chance would. */
const SHAPES: readonly Shape[] = [
	(caller, dice) => {
		for (let i = 0; i < 3; i++)
			caller.poke(
				ARGUMENTS + i * 16,
				((caller.frame() << 12) | (dice.pick(SLOTS) << 3) | dice.pick([0, 0, 0, 0, 1, 2, 3, 7])) >>> 0,
				dice.once(30) ? caller.word() : 0,
				caller.entry(),
				dice.once(20) ? dice.pick([1, 0x8000_0000, 0x10_0000, 0xffff_ffff]) : 0
			);
		return call('mmu_update', ARGUMENTS, count(dice), dice.once(3) ? caller.pointer() : 0, who(caller, dice));
	},
	(caller, dice) => {
		for (let i = 0; i < 3; i++) {
			const cmd = dice.pick([0, 0, 1, 1, 2, 2, 3, 4, 4, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 13, 15, 16, 17, 18, 19, 99]);
			const arg1 = cmd === 13 ? (dice.roll(PAGES) << 12) >>> 0 : caller.frame();
			caller.poke(
				ARGUMENTS + i * 12,
				cmd,
				arg1,
				cmd === 17 ? caller.frame() : dice.pick([0, 1, 512, 513, 8192, 8193, ARGUMENTS])
			);
		}
		return call('mmuext_op', ARGUMENTS, count(dice), dice.once(3) ? caller.pointer() : 0, who(caller, dice));
	},
	(caller, dice) => {
		const va = dice.once(4) ? caller.pointer() : (dice.roll(PAGES + 2) << 12) >>> 0;
		const flags = dice.once(3) ? (caller.pointer() & ~3) | dice.roll(4) : dice.roll(8);
		return call('update_va_mapping', va, caller.entry(), dice.once(20) ? caller.word() : 0, flags);
	},
	(caller, dice) => {
		const list = dice.pick(LISTS);
		caller.poke(list, ...dice.times(4, () => caller.frame()));
		const extents = dice.pick([0, 1, 1, 1, 2, 4, 0x3ff_ffff, 0xffff_ffff]);
		const order = dice.pick([0, 0, 0, 0, 1, 2, 9, 10, 18, 31, 32, 0xffff_ffff]);
		caller.poke(
			ARGUMENTS,
			list,
			extents,
			order,
			dice.pick([0, 0, 0, 12, 13, 22, 24, 0x1_0000]),
			dice.once(8) ? caller.word() : 0x7ff0
		);
		const other = dice.pick(LISTS);
		caller.poke(ARGUMENTS + 20, other, extents, order, 0, 0x7ff0, dice.pick([0, 0, 0, 1, 0xffff_ffff]));
		return call('memory_op', dice.pick([0, 1, 1, 6, 6, 6, 11, 11, 9, 5, 15, 7, 0x41, 0xffff_ffc1]), ARGUMENTS);
	},
	(caller, dice) => {
		const list = dice.pick(LISTS);
		caller.poke(list, ...dice.times(4, () => caller.frame()));
		return call('set_gdt', list, dice.pick([0, 1, 512, 513, 1024, 1100, 7168, 7169, 0xffff_ffff]));
	},
	(caller, dice) => {
		const high = (dice.bits() & 0xff00_00ff) | (dice.bits() & 0x00ff_ff00);
		return call(
			'update_descriptor',
			((caller.frame() << 12) | (dice.roll(512) << 3)) >>> 0,
			0,
			dice.bits(),
			high >>> 0
		);
	},
	(caller, dice) => {
		for (let i = 0; i < 4; i++) {
			const inner = dice.once(2) ? dice.pick(ALL_CALLS) : dice.pick([1, 3, 14, 24, 26, 32]);
			const args = dice.times(6, () => caller.word());
			caller.poke(LISTS[0] + i * 32, DEADLY.includes(inner) && !dice.once(20) ? 17 : inner, 0, ...args);
		}
		return call('multicall', LISTS[0], dice.pick([1, 2, 3, 4, 4, 4, 100, 0xffff_ffff]));
	},
	(caller, dice) => {
		const domain = dice.once(2) ? 0x7ff0 : caller.word();
		const op = dice.pick([0, 1, 2, 3, 3, 4, 4, 4, 5, 6, 6, 7, 8, 9, 9, 10]);
		const small = (): number => dice.roll(9);
		const first = op === 6 || op === 5 ? (domain & 0xffff) | (dice.pick([0x7ff0, 0, 1, 2]) << 16) : small();
		caller.poke(
			ARGUMENTS,
			dice.once(6) ? caller.word() : op === 0 ? dice.pick([0x7ff0, 0, 1, 2]) : first,
			small(),
			small(),
			0
		);
		return call('event_channel_op', op, ARGUMENTS);
	},
	// The FIFO ABI: whatever stands in the pages that it gives, it goes on writing to them.
	(caller, dice) => {
		const op = dice.pick([11, 11, 12, 12, 13]);
		const high = dice.once(20) ? caller.word() : 0;
		if (op === 13) caller.poke(ARGUMENTS, dice.roll(9), dice.roll(18));
		else
			caller.poke(
				ARGUMENTS,
				caller.frame(),
				high,
				dice.pick([0, 8, 8, 4024, 4028, 5, 0xffff_fff8]),
				dice.roll(2),
				0,
				0
			);
		return call('event_channel_op', op, ARGUMENTS);
	},
	(caller, dice) => {
		const op = dice.pick([0, 1, 3, 4, 5, 6, 6, 7, 8, 8, 9, 10, 10, 11, 13]);
		if (op === 6 || op === 8)
			caller.poke(ARGUMENTS, dice.pick(EDGES), dice.pick([0, 0, 0, 1, 0x1f_ffff, 0xffff_ffff]), dice.roll(2));
		if (op === 10) caller.poke(ARGUMENTS, caller.frame(), 0, dice.pick([0, 64, 4032, 4036, 4095, 0xffff_ffff]), 0);
		if (op === 5 || op === 13) caller.poke(ARGUMENTS, caller.pointer());
		if (op === 0 && dice.once(2)) hostileContext(caller, dice);
		else if (op === 0) goodContext(caller);
		return call('vcpu_op', op, dice.roll(caller.vcpus + 1), op === 0 ? CONTEXT : op === 11 ? 0 : ARGUMENTS);
	},
	(caller, dice) => {
		for (const ref of REFS) if (dice.once(2)) caller.grant(ref);
		const op = dice.pick([0, 0, 0, 1, 1, 1, 2, 4, 4, 5, 5, 5, 6, 7, 8, 9, 10, 11, 12]);
		const words = GRANT_REQUESTS[op]?.(caller, dice) ?? dice.times(8, () => caller.word());
		for (let i = 0; i < 3; i++) caller.poke(ARGUMENTS + i * words.length * 4, ...words);
		return call('grant_table_op', dice.once(20) ? op | 0x1000 : op, ARGUMENTS, dice.once(8) ? count(dice) : 1);
	}
];

const REFS = [0, 8, 9, 10, 511];
/** The guest itself mostly: only its own grants are ones that it can make. */
const granter = (caller: HostileCaller, dice: Dice): number =>
	dice.once(8) ? caller.word() & 0xffff : caller.guest.domain.id;
const ref = (caller: HostileCaller, dice: Dice): number => (dice.once(10) ? caller.word() : dice.pick(REFS));
/** An address, or the machine address of an entry of its own L1 table. */
const place = (caller: HostileCaller, dice: Dice, byEntry: boolean): number => {
	const slot = dice.roll(PAGES + 8);
	if (dice.once(8)) return caller.pointer();
	return byEntry ? ((caller.guest.mfn(26) << 12) | (slot << 3)) >>> 0 : (slot << 12) >>> 0;
};
const end = (caller: HostileCaller, dice: Dice, granted: boolean): number[] => {
	const dom = granted ? granter(caller, dice) : dice.once(6) ? caller.word() & 0xffff : 0x7ff0;
	return [granted ? ref(caller, dice) : caller.frame(), (dom | (dice.pick([0, 0, 8, 4095, 4096, 0xffff]) << 16)) >>> 0];
};

/** Requests of grant_table_op that are mostly right, by operation, as words. */
const GRANT_REQUESTS: Readonly<Record<number, (caller: HostileCaller, dice: Dice) => number[]>> = {
	0: (caller, dice) => {
		const flags = dice.once(10) ? caller.word() : dice.pick([2, 2, 2, 6, 6, 10, 18, 1, 3, 7]);
		const at = place(caller, dice, (flags & 16) !== 0 && !dice.once(6));
		return [at, dice.once(20) ? 1 : 0, flags, ref(caller, dice), granter(caller, dice), 0, 0, 0];
	},
	1: (caller, dice) => [
		place(caller, dice, dice.once(4)),
		0,
		dice.once(2) ? (caller.frame() << 12) >>> 0 : 0,
		0,
		dice.once(10) ? caller.word() : dice.roll(12),
		0
	],
	4: (caller, dice) => [caller.frame(), granter(caller, dice), ref(caller, dice), 0],
	5: (caller, dice) => {
		const flags = dice.roll(4);
		const length = dice.pick([0, 1, 8, 64, 4088, 4096, 4097, 0xffff]);
		const ends = [...end(caller, dice, (flags & 1) !== 0), ...end(caller, dice, (flags & 2) !== 0)];
		return [...ends, (length | (flags << 16)) >>> 0, 0];
	},
	7: (caller, dice) => [place(caller, dice, false), 0, place(caller, dice, false), 0, dice.roll(12), 0],
	11: (caller, dice) => [ref(caller, dice), ref(caller, dice), 0],
	12: (caller, dice) => [(caller.frame() << 12) >>> 0, 0, dice.pick([0x1000_0000, 0x0008_0000, 8]), dice.roll(4)]
};

const CONTEXT = 0x8000;
/** A context with which another vcpu comes to the loop behind the call, and can make calls of its own. */
function goodContext(caller: HostileCaller): void {
	const context = caller.guest.context(2, STACK_TOP);
	caller.poke(
		CONTEXT,
		...Array.from({ length: VCPU_GUEST_CONTEXT.size / 4 }, (_, n) => context.getUint32(n * 4, true))
	);
}

/** A struct vcpu_guest_context that is mostly garbage, sometimes with a page table that is one. */
function hostileContext(caller: HostileCaller, dice: Dice): void {
	const words = Math.floor(VCPU_GUEST_CONTEXT.size / 4);
	caller.poke(CONTEXT, ...dice.times(words, () => (dice.once(3) ? caller.word() : 0)));
	const at = VCPU_GUEST_CONTEXT.at;
	if (!dice.once(4)) caller.poke(CONTEXT + at.ctrlreg + 12, (caller.guest.mfn(24) << 12) >>> 0);
	if (!dice.once(3)) caller.poke(CONTEXT + at.gdt_ents, 0);
	if (!dice.once(3)) caller.poke(CONTEXT + at.ldt_ents, 0);
}
