/**
 * The path of a trap, as stages: what raised it, the gate, the privilege check, the stack switch, the words pushed, and
 * where the processor arrives (SDM vol. 3, 6.12).
 */
import { KIND } from '../../trace/events';
import { vectorName } from '../../trace/values';
import type { TraceView } from '../../trace/view';
import { address } from '../../words/numbers';
import { TONE_NAMES, toneOfRing, type Tone } from '../shared/rings';
import type { TwinLine } from '../shared/twin';
import { words } from '../../words';
import { counted } from '../../words/plural';
import { fill } from '../../words/template';
import { dplOf, gateOffsetOf, gateSelectorOf, isPresentDescriptor, SYSTEM, typeOf } from '../../x86/descriptors';
import { hex } from '../../base';
import { FIRST_USER_VECTOR, FRAME_NAMES, pushesError } from '../../x86/exceptions';

const said = words.views.trap;

/** A gate of the IDT: 8 bytes (SDM vol. 3, 6.11). */
export interface Gate {
	selector: number;
	offset: number;
	dpl: number;
	present: boolean;
	/** Interrupt gates clear IF, trap gates leave it. */
	clearsIf: boolean;
}

export interface Stage {
	id: 'cause' | 'gate' | 'privilege' | 'stack' | 'words' | 'arrival';
	title: string;
	tone: Tone;
	lines: string[];
	/** For the words: address and value, from the top of the stack down. */
	words: { at: number; name: string; value: number | null }[];
	/** The outcome of a check, where the stage is one. */
	passed: boolean | null;
}

export interface TrapMarks {
	vector: number;
	fromRing: number;
	toRing: number;
	stages: Stage[];
	/** Stages beside each other. */
	columns: number;
}

export interface TrapState {
	trace: TraceView;
	/** A trap or interrupt event. */
	seq: number;
	/** The IDT's 8 bytes for the vector, or null when they were not read. */
	gate: Uint8Array | null;
	/** What lies on the new stack from its top, or null. */
	stack: Uint8Array | null;
	/** SS0 of the TSS. */
	ss0: number;
}

/** Unpacks a gate. */
export function decodeGate(bytes: Uint8Array): Gate {
	const view = new DataView(bytes.buffer, bytes.byteOffset, 8);
	const [low, high] = [view.getUint32(0, true), view.getUint32(4, true)];
	return {
		offset: gateOffsetOf(low, high),
		selector: gateSelectorOf(low),
		dpl: dplOf(high),
		present: isPresentDescriptor(high),
		clearsIf: typeOf(high) === SYSTEM.INTERRUPT_GATE32
	};
}

interface Facts {
	vector: number;
	error: number;
	from: number;
	to: number;
	eip: number;
	esp: number;
	newEip: number;
	newEsp: number;
	external: boolean;
}

function read(trace: TraceView, seq: number): Facts {
	const a = trace.args(seq);
	const external = trace.kind(seq) === KIND.interrupt;
	return {
		vector: a.vector,
		error: a.error ?? 0,
		from: a.from_ring,
		to: a.to_ring ?? 0,
		eip: a.eip,
		esp: a.esp ?? -1,
		newEip: a.new_eip ?? -1,
		newEsp: a.new_esp,
		external
	};
}

const stage = (id: Stage['id'], title: string, tone: Tone, lines: string[], more: Partial<Stage> = {}): Stage => ({
	id,
	title,
	tone,
	lines,
	words: [],
	passed: null,
	...more
});

function privilege(facts: Facts, gate: Gate | null): Stage {
	const byInstruction = !facts.external && facts.vector >= FIRST_USER_VECTOR;
	if (!byInstruction)
		return stage(
			'privilege',
			said.stages.privilege,
			'hw',
			[
				facts.external ? said.privilege.outside : said.privilege.itself,
				fill(said.privilege.notAbove, { to: facts.to, from: facts.from })
			],
			{ passed: true }
		);
	const dpl = gate ? String(gate.dpl) : fill(said.privilege.atLeast, { ring: facts.from });
	return stage(
		'privilege',
		said.stages.privilege,
		'hw',
		[fill(said.privilege.compared, { cpl: facts.from, dpl }), said.privilege.instruction],
		{ passed: gate ? facts.from <= gate.dpl : true }
	);
}

function pushed(facts: Facts, stack: Uint8Array | null): Stage['words'] {
	const switches = facts.from !== facts.to;
	const names = [
		...(pushesError(facts.vector) && !facts.external ? [said.errorCode] : []),
		...(switches ? FRAME_NAMES : FRAME_NAMES.slice(0, 3))
	];
	const view = stack && new DataView(stack.buffer, stack.byteOffset, stack.byteLength);
	return names.map((name, index) => ({
		at: facts.newEsp + index * 4,
		name,
		value: view && view.byteLength >= index * 4 + 4 ? view.getUint32(index * 4, true) : null
	}));
}

export function layout(state: TrapState, size: { width: number }): TrapMarks {
	const facts = read(state.trace, state.seq);
	const gate = state.gate && state.gate.length >= 8 ? decodeGate(state.gate) : null;
	const { from, to, vector } = facts;
	const arrival = toneOfRing(to);
	const frame = pushed(facts, state.stack);
	const eip = facts.newEip >= 0 ? facts.newEip : gate?.offset;
	const stages = [
		stage(
			'cause',
			facts.external
				? said.stages.interrupt
				: vector >= FIRST_USER_VECTOR
					? said.stages.instruction
					: said.stages.exception,
			toneOfRing(from),
			[
				facts.external
					? fill(said.cause.vector, { vector: hex(vector) })
					: fill(said.cause.named, { name: vectorName(vector), vector }),
				fill(said.cause.at, { ring: from, eip: address(facts.eip) }),
				...(pushesError(vector) && !facts.external ? [fill(said.cause.error, { error: hex(facts.error) })] : [])
			]
		),
		stage(
			'gate',
			said.stages.gate,
			'hw',
			gate
				? [
						`IDT[0x${vector.toString(16)}]`,
						`→ ${gate.selector.toString(16)}:${address(gate.offset)}`,
						fill(said.gate.line, { dpl: gate.dpl, kind: gate.clearsIf ? said.gate.interrupt : said.gate.trap })
					]
				: [`IDT[0x${vector.toString(16)}]`],
			{ passed: gate ? gate.present : null }
		),
		privilege(facts, gate),
		from === to
			? stage('stack', said.stages.stack, 'hw', [fill(said.stack.same, { ring: to, esp: address(facts.newEsp) })])
			: stage('stack', said.stages.stack, arrival, [
					`TSS.SS${to}:ESP${to}`,
					`→ ${to === 0 && state.ss0 ? `${state.ss0.toString(16)}:` : ''}${address(facts.newEsp + frame.length * 4)}`,
					fill(said.stack.left, { esp: facts.esp >= 0 ? address(facts.esp) : said.stack.old })
				]),
		stage('words', counted(said.words, frame.length), arrival, [], { words: frame }),
		stage('arrival', fill(said.stages.arrival, { ring: to }), arrival, [
			TONE_NAMES[arrival],
			...(eip === undefined ? [] : [fill(said.arrival.eip, { eip: address(eip) })]),
			fill(said.arrival.esp, { esp: address(facts.newEsp) })
		])
	];
	return { vector, fromRing: from, toRing: to, stages, columns: size.width < 380 ? 1 : size.width < 700 ? 2 : 3 };
}

const wordText = ({ name, value, at }: Stage['words'][number]): string =>
	fill(said.word, { name, value: value === null ? '' : address(value), address: address(at) });

function stageText({ title, lines, words: pushedWords, passed }: Stage): string {
	const line = fill(said.line, { title, lines: [...lines, ...pushedWords.map(wordText)].join('; ') });
	return passed === null ? line : fill(passed ? said.passed : said.refused, { line });
}

export const twin = (marks: TrapMarks): TwinLine[] =>
	marks.stages.map((stage) => ({ id: stage.id, text: stageText(stage) }));
