/**
 * The catalogue of events: one row a kind. The recorder's columns, the score, the text twin, the
 * filters, the exporters and the tests all read this table; nothing else names an event.
 *
 * A row has no words: what an event is called and how it is told stands in `src/words`, by language.
 *
 * `trc` is the record that Xen's own tracer writes for the same thing (xen/include/public/trace.h), if it writes one.
 * `args` names what an event carries, each an unsigned 32-bit number unless its `ArgFormat` says otherwise.
 * `span` events last: they have an end, and what is recorded in between happened inside them. The last argument of one that has
 * any is its result, a word.
 *
 * An argument of a `WideFormat` holds 64 bits in two words under one name, the low one first. Whoever records it gives the
 * halves as `<name>_low` and `<name>_high` (words.ts), as the machine has them; whoever reads it gets one `ArgValue`: a number, or a
 * bigint where no number is exact (`TraceView.value`).
 */
export type ArgFormat = 'hex' | 'dec' | 'signed' | 'addr' | 'mfn' | 'dom' | 'port' | 'bool' | 'name' | WideFormat;
/** Formats of 64 bits, unsigned; `mac` is an Ethernet address, the byte that is sent first in bits 47 to 40. */
export type WideFormat = 'hex64' | 'dec64' | 'mac';

const WIDE_FORMATS: readonly ArgFormat[] = ['hex64', 'dec64', 'mac'] satisfies readonly WideFormat[];
export const isWide = (format: ArgFormat): format is WideFormat => WIDE_FORMATS.includes(format);

/** One kind of event. */
export interface EventRow {
	/** Xen's trace record, or null where Xen has none. */
	readonly trc: string | null;
	/** Where it happens: the lane that the mark belongs to. */
	readonly lane: 'hardware' | 'xen' | 'guest';
	readonly span: boolean;
	readonly args: readonly (readonly [name: string, format: ArgFormat])[];
}

const row = <const Span extends boolean, const Args extends readonly (readonly [string, ArgFormat])[]>(
	lane: EventRow['lane'],
	span: Span,
	trc: string | null,
	...args: Args
) => ({ lane, span, trc, args });

const ROWS = {
	// --- the processor -------------------------------------------------------------------------
	trap: row(
		'hardware',
		false,
		null,
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
		'hardware',
		false,
		null,
		['vector', 'dec'],
		['from_ring', 'dec'],
		['eip', 'addr'],
		['new_esp', 'addr']
	),
	page_fault: row('hardware', false, null, ['eip', 'addr'], ['addr', 'addr'], ['error', 'hex'], ['from_ring', 'dec']),
	far_return: row(
		'hardware',
		false,
		null,
		['from_ring', 'dec'],
		['to_ring', 'dec'],
		['eip', 'addr'],
		['esp', 'addr'],
		['eflags', 'hex']
	),
	ring_change: row('hardware', false, null, ['from_ring', 'dec'], ['to_ring', 'dec'], ['eip', 'addr']),
	halt: row('hardware', false, null, ['eip', 'addr']),
	tlb_flush: row('hardware', false, null, ['cause', 'name'], ['addr', 'addr'], ['dropped', 'dec']),
	timer: row('hardware', false, null, ['vector', 'dec']),
	shutdown: row('hardware', false, null),
	irq_line: row('hardware', false, null, ['line', 'dec'], ['high', 'bool']),
	disk_command: row(
		'hardware',
		false,
		null,
		['disk', 'dec'],
		['command', 'name'],
		['lba', 'dec64'],
		['sectors', 'dec']
	),
	disk_data: row('hardware', false, null, ['disk', 'dec'], ['to_host', 'bool'], ['lba', 'dec64'], ['bytes', 'dec']),
	disk_dma: row(
		'hardware',
		false,
		null,
		['disk', 'dec'],
		['to_host', 'bool'],
		['address', 'addr'],
		['bytes', 'dec'],
		['lba', 'dec64']
	),
	disk_done: row(
		'hardware',
		false,
		null,
		['disk', 'dec'],
		['command', 'name'],
		['status', 'hex'],
		['error', 'hex'],
		['lba', 'dec64']
	),
	frame_sent: row(
		'hardware',
		false,
		null,
		['card', 'dec'],
		['bytes', 'dec'],
		['dst', 'mac'],
		['src', 'mac'],
		['type', 'hex']
	),
	frame_received: row(
		'hardware',
		false,
		null,
		['card', 'dec'],
		['bytes', 'dec'],
		['dst', 'mac'],
		['src', 'mac'],
		['type', 'hex'],
		['page', 'hex']
	),
	frame_dropped: row('hardware', false, null, ['card', 'dec'], ['bytes', 'dec'], ['reason', 'name']),
	frame_fault: row('hardware', false, null, ['fault', 'name'], ['frame', 'dec'], ['bytes', 'dec']),

	// --- the hypervisor ------------------------------------------------------------------------
	hypercall: row(
		'xen',
		true,
		'TRC_PV_HYPERCALL_V2',
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
		'xen',
		true,
		'TRC_PV_HYPERCALL_SUBCALL',
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
		'xen',
		true,
		null,
		['op', 'dec'],
		['ptr', 'hex64'],
		['val', 'hex64'],
		['flags', 'hex'],
		['result', 'signed']
	),
	check: row('xen', false, null, ['check', 'name'], ['passed', 'bool'], ['a', 'hex'], ['b', 'hex']),
	frame_type: row(
		'xen',
		false,
		null,
		['mfn', 'mfn'],
		['old_type', 'name'],
		['type', 'name'],
		['type_count', 'dec'],
		['ref_count', 'dec'],
		['owner', 'dom']
	),
	pte_write: row(
		'xen',
		false,
		null,
		['mfn', 'mfn'],
		['index', 'dec'],
		['old', 'hex64'],
		['new', 'hex64'],
		['level', 'dec']
	),
	bounce: row(
		'xen',
		false,
		'TRC_PV_TRAP',
		['vector', 'dec'],
		['error', 'hex'],
		['handler_cs', 'hex'],
		['handler_eip', 'addr'],
		['frame_esp', 'addr'],
		['guest_eip', 'addr'],
		['from_ring', 'dec']
	),
	emulate: row('xen', false, 'TRC_PV_EMULATE_PRIVOP', ['eip', 'addr'], ['opcode', 'hex'], ['detail', 'hex']),
	forced_cpuid: row('xen', false, 'TRC_PV_FORCED_INVALID_OP', ['eip', 'addr'], ['leaf', 'hex']),
	ptwr: row('xen', false, 'TRC_PV_PTWR_EMULATION_PAE', ['pte', 'hex64'], ['addr', 'addr'], ['eip', 'addr']),
	descriptor_fault: row('xen', false, 'TRC_PV_GDT_LDT_MAPPING_FAULT', ['eip', 'addr'], ['offset', 'hex']),
	math_state: row('xen', false, 'TRC_PV_MATH_STATE_RESTORE'),
	failsafe: row('xen', false, null, ['eip', 'addr']),

	grant_entry: row(
		'xen',
		true,
		null,
		['op', 'name'],
		['of_dom', 'dom'],
		['what', 'hex'],
		['where', 'hex64'],
		['result', 'signed']
	),
	grant_map: row(
		'xen',
		false,
		'TRC_MEM_PAGE_GRANT_MAP',
		['of_dom', 'dom'],
		['ref', 'dec'],
		['mfn', 'mfn'],
		['handle', 'dec'],
		['flags', 'hex']
	),
	grant_unmap: row(
		'xen',
		false,
		'TRC_MEM_PAGE_GRANT_UNMAP',
		['of_dom', 'dom'],
		['ref', 'dec'],
		['mfn', 'mfn'],
		['handle', 'dec']
	),
	grant_copy: row(
		'xen',
		false,
		null,
		['from_mfn', 'mfn'],
		['from_offset', 'hex'],
		['to_mfn', 'mfn'],
		['to_offset', 'hex'],
		['bytes', 'dec']
	),
	grant_transfer: row('xen', false, 'TRC_MEM_PAGE_GRANT_TRANSFER', ['of_dom', 'dom'], ['ref', 'dec'], ['mfn', 'mfn']),

	event_send: row('xen', false, null, ['port', 'port'], ['remote_dom', 'dom'], ['remote_port', 'port']),
	event_pending: row(
		'xen',
		false,
		null,
		['target_dom', 'dom'],
		['port', 'port'],
		['masked', 'bool'],
		['target_vcpu', 'dec']
	),
	virq: row('xen', false, null, ['virq', 'dec'], ['port', 'port']),
	upcall: row(
		'xen',
		false,
		null,
		['handler_cs', 'hex'],
		['handler_eip', 'addr'],
		['frame_esp', 'addr'],
		['guest_eip', 'addr'],
		['from_ring', 'dec']
	),
	iret: row(
		'xen',
		false,
		null,
		['eip', 'addr'],
		['to_ring', 'dec'],
		['esp', 'addr'],
		['eflags', 'hex'],
		['upcall_mask', 'bool']
	),

	sched_switch: row(
		'xen',
		false,
		'TRC_SCHED_SWITCH',
		['prev_dom', 'dom'],
		['prev_vcpu', 'dec'],
		['next_dom', 'dom'],
		['next_vcpu', 'dec']
	),
	runstate: row(
		'xen',
		false,
		'TRC_SCHED_RUNSTATE_CHANGE',
		['of_dom', 'dom'],
		['of_vcpu', 'dec'],
		['old', 'name'],
		['new', 'name']
	),
	timer_set: row('xen', false, null, ['deadline', 'dec64']),
	timer_fire: row('xen', false, null, ['of_vcpu', 'dec'], ['periodic', 'bool']),

	domain_create: row('xen', false, 'TRC_SCHED_DOM_ADD', ['of_dom', 'dom'], ['pages', 'dec']),
	domain_start: row('xen', false, null, ['of_dom', 'dom'], ['eip', 'addr'], ['start_info', 'addr'], ['cr3', 'hex']),
	domain_crash: row('xen', false, null, ['of_dom', 'dom'], ['reason', 'name'], ['eip', 'addr']),
	domain_shutdown: row('xen', false, 'TRC_SCHED_SHUTDOWN', ['of_dom', 'dom'], ['reason', 'dec']),
	port_io: row(
		'xen',
		false,
		null,
		['io_port', 'hex'],
		['io_size', 'dec'],
		['io_value', 'hex'],
		['times', 'dec'],
		['io_write', 'bool']
	),
	pirq: row('xen', false, null, ['of_dom', 'dom'], ['irq', 'dec'], ['pirq', 'dec'], ['port', 'port']),

	// --- the toolstack -------------------------------------------------------------------------
	console_output: row('guest', false, null, ['of_dom', 'dom'], ['bytes', 'dec'], ['total', 'dec']),
	console_input: row('guest', false, null, ['of_dom', 'dom'], ['bytes', 'dec']),
	xenstore: row('guest', false, null, ['of_dom', 'dom'], ['op', 'name'], ['bytes', 'dec'], ['error', 'dec']),

	// --- changes made by hand ------------------------------------------------------------------
	change: row('hardware', false, null, ['what', 'name'], ['of_dom', 'dom'], ['where', 'hex'], ['value', 'hex']),
	overruled: row('xen', false, null, ['what', 'name'], ['check', 'name'], ['a', 'hex'], ['b', 'hex']),
	xen_crash: row('xen', false, null, ['because', 'dec'], ['eip', 'addr'])
} as const satisfies Record<string, EventRow>;

export type EventKind = keyof typeof ROWS;
export const EVENTS: { readonly [K in EventKind]: EventRow } = ROWS;

/** Kinds in catalogue order; an event's `kind` column holds the index into this list. */
export const EVENT_KINDS = Object.keys(EVENTS) as readonly EventKind[];

/** `KIND.hypercall` is the number of the kind `hypercall`. */
export const KIND = Object.freeze(Object.fromEntries(EVENT_KINDS.map((name, index) => [name, index]))) as {
	readonly [K in EventKind]: KindNumber<K>;
};
declare const KIND_NAME: unique symbol;
/** The number of kind `K`. */
export type KindNumber<K extends EventKind> = number & { readonly [KIND_NAME]: K };

/** Kinds that last: they have an end. */
export type SpanKind = { [K in EventKind]: (typeof ROWS)[K]['span'] extends true ? K : never }[EventKind];

/** The arguments of kind `K`, names and formats. */
export type ArgsOf<K extends EventKind> = (typeof ROWS)[K]['args'];
type ArgOf<K extends EventKind> = ArgsOf<K>[number];
type NamesIn<Arg, Format> = Arg extends readonly [infer Name extends string, Format] ? Name : never;
/** Names of arguments of a format, in whatever kind of event. */
export type NameOf<Format extends ArgFormat> = NamesIn<ArgOf<EventKind>, Format>;

/** Names of arguments that hold 64 bits, in whatever kind of event. */
export type WideName = NameOf<WideFormat>;
/** Names of arguments. */
export type ArgName = ArgOf<EventKind>[0];
