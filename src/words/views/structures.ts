/** The picture of a structure laid over memory. */
import type { Plural } from '../template';
import type { Said } from './said';

export interface StructuresWords extends Said<
	| 'choose'
	| 'field'
	| 'detail'
	| 'asWords'
	| 'allZero'
	| 'countZero'
	| 'emptyText'
	| 'same'
	| 'zero'
	| 'unmapped'
	| 'twin'
	| 'row'
	| 'rowAbout'
> {
	readonly columns: readonly [offset: string, field: string, value: string, meaning: string];
	readonly bytes: Plural;
	/** Of many that stand one after another. */
	readonly each: Plural;
	readonly moreSet: Plural;
	/** Not all of it can be read. */
	readonly cut: Plural;
	/** What waits in a ring, for whom. */
	readonly rings: Said<'name' | 'nothing' | 'nonsense' | 'guest' | 'console' | 'xenstore'> & {
		readonly waits: Plural;
		readonly apart: Plural;
	};
	/** What values mean. */
	readonly meaning: Said<
		| 'frame'
		| 'port'
		| 'ring'
		| 'descriptor'
		| 'absentDescriptor'
		| 'update'
		| 'pending'
		| 'nothing'
		| 'masked'
		| 'open'
		| 'word'
		| 'beingWritten'
		| 'time'
		| 'trap'
		| 'trapMasks'
	> & { readonly ports: Plural };
	/** Flags by what they say. */
	readonly flags: {
		readonly start: Said<'privileged' | 'initial' | 'modules' | 'modulesByPage'>;
		readonly grant: Said<
			'access' | 'readOnly' | 'reading' | 'writing' | 'transfer' | 'completed' | 'committed' | 'transitive'
		>;
		readonly map: Said<'host' | 'device' | 'readOnly' | 'application' | 'entry'>;
		readonly copy: Said<'source' | 'destination'>;
	};
	/** What each field is for, by its structure: one short sentence, after the public headers' comments. */
	readonly about: {
		readonly start_info: Said<
			| 'magic'
			| 'nr_pages'
			| 'shared_info'
			| 'flags'
			| 'store_mfn'
			| 'store_evtchn'
			| 'console_mfn'
			| 'console_evtchn'
			| 'pt_base'
			| 'nr_pt_frames'
			| 'mfn_list'
			| 'mod_start'
			| 'mod_len'
			| 'cmd_line'
			| 'first_p2m_pfn'
			| 'nr_p2m_frames'
		>;
		readonly shared_info: Said<
			'vcpu_info' | 'evtchn_pending' | 'evtchn_mask' | 'wc_version' | 'wc_sec' | 'wc_nsec' | 'arch'
		>;
		readonly vcpu_info: Said<'evtchn_upcall_pending' | 'evtchn_upcall_mask' | 'evtchn_pending_sel' | 'arch' | 'time'>;
		readonly arch_vcpu_info: Said<'cr2'>;
		readonly vcpu_time_info: Said<
			'version' | 'tsc_timestamp' | 'system_time' | 'tsc_to_system_mul' | 'tsc_shift' | 'flags'
		>;
		readonly arch_shared_info: Said<'max_pfn' | 'pfn_to_mfn_frame_list_list' | 'nmi_reason'>;
		readonly xencons_interface: Said<'in' | 'out' | 'in_cons' | 'in_prod' | 'out_cons' | 'out_prod'>;
		readonly xenstore_domain_interface: Said<
			'req' | 'rsp' | 'req_cons' | 'req_prod' | 'rsp_cons' | 'rsp_prod' | 'server_features' | 'connection' | 'error'
		>;
		readonly grant_entry_v1: Said<'flags' | 'domid' | 'frame'>;
		readonly mmu_update: Said<'ptr' | 'val'>;
		readonly mmuext_op: Said<'cmd' | 'arg1' | 'arg2'>;
		readonly multicall_entry: Said<'op' | 'result' | 'args'>;
		readonly trap_info: Said<'vector' | 'flags' | 'cs' | 'address'>;
		readonly cpu_user_regs: Said<'error_code' | 'entry_vector' | 'saved_upcall_mask'>;
		readonly vcpu_runstate_info: Said<'state' | 'state_entry_time' | 'time'>;
		readonly sched_poll: Said<'ports' | 'nr_ports' | 'timeout'>;
		readonly sched_shutdown: Said<'reason'>;
		readonly trap_frame: Said<'eip' | 'cs' | 'eflags' | 'esp' | 'ss'>;
		readonly bounce_frame: Said<'eip' | 'cs' | 'saved_upcall_mask' | 'eflags'>;
		readonly tss: Said<'esp0' | 'ss0' | 'esp1' | 'ss1' | 'io_bitmap'>;
		readonly xsd_sockmsg: Said<'type' | 'req_id' | 'tx_id' | 'len'>;
		readonly evtchn_fifo_control_block: Said<'ready' | 'head'>;
		readonly evtchn_init_control: Said<'control_gfn' | 'offset' | 'link_bits'>;
		readonly evtchn_expand_array: Said<'array_gfn'>;
		readonly evtchn_set_priority: Said<'priority'>;
	};
}
