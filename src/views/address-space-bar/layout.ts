/**
 * The address space as a bar, from 0 to 4 GiB: what the guest mapped, the machine-to-physical table that it may read, the
 * end of its segments, and Xen at the top. A part's width follows the logarithm of its size, or Xen would not be seen.
 */
import type { SpaceRegion } from '../../moments';
import { FRAME_TYPES } from '../../trace/events';
import { MACH2PHYS_VIRT_END, MACH2PHYS_VIRT_START } from '../../abi/structs/cpu';
import { address, bytes, count } from '../../words/numbers';
import type { TwinLine } from '../shared/twin';
import { words } from '../../words';
import { counted } from '../../words/plural';
import { fill } from '../../words/template';

const said = words.views.space;

/** First byte that no guest segment reaches (the limit of FLAT_RING1_* and FLAT_RING3_*, xen/include/public/arch-x86/xen-x86_32.h). */
export const SEGMENT_END = 0xf680_0000;
const TOP = 2 ** 32;

export interface Part {
	id: string;
	kind: 'gap' | 'guest' | 'table' | 'm2p' | 'xen' | 'reserved';
	start: number;
	end: number;
	x: number;
	width: number;
	label: string;
	detail: string;
}

export interface SpaceMarks {
	parts: Part[];
	/** Where the flat segments of rings 1 to 3 end. */
	limit: { x: number; address: number };
	/** Addresses under the bar that do not collide. */
	ticks: { x: number; text: string }[];
	/** X of an address, by the same scale. */
	at: (address: number) => number;
	pointers: (Pointer & { x: number })[];
}

/** An address that the moment speaks of, and what it is: `eip`. */
export interface Pointer {
	name: string;
	address: number;
}

interface Piece {
	kind: Part['kind'];
	start: number;
	end: number;
	pages: number;
	regions: SpaceRegion[];
}

const kindOf = (region: SpaceRegion): Part['kind'] =>
	region.start >= MACH2PHYS_VIRT_START && region.start < MACH2PHYS_VIRT_END
		? 'm2p'
		: region.part === 'hypervisor'
			? 'xen'
			: region.writable
				? 'guest'
				: 'table';

/** Room for an address under the bar, pixels. */
const TICK = 76;

/** Pieces nearer than this are one: a guest's memory is full of small holes. */
const NEAR = 0x40_0000;

/** Regions of a kind that touch become one piece; read-only pages among writable ones stay visible when they are many. */
function pieces(regions: readonly SpaceRegion[]): Piece[] {
	const result: Piece[] = [];
	for (const region of regions) {
		const kind = kindOf(region);
		const last = result.at(-1);
		const guestish = (of: Part['kind']) => of === 'guest' || of === 'table';
		const same =
			last && (last.kind === kind || (guestish(last.kind) && guestish(kind))) && region.start - last.end <= NEAR;
		if (same) {
			last.end = region.end;
			last.pages += region.pages;
			last.regions.push(region);
			if (kind === 'guest') last.kind = 'guest';
		} else result.push({ kind, start: region.start, end: region.end, pages: region.pages, regions: [region] });
	}
	return result;
}

/** Fills what lies between pieces, and cuts what is not mapped at the landmarks. */
function withGaps(list: readonly Piece[]): Piece[] {
	const result: Piece[] = [];
	const gap = (start: number, end: number) => {
		const cuts = [start, ...[MACH2PHYS_VIRT_START, SEGMENT_END].filter((cut) => cut > start && cut < end), end];
		for (let index = 1; index < cuts.length; index++)
			if (cuts[index] > cuts[index - 1])
				result.push({
					kind: cuts[index - 1] >= MACH2PHYS_VIRT_START ? 'reserved' : 'gap',
					start: cuts[index - 1],
					end: cuts[index],
					pages: 0,
					regions: []
				});
	};
	let at = 0;
	for (const piece of list) {
		gap(at, piece.start);
		result.push(piece);
		at = piece.end;
	}
	gap(at, TOP);
	return result;
}

function detail(piece: Piece): string {
	const { details } = said;
	const size = bytes(piece.end - piece.start);
	if (piece.kind === 'gap' || piece.kind === 'reserved')
		return fill(details.gap, { size, label: said.labels[piece.kind] });
	const sum = (of: (region: SpaceRegion) => boolean): number =>
		piece.regions.filter(of).reduce((pages, region) => pages + region.pages, 0);
	const pages = counted(said.pages, piece.pages, { count: count(piece.pages) });
	if (piece.kind === 'xen' || piece.kind === 'm2p') return fill(details[piece.kind], { pages });
	const readOnly = sum((region) => !region.writable);
	if (readOnly === 0) return pages;
	const tables = sum((region) => /page_table/.test(FRAME_TYPES[region.type] ?? ''));
	return fill(tables ? details.tables : details.readOnly, { pages, count: count(readOnly), tables: count(tables) });
}

export function layout(
	state: { regions: readonly SpaceRegion[]; pointers?: readonly Pointer[] },
	size: { width: number }
): SpaceMarks {
	const list = withGaps(pieces(state.regions));
	const weight = (piece: Piece) => {
		const log = Math.max(1, Math.log2((piece.end - piece.start) / 4096));
		return piece.kind === 'gap' || piece.kind === 'reserved' ? log * 0.45 : log + 4;
	};
	const total = list.reduce((sum, piece) => sum + weight(piece), 0);
	let x = 0;
	const parts = list.map((piece): Part => {
		const width = (size.width * weight(piece)) / total;
		const part: Part = {
			id: `p${piece.start.toString(16)}`,
			kind: piece.kind,
			start: piece.start,
			end: piece.end,
			x,
			width,
			label: said.labels[piece.kind],
			detail: detail(piece)
		};
		x += width;
		return part;
	});
	const at = (where: number) => {
		const part = parts.find((candidate) => where >= candidate.start && where < candidate.end) ?? parts.at(-1)!;
		return part.x + (part.width * (where - part.start)) / (part.end - part.start);
	};
	const ticks: SpaceMarks['ticks'] = [];
	for (const part of parts) {
		const text = address(part.start);
		const last = ticks.at(-1);
		if (!last || part.x - last.x > TICK) if (part.x + TICK <= size.width) ticks.push({ x: part.x, text });
	}
	return {
		parts,
		limit: { x: at(SEGMENT_END), address: SEGMENT_END },
		ticks,
		at,
		pointers: (state.pointers ?? []).map((pointer) => ({ ...pointer, x: at(pointer.address) }))
	};
}

/** Where a part lies and what it is. */
export const partText = (part: Part, text = said.part): string =>
	fill(text, { from: address(part.start), to: address(part.end - 1), label: part.label, detail: part.detail });

/** The part that an address lies in. */
export const partAt = ({ parts }: SpaceMarks, where: number): Part =>
	parts.find(({ start, end }) => where >= start && where < end) ?? parts.at(-1)!;

const pointerText = (marks: SpaceMarks, pointer: Pointer): string =>
	fill(said.pointer, {
		name: pointer.name,
		address: address(pointer.address),
		label: partAt(marks, pointer.address).label
	});

export const twin = (marks: SpaceMarks): TwinLine[] => [
	...marks.parts.map((part) => ({ id: part.id, text: partText(part, said.twinPart) })),
	...marks.pointers.map((pointer) => ({ id: pointer.name, text: pointerText(marks, pointer), choosable: false })),
	{
		id: 'limit',
		text: fill(said.twinLimit, { address: address(marks.limit.address) }),
		choosable: false
	}
];
