/** A descriptor in words, read as the processor reads it (src/x86/descriptors.ts). */
import type { RawDescriptor } from '../../moments';
import { words } from '../../words';
import { fill } from '../../words/template';
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

const said = words.views.descriptors;

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
const SYSTEM_KINDS: Readonly<Record<keyof typeof SYSTEM, DescriptorKind>> = {
	TSS16: 'tss',
	LDT: 'ldt',
	TSS16_BUSY: 'tss',
	CALL_GATE16: 'call gate',
	TASK_GATE: 'task gate',
	INTERRUPT_GATE16: 'interrupt gate',
	TRAP_GATE16: 'trap gate',
	TSS32: 'tss',
	TSS32_BUSY: 'tss',
	CALL_GATE32: 'call gate',
	INTERRUPT_GATE32: 'interrupt gate',
	TRAP_GATE32: 'trap gate'
};
const SYSTEM_NAMES = new Map((Object.keys(SYSTEM) as (keyof typeof SYSTEM)[]).map((name) => [SYSTEM[name], name]));

/** What a code or data segment permits (SDM vol. 3, table 3-1). */
function segmentWords(type: number): string {
	const { rights, segments } = said;
	const odd = (type & TYPE_CONFORMING) !== 0;
	if ((type & TYPE_CODE) !== 0)
		return fill(odd ? segments.conforming : segments.code, {
			rights: type & TYPE_RW ? rights.executeRead : rights.execute
		});
	return fill(odd ? segments.expandsDown : segments.data, { rights: type & TYPE_RW ? rights.readWrite : rights.read });
}

function systemWords(type: number): [kind: DescriptorKind, words: string] {
	const name = SYSTEM_NAMES.get(type as (typeof SYSTEM)[keyof typeof SYSTEM]);
	return name ? [SYSTEM_KINDS[name], said.system[name]] : ['reserved', fill(said.reserved, { type })];
}

/** Reads one entry. */
export function decode({ low, high }: Pick<RawDescriptor, 'low' | 'high'>): Decoded {
	const type = typeOf(high);
	const segment = isSegment(high);
	const [kind, says] = segment
		? [type & TYPE_CODE ? ('code' as const) : ('data' as const), segmentWords(type)]
		: systemWords(type);
	return {
		kind,
		words: says,
		present: isPresentDescriptor(high),
		dpl: dplOf(high),
		base: baseOf(low, high),
		limit: limitOf(low, high),
		selector: gateSelectorOf(low),
		offset: gateOffsetOf(low, high),
		gate: kind.endsWith('gate')
	};
}
