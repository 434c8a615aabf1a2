/**
 * The catalogue of events: one row a kind. The recorder's columns, the score, the text twin, the
 * filters, the exporters and the tests all read this table; nothing else names an event.
 *
 * `trc` is the record that Xen's own tracer writes for the same thing (xen/include/public/trace.h), if it writes one.
 * `args` names the words an event carries, each an unsigned 32-bit number unless its `ArgFormat` says otherwise.
 * `span` events last: they have an end, and what is recorded in between happened inside them.
 */
export type ArgFormat = 'hex' | 'dec' | 'signed' | 'addr' | 'mfn' | 'dom' | 'port' | 'bool' | 'name';

/** One kind of event. */
export interface EventRow {
	/** Title in the pictures and the text twin. */
	readonly title: string;
	/** What it means, one sentence for a learner. */
	readonly about: string;
	/** Xen's trace record, or null where Xen has none. */
	readonly trc: string | null;
	/** Where it happens: the lane that the mark belongs to. */
	readonly lane: 'hardware' | 'xen' | 'guest';
	readonly span: boolean;
	readonly args: readonly (readonly [name: string, format: ArgFormat])[];
}

const row = (
	title: string,
	lane: EventRow['lane'],
	span: boolean,
	trc: string | null,
	about: string,
	...args: [string, ArgFormat][]
): EventRow => ({ title, lane, span, trc, about, args });

export const EVENTS = {
	// --- the processor -------------------------------------------------------------------------
	trap: row(
		'trap',
		'hardware',
		false,
		null,
		'An exception or INT n took the processor through a gate of the IDT.',
		['vector', 'dec'],
		['error', 'hex'],
		['from_ring', 'dec'],
		['to_ring', 'dec'],
		['eip', 'addr'],
		['esp', 'addr'],
		['new_eip', 'addr'],
		['new_esp', 'addr']
	),
	interrupt: row(
		'interrupt',
		'hardware',
		false,
		null,
		'An external interrupt took the processor through a gate of the IDT.',
		['vector', 'dec'],
		['from_ring', 'dec'],
		['eip', 'addr'],
		['new_esp', 'addr']
	),
	page_fault: row(
		'#PF',
		'hardware',
		false,
		null,
		'The page walk failed: the processor raised a page fault.',
		['eip', 'addr'],
		['addr', 'addr'],
		['error', 'hex'],
		['from_ring', 'dec']
	),
	far_return: row(
		'iret',
		'hardware',
		false,
		null,
		'IRET popped EIP, CS and EFLAGS (and ESP, SS where the ring changed).',
		['from_ring', 'dec'],
		['to_ring', 'dec'],
		['eip', 'addr'],
		['esp', 'addr'],
		['eflags', 'hex']
	),
	ring_change: row(
		'ring change',
		'hardware',
		false,
		null,
		'A call gate, far return, SYSENTER or SYSEXIT moved the processor to another ring.',
		['from_ring', 'dec'],
		['to_ring', 'dec'],
		['eip', 'addr']
	),
	halt: row('hlt', 'hardware', false, null, 'The processor stopped until the next interrupt.', ['eip', 'addr']),
	tlb_flush: row(
		'TLB flush',
		'hardware',
		false,
		null,
		'Translations were dropped from the TLB.',
		['cause', 'name'],
		['addr', 'addr'],
		['dropped', 'dec']
	),
	timer: row('APIC timer', 'hardware', false, null, 'The local APIC timer reached zero.', ['vector', 'dec']),
	shutdown: row(
		'shutdown',
		'hardware',
		false,
		null,
		'A fault while a double fault was delivered stopped the processor.'
	),

	// --- the hypervisor ------------------------------------------------------------------------
	hypercall: row(
		'hypercall',
		'xen',
		true,
		'TRC_PV_HYPERCALL_V2',
		'A guest kernel asked the hypervisor for something it may not do itself.',
		['nr', 'dec'],
		['op', 'signed'],
		['arg1', 'hex'],
		['arg2', 'hex'],
		['arg3', 'hex'],
		['arg4', 'hex'],
		['arg5', 'hex'],
		['result', 'signed']
	),
	subcall: row(
		'multicall entry',
		'xen',
		true,
		'TRC_PV_HYPERCALL_SUBCALL',
		'One call of a multicall batch.',
		['nr', 'dec'],
		['op', 'signed'],
		['arg1', 'hex'],
		['arg2', 'hex'],
		['arg3', 'hex'],
		['arg4', 'hex'],
		['arg5', 'hex'],
		['result', 'signed']
	),
	mmu_entry: row(
		'one update',
		'xen',
		true,
		null,
		'One entry of an mmu_update, update_va_mapping or mmuext_op batch.',
		['op', 'dec'],
		['ptr_low', 'hex'],
		['ptr_high', 'hex'],
		['val_low', 'hex'],
		['val_high', 'hex'],
		['result', 'signed']
	),
	check: row(
		'decision',
		'xen',
		false,
		null,
		'The hypervisor asked a question and this was the answer.',
		['check', 'name'],
		['passed', 'bool'],
		['a', 'hex'],
		['b', 'hex']
	),
	frame_type: row(
		'frame type',
		'xen',
		false,
		null,
		'A frame of memory changed its type or its counts.',
		['mfn', 'mfn'],
		['old_type', 'name'],
		['type', 'name'],
		['type_count', 'dec'],
		['ref_count', 'dec'],
		['owner', 'dom']
	),
	pte_write: row(
		'entry written',
		'xen',
		false,
		null,
		'The hypervisor wrote a page-table entry on a guest\u2019s behalf.',
		['mfn', 'mfn'],
		['index', 'dec'],
		['old_low', 'hex'],
		['old_high', 'hex'],
		['new_low', 'hex'],
		['new_high', 'hex'],
		['level', 'dec']
	),
	bounce: row(
		'bounce',
		'xen',
		false,
		'TRC_PV_TRAP',
		'The hypervisor built an exception frame on the guest kernel\u2019s stack and sent it to its handler.',
		['vector', 'dec'],
		['error', 'hex'],
		['handler_cs', 'hex'],
		['handler_eip', 'addr'],
		['frame_esp', 'addr'],
		['guest_eip', 'addr'],
		['from_ring', 'dec']
	),
	emulate: row(
		'emulated',
		'xen',
		false,
		'TRC_PV_EMULATE_PRIVOP',
		'The hypervisor carried out a privileged instruction in the guest\u2019s name.',
		['eip', 'addr'],
		['opcode', 'hex'],
		['detail', 'hex']
	),
	forced_cpuid: row(
		'forced cpuid',
		'xen',
		false,
		'TRC_PV_FORCED_INVALID_OP',
		'The guest used Xen\u2019s emulation prefix to ask for the CPUID that Xen wants it to see.',
		['eip', 'addr'],
		['leaf', 'hex']
	),
	ptwr: row(
		'page-table write emulated',
		'xen',
		false,
		'TRC_PV_PTWR_EMULATION_PAE',
		'A write to a read-only page table was trapped, validated and done by the hypervisor.',
		['pte_low', 'hex'],
		['pte_high', 'hex'],
		['addr', 'addr'],
		['eip', 'addr']
	),
	descriptor_fault: row(
		'GDT/LDT mapping fault',
		'xen',
		false,
		'TRC_PV_GDT_LDT_MAPPING_FAULT',
		'A page of the guest\u2019s descriptor table was mapped on first use.',
		['eip', 'addr'],
		['offset', 'hex']
	),
	math_state: row(
		'FPU state restored',
		'xen',
		false,
		'TRC_PV_MATH_STATE_RESTORE',
		'TS was cleared after a device-not-available fault.'
	),
	failsafe: row(
		'failsafe callback',
		'xen',
		false,
		null,
		'A segment could not be reloaded or an iret failed: the guest\u2019s failsafe callback was entered.',
		['eip', 'addr']
	),

	grant_entry: row(
		'one grant request',
		'xen',
		true,
		null,
		'One request of a grant_table_op batch: to map, unmap, copy, transfer or swap.',
		['op', 'name'],
		['of_dom', 'dom'],
		['what', 'hex'],
		['where', 'hex'],
		['result', 'signed']
	),
	grant_map: row(
		'grant mapped',
		'xen',
		false,
		'TRC_MEM_PAGE_GRANT_MAP',
		'A frame that another domain granted was mapped; the handle stands for the mapping until it is undone.',
		['of_dom', 'dom'],
		['ref', 'dec'],
		['mfn', 'mfn'],
		['handle', 'dec'],
		['flags', 'hex']
	),
	grant_unmap: row(
		'grant unmapped',
		'xen',
		false,
		'TRC_MEM_PAGE_GRANT_UNMAP',
		'The mapping of a granted frame was undone.',
		['of_dom', 'dom'],
		['ref', 'dec'],
		['mfn', 'mfn'],
		['handle', 'dec']
	),
	grant_copy: row(
		'grant copy',
		'xen',
		false,
		null,
		'The hypervisor copied bytes from one frame to another, with the right that a grant gives.',
		['from_mfn', 'mfn'],
		['from_offset', 'hex'],
		['to_mfn', 'mfn'],
		['to_offset', 'hex'],
		['bytes', 'dec']
	),
	grant_transfer: row(
		'page transferred',
		'xen',
		false,
		'TRC_MEM_PAGE_GRANT_TRANSFER',
		'A page changed its owner, with what is in it.',
		['of_dom', 'dom'],
		['ref', 'dec'],
		['mfn', 'mfn']
	),

	event_send: row(
		'event send',
		'xen',
		false,
		null,
		'A notification was sent on an event channel.',
		['port', 'port'],
		['remote_dom', 'dom'],
		['remote_port', 'port']
	),
	event_pending: row(
		'event pending',
		'xen',
		false,
		null,
		'A port\u2019s pending bit was set where the receiver looks for it: in its shared_info, or in its event array.',
		['target_dom', 'dom'],
		['port', 'port'],
		['masked', 'bool'],
		['target_vcpu', 'dec']
	),
	virq: row(
		'virtual interrupt',
		'xen',
		false,
		null,
		'The hypervisor raised a virtual interrupt.',
		['virq', 'dec'],
		['port', 'port']
	),
	upcall: row(
		'upcall',
		'xen',
		false,
		null,
		'The hypervisor entered the guest\u2019s event callback.',
		['handler_cs', 'hex'],
		['handler_eip', 'addr'],
		['frame_esp', 'addr'],
		['guest_eip', 'addr'],
		['from_ring', 'dec']
	),
	iret: row(
		'iret hypercall',
		'xen',
		false,
		null,
		'A guest kernel returned through the iret hypercall.',
		['eip', 'addr'],
		['to_ring', 'dec'],
		['esp', 'addr'],
		['eflags', 'hex'],
		['upcall_mask', 'bool']
	),

	sched_switch: row(
		'switch',
		'xen',
		false,
		'TRC_SCHED_SWITCH',
		'The scheduler chose another virtual processor.',
		['prev_dom', 'dom'],
		['prev_vcpu', 'dec'],
		['next_dom', 'dom'],
		['next_vcpu', 'dec']
	),
	runstate: row(
		'runstate',
		'xen',
		false,
		'TRC_SCHED_RUNSTATE_CHANGE',
		'A virtual processor changed between running, runnable, blocked and offline.',
		['of_dom', 'dom'],
		['of_vcpu', 'dec'],
		['old', 'name'],
		['new', 'name']
	),
	timer_set: row(
		'timer set',
		'xen',
		false,
		null,
		'A guest set its one-shot timer.',
		['deadline_low', 'hex'],
		['deadline_high', 'hex']
	),
	timer_fire: row(
		'virtual timer',
		'xen',
		false,
		null,
		'A virtual timer of this domain ran out.',
		['of_vcpu', 'dec'],
		['periodic', 'bool']
	),

	domain_create: row(
		'domain created',
		'xen',
		false,
		'TRC_SCHED_DOM_ADD',
		'The toolstack created a domain.',
		['of_dom', 'dom'],
		['pages', 'dec']
	),
	domain_start: row(
		'domain started',
		'xen',
		false,
		null,
		'The toolstack let a domain run.',
		['of_dom', 'dom'],
		['eip', 'addr'],
		['start_info', 'addr'],
		['cr3', 'hex']
	),
	domain_crash: row(
		'domain crashed',
		'xen',
		false,
		null,
		'The hypervisor killed a domain, and only that domain.',
		['of_dom', 'dom'],
		['reason', 'name'],
		['eip', 'addr']
	),
	domain_shutdown: row(
		'domain shut down',
		'xen',
		false,
		'TRC_SCHED_SHUTDOWN',
		'A domain shut itself down.',
		['of_dom', 'dom'],
		['reason', 'dec']
	),

	// --- the toolstack -------------------------------------------------------------------------
	console_output: row(
		'console output',
		'guest',
		false,
		null,
		'The console daemon took bytes from a guest\u2019s ring.',
		['of_dom', 'dom'],
		['bytes', 'dec'],
		['total', 'dec']
	),
	console_input: row(
		'console input',
		'guest',
		false,
		null,
		'Typed bytes were placed in a guest\u2019s console ring.',
		['of_dom', 'dom'],
		['bytes', 'dec']
	),
	xenstore: row(
		'xenstore',
		'guest',
		false,
		null,
		'xenstore answered a request of a guest.',
		['of_dom', 'dom'],
		['op', 'name'],
		['bytes', 'dec'],
		['error', 'dec']
	),

	// --- changes made by hand ------------------------------------------------------------------
	change: row(
		'changed by hand',
		'hardware',
		false,
		null,
		'Whoever looks on changed something here: from this moment on the run is another one.',
		['what', 'name'],
		['of_dom', 'dom'],
		['where', 'hex'],
		['value', 'hex']
	),
	overruled: row(
		'overruled',
		'xen',
		false,
		null,
		'A change made by hand took effect: a no became a yes, a flush was left out, or an event was lost.',
		['what', 'name'],
		['check', 'name'],
		['a', 'hex'],
		['b', 'hex']
	),
	xen_crash: row(
		'hypervisor crashed',
		'xen',
		false,
		null,
		'A change made by hand led the hypervisor into a state that its own rules exclude: it stopped the machine.',
		['because', 'dec'],
		['eip', 'addr']
	)
} as const satisfies Record<string, EventRow>;

export type EventKind = keyof typeof EVENTS;

/** Kinds in catalogue order; an event's `kind` column holds the index into this list. */
export const EVENT_KINDS = Object.keys(EVENTS) as readonly EventKind[];

/** `KIND.hypercall` is the number of the kind `hypercall`. */
export const KIND = Object.freeze(Object.fromEntries(EVENT_KINDS.map((name, index) => [name, index]))) as {
	readonly [K in EventKind]: number;
};
