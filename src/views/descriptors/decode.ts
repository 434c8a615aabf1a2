/**
 * A descriptor read as the processor reads it (SDM vol. 3, 3.4.5 for segments, 6.11 for gates, 7.2.2 for the TSS):
 *
 *     segment  63..56 base  55 G  54 D/B  52 AVL  51..48 limit  47 P  46..45 DPL  44 S  43..40 type  39..16 base  15..0 limit
 *     gate     63..48 offset  47 P  46..45 DPL  44 S=0  43..40 type  31..16 selector  15..0 offset
 */
import type { RawDescriptor } from '../../trace/moment';
import type { BitField } from '../shared/bits';

export type DescriptorKind =
	'code' | 'data' | 'ldt' | 'tss' | 'call gate' | 'task gate' | 'interrupt gate' | 'trap gate' | 'reserved';

/** What a descriptor says. */
export interface Decoded {
	kind: DescriptorKind;
	/** Kind and type bits in words: `code, may be read`. */
	words: string;
	present: boolean;
	dpl: number;
	/** Segments, LDT and TSS: first byte and the highest offset, in bytes. */
	base: number;
	limit: number;
	/** Gates: where they lead. */
	selector: number;
	offset: number;
	gate: boolean;
}

/** Types of system descriptors (SDM vol. 3, table 3-2). */
const SYSTEM: Readonly<Record<number, readonly [kind: DescriptorKind, words: string]>> = {
	1: ['tss', '16-bit TSS'],
	2: ['ldt', 'LDT'],
	3: ['tss', '16-bit TSS, busy'],
	4: ['call gate', '16-bit call gate'],
	5: ['task gate', 'task gate'],
	6: ['interrupt gate', '16-bit interrupt gate'],
	7: ['trap gate', '16-bit trap gate'],
	9: ['tss', 'TSS'],
	11: ['tss', 'TSS, busy'],
	12: ['call gate', 'call gate'],
	14: ['interrupt gate', 'interrupt gate'],
	15: ['trap gate', 'trap gate']
};

/** `code, execute and read` and so on (SDM vol. 3, table 3-1). */
function segmentWords(type: number): string {
	const code = (type & 8) !== 0;
	const rights = code ? (type & 2 ? 'execute and read' : 'execute only') : type & 2 ? 'read and write' : 'read only';
	const odd = (type & 4) !== 0 ? (code ? ', conforming' : ', expands down') : '';
	return `${code ? 'code' : 'data'}, ${rights}${odd}`;
}

/** Reads one entry. */
export function decode({ low, high }: Pick<RawDescriptor, 'low' | 'high'>): Decoded {
	const type = (high >>> 8) & 15;
	const segment = (high & 0x1000) !== 0;
	const [kind, words] = segment
		? [type & 8 ? ('code' as const) : ('data' as const), segmentWords(type)]
		: (SYSTEM[type] ?? (['reserved', `reserved type ${type}`] as const));
	const raw = (low & 0xffff) | (high & 0xf_0000);
	return {
		kind,
		words,
		present: (high & 0x8000) !== 0,
		dpl: (high >>> 13) & 3,
		base: (((low >>> 16) | ((high & 0xff) << 16)) + (high & 0xff00_0000)) >>> 0,
		limit: (high & 0x80_0000) !== 0 ? ((raw << 12) | 0xfff) >>> 0 : raw,
		selector: low >>> 16,
		offset: ((high & 0xffff_0000) | (low & 0xffff)) >>> 0,
		gate: kind.endsWith('gate')
	};
}

const bit = (high: number, name: string, about: string): BitField => ({ high, low: high, name, about });
const span = (high: number, low: number, name: string, about: string): BitField => ({ high, low, name, about });

/** The fields of a segment descriptor, highest first. */
export const SEGMENT_FIELDS: readonly BitField[] = [
	span(63, 56, 'base', 'bits 31–24 of the first byte'),
	bit(55, 'G', 'the limit counts pages of 4 KiB, not bytes'),
	bit(54, 'D/B', '32-bit code, or a 32-bit stack pointer'),
	bit(52, 'AVL', 'for software'),
	span(51, 48, 'limit', 'bits 19–16'),
	bit(47, 'P', 'present: loading it does not fault'),
	span(46, 45, 'DPL', 'the ring that it asks for'),
	bit(44, 'S', 'code or data, not a system descriptor'),
	span(43, 40, 'type', 'code or data and its rights; bit 40: has been loaded'),
	span(39, 32, 'base', 'bits 23–16'),
	span(31, 16, 'base', 'bits 15–0'),
	span(15, 0, 'limit', 'bits 15–0')
];

/** The fields of a gate. */
export const GATE_FIELDS: readonly BitField[] = [
	span(63, 48, 'offset', 'bits 31–16 of the handler'),
	bit(47, 'P', 'present'),
	span(46, 45, 'DPL', 'lowest privilege that may come here by INT n'),
	bit(44, 'S', '0: a system descriptor'),
	span(43, 40, 'type', '14 clears IF on the way in, 15 does not'),
	span(31, 16, 'selector', 'code segment of the handler'),
	span(15, 0, 'offset', 'bits 15–0')
];
