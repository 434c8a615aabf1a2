import { row } from './row';

/** Questions about pointers, selectors, handlers, ports, grants, privileges and instructions. */
export const CONTROL_CHECKS = {
	guest_pointer: row(
		'Does the pointer stay out of the hypervisor\u2019s part of the address space?',
		'address',
		'length',
		'xen/include/asm-x86/x86_32/uaccess.h: access_ok'
	),
	guest_mapping: row(
		'Do the guest\u2019s page tables let its kernel touch the memory that the pointer names?',
		'address',
		'address that faulted',
		'xen/arch/x86/usercopy.c: __copy_from_user_ll'
	),
	hypercall_known: row(
		'Is there a hypercall with this number?',
		'number',
		'',
		'xen/arch/x86/x86_32/entry.S: bad_hypercall'
	),
	privileged: row('Is the caller the control domain?', 'domain', '', 'xen/include/xsm/dummy.h: xsm_default_action'),
	built_in: row('Is this hypercall part of this build of the hypervisor?', '', '', 'xen/include/public/xen.h'),
	multicall_nested: row(
		'Is this the only multicall under way?',
		'calls',
		'count',
		'xen/common/multicall.c: do_multicall'
	),
	trap_handler: row(
		'Has the guest a handler for this vector?',
		'vector',
		'eip',
		'xen/arch/x86/traps.c: null_trap_bounce'
	),
	handler_selector: row(
		'Is the handler\u2019s code selector other than null?',
		'selector',
		'eip',
		'xen/arch/x86/x86_32/entry.S: create_bounce_frame'
	),
	kernel_stack: row(
		'Does the guest kernel\u2019s stack take the exception frame?',
		'stack selector',
		'new stack pointer',
		'xen/arch/x86/x86_32/entry.S: create_bounce_frame'
	),
	failsafe_registered: row(
		'Has the guest a failsafe callback?',
		'selector',
		'eip',
		'xen/arch/x86/x86_32/entry.S: failsafe_callback'
	),
	failsafe_enters: row(
		'Is this the first failure on the way back, so that the failsafe callback is worth a try?',
		'selector',
		'eip',
		'xen/arch/x86/x86_32/entry.S: failsafe_callback'
	),
	segment_loads: row(
		'Can the guest\u2019s data segment be loaded?',
		'selector',
		'vector of the fault',
		'SDM vol. 3, 5.6'
	),
	iret_selectors: row(
		'Does the processor accept the code and stack selectors that IRET is to load?',
		'selector',
		'error code',
		'SDM vol. 3, 5.8.6'
	),
	iret_ring: row(
		'Does the frame lead to a ring outside the hypervisor\u2019s?',
		'code selector',
		'eip',
		'xen/arch/x86/x86_32/traps.c: do_iret'
	),
	iret_mode: row('Does the frame stay in protected mode?', 'eflags', 'eip', 'xen/arch/x86/x86_32/traps.c: do_iret'),
	softint_permitted: row(
		'Does the guest\u2019s trap table let this ring use INT n for the vector?',
		'dpl in the table',
		'lowest dpl that will do',
		'xen/arch/x86/traps.c: permit_softint'
	),
	gate_direct: row(
		'May the vector\u2019s real gate lead straight into the guest kernel?',
		'code selector',
		'eip',
		'xen/arch/x86/x86_32/traps.c: init_int80_direct_trap'
	),
	descriptor_in_ldt: row(
		'Is it a page of the local descriptor table that is not mapped yet?',
		'address',
		'vcpu',
		'xen/arch/x86/traps.c: handle_gdt_ldt_mapping_fault'
	),
	kernel_ring: row(
		'Does the privileged instruction come from the guest\u2019s kernel?',
		'ring',
		'opcode',
		'xen/arch/x86/pv/emul-priv-op.c'
	),
	instruction_emulated: row(
		'Is it an instruction that the hypervisor carries out for guests?',
		'opcode',
		'eip',
		'xen/arch/x86/pv/emul-priv-op.c'
	),
	iopl_covers: row(
		'Does the virtual I/O privilege level cover the ring?',
		'virtual iopl',
		'ring',
		'xen/arch/x86/pv/emul-priv-op.c: iopl_ok'
	),
	tsc_readable: row(
		'Is it the guest\u2019s kernel that reads the time stamp, which CR4.TSD keeps from the rest?',
		'ring',
		'eip',
		'xen/arch/x86/pv/emul-priv-op.c: read_cr; SDM vol. 2, RDTSC'
	),
	port_permitted: row(
		'Do the virtual I/O privilege level or the I/O bitmap let the guest use the port?',
		'port',
		'virtual iopl',
		'xen/arch/x86/pv/emul-priv-op.c: guest_io_okay'
	),
	cr0_bits: row(
		'Does the write change nothing of CR0 but TS?',
		'new value',
		'virtual cr0',
		'xen/arch/x86/pv/emul-priv-op.c: write_cr'
	),
	cr4_bits: row(
		'Does the write change nothing of CR4 but TSD and DE?',
		'new value',
		'virtual cr4',
		'xen/arch/x86/domain.c: pv_guest_cr4_fixup'
	),
	msr_readable: row(
		'May guests read this model-specific register?',
		'register',
		'',
		'xen/arch/x86/pv/emul-priv-op.c: read_msr'
	),
	msr_writable: row(
		'May guests write this value to the model-specific register?',
		'register',
		'low word',
		'xen/arch/x86/pv/emul-priv-op.c: write_msr'
	),
	hypercall_page_aligned: row(
		'Is it the address of a whole page?',
		'address',
		'',
		'xen/arch/x86/traps.c: guest_wrmsr_xen'
	),
	hypercall_page: row(
		'Is the frame the guest\u2019s own and writable, so that it can become a hypercall page?',
		'mfn',
		'domain',
		'xen/arch/x86/traps.c: wrmsr_hypervisor_regs'
	),
	debugreg_known: row(
		'Is there a debug register with this number?',
		'register',
		'',
		'xen/arch/x86/traps.c: set_debugreg'
	),
	debugreg_readable: row(
		'Is there a debug register with this number to read?',
		'register',
		'',
		'xen/arch/x86/traps.c: do_get_debugreg'
	),
	breakpoint_address: row(
		'Does the breakpoint stay out of the hypervisor\u2019s part of the address space?',
		'address',
		'',
		'xen/arch/x86/traps.c: set_debugreg'
	),
	debug_control: row(
		'Does DR7 leave general detect off, and port breakpoints unless CR4.DE is set?',
		'value',
		'',
		'xen/arch/x86/traps.c: set_debugreg'
	),
	callback_type: row(
		'Is it a callback that a 32-bit guest may register?',
		'type',
		'',
		'xen/arch/x86/pv/callback.c: compat_register_guest_callback'
	),
	callback_known: row(
		'Is it a callback that a 32-bit guest may have registered?',
		'type',
		'',
		'xen/arch/x86/pv/callback.c: compat_unregister_guest_callback'
	),
	callback_optional: row(
		'Is it a callback that can be taken back?',
		'type',
		'',
		'xen/arch/x86/pv/callback.c: compat_unregister_guest_callback'
	),
	callback_op_known: row('Is it an operation of callback_op?', 'operation', '', 'xen/include/public/callback.h'),
	nmi_op_known: row('Is it an operation of nmi_op?', 'operation', '', 'xen/include/public/nmi.h'),
	event_op_known: row('Is it an operation of event_channel_op?', 'operation', '', 'xen/include/public/event_channel.h'),
	port_open: row(
		'Is the port an open end of an event channel?',
		'port',
		'state',
		'xen/common/event_channel.c: port_is_valid'
	),
	port_exists: row(
		'Has the domain a record of such a port?',
		'port',
		'ports',
		'xen/include/xen/event.h: port_is_valid'
	),
	pirq_number: row(
		'Is it a number that an interrupt could have?',
		'pirq',
		'interrupts',
		'xen/common/event_channel.c: evtchn_bind_pirq'
	),
	reset_under_way: row(
		'Is a reset of the domain\u2019s ports under way?',
		'domain',
		'',
		'xen/common/event_channel.c: evtchn_reset'
	),
	event_op_old: row(
		'Is it an operation that the old call has?',
		'operation',
		'last',
		'xen/arch/x86/compat.c: do_event_channel_op_compat'
	),
	port_free: row('Is there a free port?', 'port', 'most ports', 'xen/common/event_channel.c: get_free_port'),
	remote_domain: row(
		'Is there a domain at the other end?',
		'domain',
		'',
		'xen/common/event_channel.c: evtchn_bind_interdomain'
	),
	channel_accepts: row(
		'Does the remote port wait for this domain?',
		'remote port',
		'domain that it waits for',
		'xen/common/event_channel.c: evtchn_bind_interdomain'
	),
	virq_exists: row(
		'Is there such a virtual interrupt for that vcpu?',
		'virq',
		'vcpu',
		'xen/common/event_channel.c: evtchn_bind_virq'
	),
	virq_vcpu: row(
		'Has the domain the vcpu whose interrupt is to be bound?',
		'vcpu',
		'vcpus',
		'xen/common/event_channel.c: evtchn_bind_virq'
	),
	virq_free: row(
		'Is the virtual interrupt unbound so far?',
		'virq',
		'port',
		'xen/common/event_channel.c: evtchn_bind_virq'
	),
	ipi_vcpu: row(
		'Has the domain the vcpu that is to be signalled?',
		'vcpu',
		'vcpus',
		'xen/common/event_channel.c: evtchn_bind_ipi'
	),
	notify_vcpu: row(
		'Has the domain the vcpu that is to be told?',
		'vcpu',
		'vcpus',
		'xen/common/event_channel.c: evtchn_bind_vcpu'
	),
	channel_moves: row(
		'May a channel of this kind be moved to another vcpu?',
		'port',
		'state',
		'xen/common/event_channel.c: evtchn_bind_vcpu'
	),
	channel_sends: row(
		'Can the guest send on a channel of this kind?',
		'port',
		'state',
		'xen/common/event_channel.c: evtchn_send'
	),
	pirq_allowed: row(
		'Was the physical interrupt given to the domain?',
		'interrupt',
		'domain',
		'xen/common/event_channel.c: evtchn_bind_pirq'
	),
	channel_domain: row(
		'Is there a domain with this number?',
		'domain',
		'',
		'xen/common/event_channel.c: do_event_channel_op'
	),
	channel_privilege: row(
		'Are the channels the caller\u2019s own, or is it the control domain?',
		'domain',
		'caller',
		'xen/include/xsm/dummy.h: xsm_evtchn_status'
	),
	sched_op_known: row('Is it an operation of sched_op?', 'operation', '', 'xen/include/public/sched.h'),
	sched_compat_known: row('Is it an operation of the old sched_op?', 'operation', '', 'xen/include/public/sched.h'),
	poll_ports: row('Are there at most so many ports to poll?', 'ports', 'most', 'xen/common/sched/core.c: do_poll'),
	shutdown_domain: row('Is there a domain with this number?', 'domain', '', 'xen/common/sched/core.c: do_sched_op'),
	poll_port: row('Is it a port that the domain has?', 'port', 'ports', 'xen/common/sched/core.c: do_poll'),
	watchdog_known: row(
		'Is it a watchdog that runs, or a new one with a time?',
		'watchdog',
		'seconds',
		'xen/common/sched/core.c: domain_watchdog'
	),
	watchdog_free: row('Is one of the two watchdogs free?', 'watchdog', '', 'xen/common/sched/core.c: domain_watchdog'),
	timeout_sane: row(
		'Is the deadline within 13 days, so that the guest means it?',
		'low word',
		'high word',
		'xen/common/sched/core.c: do_set_timer_op'
	),
	period_sane: row(
		'Is the period at least a millisecond?',
		'low word',
		'high word',
		'xen/common/domain.c: VCPUOP_set_periodic_timer'
	),
	own_timer: row(
		'Does the vcpu set its own one-shot timer?',
		'vcpu',
		'caller',
		'xen/common/domain.c: VCPUOP_set_singleshot_timer'
	),
	timer_stops_own: row(
		'Does the vcpu stop its own one-shot timer?',
		'vcpu',
		'caller',
		'xen/common/domain.c: VCPUOP_stop_singleshot_timer'
	),
	timeout_ahead: row(
		'Does the deadline lie ahead, as the guest demands?',
		'low word',
		'high word',
		'xen/common/domain.c: VCPUOP_set_singleshot_timer'
	),
	vcpu_op_known: row('Is it an operation of vcpu_op?', 'operation', '', 'xen/include/public/vcpu.h'),
	vcpu_exists: row('Has the domain a vcpu with this number?', 'vcpu', 'vcpus', 'xen/common/domain.c: do_vcpu_op'),
	vcpu_uninitialised: row('Is the vcpu still without a context?', 'vcpu', '', 'xen/common/domain.c: VCPUOP_initialise'),
	vcpu_initialised: row('Has the vcpu been given a context?', 'vcpu', '', 'xen/common/domain.c: VCPUOP_up'),
	vcpu_pinned: row(
		'Is the vcpu tied to one physical processor?',
		'vcpu',
		'',
		'xen/arch/x86/domain.c: VCPUOP_get_physid'
	),
	vcpu_info_fits: row(
		'Does the vcpu_info fit the page at that offset?',
		'offset',
		'size',
		'xen/common/domain.c: map_vcpu_info'
	),
	vcpu_info_movable: row(
		'Is the vcpu_info still in its first place, and the vcpu the caller or down?',
		'vcpu',
		'mfn',
		'xen/common/domain.c: map_vcpu_info'
	),
	nmi_without_argument: row(
		'Is the argument of send_nmi null?',
		'argument',
		'',
		'xen/common/domain.c: VCPUOP_send_nmi'
	),
	start_page_table: row(
		'Is the vcpu\u2019s first page table a valid top-level table of the domain?',
		'mfn',
		'domain',
		'xen/arch/x86/domain.c: arch_set_info_guest'
	),
	assist_known: row('Is it help that a 32-bit guest can have?', 'type', '', 'xen/common/kernel.c: do_vm_assist'),
	assist_command: row('Is it enable or disable?', 'command', '', 'xen/common/kernel.c: do_vm_assist'),
	version_op_known: row('Is it a question that xen_version answers?', 'operation', '', 'xen/include/public/version.h'),
	feature_submap: row('Is there such a group of features?', 'group', '', 'xen/include/public/features.h'),
	console_op_known: row(
		'Is it an operation of console_io?',
		'operation',
		'',
		'xen/drivers/char/console.c: do_console_io'
	),
	console_read: row(
		'May the domain read the hypervisor\u2019s console?',
		'domain',
		'',
		'xen/include/xsm/dummy.h: xsm_console_io'
	),
	physdev_op_known: row('Is it an operation of physdev_op?', 'operation', '', 'xen/include/public/physdev.h'),
	hardware_owner: row('Was the hardware given to the domain?', 'operation', 'domain', 'xen/arch/x86/physdev.c'),
	iopl_exists: row(
		'Is it an I/O privilege level that there is?',
		'iopl',
		'highest',
		'xen/arch/x86/physdev.c: PHYSDEVOP_set_iopl'
	),
	iobitmap_fits: row(
		'Does the I/O bitmap have at most 65,536 ports and stay out of the hypervisor\u2019s addresses?',
		'address',
		'ports',
		'xen/arch/x86/physdev.c: PHYSDEVOP_set_iobitmap'
	),
	fifo_vcpu: row(
		'Has the domain the vcpu whose control block it is to be?',
		'vcpu',
		'vcpus',
		'xen/common/event_fifo.c: evtchn_fifo_init_control'
	),
	control_block_fits: row(
		'Does the control block fit the page at that offset, a multiple of 8?',
		'offset',
		'size',
		'xen/common/event_fifo.c: evtchn_fifo_init_control'
	),
	control_block_free: row(
		'Is the vcpu still without a control block?',
		'vcpu',
		'mfn',
		'xen/common/event_fifo.c: map_control_block'
	),
	fifo_array: row(
		'Do the domain\u2019s events come by the FIFO ABI, which has an event array?',
		'domain',
		'',
		'xen/common/event_fifo.c: evtchn_fifo_expand_array'
	),
	event_array_room: row(
		'Has the event array room for another page?',
		'pages',
		'most',
		'xen/common/event_fifo.c: add_page_to_event_array'
	),
	fifo_queues: row(
		'Do the domain\u2019s events come by the FIFO ABI, which has priorities?',
		'domain',
		'',
		'xen/common/event_channel.h: evtchn_port_set_priority'
	),
	priority_open: row(
		'Is the port whose priority is to be set an open end?',
		'port',
		'',
		'xen/common/event_channel.h: evtchn_port_set_priority'
	),
	priority_exists: row(
		'Is there such a priority?',
		'priority',
		'lowest',
		'xen/common/event_fifo.c: evtchn_fifo_set_priority'
	),
	eoi_page_once: row(
		'Is it the first page that the domain gives for the ends of interrupts?',
		'mfn',
		'the first',
		'xen/arch/x86/physdev.c: PHYSDEVOP_pirq_eoi_gmfn_v2'
	),
	pirq_exists: row(
		'Has the machine such an interrupt line?',
		'line',
		'lines',
		'xen/arch/x86/physdev.c: PHYSDEVOP_irq_status_query'
	),
	control_version: row(
		'Is it the interface version that this hypervisor understands?',
		'version',
		'the one',
		'xen/common/domctl.c: do_domctl'
	),
	control_domain: row(
		'Is there the domain that the command is about?',
		'domain',
		'command',
		'xen/common/domctl.c: do_domctl'
	),
	counters_on: row(
		'Were performance counters for guests switched on at boot?',
		'',
		'',
		'xen/arch/x86/cpu/vpmu.c: do_xenpmu_op'
	),
	hvm_op_known: row('Is it an operation of hvm_op?', 'operation', '', 'xen/include/public/hvm/hvm_op.h'),
	hvm_parameter: row(
		'Is there such a parameter of fully virtualized domains?',
		'parameter',
		'parameters',
		'xen/include/public/hvm/params.h'
	),
	hvm_trace_record: row(
		'Does the record fit the trace?',
		'number',
		'extra bytes',
		'xen/arch/x86/hvm/hvm.c: HVMOP_xentrace'
	),
	build_id_privilege: row(
		'May the domain learn the number of the hypervisor\u2019s build?',
		'domain',
		'',
		'xen/include/xsm/dummy.h: xsm_xen_version'
	)
};
