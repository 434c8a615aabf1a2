/** What each kind of event is called, and what it means for a learner. */
import type { Language } from '../language';

export const EVENTS: Language['events'] = {
	// --- the processor -------------------------------------------------------------------------
	trap: { title: 'trap', about: 'An exception or INT n took the processor through a gate of the IDT.' },
	interrupt: { title: 'interrupt', about: 'An external interrupt took the processor through a gate of the IDT.' },
	page_fault: { title: '#PF', about: 'The page walk failed: the processor raised a page fault.' },
	far_return: { title: 'iret', about: 'IRET popped EIP, CS and EFLAGS (and ESP, SS where the ring changed).' },
	ring_change: {
		title: 'ring change',
		about: 'A call gate, far return, SYSENTER or SYSEXIT moved the processor to another ring.'
	},
	halt: { title: 'hlt', about: 'The processor stopped until the next interrupt.' },
	tlb_flush: { title: 'TLB flush', about: 'Translations were dropped from the TLB.' },
	timer: { title: 'APIC timer', about: 'The local APIC timer reached zero.' },
	shutdown: { title: 'shutdown', about: 'A fault while a double fault was delivered stopped the processor.' },
	irq_line: { title: 'interrupt line', about: 'A device raised or lowered an interrupt line of the machine.' },
	disk_command: { title: 'disk command', about: 'A driver wrote a command to the registers of a disk.' },
	disk_data: {
		title: 'disk data',
		about: 'A block of data passed the data port of a disk: the processor moves each word of it.'
	},
	disk_dma: {
		title: 'disk DMA',
		about: 'A disk read or wrote a stretch of memory by itself, as a row of the driver\u2019s table says.'
	},
	disk_done: { title: 'disk command ends', about: 'A disk has carried out a command, or ended it with an error.' },
	frame_sent: { title: 'frame sent', about: 'A network card began to send a frame, which takes its time on the wire.' },
	frame_received: {
		title: 'frame received',
		about: 'A network card put a frame into its ring of receive pages.'
	},
	frame_dropped: { title: 'frame dropped', about: 'A network card heard a frame and kept nothing of it.' },
	frame_fault: {
		title: 'frame fault',
		about: 'By the scenario\u2019s order a frame was lost, doubled, reordered or damaged on the wire.'
	},

	// --- the hypervisor ------------------------------------------------------------------------
	hypercall: { title: 'hypercall', about: 'A guest kernel asked the hypervisor for something it may not do itself.' },
	subcall: { title: 'multicall entry', about: 'One call of a multicall batch.' },
	mmu_entry: { title: 'one update', about: 'One entry of an mmu_update, update_va_mapping or mmuext_op batch.' },
	check: { title: 'decision', about: 'The hypervisor asked a question and this was the answer.' },
	frame_type: { title: 'frame type', about: 'A frame of memory changed its type or its counts.' },
	pte_write: { title: 'entry written', about: 'The hypervisor wrote a page-table entry on a guest\u2019s behalf.' },
	bounce: {
		title: 'bounce',
		about: 'The hypervisor built an exception frame on the guest kernel\u2019s stack and sent it to its handler.'
	},
	emulate: {
		title: 'emulated',
		about: 'The hypervisor carried out a privileged instruction in the guest\u2019s name.'
	},
	forced_cpuid: {
		title: 'forced cpuid',
		about: 'The guest used Xen\u2019s emulation prefix to ask for the CPUID that Xen wants it to see.'
	},
	ptwr: {
		title: 'page-table write emulated',
		about: 'A write to a read-only page table was trapped, validated and done by the hypervisor.'
	},
	descriptor_fault: {
		title: 'GDT/LDT mapping fault',
		about: 'A page of the guest\u2019s descriptor table was mapped on first use.'
	},
	math_state: { title: 'FPU state restored', about: 'TS was cleared after a device-not-available fault.' },
	failsafe: {
		title: 'failsafe callback',
		about: 'A segment could not be reloaded or an iret failed: the guest\u2019s failsafe callback was entered.'
	},

	grant_entry: {
		title: 'one grant request',
		about: 'One request of a grant_table_op batch: to map, unmap, copy, transfer or swap.'
	},
	grant_map: {
		title: 'grant mapped',
		about: 'A frame that another domain granted was mapped; the handle stands for the mapping until it is undone.'
	},
	grant_unmap: { title: 'grant unmapped', about: 'The mapping of a granted frame was undone.' },
	grant_copy: {
		title: 'grant copy',
		about: 'The hypervisor copied bytes from one frame to another, with the right that a grant gives.'
	},
	grant_transfer: { title: 'page transferred', about: 'A page changed its owner, with what is in it.' },

	event_send: { title: 'event send', about: 'A notification was sent on an event channel.' },
	event_pending: {
		title: 'event pending',
		about:
			'A port\u2019s pending bit was set where the receiver looks for it: in its shared_info, or in its event array.'
	},
	virq: { title: 'virtual interrupt', about: 'The hypervisor raised a virtual interrupt.' },
	pirq: {
		title: 'interrupt of a device',
		about: 'A device raised its line, and the hypervisor told the domain that has it by an event.'
	},
	port_io: {
		title: 'port access',
		about:
			'The hypervisor reached an I/O port of the machine for the domain that may use it; a string of accesses is one.'
	},
	upcall: { title: 'upcall', about: 'The hypervisor entered the guest\u2019s event callback.' },
	iret: { title: 'iret hypercall', about: 'A guest kernel returned through the iret hypercall.' },

	sched_switch: { title: 'switch', about: 'The scheduler chose another virtual processor.' },
	runstate: { title: 'runstate', about: 'A virtual processor changed between running, runnable, blocked and offline.' },
	timer_set: { title: 'timer set', about: 'A guest set its one-shot timer.' },
	timer_fire: { title: 'virtual timer', about: 'A virtual timer of this domain ran out.' },

	domain_create: { title: 'domain created', about: 'The toolstack created a domain.' },
	domain_start: { title: 'domain started', about: 'The toolstack let a domain run.' },
	domain_crash: { title: 'domain crashed', about: 'The hypervisor killed a domain, and only that domain.' },
	domain_shutdown: { title: 'domain shut down', about: 'A domain shut itself down.' },

	// --- the toolstack -------------------------------------------------------------------------
	console_output: { title: 'console output', about: 'The console daemon took bytes from a guest\u2019s ring.' },
	console_input: { title: 'console input', about: 'Typed bytes were placed in a guest\u2019s console ring.' },
	xenstore: { title: 'xenstore', about: 'xenstore answered a request of a guest.' },

	// --- changes made by hand ------------------------------------------------------------------
	change: {
		title: 'changed by hand',
		about: 'Whoever looks on changed something here: from this moment on the run is another one.'
	},
	overruled: {
		title: 'overruled',
		about:
			'A change made by hand took effect: an answer was taken for the other one, a flush was left out, or an event was lost.'
	},
	xen_crash: {
		title: 'hypervisor crashed',
		about: 'A change made by hand led the hypervisor into a state that its own rules exclude: it stopped the machine.'
	}
};
