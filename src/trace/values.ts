/** Names for the numbers that events carry: what `ArgFormat` `name` means for each argument, and a few more. */
import { errnoName } from '../abi/errno';
import { GRANT_STATUS_NAMES } from '../abi/structs/grant';
import { hypercallName, hypercallRow, HYPERCALLS, MMU_UPDATE_NAMES, MMUEXT_OP_NAMES, opName } from '../abi/hypercalls';
import {
	ATA_COMMANDS,
	CHECK_NAMES,
	CRASH_REASONS,
	FRAME_DROPS,
	FRAME_FAULTS,
	FRAME_TYPES,
	HAND_CHANGES,
	KIND,
	OVERRULED,
	RUNSTATES,
	TLB_FLUSH_CAUSES,
	XENSTORE_OPS,
	type EventKind
} from './events';
import { ARG_COUNT, argIndex, IS_SPAN, type TraceView } from './view';
import { EXCEPTION_NAMES, exceptionName, FIRST_USER_VECTOR } from '../x86/exceptions';

/** Vector of Xen's hypercall gate on 32-bit x86 (xen/include/public/arch-x86/xen-x86_32.h). */
export const HYPERCALL_VECTOR = 0x82;

/** `#PF` for 14, `int 0x80` for a vector that is no exception. */
export const vectorName = (vector: number): string => exceptionName(vector) ?? `int 0x${vector.toString(16)}`;

/** Instructions, by opcode, that a virtual I/O privilege level lets pass, though they do nothing. */
export const MASKERS: Readonly<Record<number, string | undefined>> = { 0xfa: 'cli', 0xfb: 'sti' };

/** SHUTDOWN_* (xen/include/public/sched.h). */
export const SHUTDOWN_NAMES = ['poweroff', 'reboot', 'suspend', 'crash', 'watchdog', 'soft_reset'] as const;

/** VIRQ_* (xen/include/public/xen.h). */
const VIRQ_NAMES = [
	'TIMER',
	'DEBUG',
	'CONSOLE',
	'DOM_EXC',
	'TBUF',
	'',
	'DEBUGGER',
	'XENOPROF',
	'CON_RING',
	'PCPU_STATE',
	'MEM_EVENT',
	'ARGO',
	'ENOMEM',
	'XENPMU'
];

type Namer = (view: TraceView, seq: number, value: number) => string | undefined;

const list =
	(names: readonly string[]): Namer =>
	(_view, _seq, value) =>
		names[value];
const vector: Namer = (_view, _seq, value) => vectorName(value);
const callName: Namer = (_view, _seq, value) => hypercallName(value);
const callOp: Namer = (view, seq, value) => opName(view.arg(seq, 'nr'), value) || undefined;

/** Sub-operation of a batch's entry: which list it comes from follows from the call around it. */
const entryOp: Namer = (view, seq, value) => {
	const span = view.parent(seq);
	const around = span >= 0 && isCall(view, span) ? hypercallName(view.arg(span, 'nr')) : '';
	if (around === 'mmuext_op') return MMUEXT_OP_NAMES[value];
	return around === 'mmu_update' || around === '' ? MMU_UPDATE_NAMES[value] : undefined;
};

const grantOp: Namer = (_view, _seq, value) => opName(HYPERCALLS.grant_table_op.nr, value) || undefined;
/** A request of a batch has a status of its own, which is no errno. */
const grantStatus: Namer = (_view, _seq, value) => (value < 0 ? GRANT_STATUS_NAMES[-value] : undefined);

/** The question that was overruled; none for flushes and events. */
const overruledCheck: Namer = (view, seq, value) => (view.arg(seq, 'what') === 0 ? CHECK_NAMES[value] : undefined);

const ATA_NAMES = new Map<number, string>(Object.entries(ATA_COMMANDS).map(([name, code]) => [code, name]));
const ataCommand: Namer = (_view, _seq, value) => ATA_NAMES.get(value);

const NAMERS: { readonly [K in EventKind]?: Readonly<Record<string, Namer>> } = {
	trap: { vector },
	interrupt: { vector: (_view, _seq, value) => `0x${value.toString(16)}` },
	bounce: { vector },
	tlb_flush: { cause: list(TLB_FLUSH_CAUSES) },
	disk_command: { command: ataCommand },
	disk_done: { command: ataCommand },
	frame_dropped: { reason: list(FRAME_DROPS) },
	frame_fault: { fault: list(FRAME_FAULTS) },
	hypercall: { nr: callName, op: callOp },
	subcall: { nr: callName, op: callOp },
	mmu_entry: { op: entryOp },
	grant_entry: { op: grantOp, result: grantStatus },
	check: { check: list(CHECK_NAMES) },
	frame_type: { old_type: list(FRAME_TYPES), type: list(FRAME_TYPES) },
	runstate: { old: list(RUNSTATES), new: list(RUNSTATES) },
	virq: { virq: list(VIRQ_NAMES) },
	domain_crash: { reason: list(CRASH_REASONS) },
	domain_shutdown: { reason: list(SHUTDOWN_NAMES) },
	xenstore: { op: list(XENSTORE_OPS) },
	change: { what: list(HAND_CHANGES) },
	overruled: { what: list(OVERRULED), check: overruledCheck }
};

/** The argument that a query's `name=` means, for the kinds that have one. */
export const NAME_ARGUMENT: { readonly [K in EventKind]?: string } = {
	trap: 'vector',
	interrupt: 'vector',
	bounce: 'vector',
	disk_command: 'command',
	disk_done: 'command',
	frame_dropped: 'reason',
	frame_fault: 'fault',
	hypercall: 'nr',
	subcall: 'nr',
	check: 'check',
	virq: 'virq',
	xenstore: 'op',
	mmu_entry: 'op',
	grant_entry: 'op',
	change: 'what',
	overruled: 'what'
};

/** Whether `seq` is a page fault or another exception of the processor. */
export const isFault = (view: TraceView, seq: number): boolean => {
	const kind = view.kind(seq);
	return kind === KIND.page_fault || (kind === KIND.trap && view.arg(seq, 'vector') < FIRST_USER_VECTOR);
};
/** Whether `seq` is a hypercall or an entry of a multicall. */
export const isCall = (view: TraceView, seq: number): boolean => {
	const kind = view.kind(seq);
	return kind === KIND.hypercall || kind === KIND.subcall;
};

/** The name for the value of an argument, or '' where it has none. Results below zero read `-EINVAL`. */
export function valueName(view: TraceView, seq: number, argument: string): string {
	const namer = NAMERS[view.kindName(seq)]?.[argument];
	if (!namer && argument !== 'result') return '';
	const value = view.arg(seq, argument);
	if (!namer) return value < 0 && value > -4096 && !isIret(view, seq) ? `-${errnoName(value)}` : '';
	return namer(view, seq, value) ?? '';
}

/** What else the name of an argument's value depends on, as a number: the call that an operation belongs to. */
export function nameContext(view: TraceView, seq: number, argument: string): number {
	if (argument === 'op' && isCall(view, seq)) return view.arg(seq, 'nr');
	if (argument === 'op' && view.kind(seq) === KIND.mmu_entry) {
		const span = view.parent(seq);
		return span >= 0 && isCall(view, span) ? view.arg(span, 'nr') : -1;
	}
	return argument === 'result' && isIret(view, seq) ? 1 : 0;
}

/** Whether values of this argument have names. */
export const hasNames = (kind: EventKind, argument: string): boolean =>
	argument === 'result' || NAMERS[kind]?.[argument] !== undefined;

/** Whether `seq` is the iret hypercall, whose result is the EAX of the code that it returns to. */
export const isIret = (view: TraceView, seq: number): boolean =>
	isCall(view, seq) && hypercallName(view.arg(seq, 'nr')) === 'iret';

const PASSED = argIndex(KIND.check, 'passed');

/** Whether the guest was told no: a result of -errno, or a question answered with no. */
export function refused(view: TraceView, seq: number): boolean {
	const kind = view.kind(seq);
	if (kind === KIND.check) return view.arg(seq, PASSED) === 0;
	if (IS_SPAN[kind] !== 1 || view.end(seq) < 0) return false;
	const result = view.arg(seq, ARG_COUNT[kind] - 1);
	return result < 0 && result > -4096 && !isIret(view, seq);
}

/** Largest number that a small enumeration uses. */
const NAMED_TO = 64;

const distinct = (names: readonly string[]): string[] => [...new Set(names.filter(Boolean))];
const opsOf = (nr: number): string[] => Object.values(hypercallRow(nr)?.ops ?? {});

/**
 * Every name that a value of this argument may have, in the order of the values.
 * @param call number of the hypercall whose operations are meant; all hypercalls' when left out
 */
export function namesOf(kind: EventKind, argument: string, call?: number): string[] {
	const namer = NAMERS[kind]?.[argument];
	const upTo = (count: number, name: (value: number) => string): string[] =>
		distinct(Array.from({ length: count }, (_none, value) => name(value)));
	if (namer === grantStatus) return GRANT_STATUS_NAMES.slice(1);
	if (argument === 'result') return upTo(134, (value) => (value > 0 ? `-${errnoName(value)}` : ''));
	if (namer === undefined) return [];
	if (namer === vector) return distinct([...EXCEPTION_NAMES, 'int 0x80', vectorName(HYPERCALL_VECTOR)]);
	if (namer === ataCommand) return Object.keys(ATA_COMMANDS);
	if (namer === callName) return Object.keys(HYPERCALLS);
	if (namer === callOp)
		return call === undefined
			? distinct(Object.values(HYPERCALLS).flatMap(({ nr }) => opsOf(nr)))
			: distinct(opsOf(call));
	if (namer === entryOp) return distinct([...MMU_UPDATE_NAMES, ...Object.values(MMUEXT_OP_NAMES)]);
	return upTo(NAMED_TO, (value) => namer(NO_VIEW, -1, value) ?? '');
}

/** For namers that look at nothing but the value. */
const NO_VIEW = {} as TraceView;
