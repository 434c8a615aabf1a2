/**
 * A region: the hot blocks of a page, or of several that lead to each other, and the ways between those of one page. Its blocks are the interpreter's own (../blocks.ts), for a block's extent
 * decides where interrupts are taken.
 */
import type { Block } from '../blocks';
import { translationOf } from './operations';
import { isTransfer } from './transfers';
import { RAM_BASE } from '../../layout';
import type { PhysicalMemory } from '../../memory';
import { decode, type Instruction } from '../../../x86/decode';
import { STATUS } from '../../../x86/flags';

const PAGE = 4096;
/** Most blocks of a region: more are left to the interpreter. */
const MOST_BLOCKS = 256;

/** A block of a region. */
export interface Node {
	readonly block: Block;
	/** Place of its page in the region, and of its first byte, both in bytes: the pages of a region lie one after another there. */
	readonly page: number;
	readonly offset: number;
	/** Fewer than the block has where the last bytes are no instruction. */
	readonly instructions: readonly Instruction[];
	/** By instruction: whether a flag that it writes may be seen before it is overwritten. */
	readonly flagsLive: readonly boolean[];
	/** Instructions that are translated; the region is left before the next one, if there is one. */
	readonly translated: number;
	readonly successors: Node[];
	/** The interpreter may enter here, or a jump to an address that is known when it is taken. */
	entered: boolean;
}

/** Offset in its page of what a relative transfer leads to; it may lie outside. */
export const targetOf = ({ block, page, offset, instructions }: Node): number | null => {
	const { operands } = instructions[instructions.length - 1];
	const [operand] = operands;
	return operand?.kind === 'relative' ? offset - page + block.bytes + operand.distance : null;
};

/** Offset in its page of what comes after a block. */
export const after = ({ block, page, offset }: Node): number => offset - page + block.bytes;

/** The place in the region of an offset in a node's page; -1 outside. */
export const placeOf = ({ page }: Node, offset: number): number => (offset >= 0 && offset < PAGE ? page + offset : -1);

function nodeOf(memory: PhysicalMemory, block: Block, page: number): Node | null {
	const instructions: Instruction[] = [];
	let at = RAM_BASE + block.physical;
	const end = at + PAGE - (block.physical & 0xfff);
	for (let n = 0; n < block.count; n++) {
		const code = decode(memory.u8, at, end, true);
		if (!('row' in code)) break;
		instructions.push(code);
		at += code.length;
	}
	const refused = instructions.findIndex(
		(code, n) => translationOf(code) === null && !(n === block.count - 1 && isTransfer(code))
	);
	const translated = refused < 0 ? instructions.length : refused;
	if (translated === 0) return null;
	return {
		block,
		page,
		offset: page + (block.physical & 0xfff),
		instructions,
		flagsLive: flagsLive(instructions),
		translated,
		successors: [],
		entered: false
	};
}

/** As the interpreter finds which flags nobody sees (../blocks.ts): whatever may fault, or leave, sees all of them. */
function flagsLive(instructions: readonly Instruction[]): boolean[] {
	let live = STATUS;
	const result: boolean[] = [];
	for (let n = instructions.length - 1; n >= 0; n--) {
		const { row, operands } = instructions[n];
		const { reads, writes, kills } = row.flags;
		result[n] = (writes & live) !== 0;
		const mayLeave =
			row.traits.faults === true ||
			translationOf(instructions[n]) === null ||
			(row.traits.untouched !== true && operands.some(({ kind }) => kind === 'memory'));
		live = mayLeave ? STATUS : (live & ~kills) | reads;
	}
	return result;
}

/**
 * The region of the blocks of some frames: those that are worth it, with their edges. Entered where the interpreter comes, where loops begin, and
 * where one comes from another page.
 */
export function regionOf(memory: PhysicalMemory, frames: readonly number[], blocks: readonly Block[]): Node[] {
	const nodes: Node[] = [];
	const hottest = [...blocks].sort((a, b) => b.heat - a.heat).slice(0, MOST_BLOCKS);
	for (const block of hottest) {
		const node = nodeOf(memory, block, PAGE * frames.indexOf(block.physical >>> 12));
		if (node !== null) nodes.push(node);
	}
	nodes.sort((a, b) => a.offset - b.offset);
	const byOffset = new Map(nodes.map((node) => [node.offset, node]));
	const enter = (from: Node, offset: number): void => {
		const node = byOffset.get(placeOf(from, offset));
		if (node !== undefined) node.entered = true;
	};
	for (const node of nodes) {
		const last = node.instructions[node.instructions.length - 1];
		const name = last.row.meaning.text;
		const target = targetOf(node);
		if (node.translated < node.block.count) {
			// The interpreter ends the block, and is met where it leads.
			enter(node, after(node));
			if (target !== null) enter(node, target);
			continue;
		}
		const goesOn = !isTransfer(last) || !/^(jump|return|call)\(/.test(name);
		const ways = [...(target === null ? [] : [target]), ...(goesOn ? [after(node)] : [])];
		for (const way of ways) {
			const to = byOffset.get(placeOf(node, way));
			if (to !== undefined && !node.successors.includes(to)) node.successors.push(to);
		}
		// Where a call returns to.
		if (name.startsWith('call(')) enter(node, after(node));
	}
	return nodes;
}
