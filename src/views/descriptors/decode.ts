/** A descriptor in words, read as the processor reads it (src/x86/descriptors.ts). */
import type { RawDescriptor } from '../../moments';
import {
	baseOf,
	dplOf,
	gateOffsetOf,
	gateSelectorOf,
	isPresentDescriptor,
	isSegment,
	limitOf,
	SYSTEM,
	TYPE_CODE,
	TYPE_CONFORMING,
	TYPE_RW,
	typeOf
} from '../../x86/descriptors';

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

/** System descriptors by their types. */
const SYSTEM_WORDS: Readonly<Record<number, readonly [kind: DescriptorKind, words: string]>> = {
	[SYSTEM.TSS16]: ['tss', '16-bit TSS'],
	[SYSTEM.LDT]: ['ldt', 'LDT'],
	[SYSTEM.TSS16_BUSY]: ['tss', '16-bit TSS, busy'],
	[SYSTEM.CALL_GATE16]: ['call gate', '16-bit call gate'],
	[SYSTEM.TASK_GATE]: ['task gate', 'task gate'],
	[SYSTEM.INTERRUPT_GATE16]: ['interrupt gate', '16-bit interrupt gate'],
	[SYSTEM.TRAP_GATE16]: ['trap gate', '16-bit trap gate'],
	[SYSTEM.TSS32]: ['tss', 'TSS'],
	[SYSTEM.TSS32_BUSY]: ['tss', 'TSS, busy'],
	[SYSTEM.CALL_GATE32]: ['call gate', 'call gate'],
	[SYSTEM.INTERRUPT_GATE32]: ['interrupt gate', 'interrupt gate'],
	[SYSTEM.TRAP_GATE32]: ['trap gate', 'trap gate']
};

/** `code, execute and read` and so on (SDM vol. 3, table 3-1). */
function segmentWords(type: number): string {
	const code = (type & TYPE_CODE) !== 0;
	const rights = code
		? type & TYPE_RW
			? 'execute and read'
			: 'execute only'
		: type & TYPE_RW
			? 'read and write'
			: 'read only';
	const odd = (type & TYPE_CONFORMING) !== 0 ? (code ? ', conforming' : ', expands down') : '';
	return `${code ? 'code' : 'data'}, ${rights}${odd}`;
}

/** Reads one entry. */
export function decode({ low, high }: Pick<RawDescriptor, 'low' | 'high'>): Decoded {
	const type = typeOf(high);
	const segment = isSegment(high);
	const [kind, words] = segment
		? [type & TYPE_CODE ? ('code' as const) : ('data' as const), segmentWords(type)]
		: (SYSTEM_WORDS[type] ?? (['reserved', `reserved type ${type}`] as const));
	return {
		kind,
		words,
		present: isPresentDescriptor(high),
		dpl: dplOf(high),
		base: baseOf(low, high),
		limit: limitOf(low, high),
		selector: gateSelectorOf(low),
		offset: gateOffsetOf(low, high),
		gate: kind.endsWith('gate')
	};
}
