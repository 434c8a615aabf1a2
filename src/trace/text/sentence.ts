/** The text twin: one plain sentence an event, from the templates of the language. */
import { hypercallRow, opName } from '../../abi/hypercalls';
import { GNTMAP_host_map, GNTMAP_readonly, GNTTABOP } from '../../abi/structs/grant';
import { hex, hex8 } from '../../base';
import { CHECK_NAMES, type EventKind, type WideName } from '../events';
import { HYPERCALL_VECTOR, isIret, MASKERS, refused, valueName, vectorName } from '../values';
import type { TraceView } from '../view';
import { questionAt } from './check-values';
import { argumentText, domainName, isReserved, ringName, WIDE } from './names';
import { words } from '../../words';
import type { CountedKind, PartialKind, Phrases } from '../../words/language';
import { count } from '../../words/numbers';
import { counted, formFor } from '../../words/plural';
import { fill, fillBy, type Template } from '../../words/template';
import { REGISTER_NAMES } from '../../x86/registers';
import {
	FIRST_USER_VECTOR,
	PF_FETCH,
	PF_PRESENT,
	PF_RESERVED,
	PF_USER,
	PF_WRITE,
	pushesError,
	VECTOR
} from '../../x86/exceptions';

/** What stands in a place of a sentence. */
type Say = (view: TraceView, seq: number) => string;

const { phrases } = words;

/** A phrase whose places are arguments of the event. */
const phrase = (view: TraceView, seq: number, template: Template): string =>
	fillBy(template, (place) => RINGS[place]?.(view, seq) ?? argumentText(view, seq, place));

const ring =
	(argument: string): Say =>
	(view, seq) =>
		ringName(view.arg(seq, argument));

/** A ring among the arguments of any event. */
const RINGS: Readonly<Record<string, Say>> = { from_ring: ring('from_ring'), to_ring: ring('to_ring') };

// --- calls and updates -----------------------------------------------------------------------------------

/** `mmu_update(reqs 0x…, count 3)`, with the sub-operation's name where it has one. */
const callText: Say = (view, seq) => {
	const nr = view.arg(seq, 'nr');
	const row = hypercallRow(nr);
	const op = opName(nr, view.arg(seq, 'op'));
	const args = (row?.args ?? []).slice(0, 5).flatMap((name, index) => {
		const value = view.arg(seq, `arg${index + 1}`);
		if (view.partial && value === 0) return [];
		return index === 0 && row?.hasOp && op ? op : `${name} ${hex(value)}`;
	});
	return `${valueName(view, seq, 'nr')}(${args.join(', ')})`;
};

const outcome: Say = (view, seq) => {
	if (view.end(seq) < 0) return phrases.outcome.open;
	const result = view.arg(seq, 'result');
	if (isIret(view, seq)) return phrases.outcome.done;
	if (refused(view, seq)) return fill(phrases.outcome.refused, { result: argumentText(view, seq, 'result') });
	return result === 0 ? phrases.outcome.done : fill(phrases.outcome.result, { result });
};

/** A page-table entry, or the address of one: eight digits, or sixteen where it needs them. */
const entry =
	(name: WideName): Say =>
	(view, seq) => {
		const digits = view.value(seq, name).toString(16);
		return `0x${digits.padStart(digits.length > 8 ? 16 : 8, '0')}`;
	};

/** One entry of a batch. */
const updateText: Say = (view, seq) => {
	const op = valueName(view, seq, 'op');
	if (op.startsWith('MMUEXT_'))
		return fill(phrases.update.extended, { op, pointer: WIDE.hex64(view.value(seq, 'ptr')) });
	const [pointer, written] = [entry('ptr')(view, seq), entry('val')(view, seq)];
	if (!op) return fill(phrases.update.address, { address: pointer, entry: written });
	return fill(phrases.update.entry, { op, pointer, entry: written });
};

/** What a grant request asks for, by its operation. */
const GRANT_REQUESTS: Readonly<Record<number, keyof Phrases['grant']>> = {
	[GNTTABOP.map_grant_ref]: 'map',
	[GNTTABOP.unmap_grant_ref]: 'unmap',
	[GNTTABOP.unmap_and_replace]: 'replace',
	[GNTTABOP.copy]: 'copy',
	[GNTTABOP.transfer]: 'transfer',
	[GNTTABOP.swap_grant_ref]: 'swap'
};

function mappedText(view: TraceView, seq: number): string {
	const flags = view.arg(seq, 'flags');
	const readOnly = (flags & GNTMAP_readonly) !== 0;
	if ((flags & GNTMAP_host_map) !== 0) return readOnly ? phrases.mapped.readOnly : phrases.mapped.writable;
	return readOnly ? phrases.mapped.deviceReadOnly : phrases.mapped.device;
}

// --- traps -----------------------------------------------------------------------------------------------

/** Whether EIP is already past the instruction: #BP, #OF and INT n; a fault's EIP is the instruction's own (SDM vol. 3, 6.5). */
const isTrapClass = (vector: number): boolean =>
	vector === VECTOR.BP || vector === VECTOR.OF || vector >= FIRST_USER_VECTOR;

const TRAP: Readonly<Record<string, Say>> = {
	what: (view, seq) => {
		const vector = view.arg(seq, 'vector');
		if (vector === HYPERCALL_VECTOR) return phrases.trap.gate;
		const name = vectorName(vector);
		return vector < FIRST_USER_VECTOR ? name : fill(phrases.trap.software, { name });
	},
	where: (view, seq) => phrase(view, seq, isTrapClass(view.arg(seq, 'vector')) ? phrases.trap.before : phrases.trap.at),
	error: (view, seq) =>
		pushesError(view.arg(seq, 'vector')) ? fill(phrases.trap.error, { error: argumentText(view, seq, 'error') }) : '',
	way: (view, seq) =>
		phrase(view, seq, view.arg(seq, 'from_ring') === view.arg(seq, 'to_ring') ? phrases.trap.stays : phrases.trap.goes)
};

/** What a page fault's error code says. */
const faultText: Say = (view, seq) => {
	const error = view.arg(seq, 'error');
	const { fault } = phrases;
	const who = error & PF_USER ? fault.user : fault.supervisor;
	const did = error & PF_FETCH ? fault.fetch : error & PF_WRITE ? fault.write : fault.read;
	const reason = error & PF_RESERVED ? fault.reserved : error & PF_PRESENT ? fault.forbidden : fault.absent;
	return fill(fault.what, { who, did, reason });
};

const emulatedText: Say = (view, seq) => {
	const instruction = MASKERS[view.arg(seq, 'opcode')];
	return instruction
		? fill(phrases.emulated.passed, { instruction, eip: argumentText(view, seq, 'eip') })
		: phrase(view, seq, phrases.emulated.done);
};

// --- the hypervisor's doings -----------------------------------------------------------------------------

const answerText: Say = (view, seq) => {
	const { question, passed, values: facts } = questionAt(view, seq);
	const values = facts.map(({ what, text }) => `${what} ${text}`).join(', ');
	const answer = passed ? phrases.answer.yes : phrases.answer.no;
	return fill(values ? phrases.answer.values : phrases.answer.bare, { question, answer, values });
};

const pendingText: Say = (view, seq) => {
	const { pending } = phrases;
	const masked = view.arg(seq, 'masked') !== 0;
	const named = view.arg(seq, 'target_vcpu') > 0;
	return phrase(
		view,
		seq,
		named ? (masked ? pending.vcpuMasked : pending.vcpu) : masked ? pending.masked : pending.port
	);
};

const vcpu =
	(side: 'prev' | 'next'): Say =>
	(view, seq) => {
		const number = view.arg(seq, `${side}_dom`);
		const dom = domainName(number);
		return isReserved(number) ? dom : fill(phrases.vcpu, { dom, vcpu: view.arg(seq, `${side}_vcpu`) });
	};

// --- changes by hand -------------------------------------------------------------------------------------

const PORT_BITS = ['pendingCleared', 'pendingSet', 'maskCleared', 'maskSet'] as const;
const times = (n: number): string => counted(phrases.change.times, n);

type Change = (of_dom: string, where: number, value: number) => string;

/** What was changed by hand, in the order of HAND_CHANGES. */
const CHANGES: readonly Change[] = [
	(_dom, where, value) =>
		REGISTER_NAMES[where]
			? fill(phrases.change.register, { register: REGISTER_NAMES[where], value: hex(value) })
			: fill(phrases.change.anyRegister, { value: hex(value) }),
	(_dom, where, value) => counted(phrases.change.memory, value, { address: `0x${hex8(where)}` }),
	(_dom, where, value) => fill(phrases.change.entry, { index: value, frame: hex(where) }),
	(of_dom, where, value) =>
		fill(phrases.change.port, { port: where, of_dom, bits: phrases.change[PORT_BITS[value] ?? 'portBits'] }),
	(_dom, where, value) => fill(phrases.change.check, { check: CHECK_NAMES[where] ?? where, times: times(value) }),
	(_dom, _where, value) => fill(phrases.change.flush, { times: times(value) }),
	(of_dom, where, value) => fill(phrases.change.event, { port: where, of_dom, times: times(value) }),
	(_dom, where, value) =>
		fill(value > 1 ? phrases.change.turnNth : phrases.change.turn, {
			check: CHECK_NAMES[where] ?? where,
			times: times(value - 1)
		})
];

const changeText: Say = (view, seq) =>
	CHANGES[view.arg(seq, 'what')]?.(argumentText(view, seq, 'of_dom'), view.arg(seq, 'where'), view.arg(seq, 'value')) ??
	phrases.change.other;

/** What a change by hand overruled, in the order of OVERRULED. */
const OVERRULED: readonly Say[] = [
	(view, seq) => fill(phrases.overruled.check, { check: argumentText(view, seq, 'check') }),
	(view, seq) =>
		view.arg(seq, 'b')
			? fill(phrases.overruled.flushPage, { address: `0x${hex8(view.arg(seq, 'a'))}` })
			: phrases.overruled.flush,
	(view, seq) => fill(phrases.overruled.event, { port: view.arg(seq, 'b'), dom: domainName(view.arg(seq, 'a')) }),
	(view, seq) => fill(phrases.overruled.yes, { check: argumentText(view, seq, 'check') })
];

/** Places of a kind's sentence that are no arguments of the event. */
export const PLACES: { readonly [K in EventKind]?: Readonly<Record<string, Say>> } = {
	trap: TRAP,
	page_fault: { fault: faultText },
	hypercall: { call: callText, outcome },
	subcall: { call: callText, outcome },
	mmu_entry: { update: updateText, outcome },
	check: { answer: answerText },
	frame_type: {
		types: (view, seq) =>
			phrase(
				view,
				seq,
				view.arg(seq, 'old_type') === view.arg(seq, 'type') ? phrases.frame.same : phrases.frame.becomes
			)
	},
	pte_write: { old_entry: entry('old'), new_entry: entry('new') },
	emulate: { emulated: emulatedText },
	ptwr: { entry: entry('pte') },
	grant_entry: {
		request: (view, seq) => phrase(view, seq, phrases.grant[GRANT_REQUESTS[view.arg(seq, 'op')] ?? 'other']),
		outcome
	},
	grant_map: { mapped: mappedText },
	event_pending: { pending: pendingText },
	port_io: {
		access: (view, seq) => {
			const [way, ways] = view.arg(seq, 'io_write') ? (['write', 'writes'] as const) : (['read', 'reads'] as const);
			return phrase(view, seq, phrases.portIo[view.arg(seq, 'times') === 1 ? way : ways]);
		}
	},
	iret: { upcalls: (view, seq) => phrases.upcalls[view.arg(seq, 'upcall_mask') ? 'masked' : 'open'] },
	sched_switch: { prev: vcpu('prev'), next: vcpu('next') },
	timer_set: { deadline: (view, seq) => count(view.value(seq, 'deadline')) },
	timer_fire: { timer: (view, seq) => phrases.timer[view.arg(seq, 'periodic') ? 'periodic' : 'oneShot'] },
	irq_line: { goes: (view, seq) => phrases.line[view.arg(seq, 'high') ? 'high' : 'low'] },
	disk_command: {
		asked: (view, seq) => phrase(view, seq, phrases.disk[view.arg(seq, 'sectors') ? 'extent' : 'bare'])
	},
	disk_data: { way: (view, seq) => phrases.disk[view.arg(seq, 'to_host') ? 'from' : 'to'] },
	disk_dma: { way: (view, seq) => phrases.disk[view.arg(seq, 'to_host') ? 'into' : 'outOf'] },
	disk_done: {
		ended: (view, seq) => phrase(view, seq, phrases.disk[view.arg(seq, 'status') & 0x21 ? 'failed' : 'done'])
	},
	xenstore: {
		answer: (view, seq) =>
			view.arg(seq, 'error')
				? phrase(view, seq, phrases.xenstore.error)
				: counted(phrases.xenstore.bytes, view.arg(seq, 'bytes'))
	},
	change: { change: changeText },
	overruled: { overruled: (view, seq) => OVERRULED[view.arg(seq, 'what')]?.(view, seq) ?? phrases.overruled.other }
};

const isPartial = (kind: EventKind): kind is PartialKind => Object.hasOwn(words.partial, kind);

/** The argument that a sentence counts. */
const COUNTS: Readonly<Record<CountedKind, string>> = {
	tlb_flush: 'dropped',
	disk_data: 'bytes',
	disk_dma: 'bytes',
	frame_sent: 'bytes',
	frame_received: 'bytes',
	frame_dropped: 'bytes',
	frame_fault: 'bytes',
	grant_copy: 'bytes',
	domain_create: 'pages',
	console_output: 'bytes',
	console_input: 'bytes'
};
const isCounted = (kind: EventKind): kind is CountedKind => Object.hasOwn(COUNTS, kind);

const whole = (view: TraceView, seq: number, kind: EventKind): Template =>
	isCounted(kind) ? formFor(words.sentences[kind], view.arg(seq, COUNTS[kind])) : words.sentences[kind];

/** One plain sentence that says what happened, without its final stop. */
export function sentence(view: TraceView, seq: number): string {
	const kind = view.kindName(seq);
	const template = view.partial && isPartial(kind) ? words.partial[kind] : whole(view, seq, kind);
	const own = PLACES[kind];
	return fillBy(
		template,
		(place) => own?.[place]?.(view, seq) ?? RINGS[place]?.(view, seq) ?? argumentText(view, seq, place)
	);
}
