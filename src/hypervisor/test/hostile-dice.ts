/** Seeded chance for hostile tests: the same seed makes the same trouble, so a failure can be run again. */

/** xorshift32. */
export class Dice {
	private state: number;

	constructor(seed: number) {
		this.state = (Math.imul(seed + 1, 0x9e37_79b9) ^ 0x2545_f491) | 1;
	}

	/** 32 random bits, unsigned. */
	bits(): number {
		this.state ^= this.state << 13;
		this.state ^= this.state >>> 17;
		this.state ^= this.state << 5;
		return this.state >>> 0;
	}

	/** 0 to `sides - 1`. */
	roll(sides: number): number {
		return this.bits() % sides;
	}

	pick<T>(items: readonly T[]): T {
		return items[this.roll(items.length)];
	}

	/** True once in `times`. */
	once(times: number): boolean {
		return this.roll(times) === 0;
	}

	times<T>(count: number, make: () => T): T[] {
		return Array.from({ length: count }, make);
	}
}

/** Numbers at the edges of what calls compare with. */
export const EDGES: readonly number[] = [
	0, 1, 2, 3, 4, 7, 8, 15, 31, 32, 63, 64, 127, 128, 511, 512, 513, 1023, 1024, 4095, 4096, 7168, 7169, 8191, 8192,
	0xffff, 0x1_0000, 0x7ff0, 0x7ff1, 0x7ff2, 0x7ff4, 0x3ff_ffff, 0x400_0000, 0x7fff_ffff, 0x8000_0000, 0x8000_0001,
	0xffff_f000, 0xffff_fffc, 0xffff_fffe, 0xffff_ffff
];

/** Addresses at the edges of the hypervisor's own parts of the address space. */
export const XEN_ADDRESSES: readonly number[] = [
	0xf57f_f000, 0xf57f_fffc, 0xf57f_ffff, 0xf580_0000, 0xf580_1000, 0xf67f_fffc, 0xf680_0000, 0xfc00_0000, 0xfc00_e000,
	0xfc01_0000, 0xfee0_0000, 0xff00_0000, 0xff00_1000, 0xff00_2000, 0xff00_7fec, 0xff00_a000, 0xffff_fff0
];

/** Selectors of Xen's descriptors and near them, and of tables that a guest may have. */
export const SELECTORS: readonly number[] = [
	0, 1, 3, 4, 5, 7, 8, 9, 0xb, 0xc, 0xd, 0xf, 0x10, 0x11, 0x13, 0x14, 0x15, 0x17, 0x19, 0x1d, 0x21, 0x25, 0x29, 0x2f,
	0x1005, 0x100d, 0x100f, 0x1015, 0x101f, 0x1025, 0xdfff, 0xe008, 0xe009, 0xe010, 0xe011, 0xe013, 0xe018, 0xe019,
	0xe01b, 0xe021, 0xe023, 0xe02b, 0xe033, 0xe040, 0xe041, 0xe048, 0xe04b, 0xfff9, 0xffff
];
