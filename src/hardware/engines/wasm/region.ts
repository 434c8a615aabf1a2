/**
 * A region: the hot blocks of one page, and the ways between them. Its blocks are the interpreter's own (../blocks.ts), for a block's extent
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
	/** Of its first byte in the page. */
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

/** Offset in the page of what a relative transfer leads to; it may lie outside. */
export const targetOf = ({ block, offset, instructions }: Node): number | null => {
	const { operands } = instructions[instructions.length - 1];
	const [operand] = operands;
	return operand?.kind === 'relative' ? offset + block.bytes + operand.distance : null;
};

/** Offset in the page of what comes after a block. */
export const after = ({ block, offset }: Node): number => offset + block.bytes;

function nodeOf(memory: PhysicalMemory, block: Block): Node | null {
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
		offset: block.physical & 0xfff,
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

/** The region of a page's blocks: those that are worth it, with their edges. Entered where the interpreter comes, and where loops begin. */
export function regionOf(memory: PhysicalMemory, blocks: readonly Block[]): Node[] {
	const nodes: Node[] = [];
	const hottest = [...blocks].sort((a, b) => b.heat - a.heat).slice(0, MOST_BLOCKS);
	for (const block of hottest.sort((a, b) => a.physical - b.physical)) {
		const node = nodeOf(memory, block);
		if (node !== null) nodes.push(node);
	}
	const byOffset = new Map(nodes.map((node) => [node.offset, node]));
	const enter = (offset: number): void => {
		const node = byOffset.get(offset);
		if (node !== undefined) node.entered = true;
	};
	for (const node of nodes) {
		const last = node.instructions[node.instructions.length - 1];
		const name = last.row.meaning.text;
		const target = targetOf(node);
		if (node.translated < node.block.count) {
			// The interpreter ends the block, and is met where it leads.
			enter(after(node));
			if (target !== null) enter(target);
			continue;
		}
		const goesOn = !isTransfer(last) || !/^(jump|return|call)\(/.test(name);
		const ways = [...(target === null ? [] : [target]), ...(goesOn ? [after(node)] : [])];
		for (const way of ways) {
			const to = byOffset.get(way);
			if (to !== undefined && !node.successors.includes(to)) node.successors.push(to);
		}
		// Where a call returns to.
		if (name.startsWith('call(')) enter(after(node));
	}
	return nodes;
}
