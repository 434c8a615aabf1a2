/** The picture of a structure laid over memory. */
import type { ViewWords } from '../../views';

export const STRUCTURES: ViewWords['structures'] = {
	choose: 'Choose a field to read what it is for.',
	field: '{field}: {about}',
	detail: '{name}, {size} ({header})',
	asWords: 'memory as words',
	allZero: 'all zero',
	countZero: '{count}, all zero',
	emptyText: "'' and more",
	same: 'the same',
	zero: 'All of it is zero.',
	unmapped: 'Nothing is mapped there.',
	twin: '{detail}. {problem}',
	row: '{row}.',
	rowAbout: '{row}: {about}.',
	columns: ['offset', 'field', 'value', 'meaning'],
	bytes: { one: '{count} byte', other: '{count} bytes' },
	each: { one: '{many} of {count} byte each', other: '{many} of {count} bytes each' },
	moreSet: { one: '{count} more is not zero', other: '{count} more are not zero' },
	cut: {
		one: 'Only {count} of its {wanted} bytes can be read: memory ends, or the next page is not mapped.',
		other: 'Only {count} of its {wanted} bytes can be read: memory ends, or the next page is not mapped.'
	},
	rings: {
		name: 'waits {bytes}',
		nothing: 'nothing',
		nonsense: 'nonsense',
		guest: 'the guest',
		console: 'the console daemon',
		xenstore: 'xenstore',
		waits: {
			one: '{count} of {size} bytes waits for {reader}',
			other: '{count} of {size} bytes wait for {reader}'
		},
		apart: {
			one: 'the indices are {count} byte apart in a ring of {size}',
			other: 'the indices are {count} bytes apart in a ring of {size}'
		}
	},
	meaning: {
		frame: 'frame {frame}',
		port: 'port {ports}',
		ports: { one: '{n} port', other: '{n} ports' },
		ring: 'ring {ring}',
		descriptor: '{what}, DPL {dpl}',
		absentDescriptor: '{what}, DPL {dpl}, not present',
		update: '{command}: entry {index} of frame {frame}',
		pending: 'pending',
		nothing: 'nothing',
		masked: 'masked',
		open: 'open',
		word: 'word {words}',
		beingWritten: 'being written',
		time: '{state} {time}',
		trap: 'DPL {dpl}',
		trapMasks: 'DPL {dpl}, masks upcalls'
	},
	flags: {
		start: {
			privileged: 'privileged',
			initial: 'initial domain',
			modules: 'modules',
			modulesByPage: 'mod_start is a page number'
		},
		grant: {
			access: 'permits access',
			readOnly: 'read-only',
			reading: 'being read',
			writing: 'being written',
			transfer: 'accepts a page',
			completed: 'which has come',
			committed: 'which is on its way',
			transitive: 'transitive'
		},
		map: {
			host: 'in page tables',
			device: 'for devices',
			readOnly: 'read-only',
			application: 'for user code too',
			entry: 'at the address of an entry'
		},
		copy: { source: 'the source is a grant', destination: 'the destination is one' }
	},
	about: {
		start_info: {
			magic: 'names the interface: xen-<version>-<platform>',
			nr_pages: 'pages that the domain was given',
			shared_info: 'machine address of shared_info',
			flags: 'SIF_*: privileged, initial domain, a boot module',
			store_mfn: 'machine frame of the xenstore ring',
			store_evtchn: 'port by which xenstore is told',
			console_mfn: 'machine frame of the console ring',
			console_evtchn: 'port by which the console daemon is told',
			pt_base: 'virtual address of the top page table',
			nr_pt_frames: 'frames of the page tables that the domain starts with',
			mfn_list: 'virtual address of the list from its pages to machine frames',
			mod_start: 'virtual address of the initial ramdisk',
			mod_len: 'bytes of the initial ramdisk',
			cmd_line: 'the command line',
			first_p2m_pfn: 'first page of the list, where it is not mapped at start',
			nr_p2m_frames: 'pages of that list'
		},
		shared_info: {
			vcpu_info: 'one for each of the first 32 vcpus',
			evtchn_pending: 'a bit a port: something happened',
			evtchn_mask: 'a bit a port: do not tell me',
			wc_version: 'odd while Xen writes the wall clock',
			wc_sec: 'wall-clock time of system time 0, seconds since 1970',
			wc_nsec: 'and nanoseconds',
			arch: 'what only x86 has'
		},
		vcpu_info: {
			evtchn_upcall_pending: 'not 0: enter the callback as soon as upcalls are open',
			evtchn_upcall_mask: 'not 0: no upcall, as cleared IF means no interrupt',
			evtchn_pending_sel: 'a bit a word of evtchn_pending that has something',
			arch: 'CR2 as a guest may read it',
			time: 'this vcpu’s clock'
		},
		arch_vcpu_info: {
			cr2: 'address of the last page fault'
		},
		vcpu_time_info: {
			version: 'odd while Xen writes',
			tsc_timestamp: 'time-stamp counter when the rest was written',
			system_time: 'nanoseconds since boot at that count',
			tsc_to_system_mul: 'nanoseconds a tick, as a fraction of 2^32',
			tsc_shift: 'shift the ticks by so much first',
			flags: 'bit 0: all vcpus’ counters agree'
		},
		arch_shared_info: {
			max_pfn: 'the guest’s highest page in its list',
			pfn_to_mfn_frame_list_list: 'frame of a list of lists of its page list',
			nmi_reason: 'why an NMI came'
		},
		xencons_interface: {
			in: 'bytes to the guest, a ring',
			out: 'bytes from the guest, a ring',
			in_cons: 'how far the guest has read; runs on without end',
			in_prod: 'how far the daemon has written',
			out_cons: 'how far the daemon has read',
			out_prod: 'how far the guest has written'
		},
		xenstore_domain_interface: {
			req: 'requests of the guest, a ring of bytes',
			rsp: 'replies and watch events, a ring of bytes',
			req_cons: 'how far xenstore has read',
			req_prod: 'how far the guest has written',
			rsp_cons: 'how far the guest has read',
			rsp_prod: 'how far xenstore has written',
			server_features: 'what the server offers',
			connection: '0: connected',
			error: 'not 0: the server gave up on this ring'
		},
		grant_entry_v1: {
			flags: 'what is permitted, and what is in use',
			domid: 'to whom',
			frame: 'which frame'
		},
		mmu_update: {
			ptr: 'machine address of the entry; its low two bits are the command',
			val: 'what it is to become'
		},
		mmuext_op: {
			cmd: 'MMUEXT_*',
			arg1: 'a machine frame, or a linear address',
			arg2: 'how many, a mask of vcpus, or a source frame'
		},
		multicall_entry: {
			op: 'number of the hypercall',
			result: 'what it returned',
			args: 'its arguments'
		},
		trap_info: {
			vector: 'exception vector',
			flags: 'bits 1–0: lowest privilege for INT n; bit 2: mask upcalls on entry',
			cs: 'selector of the handler',
			address: 'offset of the handler; 0 ends the table'
		},
		cpu_user_regs: {
			error_code: 'pushed by the exception',
			entry_vector: 'how the hypervisor was entered',
			saved_upcall_mask: 'the upcall mask when it was entered'
		},
		vcpu_runstate_info: {
			state: '0 running, 1 runnable, 2 blocked, 3 offline',
			state_entry_time: 'system time at which it began, nanoseconds',
			time: 'nanoseconds spent in each state'
		},
		sched_poll: {
			ports: 'address of an array of ports',
			nr_ports: 'how many',
			timeout: 'system time at which it gives up; 0 never'
		},
		sched_shutdown: {
			reason: 'SHUTDOWN_*'
		},
		trap_frame: {
			eip: 'where the interrupted code goes on',
			cs: 'its code segment; the low two bits are its ring',
			eflags: 'its flags',
			esp: 'its stack pointer, pushed when the ring changed',
			ss: 'its stack segment, likewise'
		},
		bounce_frame: {
			eip: 'where the interrupted code goes on',
			cs: 'its code segment, the ring patched to what the guest believes',
			saved_upcall_mask: 'the upcall mask that the interrupted code had',
			eflags: 'its flags, IF as the upcall mask says'
		},
		tss: {
			esp0: 'stack of an entry into ring 0',
			ss0: 'its segment',
			esp1: 'stack of an entry into ring 1',
			ss1: 'its segment',
			io_bitmap: 'offset of the I/O permission bitmap'
		},
		xsd_sockmsg: {
			type: 'XS_*: what is asked or answered',
			req_id: 'repeated in the answer',
			tx_id: 'the transaction, or 0',
			len: 'bytes that follow'
		},
		evtchn_fifo_control_block: {
			ready: 'a bit a priority: its queue has something',
			head: 'the first port of each queue'
		},
		evtchn_init_control: {
			control_gfn: 'frame of the control block',
			offset: 'where in it, a multiple of 8',
			link_bits: 'the answer: bits of a LINK field'
		},
		evtchn_expand_array: {
			array_gfn: 'frame of 1024 more event words'
		},
		evtchn_set_priority: {
			priority: 'the queue from now on: 0 is served first, 15 last'
		}
	}
};
