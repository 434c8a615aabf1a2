/**
 * Decoded blocks and where they are kept.
 *
 * A block is the code from an entry point to the first instruction that ends it: a control transfer, a change of mode or
 * interrupt state, the page's end, or the 32nd instruction. Its extent depends on the bytes, the entry and the code size only,
 * never on what ran before: interrupts are taken at block ends, so this is what makes every run of a scenario the same.
 *
 * Blocks are kept by physical address, so one copy serves every mapping, and are dropped when a write touches their bytes.
 */
import { EIP_INDEX, RAM_BASE } from '../layout';
import { MARK, type PhysicalMemory } from '../memory';
import { bind, bindUndecoded } from './interpreter/bind';
import { fuse } from './interpreter/fuse';
import { Op } from './interpreter/op';
import { decode, MAX_LENGTH, type Instruction, type Undecoded } from '../../x86/decode';
import { STATUS } from '../../x86/flags';

/** Most instructions of a block. */
export const BLOCK_LIMIT = 32;

const PAGE = 4096;

/** What blocks are compiled into. */
export interface Compiled {
	/** One of its blocks is no longer what it was. */
	drop(): void;
}

export class Block {
	/** First operation of the fast path. */
	first!: Op;
	/** All instructions in order, for stepping. */
	readonly ops: Op[] = [];
	/** Instructions. */
	count = 0;
	/** Bytes. */
	bytes = 0;
	/** Moves EIP past the block where its last instruction does not set EIP itself; else null. */
	tail: Op | null = null;
	/** It changes nothing but EIP, registers and memory: code goes on in the same mode. */
	plain = false;
	/** `physical` while the block may be used, -1 once it is dropped. */
	key: number;
	/** The block that followed last time: looked at before the cache. */
	successor: Block | null = null;
	/** Physical address of the second page where the (only) instruction crosses into it, else -1. */
	second = -1;
	/** How often the fast path came to it since somebody asked; counted by who compiles hot blocks (wasm/regions.ts). */
	heat = 0;
	/** What it was compiled into, and the number by which it is entered there; 0 where it is not, negative where it is not for a while. */
	compiled: Compiled | null = null;
	entry = 0;

	constructor(
		/** Physical address of the first byte. */
		readonly physical: number,
		readonly code32: boolean
	) {
		this.key = physical;
	}

	/** It may not be used any more, nor what it was compiled into. */
	drop(): void {
		this.key = -1;
		this.compiled?.drop();
	}

	/** True where a write of `length` bytes at physical `pa` touches this block. */
	overlaps(pa: number, length: number): boolean {
		const here = Math.min(this.bytes, PAGE - (this.physical & 0xfff));
		if (pa < this.physical + here && pa + length > this.physical) return true;
		return this.second >= 0 && pa < this.second + this.bytes - here && pa + length > this.second;
	}
}

/** Every instruction of an open bus: code beyond RAM reads as ones. */
const OPEN_BUS = new Uint8Array(PAGE).fill(0xff);

const advance = (op: Op): Op => {
	const tail = new Op();
	tail.end = op.end;
	tail.fn = ({ s }, o) => void (s[EIP_INDEX] += o.end);
	return tail;
};

/** Decodes the block at physical `pa`. `nextPage` translates the page after it, and is asked only if the first instruction needs it. */
export function buildBlock(memory: PhysicalMemory, pa: number, code32: boolean, nextPage: () => number): Block {
	const block = new Block(pa, code32);
	const decoded = decodeBlock(memory, block, nextPage);
	removeDeadFlags(decoded);
	let offset = 0;
	for (const [at, { op, code }] of decoded.entries()) {
		op.at = at;
		op.start = offset;
		offset += code.length;
		op.end = offset;
		block.ops.push(op);
		if (at > 0) block.ops[at - 1].next = op;
	}
	block.first = block.ops[0];
	block.count = decoded.length;
	block.bytes = offset;
	const last = decoded[decoded.length - 1];
	if (!endsBlock(last)) last.op.next = block.tail = advance(last.op);
	if (decoded.length > 1) fuse(decoded[decoded.length - 2].op, last.op);
	block.plain = isInstruction(last.code) && (last.code.row.traits.ends !== true || last.code.row.traits.plain === true);
	return block;
}

/** An instruction, or what stands where none is, and the operation that it becomes. */
interface Decoded {
	readonly code: Instruction | Undecoded;
	readonly op: Op;
}

const isInstruction = (code: Instruction | Undecoded): code is Instruction => 'row' in code;

const bound = (code: Instruction | Undecoded): Decoded => ({
	code,
	op: isInstruction(code) ? bind(code) : bindUndecoded(code)
});

const endsBlock = ({ code }: Decoded): boolean =>
	!isInstruction(code) || code.row.traits.ends === true || code.repeat !== 0;

/** It may fault: state must be exact before it. */
const mayFault = ({ row, operands }: Instruction): boolean =>
	row.traits.faults === true ||
	(row.traits.untouched !== true && operands.some((operand) => operand.kind === 'memory'));

function decodeBlock(memory: PhysicalMemory, block: Block, nextPage: () => number): Decoded[] {
	const inRam = block.physical < memory.size;
	const bytes = inRam ? memory.u8 : OPEN_BUS;
	let position = inRam ? RAM_BASE + block.physical : block.physical & 0xfff;
	const end = position + PAGE - (block.physical & 0xfff);
	const decoded: Decoded[] = [];
	while (decoded.length < BLOCK_LIMIT && position < end) {
		const code = decode(bytes, position, end, block.code32);
		if (!isInstruction(code) && code.why === 'cut off') {
			if (decoded.length > 0) break;
			return [decodeAcross(memory, block, nextPage)];
		}
		const next = bound(code);
		decoded.push(next);
		position += code.length;
		if (endsBlock(next)) break;
	}
	return decoded;
}

/** Decodes an instruction that lies on two pages: it is a block of its own. */
function decodeAcross(memory: PhysicalMemory, block: Block, nextPage: () => number): Decoded {
	block.second = nextPage();
	const here = PAGE - (block.physical & 0xfff);
	const bytes = new Uint8Array(here + MAX_LENGTH);
	for (let i = 0; i < bytes.length; i++) {
		bytes[i] = memory.read8(i < here ? block.physical + i : block.second + i - here);
	}
	return bound(decode(bytes, 0, bytes.length, block.code32));
}

/**
 * Takes the flagless twin of each instruction whose flags are all overwritten before anything can see them. Whatever may
 * fault, and the end of the block, sees all of them.
 */
function removeDeadFlags(decoded: readonly Decoded[]): void {
	let live = STATUS;
	for (let i = decoded.length - 1; i >= 0; i--) {
		const { op, code } = decoded[i];
		if (!isInstruction(code) || mayFault(code)) {
			live = STATUS;
			continue;
		}
		const { reads, writes, kills } = code.row.flags;
		if (op.quiet !== null && (writes & live) === 0) op.fn = op.quiet;
		// A twin is offered only where the flags are overwritten for certain.
		live = (live & ~(op.quiet !== null ? writes : kills)) | reads;
	}
}

/** The blocks that begin in one frame. */
class CodePage {
	readonly blocks16: (Block | undefined)[] = [];
	readonly blocks32: (Block | undefined)[] = new Array<Block | undefined>(PAGE);
	/** Blocks of the frame before whose only instruction ends in this one. */
	crossing: Block[] = [];
	/** 1 for each byte that was decoded. */
	readonly covered = new Uint8Array(PAGE);
	/** Writes that touched no decoded byte since a block was last added. */
	misses = 0;
}

function dropOverlapping(blocks: (Block | undefined)[], offset: number, pa: number, length: number): void {
	const block = blocks[offset];
	if (block === undefined || !block.overlaps(pa, length)) return;
	block.drop();
	blocks[offset] = undefined;
}

/** After so many writes that miss its code, a frame is taken for data and its blocks are dropped. */
const DATA_AFTER = 64;
/** Longest block in bytes. */
const LONGEST = BLOCK_LIMIT * MAX_LENGTH;

export class BlockCache {
	private readonly pages: (CodePage | undefined)[] = [];

	constructor(private readonly memory: PhysicalMemory) {
		memory.onCodeWrite.push((pa, length) => this.written(pa, length));
	}

	/** The block at physical `pa`, if it is decoded. */
	find(pa: number, code32: boolean): Block | undefined {
		const page = this.pages[pa >>> 12];
		return page === undefined ? undefined : (code32 ? page.blocks32 : page.blocks16)[pa & 0xfff];
	}

	/** The blocks of 32-bit code in a frame, in the order of their addresses. */
	inFrame(pfn: number): Block[] {
		return (this.pages[pfn]?.blocks32 ?? []).filter((block) => block !== undefined);
	}

	add(block: Block): void {
		const page = this.page(block.physical >>> 12);
		const offset = block.physical & 0xfff;
		(block.code32 ? page.blocks32 : page.blocks16)[offset] = block;
		page.covered.fill(1, offset, Math.min(PAGE, offset + block.bytes));
		page.misses = 0;
		if (block.second < 0) return;
		const next = this.page(block.second >>> 12);
		next.crossing.push(block);
		next.covered.fill(1, 0, block.bytes - (PAGE - offset));
		next.misses = 0;
	}

	private page(pfn: number): CodePage {
		this.memory.mark(pfn, MARK.CODE);
		return (this.pages[pfn] ??= new CodePage());
	}

	/** Drops what a write of `length` bytes at physical `pa` (within one frame or more) touches. */
	written(pa: number, length: number): void {
		const end = pa + length;
		for (let at = pa; at < end; at = (at | 0xfff) + 1) this.writtenInFrame(at, Math.min(end, (at | 0xfff) + 1) - at);
	}

	private writtenInFrame(pa: number, length: number): void {
		const pfn = pa >>> 12;
		const page = this.pages[pfn];
		if (page === undefined) return this.memory.unmark(pfn, MARK.CODE);
		const from = pa & 0xfff;
		if (!page.covered.subarray(from, from + length).includes(1)) {
			if (++page.misses < DATA_AFTER) return;
			return this.drop(pfn);
		}
		if (length === PAGE) return this.drop(pfn);
		for (let offset = Math.max(0, from - LONGEST); offset < from + length; offset++) {
			dropOverlapping(page.blocks32, offset, pa, length);
			dropOverlapping(page.blocks16, offset, pa, length);
		}
		for (const block of page.crossing.filter((crossing) => crossing.overlaps(pa, length))) this.forget(block);
		page.crossing = page.crossing.filter((crossing) => !crossing.overlaps(pa, length));
		page.covered.fill(0, from, from + length);
	}

	/** Drops every block of a frame. */
	private drop(pfn: number): void {
		const page = this.pages[pfn];
		if (page === undefined) return;
		page.crossing.forEach((block) => this.forget(block));
		for (const block of page.blocks32) block?.drop();
		for (const block of page.blocks16) block?.drop();
		this.pages[pfn] = undefined;
		this.memory.unmark(pfn, MARK.CODE);
	}

	/** Removes a block from the frame where it begins. */
	private forget(block: Block): void {
		block.drop();
		const page = this.pages[block.physical >>> 12];
		if (page === undefined) return;
		const blocks = block.code32 ? page.blocks32 : page.blocks16;
		if (blocks[block.physical & 0xfff] === block) blocks[block.physical & 0xfff] = undefined;
	}
}
