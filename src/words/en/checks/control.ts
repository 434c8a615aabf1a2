/** Questions about pointers, selectors, handlers, ports, grants, privileges and instructions. */
import type { CONTROL_CHECKS } from '../../../trace/events/checks/control';
import type { CheckTable } from '../../language';

export const CONTROL_QUESTIONS: CheckTable<typeof CONTROL_CHECKS> = {
	guest_pointer: {
		question: 'Does the pointer stay out of the hypervisor\u2019s part of the address space?',
		values: ['address', 'length']
	},
	guest_mapping: {
		question: 'Do the guest\u2019s page tables let its kernel touch the memory that the pointer names?',
		values: ['address', 'address that faulted']
	},
	hypercall_known: { question: 'Is there a hypercall with this number?', values: ['number', ''] },
	privileged: { question: 'Is the caller the control domain?', values: ['domain', ''] },
	built_in: { question: 'Is this hypercall part of this build of the hypervisor?', values: ['', ''] },
	multicall_nested: { question: 'Is this the only multicall under way?', values: ['calls', 'count'] },
	trap_handler: { question: 'Has the guest a handler for this vector?', values: ['vector', 'eip'] },
	handler_selector: { question: 'Is the handler\u2019s code selector other than null?', values: ['selector', 'eip'] },
	kernel_stack: {
		question: 'Does the guest kernel\u2019s stack take the exception frame?',
		values: ['stack selector', 'new stack pointer']
	},
	failsafe_registered: { question: 'Has the guest a failsafe callback?', values: ['selector', 'eip'] },
	failsafe_enters: {
		question: 'Is this the first failure on the way back, so that the failsafe callback is worth a try?',
		values: ['selector', 'eip']
	},
	segment_loads: {
		question: 'Can the guest\u2019s data segment be loaded?',
		values: ['selector', 'vector of the fault']
	},
	iret_selectors: {
		question: 'Does the processor accept the code and stack selectors that IRET is to load?',
		values: ['selector', 'error code']
	},
	iret_ring: {
		question: 'Does the frame lead to a ring outside the hypervisor\u2019s?',
		values: ['code selector', 'eip']
	},
	iret_mode: { question: 'Does the frame stay in protected mode?', values: ['eflags', 'eip'] },
	softint_permitted: {
		question: 'Does the guest\u2019s trap table let this ring use INT n for the vector?',
		values: ['dpl in the table', 'lowest dpl that will do']
	},
	gate_direct: {
		question: 'May the vector\u2019s real gate lead straight into the guest kernel?',
		values: ['code selector', 'eip']
	},
	descriptor_in_ldt: {
		question: 'Is it a page of the local descriptor table that is not mapped yet?',
		values: ['address', 'vcpu']
	},
	kernel_ring: {
		question: 'Does the privileged instruction come from the guest\u2019s kernel?',
		values: ['ring', 'opcode']
	},
	instruction_emulated: {
		question: 'Is it an instruction that the hypervisor carries out for guests?',
		values: ['opcode', 'eip']
	},
	iopl_covers: { question: 'Does the virtual I/O privilege level cover the ring?', values: ['virtual iopl', 'ring'] },
	tsc_readable: {
		question: 'Is it the guest\u2019s kernel that reads the time stamp, which CR4.TSD keeps from the rest?',
		values: ['ring', 'eip']
	},
	port_permitted: {
		question: 'Do the virtual I/O privilege level or the I/O bitmap let the guest use the port?',
		values: ['port', 'virtual iopl']
	},
	cr0_bits: { question: 'Does the write change nothing of CR0 but TS?', values: ['new value', 'virtual cr0'] },
	cr4_bits: { question: 'Does the write change nothing of CR4 but TSD and DE?', values: ['new value', 'virtual cr4'] },
	msr_readable: { question: 'May guests read this model-specific register?', values: ['register', ''] },
	msr_writable: {
		question: 'May guests write this value to the model-specific register?',
		values: ['register', 'low word']
	},
	hypercall_page_aligned: { question: 'Is it the address of a whole page?', values: ['address', ''] },
	hypercall_page: {
		question: 'Is the frame the guest\u2019s own and writable, so that it can become a hypercall page?',
		values: ['mfn', 'domain']
	},
	debugreg_known: { question: 'Is there a debug register with this number?', values: ['register', ''] },
	debugreg_readable: { question: 'Is there a debug register with this number to read?', values: ['register', ''] },
	breakpoint_address: {
		question: 'Does the breakpoint stay out of the hypervisor\u2019s part of the address space?',
		values: ['address', '']
	},
	debug_control: {
		question: 'Does DR7 leave general detect off, and port breakpoints unless CR4.DE is set?',
		values: ['value', '']
	},
	callback_type: { question: 'Is it a callback that a 32-bit guest may register?', values: ['type', ''] },
	callback_known: { question: 'Is it a callback that a 32-bit guest may have registered?', values: ['type', ''] },
	callback_optional: { question: 'Is it a callback that can be taken back?', values: ['type', ''] },
	callback_op_known: { question: 'Is it an operation of callback_op?', values: ['operation', ''] },
	nmi_op_known: { question: 'Is it an operation of nmi_op?', values: ['operation', ''] },
	event_op_known: { question: 'Is it an operation of event_channel_op?', values: ['operation', ''] },
	port_open: { question: 'Is the port an open end of an event channel?', values: ['port', 'state'] },
	port_exists: { question: 'Has the domain a record of such a port?', values: ['port', 'ports'] },
	pirq_number: { question: 'Is it a number that an interrupt could have?', values: ['pirq', 'interrupts'] },
	reset_under_way: { question: 'Is a reset of the domain\u2019s ports under way?', values: ['domain', ''] },
	event_op_old: { question: 'Is it an operation that the old call has?', values: ['operation', 'last'] },
	port_free: { question: 'Is there a free port?', values: ['port', 'most ports'] },
	remote_domain: { question: 'Is there a domain at the other end?', values: ['domain', ''] },
	channel_accepts: {
		question: 'Does the remote port wait for this domain?',
		values: ['remote port', 'domain that it waits for']
	},
	virq_exists: { question: 'Is there such a virtual interrupt for that vcpu?', values: ['virq', 'vcpu'] },
	virq_vcpu: { question: 'Has the domain the vcpu whose interrupt is to be bound?', values: ['vcpu', 'vcpus'] },
	virq_free: { question: 'Is the virtual interrupt unbound so far?', values: ['virq', 'port'] },
	ipi_vcpu: { question: 'Has the domain the vcpu that is to be signalled?', values: ['vcpu', 'vcpus'] },
	notify_vcpu: { question: 'Has the domain the vcpu that is to be told?', values: ['vcpu', 'vcpus'] },
	channel_moves: { question: 'May a channel of this kind be moved to another vcpu?', values: ['port', 'state'] },
	channel_sends: { question: 'Can the guest send on a channel of this kind?', values: ['port', 'state'] },
	pirq_allowed: { question: 'Was the physical interrupt given to the domain?', values: ['interrupt', 'domain'] },
	channel_domain: { question: 'Is there a domain with this number?', values: ['domain', ''] },
	channel_privilege: {
		question: 'Are the channels the caller\u2019s own, or is it the control domain?',
		values: ['domain', 'caller']
	},
	sched_op_known: { question: 'Is it an operation of sched_op?', values: ['operation', ''] },
	sched_compat_known: { question: 'Is it an operation of the old sched_op?', values: ['operation', ''] },
	poll_ports: { question: 'Are there at most so many ports to poll?', values: ['ports', 'most'] },
	shutdown_domain: { question: 'Is there a domain with this number?', values: ['domain', ''] },
	poll_port: { question: 'Is it a port that the domain has?', values: ['port', 'ports'] },
	watchdog_known: {
		question: 'Is it a watchdog that runs, or a new one with a time?',
		values: ['watchdog', 'seconds']
	},
	watchdog_free: { question: 'Is one of the two watchdogs free?', values: ['watchdog', ''] },
	timeout_sane: {
		question: 'Is the deadline within 13 days, so that the guest means it?',
		values: ['low word', 'high word']
	},
	period_sane: { question: 'Is the period at least a millisecond?', values: ['low word', 'high word'] },
	own_timer: { question: 'Does the vcpu set its own one-shot timer?', values: ['vcpu', 'caller'] },
	timer_stops_own: { question: 'Does the vcpu stop its own one-shot timer?', values: ['vcpu', 'caller'] },
	timeout_ahead: { question: 'Does the deadline lie ahead, as the guest demands?', values: ['low word', 'high word'] },
	vcpu_op_known: { question: 'Is it an operation of vcpu_op?', values: ['operation', ''] },
	vcpu_exists: { question: 'Has the domain a vcpu with this number?', values: ['vcpu', 'vcpus'] },
	vcpu_uninitialised: { question: 'Is the vcpu still without a context?', values: ['vcpu', ''] },
	vcpu_initialised: { question: 'Has the vcpu been given a context?', values: ['vcpu', ''] },
	vcpu_pinned: { question: 'Is the vcpu tied to one physical processor?', values: ['vcpu', ''] },
	vcpu_info_fits: { question: 'Does the vcpu_info fit the page at that offset?', values: ['offset', 'size'] },
	vcpu_info_movable: {
		question: 'Is the vcpu_info still in its first place, and the vcpu the caller or down?',
		values: ['vcpu', 'mfn']
	},
	nmi_without_argument: { question: 'Is the argument of send_nmi null?', values: ['argument', ''] },
	start_page_table: {
		question: 'Is the vcpu\u2019s first page table a valid top-level table of the domain?',
		values: ['mfn', 'domain']
	},
	assist_known: { question: 'Is it help that a 32-bit guest can have?', values: ['type', ''] },
	assist_command: { question: 'Is it enable or disable?', values: ['command', ''] },
	version_op_known: { question: 'Is it a question that xen_version answers?', values: ['operation', ''] },
	feature_submap: { question: 'Is there such a group of features?', values: ['group', ''] },
	console_op_known: { question: 'Is it an operation of console_io?', values: ['operation', ''] },
	console_read: { question: 'May the domain read the hypervisor\u2019s console?', values: ['domain', ''] },
	physdev_op_known: { question: 'Is it an operation of physdev_op?', values: ['operation', ''] },
	hardware_owner: { question: 'Was the hardware given to the domain?', values: ['operation', 'domain'] },
	iopl_exists: { question: 'Is it an I/O privilege level that there is?', values: ['iopl', 'highest'] },
	iobitmap_fits: {
		question: 'Does the I/O bitmap have at most 65,536 ports and stay out of the hypervisor\u2019s addresses?',
		values: ['address', 'ports']
	},
	fifo_vcpu: { question: 'Has the domain the vcpu whose control block it is to be?', values: ['vcpu', 'vcpus'] },
	control_block_fits: {
		question: 'Does the control block fit the page at that offset, a multiple of 8?',
		values: ['offset', 'size']
	},
	control_block_free: { question: 'Is the vcpu still without a control block?', values: ['vcpu', 'mfn'] },
	fifo_array: {
		question: 'Do the domain\u2019s events come by the FIFO ABI, which has an event array?',
		values: ['domain', '']
	},
	event_array_room: { question: 'Has the event array room for another page?', values: ['pages', 'most'] },
	fifo_queues: {
		question: 'Do the domain\u2019s events come by the FIFO ABI, which has priorities?',
		values: ['domain', '']
	},
	priority_open: { question: 'Is the port whose priority is to be set an open end?', values: ['port', ''] },
	priority_exists: { question: 'Is there such a priority?', values: ['priority', 'lowest'] },
	eoi_page_once: {
		question: 'Is it the first page that the domain gives for the ends of interrupts?',
		values: ['mfn', 'the first']
	},
	pirq_unbound: { question: 'Has the interrupt no port yet?', values: ['interrupt', 'port'] },
	irq_controller: { question: 'Has the I/O APIC a pin for the line?', values: ['line', 'pins'] },
	irq_free: {
		question: 'Is the interrupt line nobody else\u2019s, or do all who have it share it?',
		values: ['line', 'the first']
	},
	irq_line: { question: 'Has the machine the line that is to be mapped?', values: ['line', 'lines'] },
	irq_of_hardware: {
		question: 'Is it the hardware domain that names a line by its own number?',
		values: ['line', 'domain']
	},
	irq_permitted: { question: 'May the caller use the interrupt line?', values: ['line', 'domain'] },
	pirq_in_range: { question: 'Can the domain have an interrupt of that number?', values: ['interrupt', 'interrupts'] },
	pirq_is_its: { question: 'Has the line no other number in the domain?', values: ['line', 'its number'] },
	pirq_mapped: { question: 'Is there a line behind the domain\u2019s interrupt?', values: ['interrupt', 'domain'] },
	pirq_ended: { question: 'Has the domain the interrupt that it ends?', values: ['interrupt', 'domain'] },
	pirq_of_line: { question: 'Is it the interrupt of a line, and not a message?', values: ['type', 'lines'] },
	irq_privilege: {
		question: 'Is it the control domain that gives and takes interrupts?',
		values: ['operation', 'domain']
	},
	gsi_exists: { question: 'Could the machine have such a line?', values: ['line', 'lines'] },
	irq_controller_gsi: { question: 'Has the I/O APIC a pin for the line that is described?', values: ['line', 'pins'] },
	irq_pin: { question: 'Has the I/O APIC the entry that is written?', values: ['entry', 'entries'] },
	io_apic_there: { question: 'Is there an I/O APIC at that address?', values: ['address', 'the one'] },
	pirq_exists: { question: 'Could the domain have such an interrupt?', values: ['interrupt', 'interrupts'] },
	control_version: {
		question: 'Is it the interface version that this hypervisor understands?',
		values: ['version', 'the one']
	},
	control_command: { question: 'Is it a command that is carried out here?', values: ['command', ''] },
	control_other: { question: 'Is it about another domain than the caller?', values: ['domain', ''] },
	domain_paused: { question: 'Is the domain paused by its tools?', values: ['domain', ''] },
	create_number: { question: 'Is the number free that the new domain is to have?', values: ['domain', ''] },
	create_config: { question: 'Is it a domain that can be made on this machine?', values: ['flags', 'vcpus'] },
	create_memory: {
		question: 'Is there memory for what the hypervisor itself keeps of the new domain?',
		values: ['frames', 'free']
	},
	vcpus_as_created: {
		question: 'Is it the number of vcpus that the domain was made for?',
		values: ['vcpus', 'made for']
	},
	address_size: { question: 'Is it the width of addresses that domains have here?', values: ['bits', 'the one'] },
	control_vcpu: { question: 'Has the domain the vcpu that the command is about?', values: ['vcpu', 'vcpus'] },
	context_given: { question: 'Has the vcpu been given a context?', values: ['domain', 'vcpu'] },
	context_tables: {
		question: 'Does the context name the page table and descriptor tables that the vcpu has already?',
		values: ['domain', 'vcpu']
	},
	cpupool_exists: { question: 'Is there such a pool of processors?', values: ['pool', ''] },
	scheduler_command: {
		question: 'Is it something that a scheduling policy can be asked?',
		values: ['command', 'last one']
	},
	scheduler_meant: { question: 'Is it about the scheduling policy that is in use?', values: ['policy', 'the one'] },
	permission_own: { question: 'May the caller use itself what it gives or takes?', values: ['first', 'count'] },
	permission_range: { question: 'Is it a range of frames?', values: ['first', 'count'] },
	permission_ports: { question: 'Is it a range of ports?', values: ['first', 'count'] },
	control_domain: { question: 'Is there the domain that the command is about?', values: ['domain', 'command'] },
	counters_on: { question: 'Were performance counters for guests switched on at boot?', values: ['', ''] },
	hvm_op_known: { question: 'Is it an operation of hvm_op?', values: ['operation', ''] },
	hvm_parameter: {
		question: 'Is there such a parameter of fully virtualized domains?',
		values: ['parameter', 'parameters']
	},
	hvm_trace_record: { question: 'Does the record fit the trace?', values: ['number', 'extra bytes'] },
	build_id_privilege: {
		question: 'May the domain learn the number of the hypervisor\u2019s build?',
		values: ['domain', '']
	}
};
