/**
 * From a region to a WebAssembly function. Its shape:
 *
 *     block out                      left within a block: EXIT says where, and the interpreter goes on there
 *       block between                left between two blocks: EIP says where; within one, PAGE says in which page
 *         loop again                 NEXT is an entry's number; or it is 0, and EIP is looked up among the entries, in other pages too
 *           ... blocks and loops, as structure.ts arranges them; entries through one br_table
 *     registers and flags go back to memory
 *
 * All that the history is made of is counted here as the interpreter counts it: instructions and look-ups that hit, in one addition a block. The
 * budget is looked at where a loop begins anew and where an address is looked up, so at least once in as many instructions as the region has; the
 * caller has taken so many off, and thus nothing that is due at the end of a block is ever missed.
 */
import { Code, I32, I64, Label, moduleOf } from './emit';
import { AUX_FUNCTION, auxFunction, RESULT_FUNCTION, resultFunction, type Known } from './flags';
import { LOCAL, PARAMETERS } from './locals';
import { translationOf } from './operations';
import { after, placeOf, targetOf, type Node } from './region';
import type { Segments } from './segments';
import { arrange, type Part } from './structure';
import { transferOf, type Ways } from './transfers';
import { register, Translator, type Exit, type Places } from './translator';
import { AUX, RESULT } from '../../cpu/flags';
import { COUNTS_INDEX, EIP_INDEX } from '../../layout';

const { NEXT, PAGE, HERE, CODE, MOST, BUDGET, FLAG_A, FLAG_B, FLAG_KIND, EXIT, EIP, LINEAR, SLOT, X, R, COUNTS } =
	LOCAL;
/** Types of the locals from FLAG words on: those of registers come before. */
const LOCALS = Array.from({ length: LOCAL.QUOTIENT - LOCAL.EAX + 1 }, (_, n) => (LOCAL.EAX + n >= COUNTS ? I64 : I32));
const PAGE_BYTES = 4096;
/** The unit of the budget in COUNTS. */
const INSTRUCTION = 1n << 32n;

/** What a region was compiled to. */
export interface Compiled {
	readonly bytes: Uint8Array;
	/** By the number that the function returns; it is -1 between two blocks. */
	readonly exits: readonly Exit<Node>[];
	/** Nodes by their entry's number, from 1 on. */
	readonly entries: readonly Node[];
}

/** A sequence that is being emitted. */
interface Scope {
	/** The loop whose body it is. */
	readonly loop: { readonly head: Node; readonly label: Label } | null;
	readonly partOf: ReadonlyMap<Node, number>;
	readonly parts: readonly Part<Node>[];
	/** By part: the end of a block that stands just before it. */
	readonly labels: readonly Label[];
	current: number;
}

class Compiler {
	private readonly code = new Code();
	private readonly out = new Label();
	private readonly between = new Label();
	private readonly again = new Label();
	private readonly translator: Translator<Node>;
	private readonly byOffset: ReadonlyMap<number, Node>;
	/** Number of each node that is entered by NEXT, from 1 on: those of the region's entries first. */
	private readonly numbers = new Map<Node, number>();
	private readonly entries: Node[] = [];
	/** What is known of the flags along the edges to a node so far. */
	private readonly knownAt = new Map<Node, Known>();
	private readonly heads = new Set<Node>();
	private readonly scopes: Scope[] = [];

	constructor(
		private readonly nodes: readonly Node[],
		private readonly frames: readonly number[],
		private readonly segments: Segments,
		private readonly places: Places
	) {
		this.translator = new Translator(this.code, this.out, segments, places);
		this.byOffset = new Map(nodes.map((node) => [node.offset, node]));
	}

	compile(): Compiled {
		const { code, out, between, again } = this;
		const parts = arrange(this.nodes);
		this.noteHeads(parts);
		this.entries.push(...this.nodes.filter(({ entered }) => entered).sort((a, b) => a.offset - b.offset));
		for (const node of this.entries) this.number(node);
		this.begin();
		code.block(out).block(between).loop(again);
		this.sequence(parts, null);
		code.op('unreachable').end().end();
		code.i32(-1).set(EXIT).end();
		this.finish();
		const functions = [
			{ parameters: Array<number>(PARAMETERS).fill(I32), locals: LOCALS, code },
			resultFunction(),
			auxFunction()
		];
		return { bytes: moduleOf(this.places.pages, functions), exits: this.translator.exits, entries: this.entries };
	}

	/** Loops can be entered where they begin, so that a run that was left comes back. */
	private noteHeads(parts: readonly Part<Node>[]): void {
		for (const part of parts) {
			if (part.kind === 'node') continue;
			this.heads.add(part.head);
			part.head.entered = true;
			this.noteHeads(part.body);
		}
	}

	private number(node: Node): number {
		const known = this.numbers.get(node);
		if (known !== undefined) return known;
		const number = this.numbers.size + 1;
		this.numbers.set(node, number);
		return number;
	}

	// --- in and out --------------------------------------------------------------------------------------------

	/** Takes registers, flags and budget over. */
	private begin(): void {
		const { code } = this;
		const { page } = this.places;
		for (let r = 0; r < 8; r++)
			code
				.i32(page)
				.access('i32_load', r << 3)
				.set(register(r));
		code
			.i32(page)
			.access('i32_load', RESULT << 2)
			.set(FLAG_A);
		code
			.i32(page)
			.access('i32_load', AUX << 2)
			.set(FLAG_B);
		code.get(BUDGET).op('i64_extend_i32_u').i64(32n).op('i64_shl').set(COUNTS);
	}

	/** Puts them back, with the EIP of the next block, or of the page where a block was left; EXIT is returned. */
	private finish(): void {
		const { code } = this;
		const { page } = this.places;
		for (let r = 0; r < 8; r++)
			code
				.i32(page)
				.get(register(r))
				.access('i32_store', r << 3);
		code
			.i32(page)
			.get(PAGE)
			.get(EIP)
			.get(EXIT)
			.i32(0)
			.op('i32_ge_s', 'select')
			.access('i32_store', EIP_INDEX << 2);
		const words = (): Code => code.get(FLAG_KIND).get(FLAG_A).get(FLAG_B);
		code.i32(page);
		words()
			.call(RESULT_FUNCTION)
			.access('i32_store', RESULT << 2);
		code.i32(page);
		words()
			.call(AUX_FUNCTION)
			.access('i32_store', AUX << 2);
		code
			.i32(page)
			.get(COUNTS)
			.access('i64_store', COUNTS_INDEX << 2);
		code.get(EXIT);
	}

	/** Leaves between two blocks where the budget is used up. */
	private checkBudget(): void {
		this.code.get(COUNTS).i64(0n).op('i64_lt_s').brIf(this.between);
	}

	/** Finds the entry at EIP, or leaves. */
	private lookUp(): void {
		const { code } = this;
		code.get(NEXT).op('i32_eqz').if();
		this.checkBudget();
		code.get(EIP).get(PAGE).op('i32_sub').set(EXIT);
		if (this.frames.length > 1) this.turnPage();
		this.search(0, this.entries.length);
		code.end();
	}

	/**
	 * EXIT is the offset of EIP in this page: makes it the place in the region. Where it lies in another page, the front array for code must have
	 * that, as the interpreter asks (../interpreter/fast-path.ts), and its frame must be one of the region's.
	 */
	private turnPage(): void {
		const { code, between } = this;
		code.get(EXIT).i32(PAGE_BYTES).op('i32_ge_u').if();
		code.get(EIP).i32(this.segments.codeBase).op('i32_add').tee(LINEAR);
		code.i32(9).op('i32_shr_u').i32(0x7f8).op('i32_and').get(CODE).op('i32_add').tee(SLOT).access('i32_load', 0);
		code.get(LINEAR).i32(~0xfff).op('i32_and', 'i32_ne').brIf(between);
		code.get(LINEAR).i32(0xfff).op('i32_and').set(EXIT);
		code.get(EIP).get(EXIT).op('i32_sub').tee(X).get(MOST).op('i32_ge_u').brIf(between);
		code.get(SLOT).access('i32_load', 4).set(SLOT);
		this.frames.forEach((_frame, n) => code.i32(n * PAGE_BYTES));
		code.i32(-1);
		for (const frame of [...this.frames].reverse())
			code
				.get(SLOT)
				.i32(frame << 12)
				.op('i32_eq', 'select');
		code.tee(R).i32(0).op('i32_lt_s').brIf(between);
		code.get(R).set(HERE).get(X).set(PAGE);
		code.end();
		code.get(EXIT).get(HERE).op('i32_add').set(EXIT);
	}

	/** By halves. */
	private search(from: number, to: number): void {
		const { code, entries } = this;
		if (to - from === 1) {
			code.get(EXIT).i32(entries[from].offset).op('i32_ne').brIf(this.between);
			code.i32(this.number(entries[from])).set(NEXT);
			return;
		}
		const middle = (from + to) >> 1;
		code.get(EXIT).i32(entries[middle].offset).op('i32_lt_u').if();
		this.search(from, middle);
		code.else();
		this.search(middle, to);
		code.end();
	}

	// --- structure ---------------------------------------------------------------------------------------------

	private sequence(parts: readonly Part<Node>[], loop: Scope['loop']): void {
		const { code } = this;
		const partOf = new Map<Node, number>();
		parts.forEach((part, index) => {
			for (const node of part.kind === 'node' ? [part.node] : part.nodes) partOf.set(node, index);
		});
		const scope: Scope = { loop, partOf, parts, labels: parts.map(() => new Label()), current: -1 };
		for (const label of [...scope.labels].reverse()) code.block(label);
		this.scopes.push(scope);
		this.passOn(scope);
		parts.forEach((part, index) => {
			scope.current = index;
			code.end();
			if (part.kind === 'node') this.node(part.node);
			else {
				const label = new Label();
				code.loop(label);
				this.sequence(part.body, { head: part.head, label });
				code.end();
			}
		});
		this.scopes.pop();
	}

	/** Where a sequence begins: goes to the node that NEXT names. */
	private passOn({ loop, partOf, labels }: Scope): void {
		const { code } = this;
		const [first] = labels;
		if (loop === null) this.lookUp();
		else {
			if (![...this.numbers.keys()].some((node) => node !== loop.head && partOf.has(node))) return;
			code.get(NEXT).op('i32_eqz').brIf(first);
		}
		const byNumber = [first, ...Array.from(this.numbers.keys(), (node) => labels[partOf.get(node) ?? 0])];
		code.get(NEXT).brTable(byNumber, first);
	}

	/** Goes to a node. */
	private goTo(node: Node): void {
		const { code, scopes } = this;
		this.meet(node);
		for (let n = scopes.length - 1; n >= 0; n--) {
			const { loop, partOf, parts, labels, current } = scopes[n];
			if (loop !== null && loop.head === node) return void code.br(loop.label);
			const index = partOf.get(node);
			if (index === undefined || index === current) continue;
			const part = parts[index];
			if (part.kind === 'loop' && part.head !== node) code.i32(this.number(node)).set(NEXT);
			return void code.br(labels[index]);
		}
		throw new Error('an edge that leads nowhere');
	}

	/** Notes what an edge knows of the flags. */
	private meet(node: Node): void {
		const { known } = this.translator.flags;
		const before = this.knownAt.get(node);
		this.knownAt.set(node, before === undefined || before === known ? known : null);
	}

	// --- blocks ------------------------------------------------------------------------------------------------

	private node(node: Node): void {
		const { code, translator: t } = this;
		const numbered = this.numbers.has(node);
		if (numbered) code.i32(0).set(NEXT);
		if (this.heads.has(node)) {
			code
				.get(PAGE)
				.i32(node.offset - node.page)
				.op('i32_add')
				.set(EIP);
			this.checkBudget();
		}
		t.flags.known = numbered ? null : (this.knownAt.get(node) ?? null);
		t.beginBlock(node);
		const { instructions, translated, flagsLive } = node;
		for (let n = 0; n < translated; n++) {
			const instruction = instructions[n];
			t.beginInstruction(n, flagsLive[n]);
			const transfer = n === node.block.count - 1 ? transferOf(instruction) : undefined;
			if (transfer !== undefined) return transfer(t, this.ways(node), instruction);
			translationOf(instruction)?.(t, instruction);
		}
		t.beginInstruction(translated, true);
		if (translated < node.block.count) return t.leave('operation');
		const ways = this.ways(node);
		ways.done();
		ways.goOn();
	}

	private ways(node: Node): Ways {
		const { code, translator: t } = this;
		const eip = (offset: number): void => void code.get(PAGE).i32(offset).op('i32_add');
		const go = (offset: number): void => {
			const to = this.byOffset.get(placeOf(node, offset));
			if (to !== undefined) return this.goTo(to);
			eip(offset);
			code.set(EIP);
			if (this.frames.length === 1 || placeOf(node, offset) >= 0) code.br(this.between);
			else code.i32(0).set(NEXT).br(this.again);
		};
		const checkEip = (): void => {
			t.mayLeave('operation');
			code.get(EIP).i32(this.segments.codeLimit).op('i32_ge_u');
			t.leaveIf();
		};
		const target = targetOf(node);
		return {
			jump: () => go(target as number),
			jumpIf: () => {
				code.if();
				go(target as number);
				code.end();
			},
			goOn: () => go(after(node)),
			goTo: () => void code.i32(0).set(NEXT).br(this.again),
			done: () => {
				// The look-up of the next block is counted with it.
				const counts = BigInt(t.hits + 1) - BigInt(node.block.count) * INSTRUCTION;
				code.get(COUNTS).i64(counts).op('i64_add').set(COUNTS);
			},
			checkTarget: () => {
				const offset = target as number;
				if (placeOf(node, offset) >= 0) return;
				eip(offset);
				code.set(EIP);
				checkEip();
			},
			checkEip,
			next: () => eip(after(node))
		};
	}
}

/**
 * Compiles a region.
 * @param frames of its pages, in the order of their places
 */
export const compile = (
	nodes: readonly Node[],
	frames: readonly number[],
	segments: Segments,
	places: Places
): Compiled => new Compiler(nodes, frames, segments, places).compile();
