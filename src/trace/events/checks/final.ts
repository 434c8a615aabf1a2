/**
 * Answers that nobody can overrule: what the hypervisor would do after a yes does not exist. All other questions can
 * be switched off by whoever wants to see what they are good for.
 */
import type { CheckName } from './table';

/** The processor, or a part of the machine, has said no already; the question only puts it on record. */
const DECIDED: readonly CheckName[] = [
	'guest_mapping',
	'kernel_stack',
	'segment_loads',
	'iret_selectors',
	'heap_has_frames',
	'msr_readable',
	'callback_type',
	'callback_op_known',
	'hypercall_known',
	'sched_compat_known',
	'counters_on',
	'cr4_bits'
];

/** What was asked for is not there: no such domain, port, handler, operation or instruction. */
const MISSING: readonly CheckName[] = [
	'frame_exists',
	'trap_handler',
	'failsafe_registered',
	'remote_domain',
	'channel_domain',
	'channel_accepts',
	'foreign_exists',
	'domain_exists',
	'table_owner_exists',
	'table_owner_has_vcpu',
	'mmuext_command',
	'grant_call_known',
	'grant_domain',
	'grant_ref_exists',
	'grant_map_somehow',
	'grant_granter',
	'grant_handle',
	'grant_has_l1',
	'grant_copy_domain',
	'grant_flip_frame',
	'grant_flip_domain',
	'grant_flush_frame',
	'grant_flush_owner',
	'va_has_l1',
	'ldt_page_mapped',
	'ptwr_decoded',
	'instruction_emulated',
	'port_open',
	'port_exists',
	'virq_vcpu',
	'virq_exists',
	'ipi_vcpu',
	'notify_vcpu',
	'vcpu_exists',
	'poll_port',
	'watchdog_free',
	'watchdog_known',
	'debugreg_known',
	'debugreg_readable',
	'fifo_vcpu',
	'fifo_array',
	'fifo_queues',
	'pirq_number',
	'pirq_allowed',
	'irq_controller',
	'irq_controller_gsi',
	'irq_line',
	'irq_pin',
	'irq_free',
	'pirq_in_range',
	'pirq_is_its',
	'pirq_mapped',
	'pirq_ended',
	'pirq_of_line',
	'pirq_unbound',
	'io_apic_there',
	'gsi_exists',
	'reset_under_way',
	'priority_exists',
	'memory_op_known',
	'remote_exists',
	'control_domain',
	'control_command',
	'control_vcpu',
	'create_number',
	'vcpus_as_created',
	'address_size',
	'cpupool_exists',
	'scheduler_command',
	'scheduler_meant',
	'permission_range',
	'permission_ports',
	'domain_paused',
	'hvm_op_known',
	'memory_map_given',
	'eoi_page_once'
];

/** Without its limit the hypervisor would work without end. */
const LIMITS: readonly CheckName[] = [
	'create_config',
	'create_memory',
	'exchange_order',
	'exchange_sizes',
	'exchange_lists',
	'memory_map_size',
	'reservation_sane',
	'reservation_room',
	'grant_frames',
	'grant_memory',
	'grant_count',
	'grant_handle_left',
	'multicall_nested',
	'poll_ports',
	'gdt_entries',
	'gdt_size',
	'failsafe_enters',
	'event_array_room'
];

/** Why an answer is final. */
export const FINAL_REASONS = ['decided', 'missing', 'limit', 'summary'] as const;
export type FinalReason = (typeof FINAL_REASONS)[number];

const reasons = (names: readonly CheckName[], reason: FinalReason): [CheckName, FinalReason][] =>
	names.map((name) => [name, reason]);

/** Why the answer to a question is final, by its name. Questions that are not here can be overruled. */
export const FINAL_CHECKS: ReadonlyMap<CheckName, FinalReason> = new Map([
	...reasons(DECIDED, 'decided'),
	...reasons(MISSING, 'missing'),
	...reasons(LIMITS, 'limit'),
	// It sums up the questions about each entry.
	...reasons(['table_valid'], 'summary')
]);
