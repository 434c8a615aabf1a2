/**
 * One row a hypercall: number (xen/include/public/xen.h, __HYPERVISOR_*), how many argument registers
 * it reads (EBX, ECX, EDX, ESI, EDI), their names, and for calls with a sub-operation in the first
 * argument, the names of the operations.
 */
export interface HypercallRow {
	readonly nr: number;
	readonly args: readonly string[];
	/** Its first argument is a sub-operation. */
	readonly hasOp: boolean;
	readonly ops: Readonly<Record<number, string>>;
	readonly about: string;
}

const row = (nr: number, args: string, about: string, ops: Record<number, string> = {}): HypercallRow => ({
	nr,
	args: args ? args.split(' ') : [],
	hasOp: Object.keys(ops).length > 0,
	ops,
	about
});

const MMUEXT_OPS = {
	0: 'MMUEXT_PIN_L1_TABLE',
	1: 'MMUEXT_PIN_L2_TABLE',
	2: 'MMUEXT_PIN_L3_TABLE',
	3: 'MMUEXT_PIN_L4_TABLE',
	4: 'MMUEXT_UNPIN_TABLE',
	5: 'MMUEXT_NEW_BASEPTR',
	6: 'MMUEXT_TLB_FLUSH_LOCAL',
	7: 'MMUEXT_INVLPG_LOCAL',
	8: 'MMUEXT_TLB_FLUSH_MULTI',
	9: 'MMUEXT_INVLPG_MULTI',
	10: 'MMUEXT_TLB_FLUSH_ALL',
	11: 'MMUEXT_INVLPG_ALL',
	12: 'MMUEXT_FLUSH_CACHE',
	13: 'MMUEXT_SET_LDT',
	15: 'MMUEXT_NEW_USER_BASEPTR',
	16: 'MMUEXT_CLEAR_PAGE',
	17: 'MMUEXT_COPY_PAGE',
	18: 'MMUEXT_FLUSH_CACHE_GLOBAL',
	19: 'MMUEXT_MARK_SUPER',
	20: 'MMUEXT_UNMARK_SUPER'
} as const;
/** Names of mmuext_op's operations; they stand in the batch, not in an argument. */
export const MMUEXT_OP_NAMES: Readonly<Record<number, string>> = MMUEXT_OPS;
/** MMU_* commands: the low two bits of an mmu_update's pointer. */
export const MMU_UPDATE_NAMES = [
	'MMU_NORMAL_PT_UPDATE',
	'MMU_MACHPHYS_UPDATE',
	'MMU_PT_UPDATE_PRESERVE_AD',
	'MMU_PT_UPDATE_NO_TRANSLATE'
] as const;

export const HYPERCALLS = {
	set_trap_table: row(0, 'traps', 'Registers the guest kernel\u2019s exception handlers.'),
	mmu_update: row(1, 'reqs count done_out foreigndom', 'A batch of page-table updates, each validated.'),
	set_gdt: row(2, 'frames entries', 'Installs the frames of the guest\u2019s GDT.'),
	stack_switch: row(3, 'ss esp', 'Sets the kernel stack used when a trap leaves ring 3.'),
	set_callbacks: row(
		4,
		'event_selector event_address failsafe_selector failsafe_address',
		'Registers the event and failsafe callbacks.'
	),
	fpu_taskswitch: row(5, 'set', 'Sets or clears the task-switched bit that makes FPU use trap.'),
	sched_op_compat: row(6, 'cmd arg', 'Old form of sched_op.', { 0: 'yield', 1: 'block', 2: 'shutdown' }),
	platform_op: row(7, 'op', 'Platform control; for the control domain.'),
	set_debugreg: row(8, 'reg value', 'Writes a debug register, validated.'),
	get_debugreg: row(9, 'reg', 'Reads a debug register.'),
	update_descriptor: row(10, 'ma_low ma_high desc_low desc_high', 'Writes one segment descriptor, validated.'),
	memory_op: row(12, 'cmd arg', 'Changes or queries a domain\u2019s memory reservation.', {
		0: 'increase_reservation',
		1: 'decrease_reservation',
		2: 'maximum_ram_page',
		3: 'current_reservation',
		4: 'maximum_reservation',
		5: 'machphys_mfn_list',
		6: 'populate_physmap',
		7: 'add_to_physmap',
		9: 'memory_map',
		10: 'machine_memory_map',
		11: 'exchange',
		12: 'machphys_mapping',
		14: 'maximum_gpfn',
		15: 'remove_from_physmap'
	}),
	multicall: row(13, 'calls count', 'Several hypercalls with one crossing.'),
	update_va_mapping: row(14, 'va val_low val_high flags', 'Writes the L1 entry that maps an address, validated.'),
	set_timer_op: row(15, 'timeout_low timeout_high', 'Sets the one-shot timer, in nanoseconds of system time.'),
	event_channel_op_compat: row(16, 'op', 'Old form of event_channel_op.'),
	xen_version: row(17, 'cmd arg', 'Tells the version, features and build of the hypervisor.', {
		0: 'version',
		1: 'extraversion',
		2: 'compile_info',
		3: 'capabilities',
		4: 'changeset',
		5: 'platform_parameters',
		6: 'get_features',
		7: 'pagesize',
		8: 'guest_handle',
		9: 'commandline',
		10: 'build_id'
	}),
	console_io: row(18, 'cmd count buffer', 'Reads or writes the hypervisor\u2019s own console.', {
		0: 'write',
		1: 'read'
	}),
	physdev_op_compat: row(19, 'op', 'Old form of physdev_op.'),
	grant_table_op: row(20, 'cmd uop count', 'Shares frames with other domains.', {
		0: 'map_grant_ref',
		1: 'unmap_grant_ref',
		2: 'setup_table',
		3: 'dump_table',
		4: 'transfer',
		5: 'copy',
		6: 'query_size',
		7: 'unmap_and_replace',
		8: 'set_version',
		9: 'get_status_frames',
		10: 'get_version',
		11: 'swap_grant_ref',
		12: 'cache_flush'
	}),
	vm_assist: row(21, 'cmd type', 'Switches on help that a guest may ask for.', { 0: 'enable', 1: 'disable' }),
	update_va_mapping_otherdomain: row(
		22,
		'va val_low val_high flags domid',
		'update_va_mapping for another domain\u2019s frame.'
	),
	iret: row(23, '', 'Returns from an exception: pops its frame from the guest kernel\u2019s stack.'),
	vcpu_op: row(24, 'cmd vcpuid arg', 'Starts, stops and queries virtual processors.', {
		0: 'initialise',
		1: 'up',
		2: 'down',
		3: 'is_up',
		4: 'get_runstate_info',
		5: 'register_runstate_memory_area',
		6: 'set_periodic_timer',
		7: 'stop_periodic_timer',
		8: 'set_singleshot_timer',
		9: 'stop_singleshot_timer',
		10: 'register_vcpu_info',
		11: 'send_nmi',
		12: 'get_physid',
		13: 'register_vcpu_time_memory_area'
	}),
	mmuext_op: row(26, 'ops count done_out foreigndom', 'Pins page tables, changes CR3, flushes TLBs.'),
	xsm_op: row(27, 'op', 'Security modules.'),
	nmi_op: row(28, 'cmd arg', 'Registers an NMI handler.', { 0: 'register_callback', 1: 'unregister_callback' }),
	sched_op: row(29, 'cmd arg', 'Yields, blocks, polls or shuts down.', {
		0: 'yield',
		1: 'block',
		2: 'shutdown',
		3: 'poll',
		4: 'remote_shutdown',
		5: 'shutdown_code',
		6: 'watchdog',
		7: 'pin_override'
	}),
	callback_op: row(30, 'cmd arg', 'Registers one callback.', { 0: 'register', 1: 'unregister' }),
	xenoprof_op: row(31, 'op arg', 'Profiling.'),
	event_channel_op: row(32, 'cmd arg', 'Allocates, binds, sends on and closes event channels.', {
		0: 'bind_interdomain',
		1: 'bind_virq',
		2: 'bind_pirq',
		3: 'close',
		4: 'send',
		5: 'status',
		6: 'alloc_unbound',
		7: 'bind_ipi',
		8: 'bind_vcpu',
		9: 'unmask',
		10: 'reset',
		11: 'init_control',
		12: 'expand_array',
		13: 'set_priority'
	}),
	physdev_op: row(33, 'cmd arg', 'I/O privilege level, I/O bitmap, physical interrupts.', {
		5: 'irq_status_query',
		6: 'set_iopl',
		7: 'set_iobitmap',
		8: 'apic_read',
		9: 'apic_write',
		12: 'eoi',
		13: 'map_pirq',
		21: 'setup_gsi'
	}),
	hvm_op: row(34, 'op arg', 'For fully virtualized guests.'),
	sysctl: row(35, 'op', 'Machine control; for the control domain.'),
	domctl: row(36, 'op', 'Domain control; for the control domain.'),
	kexec_op: row(37, 'op arg', 'Kexec.'),
	tmem_op: row(38, 'op', 'Transcendent memory.'),
	xenpmu_op: row(40, 'op arg', 'Performance counters.'),
	mca: row(48, 'arg', 'Machine-check reports; for the control domain.')
} as const satisfies Record<string, HypercallRow>;

export type HypercallName = keyof typeof HYPERCALLS;

const BY_NUMBER = new Map<number, HypercallName>(
	(Object.keys(HYPERCALLS) as HypercallName[]).map((name) => [HYPERCALLS[name].nr, name])
);

/** The name of hypercall `nr`, or `hypercall_NN` for a number that has none. */
export const hypercallName = (nr: number): string => BY_NUMBER.get(nr) ?? `hypercall_${nr}`;
/** The row of hypercall `nr`, or undefined. */
export const hypercallRow = (nr: number): HypercallRow | undefined => {
	const name = BY_NUMBER.get(nr);
	return name && HYPERCALLS[name];
};
/** The name of sub-operation `op` of hypercall `nr`, or '' where it has none. */
export const opName = (nr: number, op: number): string => hypercallRow(nr)?.ops[op] ?? '';
