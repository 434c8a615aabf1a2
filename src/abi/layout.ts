/**
 * Struct layouts as data. A guest's C header is generated from them, the hypervisor and the toolstack
 * read and write guest memory by them, and the debugger names bytes with them.
 *
 * Layout rules are those of the i386 System V ABI as Xen's public headers use them: natural
 * alignment, of at most 4 bytes even for 64-bit integers.
 */
export type Scalar = 'u8' | 'u16' | 'u32' | 'u64' | 's8' | 's16' | 's32' | 's64' | 'ptr' | 'ulong';
export type FieldType = Scalar | Struct | readonly [element: Scalar | Struct, count: number];

/** A field where it lies in its struct. */
export interface Field {
	readonly name: string;
	readonly type: FieldType;
	/** Byte offset from the start of the struct. */
	readonly offset: number;
	/** Size in bytes. */
	readonly size: number;
}

/** A struct of the public interface, laid out. */
export interface Struct<Name extends string = string> {
	readonly name: string;
	/** Size in bytes, padding included. */
	readonly size: number;
	readonly align: number;
	readonly fields: readonly Field[];
	/** Byte offset of each field. */
	readonly at: { readonly [K in Name]: number };
	/** The public header it comes from. */
	readonly header: string;
}

const SCALARS: Record<Scalar, number> = {
	u8: 1,
	s8: 1,
	u16: 2,
	s16: 2,
	u32: 4,
	s32: 4,
	ptr: 4,
	ulong: 4,
	u64: 8,
	s64: 8
};

const isArray = (type: FieldType): type is readonly [Scalar | Struct, number] => Array.isArray(type);

/** Bytes that a value of the type takes. */
export const sizeOf = (type: FieldType): number =>
	isArray(type) ? sizeOf(type[0]) * type[1] : typeof type === 'string' ? SCALARS[type] : type.size;

const alignOf = (type: FieldType): number =>
	isArray(type) ? alignOf(type[0]) : typeof type === 'string' ? Math.min(SCALARS[type], 4) : type.align;

/**
 * Lays out a struct.
 * @param name the C name, without `struct`
 * @param header the public header it comes from, for instance `xen/include/public/sched.h`
 * @param fields field name to type, in order; an array is `[element, count]`
 * @param options `pack`: no field is aligned to more than so many bytes
 */
export function struct<F extends Record<string, FieldType>>(
	name: string,
	header: string,
	fields: F,
	options: { pack?: number } = {}
): Struct<keyof F & string> {
	let offset = 0;
	let align = 1;
	const laid: Field[] = [];
	const at: Record<string, number> = {};
	for (const [field, type] of Object.entries(fields)) {
		const fieldAlign = Math.min(alignOf(type), options.pack ?? 4);
		offset = Math.ceil(offset / fieldAlign) * fieldAlign;
		laid.push({ name: field, type, offset, size: sizeOf(type) });
		at[field] = offset;
		offset += sizeOf(type);
		align = Math.max(align, fieldAlign);
	}
	return {
		name,
		header,
		fields: laid,
		at: at as { [K in keyof F & string]: number },
		align,
		size: Math.ceil(offset / align) * align
	};
}
