/** A guest that executes anything, in rings 1 to 3, with handlers, stacks and descriptors of every kind. */
import { VCPU_GUEST_CONTEXT } from '../../abi/structs/cpu';
import { TYPE } from '../mm/frame-table';
import { type Dice, EDGES, SELECTORS, XEN_ADDRESSES } from './hostile-dice';
import type { World } from './hostile-world';
import { call, DATA, IRET, le32, mov, push, TinyGuest, toUser, trap } from './tiny-guest';
import {
	BIG_SHIFT,
	descriptorWords,
	DPL_SHIFT,
	PAGES_SHIFT,
	PRESENT,
	SEGMENT,
	TYPE_SHIFT
} from '../../x86/descriptors';
import { pushesError } from '../../x86/exceptions';
import { AC, DF, FIXED, IF, IOPL, NT, RF, TF, VM } from '../../x86/flags';

const HANDLERS = 0xe000;
/** Pages of random code; USER_CODE is among them, so that ring 3 gets it too. */
const CODE_PAGES = [4, 11, 12, 13];
const [GDT_PAGE, LDT_PAGE, LDT_PAGE_2] = [8, 9, 10];
const TABLE = 0x6000;
const SCRATCH = DATA + 0x800;
const OPEN = FIXED | IF;
const FLAG_SETS = [OPEN, FIXED, ...[TF, IOPL, DF, NT, RF, VM, AC].map((flag) => OPEN | flag), 0xffff_ffff];

/** iret hypercall with EAX as it is. */
const IRET_CALL = [0x50, ...mov(0, 23), 0xcd, 0x82];
const INC_TOP = [0xff, 0x04, 0x24];
const DROP = (bytes: number): number[] => [0x83, 0xc4, bytes];
/** Handlers that step over what faulted: without and with error code, by IRET and by hypercall; failsafe; none. */
const HANDLER_CODE: readonly number[][] = [
	[...INC_TOP, IRET],
	[...DROP(4), ...INC_TOP, IRET],
	[...INC_TOP, ...IRET_CALL],
	[...DROP(4), ...INC_TOP, ...IRET_CALL],
	[...DROP(16), ...IRET_CALL],
	[IRET],
	IRET_CALL,
	[0xeb, 0xfe],
	[0x0f, 0x0b],
	[0x31, 0xc0, 0x8e, 0xd8, 0xa1, 0, 0, 0, 0]
];

export class HostileCode {
	readonly guest: TinyGuest;

	constructor(
		private readonly world: World,
		private readonly dice: Dice
	) {
		this.guest = new TinyGuest(world.host, dice.pick([1, 1, 2]));
		HANDLER_CODE.forEach((code, index) => this.guest.write(HANDLERS + index * 0x20, code));
		for (const page of CODE_PAGES) this.fill(page);
		this.descriptors();
		this.guest.write(TABLE, this.trapTable());
		this.guest.start(this.prelude(), dice.once(3) ? (context) => this.contort(context) : undefined);
	}

	/** Throws the guest's registers about, as far as the guest itself could. */
	disturb(): void {
		const { hv, machine } = this.world.host;
		const { cpu } = machine;
		const { dice } = this;
		if (hv.pcpu.current?.domain !== this.guest.domain || cpu.cpl === 0) return;
		if (dice.once(2)) cpu.eip = dice.once(8) ? this.address() : this.codeAddress();
		if (dice.once(2)) cpu.esp = dice.once(4) ? this.stack() : 0x3000;
		for (const register of [0, 1, 2, 3, 5, 6, 7]) if (dice.once(2)) cpu.s[register * 2] = this.word();
		if (dice.once(4)) this.fill(dice.pick(CODE_PAGES));
	}

	private fill(page: number): void {
		const { frames } = this.world.host.hv;
		const mfn = this.guest.mfn(page);
		const table = frames.typeCount[mfn] > 0 && frames.type[mfn] !== TYPE.writable;
		if (table || frames.owner[mfn] !== this.guest.domain.id) return;
		const code: number[] = [];
		while (code.length < 4096) code.push(...this.snippet());
		this.guest.write(page << 12, code.slice(0, 4096));
	}

	codeAddress(): number {
		return (this.dice.pick(CODE_PAGES) << 12) + this.dice.roll(4096);
	}

	private address(): number {
		const { dice } = this;
		const kind = dice.roll(10);
		if (kind < 4) return DATA + dice.roll(0x1000);
		if (kind < 6) return dice.roll(0x2_0000);
		if (kind < 7) return (26 << 12) + dice.roll(64) * 8;
		if (kind < 9) return dice.pick(XEN_ADDRESSES);
		return dice.bits();
	}

	private stack(): number {
		return this.dice.pick([
			0x3000, 0x4000, 0x2010, 0x2004, 0x2000, 2, 0, 0x1_8000, 0xffff_fffe, 0xf680_0008, 0xff00_8000, 0x3001
		]);
	}

	private word(): number {
		const { dice } = this;
		const makers = [
			() => dice.roll(64),
			() => dice.pick(EDGES),
			() => this.address(),
			() => dice.pick(SELECTORS),
			() => dice.bits()
		];
		return dice.pick(makers)() >>> 0;
	}

	/** Descriptors: flat, tiny, expand-down, 16-bit, conforming, gates, absent, of all privileges. */
	private descriptor(): number[] {
		const { dice } = this;
		if (dice.once(5)) return [0, 0];
		const target = (dice.pick(SELECTORS) << 16) | (this.codeAddress() & 0xffff);
		if (dice.once(5)) return [target >>> 0, 0x0000_8c00 | (dice.roll(4) << 13) | dice.roll(4)];
		if (dice.once(40)) return [dice.bits(), dice.bits()];
		const base = dice.pick([0, 0, 0, 0x1000, 0x1234, 0xf57f_f000, 0xf67f_e000, 0xf67f_f000]);
		const limit = dice.pick([0, 1, 0xfff, 0x1fff, 0xffff, 0xf_ffff, 0xf_67ff, 0xf_67fe]);
		const type = dice.roll(16);
		const sizes = (dice.roll(2) << PAGES_SHIFT) | (dice.roll(2) << BIG_SHIFT);
		const access = (dice.once(8) ? 0 : PRESENT) | SEGMENT | (dice.roll(4) << DPL_SHIFT) | (type << TYPE_SHIFT);
		return [...descriptorWords(base, limit, sizes | access)];
	}

	/** Tables that most often pass: one that is refused leaves the guest without. */
	private descriptors(): void {
		for (const page of [GDT_PAGE, LDT_PAGE, LDT_PAGE_2]) {
			const size = this.dice.once(6) ? 512 : 12;
			this.guest.write32(page << 12, ...this.dice.times(size, () => this.descriptor()).flat());
			this.guest.write32((page << 12) + 8, 0xffff, 0x00cf_ba00 | (this.dice.roll(2) << 14), 0xffff, 0x00cf_b200);
		}
	}

	private handler(): number {
		const { dice } = this;
		if (!dice.once(4)) return HANDLERS + dice.roll(HANDLER_CODE.length) * 0x20;
		return dice.once(3) ? this.address() : this.codeAddress();
	}

	private codeSelector(): number {
		return this.dice.once(4) ? this.dice.pick(SELECTORS) : 0xe019;
	}

	private trapTable(): number[] {
		const { dice } = this;
		const rows: number[] = [];
		for (let vector = 0; vector < 32; vector++) {
			if (dice.once(30)) continue;
			const plain = HANDLERS + (pushesError(vector) ? 0x20 : 0) + dice.roll(2) * 0x40;
			rows.push(
				...trap(
					vector,
					dice.once(8) ? this.handler() : plain,
					dice.roll(8),
					dice.once(6) ? this.codeSelector() : 0xe019
				)
			);
		}
		for (const vector of [0x80, 0x80, 0x82, 0xff]) {
			if (dice.once(2)) rows.push(...trap(vector, this.handler(), dice.roll(8), this.codeSelector()));
		}
		return [...rows, ...new Array<number>(8).fill(0)];
	}

	/** What the guest asks of the hypervisor before it runs wild. */
	private prelude(): number[] {
		const { dice, guest } = this;
		const readOnly = (page: number): number[] => call(14, page << 12, (guest.mfn(page) << 12) | 0x25, 0, 2);
		const words = (at: number, ...values: number[]): void => guest.write32(at, ...values);
		words(SCRATCH, guest.mfn(GDT_PAGE), guest.mfn(LDT_PAGE));
		words(SCRATCH + 0x10, 13, LDT_PAGE << 12, dice.pick([1, 16, 512, 520, 1024, 1024, 8192]));
		words(SCRATCH + 0x20, dice.roll(4));
		words(SCRATCH + 0x30, 0, 0);
		words(SCRATCH + 0x40, 0, 0, 0);
		words(SCRATCH + 0x50, dice.pick([1_000_000, 1, 2_000_000]), 0);
		words(SCRATCH + 0x60, dice.pick(EDGES), dice.pick([0, 0, 1, 0x20_0000]), dice.roll(2));
		const steps: (() => number[])[] = [
			() => call(0, TABLE),
			() =>
				call(
					4,
					this.codeSelector(),
					this.handler(),
					this.codeSelector(),
					dice.once(3) ? this.handler() : HANDLERS + 0x80
				),
			() => call(3, dice.once(8) ? dice.pick(SELECTORS) : 0xe021, dice.once(6) ? this.stack() : 0x4000),
			() => [GDT_PAGE, LDT_PAGE, LDT_PAGE_2].flatMap(readOnly),
			() => call(2, SCRATCH, dice.pick([512, 16, 1024])),
			() => call(26, SCRATCH + 0x10, 1, 0, 0x7ff0),
			() => call(21, 0, dice.pick([2, 4, 5])),
			() => call(33, 6, SCRATCH + 0x20),
			() => call(8, dice.roll(4), this.address()),
			() => call(8, 7, dice.pick([0x1, 0x3, 0xf_0001, 0xd_0001, 0x3_0303, 0xffff_0055, dice.bits()])),
			() => call(32, 1, SCRATCH + 0x40),
			() => call(24, 6, 0, SCRATCH + 0x50),
			() => call(24, 8, 0, SCRATCH + 0x60),
			() => call(15, dice.pick(EDGES), dice.pick([0, 0, 0x10, 0x4_0000, 0xffff_ffff])),
			() => call(32, 7, SCRATCH + 0x30),
			() => call(24, 11, 0, 0),
			// The shared_info page, to open and close the upcall mask by itself.
			() => call(14, 0x1_0000, ((guest.domain.sharedInfo << 12) | 0x27) >>> 0, 0, 2)
		];
		const code = steps.flatMap((step, index) => (dice.once(index < 3 ? 10 : 4) ? [] : step()));
		if (dice.once(2)) return [...code, ...toUser(this.codeAddress(), dice.pick([OPEN, OPEN | TF, OPEN | IOPL]))];
		return [...code, 0xe9, ...le32(this.codeAddress() - code.length - 5)];
	}

	/** A start context that is partly garbage. */
	private contort(context: DataView): void {
		const { dice } = this;
		const at = VCPU_GUEST_CONTEXT.at;
		const set = (offset: number, value: number): void => context.setUint32(offset, value, true);
		if (dice.once(2)) for (let word = 0; word < 17; word++) if (dice.once(3)) set(at.user_regs + word * 4, this.word());
		if (dice.once(2)) set(at.kernel_ss, dice.pick(SELECTORS));
		if (dice.once(2)) set(at.kernel_sp, this.stack());
		for (let n = 0; n < 8; n++) if (dice.once(4)) set(at.debugreg + n * 4, this.word());
		if (dice.once(2)) set(at.event_callback_eip, this.handler());
		if (dice.once(2)) set(at.failsafe_callback_eip, this.handler());
	}

	/** A few instructions that belong together, or bytes that do not. */
	private snippet(): number[] {
		return this.dice.pick(SNIPPETS)(this.dice, () => this.word(), this);
	}

	/** Bytes of a far pointer: offset, selector. */
	far(): number[] {
		const selector = this.dice.pick(SELECTORS);
		return [...le32(this.codeAddress()), selector & 0xff, selector >> 8];
	}

	/** Pushes a frame for IRET or the iret hypercall. */
	returnFrame(extra: number): number[] {
		const { dice } = this;
		const flags = (): number => dice.pick(FLAG_SETS);
		const outer = [dice.pick([0xe033, 0xe021, 0xf, ...SELECTORS]), this.stack()];
		const inner = [flags(), dice.pick([0xe019, 0xe02b, 9, 0xb, ...SELECTORS]), this.codeAddress()];
		return [...(dice.once(3) ? [] : outer), ...inner, ...dice.times(extra, () => this.word())].flatMap(push);
	}
}

type Snippet = (dice: Dice, word: () => number, code: HostileCode) => number[];

const bytes = (dice: Dice, count: number): number[] => dice.times(count, () => dice.roll(256));
const modrm = (dice: Dice, word: () => number): number[] => [0x05 | (dice.roll(8) << 3), ...le32(word())];
const SEGMENT_PREFIXES = [0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65];

const SNIPPETS: readonly Snippet[] = [
	(dice) => bytes(dice, 1 + dice.roll(12)),
	(dice) => bytes(dice, 1 + dice.roll(12)),
	(dice) => [0x0f, ...bytes(dice, 6)],
	(dice) => [dice.pick([0x66, 0x67, 0xf0, 0xf2, 0xf3, ...SEGMENT_PREFIXES]), ...bytes(dice, 4)],
	(dice, word) => mov(dice.roll(8), word()),
	(dice, word) => [dice.pick([0x8b, 0x89, 0x01, 0xff, 0x87, 0x8f, 0x80, 0xf7]), ...modrm(dice, word)],
	(dice, word) => [dice.pick(SEGMENT_PREFIXES), dice.pick([0x8b, 0x89, 0xff]), ...modrm(dice, word)],
	// A selector into a segment register, by MOV, POP and a far pointer.
	(dice) => [...mov(0, dice.pick(SELECTORS)), 0x8e, 0xc0 | (dice.pick([0, 2, 3, 4, 5]) << 3)],
	(dice) => [...push(dice.pick(SELECTORS)), ...dice.pick([[0x07], [0x17], [0x1f], [0x0f, 0xa1], [0x0f, 0xa9]])],
	(dice) => [...mov(0, dice.pick([0xe021, 0xe033])), 0x8e, dice.pick([0xd8, 0xc0, 0xd0])],
	// Far transfers.
	(_dice, _word, code) => [0xea, ...code.far()],
	(_dice, _word, code) => [0x9a, ...code.far()],
	(dice, word, code) => [
		...push(dice.pick(SELECTORS)),
		...push(code.codeAddress()),
		...dice.pick([[0xcb], [0xca, word() & 0xff, 0]])
	],
	(_dice, _word, code) => [...code.returnFrame(0), IRET],
	(_dice, _word, code) => [...code.returnFrame(1), ...mov(0, 23), 0xcd, 0x82],
	(dice) => [0xcd, dice.pick([0, 1, 2, 3, 4, 8, 13, 14, 0x20, 0x80, 0x82, 0xf9, 0xfc, 0xff, dice.roll(256)])],
	(dice) => [dice.pick([0xcc, 0xce, 0xf1, 0xf4, 0xfa, 0xfb, 0x9b, 0xd7, 0xcf, 0x9c, 0x9d])],
	(dice) => [...push(dice.pick(FLAG_SETS)), 0x9d],
	// Single-stepping, and stepping into a hypercall; a breakpoint held back over one.
	(dice) => [...push(0x302), 0x9d, ...mov(0, dice.pick([17, 6, 5, 29])), ...mov(3, 0), 0xcd, 0x82],
	(dice) => [
		...push(0xe021),
		...dice.pick([[0x17], [0x58, 0x8e, 0xd0], [0x36, 0x17]]),
		0xcd,
		dice.pick([0x82, 0x80, 3])
	],
	(dice, word) => [...mov(2, dice.pick([0xcf8, 0xcfc, 0x3f8, word() & 0xffff])), dice.pick([0xec, 0xed, 0xee, 0xef])],
	(dice, word) => [
		...mov(dice.pick([6, 7]), word()),
		...mov(2, 0xcf8),
		...dice.pick([[], [0xf3]]),
		dice.pick([0x6c, 0x6d, 0x6e, 0x6f])
	],
	(dice) => [0x0f, dice.pick([0x20, 0x21, 0x22, 0x23]), 0xc0 | dice.roll(64)],
	(dice, word) => [
		...mov(1, dice.pick([0x10, 0x1b, 0x174, 0x277, 0x1a0, 0xc000_0080, 0x4000_0000, word()])),
		0x0f,
		dice.pick([0x30, 0x32])
	],
	(dice, word) => [0x0f, dice.pick([0x00, 0x01, 0x02, 0x03, 0xb2, 0xb4, 0xb5]), ...modrm(dice, word)],
	() => [0x0f, 0x0b, 0x78, 0x65, 0x6e, 0x0f, 0xa2],
	(dice, word) => [
		...mov(1, word()),
		...mov(6, word()),
		...mov(7, word()),
		dice.pick([0xf2, 0xf3]),
		dice.pick([0xa4, 0xa5, 0xa6, 0xab, 0xae, 0xad])
	],
	(dice, word) => [0xbc, ...le32(dice.pick([0x3000, 0x4000, 0x2004, word()]))],
	(dice) => [0xc8, dice.roll(256), dice.roll(256), dice.roll(256), 0xc9],
	(dice) => [dice.pick([0xeb, 0x74, 0x75, 0xe2, 0xe3]), dice.roll(256)],
	(_dice, _word, code) => [...mov(0, code.codeAddress()), 0xff, 0xe0],
	// A store into code nearby; hypercalls.
	(dice, _word, code) => [0xc6, 0x05, ...le32(code.codeAddress()), dice.roll(256)],
	(dice, word) =>
		call(
			dice.pick([0, 1, 2, 3, 4, 5, 8, 9, 10, 12, 13, 14, 15, 20, 21, 24, 26, 30, 32, 33, dice.roll(50)]),
			word(),
			word(),
			word(),
			word()
		),
	(dice) => call(29, dice.pick([0, 0, 0, 1, 3, 7]), SCRATCH),
	(dice) => call(32, dice.pick([4, 4, 7, 9]), SCRATCH + 0x30),
	(dice, word) => call(15, word(), dice.roll(2)),
	(dice) => [0xc7, 0x05, ...le32(0x1_0000), ...le32(dice.pick([1, 0x101, 0]))]
];
