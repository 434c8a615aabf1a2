/** The text twin: one plain sentence an event. */
import { hypercallRow, opName } from '../abi/hypercalls';
import { GNTMAP_host_map, GNTMAP_readonly, GNTTABOP } from '../abi/structs/grant';
import { hex, hex8 } from '../base';
import { CHECK_NAMES, CHECKS, type ArgFormat, type CheckRow, type EventKind } from './events';
import { HYPERCALL_VECTOR, isIret, refused, valueName, vectorName } from './values';
import type { TraceView } from './view';
import { REGISTER_NAMES } from '../x86/registers';
import {
	FIRST_USER_VECTOR,
	PF_FETCH,
	PF_PRESENT,
	PF_RESERVED,
	PF_USER,
	PF_WRITE,
	pushesError,
	VECTOR
} from '../x86/exceptions';
import { count } from '../words/numbers';

type Words = (name: string) => string;
type Sentence = (arg: Words, view: TraceView, seq: number) => string;

const DOMIDS: Readonly<Record<number, string>> = {
	0x7ff0: 'itself',
	0x7ff1: 'I/O memory',
	0x7ff2: 'the hypervisor',
	0x7ff4: 'nobody',
	0x7fff: 'the idle processor'
};

/** `dom1`, or what a reserved number stands for. */
export const domainName = (dom: number): string => DOMIDS[dom] ?? `dom${dom}`;

const RING_NAMES = ['ring 0', 'ring 1', 'ring 2', 'ring 3'] as const;

const FORMATS: Readonly<Record<ArgFormat, (value: number) => string>> = {
	hex: (value) => hex(value),
	dec: (value) => String(value),
	signed: (value) => String(value),
	addr: (value) => `0x${hex8(value)}`,
	mfn: (value) => hex(value),
	dom: domainName,
	port: (value) => String(value),
	bool: (value) => (value ? 'yes' : 'no'),
	name: (value) => String(value)
};

/** An argument in words: its name where its values have names, else its number in the format of the catalogue. */
export function argumentText(view: TraceView, seq: number, argument: string): string {
	const named = valueName(view, seq, argument);
	if (named) return named.startsWith('-') ? `${named} (${view.arg(seq, argument)})` : named;
	const format = view.row(seq).args.find(([name]) => name === argument)?.[1] ?? 'dec';
	return FORMATS[format](view.arg(seq, argument));
}

const ring = (view: TraceView, seq: number, argument: string): string =>
	RING_NAMES[view.arg(seq, argument)] ?? 'no ring';

/** `mmu_update(reqs 0x…, count 3)`, with the sub-operation's name where it has one. */
function callText(view: TraceView, seq: number): string {
	const nr = view.arg(seq, 'nr');
	const row = hypercallRow(nr);
	const op = opName(nr, view.arg(seq, 'op'));
	const words = (row?.args ?? []).slice(0, 5).flatMap((name, index) => {
		const value = view.arg(seq, `arg${index + 1}`);
		if (view.partial && value === 0) return [];
		return index === row?.opArg && op ? op : `${name} ${hex(value)}`;
	});
	return `${valueName(view, seq, 'nr')}(${words.join(', ')})`;
}

function outcome(view: TraceView, seq: number): string {
	if (view.end(seq) < 0) return 'still going on';
	const result = view.arg(seq, 'result');
	if (isIret(view, seq)) return 'done';
	if (refused(view, seq)) return `refused with ${argumentText(view, seq, 'result')}`;
	return result === 0 ? 'done' : `result ${result}`;
}

/** Whether EIP is already past the instruction: #BP, #OF and INT n; a fault's EIP is the instruction's own (SDM vol. 3, 6.5). */
const isTrapClass = (vector: number): boolean =>
	vector === VECTOR.BP || vector === VECTOR.OF || vector >= FIRST_USER_VECTOR;

function trapText(arg: Words, view: TraceView, seq: number): string {
	const vector = view.arg(seq, 'vector');
	const withError = pushesError(vector) ? ` with error code ${arg('error')}` : '';
	const what = vector === HYPERCALL_VECTOR ? 'int 0x82, the hypercall gate,' : vectorName(vector);
	const where = isTrapClass(vector) ? `just before ${arg('eip')}` : `at ${arg('eip')}`;
	const [from, to] = [ring(view, seq, 'from_ring'), ring(view, seq, 'to_ring')];
	const path =
		from === to ? `stays in ${to}` : `goes from ${from} to ${to} and changes to the stack at ${arg('new_esp')}`;
	return `${what} ${where}${withError}: the processor ${path}, next instruction ${arg('new_eip')}`;
}

/** What a page fault's error code says. */
function faultText(error: number): string {
	const who = error & PF_USER ? 'user' : 'supervisor';
	const did = error & PF_FETCH ? 'instruction fetch' : error & PF_WRITE ? 'write' : 'read';
	const why =
		error & PF_RESERVED
			? 'a reserved bit is set in an entry'
			: error & PF_PRESENT
				? 'the entry forbids it'
				: 'no page is there';
	return `a ${who} ${did}, and ${why}`;
}

function checkText(_arg: Words, view: TraceView, seq: number): string {
	const name = CHECK_NAMES[view.arg(seq, 'check')];
	const row = CHECKS[name] as CheckRow;
	const values = row.values.map((value, index) =>
		value ? `${value} ${hex(view.arg(seq, index === 0 ? 'a' : 'b'))}` : ''
	);
	const shown = values.filter(Boolean).join(', ');
	return `${row.question} ${view.arg(seq, 'passed') ? 'Yes' : 'No'}${shown ? `: ${shown}` : ''}`;
}

const entry = (low: number, high: number): string => `0x${hex8(high)}${hex8(low)}`.replace(/^0x0{8}/, '0x');

/** One entry of a batch. In update_va_mapping the high half of the pointer holds the flags of the flush. */
function updateText(view: TraceView, seq: number): string {
	const op = valueName(view, seq, 'op');
	const [low, high] = [view.arg(seq, 'ptr_low'), view.arg(seq, 'ptr_high')];
	const value = entry(view.arg(seq, 'val_low'), view.arg(seq, 'val_high'));
	if (op.startsWith('MMUEXT_')) return `${op} of ${hex(low)}`;
	if (!op) return `Update of the entry that maps 0x${hex8(low)} with ${value}`;
	return `Update ${op} at ${entry(low, high)} with ${value}`;
}

/** What a grant request asks for, by its operation. */
const GRANT_TEXT: Readonly<Record<number, (arg: Words) => string>> = {
	[GNTTABOP.map_grant_ref]: (arg) => `Map reference ${arg('what')} of ${arg('of_dom')} at ${arg('where')}`,
	[GNTTABOP.unmap_grant_ref]: (arg) => `Unmap handle ${arg('what')} at ${arg('where')}`,
	[GNTTABOP.unmap_and_replace]: (arg) => `Unmap handle ${arg('what')} at ${arg('where')} and put another mapping there`,
	[GNTTABOP.copy]: (arg) => `Copy from ${arg('what')} of ${arg('of_dom')} to ${arg('where')}`,
	[GNTTABOP.transfer]: (arg) => `Transfer frame ${arg('where')} to ${arg('of_dom')} by its reference ${arg('what')}`,
	[GNTTABOP.swap_grant_ref]: (arg) => `Swap the references ${arg('what')} and ${arg('where')}`
};

const grantText: Sentence = (arg, view, seq) =>
	GRANT_TEXT[view.arg(seq, 'op')]?.(arg) ?? `Grant operation ${arg('op')}`;

/** Instructions that a virtual I/O privilege level lets pass, though they do nothing. */
const MASKERS: Readonly<Record<number, string>> = { 0xfa: 'cli', 0xfb: 'sti' };

const BIT_CHANGES = ['pending bit is cleared', 'pending bit is set', 'mask is cleared', 'mask is set'];
const times = (count: number): string => (count === 1 ? 'once' : `${count} times`);

/** What was changed by hand, in the order of HAND_CHANGES. */
const CHANGE_TEXT: readonly ((dom: string, where: number, value: number) => string)[] = [
	(_dom, where, value) => `${REGISTER_NAMES[where] ?? 'a register'} becomes ${hex(value)}`,
	(_dom, where, value) => `${value} ${value === 1 ? 'byte' : 'bytes'} of memory at 0x${hex8(where)}`,
	(_dom, where, value) => `entry ${value} of the page table in frame ${hex(where)}`,
	(dom, where, value) => `port ${where} of ${dom}: its ${BIT_CHANGES[value] ?? 'bits change'}`,
	(_dom, where, value) => `the question ${CHECK_NAMES[where] ?? where} is answered yes, ${times(value)}`,
	(_dom, _where, value) => `a TLB flush is left out, ${times(value)}`,
	(dom, where, value) => `an event for port ${where} of ${dom} is lost, ${times(value)}`
];

const changeText: Sentence = (arg, view, seq) =>
	`Changed by hand: ${CHANGE_TEXT[view.arg(seq, 'what')]?.(arg('of_dom'), view.arg(seq, 'where'), view.arg(seq, 'value')) ?? 'something'}`;

/** What a change by hand overruled, in the order of OVERRULED. */
const OVERRULED_TEXT: readonly ((arg: Words, a: number, b: number) => string)[] = [
	(arg) => `The answer to ${arg('check')} was no, and is overruled: the hypervisor goes on as if it were yes`,
	(_arg, a, b) =>
		`A flush of ${b ? `the page at 0x${hex8(a)}` : 'the TLB'} is left out: translations stay that should be gone`,
	(_arg, a, b) => `The event for port ${b} of ${domainName(a)} is lost on its way: no pending bit is set`
];

const SENTENCES: { readonly [K in EventKind]: Sentence } = {
	trap: trapText,
	interrupt: (arg, view, seq) =>
		`Interrupt ${arg('vector')} arrives in ${ring(view, seq, 'from_ring')} at ${arg('eip')}; the hypervisor takes it`,
	page_fault: (arg, view, seq) =>
		`The page walk for ${arg('addr')} fails at ${arg('eip')}: ${faultText(view.arg(seq, 'error'))}`,
	far_return: (arg, view, seq) =>
		`IRET returns from ${ring(view, seq, 'from_ring')} to ${ring(view, seq, 'to_ring')}, at ${arg('eip')}`,
	ring_change: (arg, view, seq) =>
		`Control moves from ${ring(view, seq, 'from_ring')} to ${ring(view, seq, 'to_ring')}, at ${arg('eip')}`,
	halt: (arg) => `The processor halts at ${arg('eip')} until the next interrupt`,
	tlb_flush: (arg, view, seq) => `${view.arg(seq, 'dropped')} translations leave the TLB: ${arg('cause')}`,
	timer: (arg) => `The local APIC timer fires vector ${arg('vector')}`,
	shutdown: () => 'A third fault while a double fault was delivered: the processor shuts down',
	hypercall: (_arg, view, seq) => `Hypercall ${callText(view, seq)}: ${outcome(view, seq)}`,
	subcall: (_arg, view, seq) => `In the batch, ${callText(view, seq)}: ${outcome(view, seq)}`,
	mmu_entry: (_arg, view, seq) => `${updateText(view, seq)}: ${outcome(view, seq)}`,
	check: checkText,
	frame_type: (arg, view, seq) =>
		`Frame ${arg('mfn')} of ${arg('owner')}: type ${view.arg(seq, 'old_type') === view.arg(seq, 'type') ? `${arg('type')} as before` : `${arg('old_type')} becomes ${arg('type')}`}, type count ${arg('type_count')}, references ${arg('ref_count')}`,
	pte_write: (arg, view, seq) =>
		`Entry ${arg('index')} of the level ${arg('level')} table in frame ${arg('mfn')} changes from ${entry(view.arg(seq, 'old_low'), view.arg(seq, 'old_high'))} to ${entry(view.arg(seq, 'new_low'), view.arg(seq, 'new_high'))}`,
	bounce: (arg, view, seq) =>
		`The hypervisor hands ${arg('vector')} from ${arg('guest_eip')} in ${ring(view, seq, 'from_ring')} to the guest's handler at ${arg('handler_eip')}, its frame at ${arg('frame_esp')}`,
	emulate: (arg, view, seq) =>
		MASKERS[view.arg(seq, 'opcode')]
			? `The hypervisor steps over ${MASKERS[view.arg(seq, 'opcode')]} at ${arg('eip')}: no fault, and no effect`
			: `The hypervisor carries out the privileged instruction ${arg('opcode')} at ${arg('eip')} in the guest's name (${arg('detail')})`,
	forced_cpuid: (arg) => `The guest asks Xen for CPUID leaf ${arg('leaf')} at ${arg('eip')}`,
	ptwr: (arg, view, seq) =>
		`The write to a page table at ${arg('addr')} by ${arg('eip')} is validated and done: ${entry(view.arg(seq, 'pte_low'), view.arg(seq, 'pte_high'))}`,
	descriptor_fault: (arg) =>
		`The page of the guest's descriptor table at offset ${arg('offset')} is mapped on first use, at ${arg('eip')}`,
	math_state: () => 'The FPU was asked for: the task-switched bit is cleared',
	failsafe: (arg) =>
		`A segment could not be reloaded: the guest's failsafe callback is entered instead of ${arg('eip')}`,
	grant_entry: (arg, view, seq) => `${grantText(arg, view, seq)}: ${outcome(view, seq)}`,
	grant_map: (arg, view, seq) =>
		`Frame ${arg('mfn')}, granted by ${arg('of_dom')} as reference ${arg('ref')}, is mapped ${view.arg(seq, 'flags') & GNTMAP_readonly ? 'read-only' : 'writable'}${view.arg(seq, 'flags') & GNTMAP_host_map ? '' : ' for a device'}: handle ${arg('handle')}`,
	grant_unmap: (arg) =>
		`Frame ${arg('mfn')}, granted by ${arg('of_dom')} as reference ${arg('ref')}, is unmapped: handle ${arg('handle')} is free`,
	grant_copy: (arg) =>
		`${arg('bytes')} bytes are copied from offset ${arg('from_offset')} of frame ${arg('from_mfn')} to offset ${arg('to_offset')} of frame ${arg('to_mfn')}`,
	grant_transfer: (arg) =>
		`Frame ${arg('mfn')} becomes a page of ${arg('of_dom')}, which accepted it by reference ${arg('ref')}`,
	event_send: (arg) =>
		`A notification goes out on port ${arg('port')}, to port ${arg('remote_port')} of ${arg('remote_dom')}`,
	event_pending: (arg, view, seq) =>
		`Port ${arg('port')} of ${arg('target_dom')} becomes pending${view.arg(seq, 'target_vcpu') > 0 ? ` for vcpu ${view.arg(seq, 'target_vcpu')}` : ''}${view.arg(seq, 'masked') ? ', but it is masked' : ''}`,
	virq: (arg) => `Virtual interrupt ${arg('virq')} is raised on port ${arg('port')}`,
	upcall: (arg, view, seq) =>
		`The guest's event callback at ${arg('handler_eip')} is entered in place of ${arg('guest_eip')} in ${ring(view, seq, 'from_ring')}`,
	iret: (arg, view, seq) =>
		`The iret hypercall returns to ${arg('eip')} in ${ring(view, seq, 'to_ring')}, upcalls ${view.arg(seq, 'upcall_mask') ? 'masked' : 'open'}`,
	sched_switch: (arg, view, seq) =>
		`The processor passes from ${vcpuText(arg('prev_dom'), view.arg(seq, 'prev_vcpu'))} to ${vcpuText(arg('next_dom'), view.arg(seq, 'next_vcpu'))}`,
	runstate: (arg) =>
		`Virtual processor ${arg('of_vcpu')} of ${arg('of_dom')} was ${arg('old')} and is now ${arg('new')}`,
	timer_set: (_arg, view, seq) =>
		`The guest's one-shot timer is set for ${count(view.arg(seq, 'deadline_low') + view.arg(seq, 'deadline_high') * 2 ** 32)} ns`,
	timer_fire: (arg, view, seq) =>
		`The ${view.arg(seq, 'periodic') ? 'periodic' : 'one-shot'} timer of virtual processor ${arg('of_vcpu')} runs out`,
	domain_create: (arg) => `The toolstack creates ${arg('of_dom')} with ${arg('pages')} pages`,
	domain_start: (arg) =>
		`The toolstack lets ${arg('of_dom')} run: EIP ${arg('eip')}, start_info at ${arg('start_info')}`,
	domain_crash: (arg) => `The hypervisor ends ${arg('of_dom')} at ${arg('eip')}: ${arg('reason')}`,
	domain_shutdown: (arg) => `${arg('of_dom')} shuts itself down: ${arg('reason')}`,
	console_output: (arg) => `${arg('of_dom')} wrote ${arg('bytes')} bytes on its console`,
	console_input: (arg) => `${arg('bytes')} typed bytes reach the console of ${arg('of_dom')}`,
	xenstore: (arg, view, seq) =>
		`xenstore answers ${arg('op')} of ${arg('of_dom')} with ${view.arg(seq, 'error') ? `error ${arg('error')}` : `${arg('bytes')} bytes`}`,
	change: changeText,
	overruled: (arg, view, seq) =>
		OVERRULED_TEXT[view.arg(seq, 'what')]?.(arg, view.arg(seq, 'a'), view.arg(seq, 'b')) ??
		'Something was overruled by hand',
	xen_crash: (arg) =>
		`The hypervisor meets a state that its own rules exclude, and stops the machine: a consequence of event ${arg('because')}`
};

const vcpuText = (dom: string, vcpu: number): string => (dom.startsWith('dom') ? `${dom} (vcpu ${vcpu})` : dom);

/** What can be said where the arguments that a sentence needs were not recorded. */
const PARTIAL_SENTENCES: { readonly [K in EventKind]?: Sentence } = {
	hypercall: (_arg, view, seq) => `Hypercall ${callText(view, seq)}`,
	subcall: (_arg, view, seq) => `In the batch, ${callText(view, seq)}`,
	bounce: (arg) => `The hypervisor hands ${arg('vector')} at ${arg('guest_eip')} to the guest's handler`,
	emulate: (arg) => `The hypervisor carries out the privileged instruction at ${arg('eip')} in the guest's name`,
	forced_cpuid: (arg) => `The guest uses Xen's emulation prefix at ${arg('eip')}`,
	grant_map: (arg) => `A page that ${arg('of_dom')} granted is mapped`,
	grant_unmap: (arg) => `A page that ${arg('of_dom')} granted is to be unmapped`,
	grant_transfer: (arg) => `A page becomes one of ${arg('of_dom')}`,
	domain_create: (arg) => `${arg('of_dom')} is created`
};

/** One plain sentence that says what happened, without its final stop. */
export function sentence(view: TraceView, seq: number): string {
	const kind = view.kindName(seq);
	const say = (view.partial ? PARTIAL_SENTENCES[kind] : undefined) ?? SENTENCES[kind];
	return say((argument) => argumentText(view, seq, argument), view, seq);
}
