/**
 * The bytes of a WebAssembly module (WebAssembly Core Specification 2.0, chapter 5): as much of the format as compiled regions need, which is
 * one memory, integers, structured control flow and functions of a few types.
 *
 * A label is an object: whoever branches names it, and its depth is counted here.
 */

/** Instructions without an immediate, by their names with `_` for `.`. */
export const OP = {
	unreachable: 0x00,
	return: 0x0f,
	select: 0x1b,
	i32_eqz: 0x45,
	i32_eq: 0x46,
	i32_ne: 0x47,
	i32_lt_s: 0x48,
	i32_lt_u: 0x49,
	i32_gt_s: 0x4a,
	i32_gt_u: 0x4b,
	i32_le_s: 0x4c,
	i32_le_u: 0x4d,
	i32_ge_s: 0x4e,
	i32_ge_u: 0x4f,
	i64_eqz: 0x50,
	i64_ne: 0x52,
	i64_lt_s: 0x53,
	i64_gt_u: 0x56,
	i32_clz: 0x67,
	i32_ctz: 0x68,
	i32_popcnt: 0x69,
	i32_add: 0x6a,
	i32_sub: 0x6b,
	i32_mul: 0x6c,
	i32_and: 0x71,
	i32_or: 0x72,
	i32_xor: 0x73,
	i32_shl: 0x74,
	i32_shr_s: 0x75,
	i32_shr_u: 0x76,
	i32_rotl: 0x77,
	i32_rotr: 0x78,
	i64_add: 0x7c,
	i64_mul: 0x7e,
	i64_div_s: 0x7f,
	i64_div_u: 0x80,
	i64_rem_s: 0x81,
	i64_rem_u: 0x82,
	i64_or: 0x84,
	i64_shl: 0x86,
	i64_shr_s: 0x87,
	i64_shr_u: 0x88,
	i32_wrap_i64: 0xa7,
	i64_extend_i32_s: 0xac,
	i64_extend_i32_u: 0xad,
	i32_extend8_s: 0xc0,
	i32_extend16_s: 0xc1
} as const;
export type OpName = keyof typeof OP;

/** Loads and stores: opcode, and log2 of the alignment that is promised (none is, but for our own words). */
const ACCESS = {
	i32_load: 0x28,
	i32_load8_u: 0x2d,
	i32_load16_u: 0x2f,
	i32_store: 0x36,
	i64_store: 0x37,
	i32_store8: 0x3a,
	i32_store16: 0x3b
} as const;
export type AccessName = keyof typeof ACCESS;

const [BLOCK, LOOP, IF, ELSE, END, BR, BR_IF, BR_TABLE, CALL] = [0x02, 0x03, 0x04, 0x05, 0x0b, 0x0c, 0x0d, 0x0e, 0x10];
const [LOCAL_GET, LOCAL_SET, LOCAL_TEE, I32_CONST, I64_CONST] = [0x20, 0x21, 0x22, 0x41, 0x42];
const EMPTY = 0x40;

/** Types of values. */
export const I32 = 0x7f;
export const I64 = 0x7e;

/** Where a branch goes: the end of a block, the head of a loop. */
export class Label {}

/** Bytes that grow, with numbers in the format's variable length. */
class Bytes {
	private bytes = new Uint8Array(256);
	length = 0;

	u8(byte: number): void {
		if (this.length === this.bytes.length) {
			const grown = new Uint8Array(2 * this.length);
			grown.set(this.bytes);
			this.bytes = grown;
		}
		this.bytes[this.length++] = byte;
	}

	all(bytes: Iterable<number>): void {
		for (const byte of bytes) this.u8(byte);
	}

	/** LEB128, unsigned: what lies below 2^32. */
	unsigned(value: number): void {
		let rest = value >>> 0;
		while (rest > 0x7f) {
			this.u8((rest & 0x7f) | 0x80);
			rest >>>= 7;
		}
		this.u8(rest);
	}

	/** LEB128, signed. */
	signed(value: number): void {
		let rest = value | 0;
		while (rest < -0x40 || rest > 0x3f) {
			this.u8((rest & 0x7f) | 0x80);
			rest >>= 7;
		}
		this.u8(rest & 0x7f);
	}

	signed64(value: bigint): void {
		let rest = value;
		while (rest < -0x40n || rest > 0x3fn) {
			this.u8(Number(rest & 0x7fn) | 0x80);
			rest >>= 7n;
		}
		this.u8(Number(rest & 0x7fn));
	}

	/** A length, and so many bytes. */
	counted(bytes: Uint8Array): void {
		this.unsigned(bytes.length);
		this.all(bytes);
	}

	name(text: string): void {
		this.counted(new TextEncoder().encode(text));
	}

	take(): Uint8Array {
		return this.bytes.slice(0, this.length);
	}
}

/** The body of a function. */
export class Code {
	private readonly out = new Bytes();
	/** The labels around the current place, the innermost last. */
	private readonly around: (Label | null)[] = [];

	get length(): number {
		return this.out.length;
	}

	/** Instructions without an immediate, one after another. */
	op(...names: readonly OpName[]): this {
		for (const name of names) this.out.u8(OP[name]);
		return this;
	}

	i32(value: number): this {
		this.out.u8(I32_CONST);
		this.out.signed(value);
		return this;
	}

	i64(value: bigint): this {
		this.out.u8(I64_CONST);
		this.out.signed64(value);
		return this;
	}

	get(local: number): this {
		return this.with(LOCAL_GET, local);
	}
	set(local: number): this {
		return this.with(LOCAL_SET, local);
	}
	tee(local: number): this {
		return this.with(LOCAL_TEE, local);
	}
	call(fn: number): this {
		return this.with(CALL, fn);
	}

	/** A load or store at the address on the stack plus `offset`. */
	access(name: AccessName, offset = 0): this {
		this.out.u8(ACCESS[name]);
		this.out.unsigned(0);
		this.out.unsigned(offset);
		return this;
	}

	/** Opens a block; a branch to `label` goes behind its end. */
	block(label: Label): this {
		return this.open(BLOCK, label);
	}
	/** Opens a loop; a branch to `label` goes back to here. */
	loop(label: Label): this {
		return this.open(LOOP, label);
	}
	/** Takes a condition. */
	if(): this {
		return this.open(IF, null);
	}
	else(): this {
		this.out.u8(ELSE);
		return this;
	}
	end(): this {
		this.around.pop();
		this.out.u8(END);
		return this;
	}

	br(label: Label): this {
		return this.with(BR, this.depth(label));
	}
	brIf(label: Label): this {
		return this.with(BR_IF, this.depth(label));
	}
	/** By the number on the stack; `other` for those beyond the list. */
	brTable(labels: readonly Label[], other: Label): this {
		this.out.u8(BR_TABLE);
		this.out.unsigned(labels.length);
		for (const label of labels) this.out.unsigned(this.depth(label));
		this.out.unsigned(this.depth(other));
		return this;
	}

	/** The body with the types of its locals beyond the parameters. */
	body(locals: readonly number[]): Uint8Array {
		const body = new Bytes();
		body.unsigned(locals.length);
		for (const type of locals) body.all([1, type]);
		body.all(this.out.take());
		body.u8(END);
		return body.take();
	}

	private open(opcode: number, label: Label | null): this {
		this.around.push(label);
		this.out.u8(opcode);
		this.out.u8(EMPTY);
		return this;
	}

	private with(opcode: number, value: number): this {
		this.out.u8(opcode);
		this.out.unsigned(value);
		return this;
	}

	private depth(label: Label): number {
		const at = this.around.lastIndexOf(label);
		if (at < 0) throw new Error('a branch to a label that is not around it');
		return this.around.length - 1 - at;
	}
}

/** A function of a module: types of its parameters, all have one result, an i32. */
export interface FunctionOf {
	readonly parameters: readonly number[];
	/** Types of the other locals. */
	readonly locals: readonly number[];
	readonly code: Code;
}

const MAGIC = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
const SECTION = { type: 1, import: 2, function: 3, export: 7, code: 10 } as const;
const FUNCTION_TYPE = 0x60;
/** Limits with a maximum; what is a function, what is a memory. */
const [WITH_MAXIMUM, A_FUNCTION, A_MEMORY] = [1, 0, 2];

/**
 * A module that imports the memory `m.m` of `pages` pages, no fewer and no more, and exports its first function as `run`. Functions call each
 * other by their place in the list.
 */
export function moduleOf(pages: number, functions: readonly FunctionOf[]): Uint8Array {
	const out = new Bytes();
	out.all(MAGIC);
	const section = (id: number, fill: (bytes: Bytes) => void): void => {
		const bytes = new Bytes();
		fill(bytes);
		out.u8(id);
		out.counted(bytes.take());
	};
	section(SECTION.type, (bytes) => {
		bytes.unsigned(functions.length);
		for (const { parameters } of functions) {
			bytes.u8(FUNCTION_TYPE);
			bytes.counted(Uint8Array.from(parameters));
			bytes.counted(Uint8Array.of(I32));
		}
	});
	section(SECTION.import, (bytes) => {
		bytes.unsigned(1);
		bytes.name('m');
		bytes.name('m');
		bytes.all([A_MEMORY, WITH_MAXIMUM]);
		bytes.unsigned(pages);
		bytes.unsigned(pages);
	});
	section(SECTION.function, (bytes) => bytes.counted(Uint8Array.from(functions, (_, index) => index)));
	section(SECTION.export, (bytes) => {
		bytes.unsigned(1);
		bytes.name('run');
		bytes.all([A_FUNCTION, 0]);
	});
	section(SECTION.code, (bytes) => {
		bytes.unsigned(functions.length);
		for (const { code, locals } of functions) bytes.counted(code.body(locals));
	});
	return out.take();
}
