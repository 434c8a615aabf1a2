/** One sentence a kind of event, without its final stop, and the phrases that sentences are put together from. */
import type { Language } from '../language';

export const SENTENCES: Language['sentences'] = {
	trap: '{what} {where}{error}: the processor {way}, next instruction {new_eip}',
	interrupt: 'Interrupt {vector} arrives in {from_ring} at {eip}; the hypervisor takes it',
	page_fault: 'The page walk for {addr} fails at {eip}: {fault}',
	far_return: 'IRET returns from {from_ring} to {to_ring}, at {eip}',
	ring_change: 'Control moves from {from_ring} to {to_ring}, at {eip}',
	halt: 'The processor halts at {eip} until the next interrupt',
	tlb_flush: {
		one: '{dropped} translation leaves the TLB: {cause}',
		other: '{dropped} translations leave the TLB: {cause}'
	},
	timer: 'The local APIC timer fires vector {vector}',
	shutdown: 'A third fault while a double fault was delivered: the processor shuts down',
	irq_line: 'Interrupt line {line} {goes}',
	disk_command: 'Disk {disk} is given {asked}',
	disk_data: {
		one: '{bytes} byte goes through the data port {way} disk {disk}, sector {lba} and on',
		other: '{bytes} bytes go through the data port {way} disk {disk}, sector {lba} and on'
	},
	disk_dma: {
		one: 'Disk {disk} moves {bytes} byte {way} memory at {address} by itself, sector {lba} and on',
		other: 'Disk {disk} moves {bytes} bytes {way} memory at {address} by itself, sector {lba} and on'
	},
	disk_done: 'Disk {disk} ends {command}: {ended}',
	frame_sent: {
		one: 'Network card {card} begins to send a frame of {bytes} byte from {src} to {dst}, type {type}',
		other: 'Network card {card} begins to send a frame of {bytes} bytes from {src} to {dst}, type {type}'
	},
	frame_received: {
		one: 'Network card {card} puts a frame of {bytes} byte from {src} to {dst}, type {type}, into its ring at page {page}',
		other:
			'Network card {card} puts a frame of {bytes} bytes from {src} to {dst}, type {type}, into its ring at page {page}'
	},
	frame_dropped: {
		one: 'Network card {card} drops a frame of {bytes} byte: {reason}',
		other: 'Network card {card} drops a frame of {bytes} bytes: {reason}'
	},
	frame_fault: {
		one: 'On the wire frame {frame}, of {bytes} byte, {fault}: the scenario says so',
		other: 'On the wire frame {frame}, of {bytes} bytes, {fault}: the scenario says so'
	},
	hypercall: 'Hypercall {call}: {outcome}',
	subcall: 'In the batch, {call}: {outcome}',
	mmu_entry: '{update}: {outcome}',
	check: '{answer}',
	frame_type: 'Frame {mfn} of {owner}: type {types}, type count {type_count}, references {ref_count}',
	pte_write: 'Entry {index} of the level {level} table in frame {mfn} changes from {old_entry} to {new_entry}',
	bounce:
		"The hypervisor hands {vector} from {guest_eip} in {from_ring} to the guest's handler at {handler_eip}, its frame at {frame_esp}",
	emulate: '{emulated}',
	forced_cpuid: 'The guest asks Xen for CPUID leaf {leaf} at {eip}',
	ptwr: 'The write to a page table at {addr} by {eip} is validated and done: {entry}',
	descriptor_fault: "The page of the guest's descriptor table at offset {offset} is mapped on first use, at {eip}",
	math_state: 'The FPU was asked for: the task-switched bit is cleared',
	failsafe: "A segment could not be reloaded: the guest's failsafe callback is entered instead of {eip}",
	grant_entry: '{request}: {outcome}',
	grant_map: 'Frame {mfn}, granted by {of_dom} as reference {ref}, is mapped {mapped}: handle {handle}',
	grant_unmap: 'Frame {mfn}, granted by {of_dom} as reference {ref}, is unmapped: handle {handle} is free',
	grant_copy: {
		one: '{bytes} byte is copied from offset {from_offset} of frame {from_mfn} to offset {to_offset} of frame {to_mfn}',
		other:
			'{bytes} bytes are copied from offset {from_offset} of frame {from_mfn} to offset {to_offset} of frame {to_mfn}'
	},
	grant_transfer: 'Frame {mfn} becomes a page of {of_dom}, which accepted it by reference {ref}',
	event_send: 'A notification goes out on port {port}, to port {remote_port} of {remote_dom}',
	event_pending: '{pending}',
	virq: 'Virtual interrupt {virq} is raised on port {port}',
	port_io: '{access}',
	pirq: 'Interrupt line {irq} is told to {of_dom}, as its interrupt {pirq} on port {port}',
	upcall: "The guest's event callback at {handler_eip} is entered in place of {guest_eip} in {from_ring}",
	iret: 'The iret hypercall returns to {eip} in {to_ring}, upcalls {upcalls}',
	sched_switch: 'The processor passes from {prev} to {next}',
	runstate: 'Virtual processor {of_vcpu} of {of_dom} was {old} and is now {new}',
	timer_set: "The guest's one-shot timer is set for {deadline} ns",
	timer_fire: 'The {timer} timer of virtual processor {of_vcpu} runs out',
	domain_create: {
		one: 'The toolstack creates {of_dom} with {pages} page',
		other: 'The toolstack creates {of_dom} with {pages} pages'
	},
	domain_start: 'The toolstack lets {of_dom} run: EIP {eip}, start_info at {start_info}',
	domain_crash: 'The hypervisor ends {of_dom} at {eip}: {reason}',
	domain_shutdown: 'The kernel of {of_dom} shuts its domain down: {reason}',
	console_output: {
		one: 'The console daemon takes {bytes} byte that {of_dom} wrote',
		other: 'The console daemon takes {bytes} bytes that {of_dom} wrote'
	},
	console_input: {
		one: '{bytes} typed byte reaches the console of {of_dom}',
		other: '{bytes} typed bytes reach the console of {of_dom}'
	},
	xenstore: 'The xenstore daemon answers {op} of {of_dom} with {answer}',
	change: 'Changed by hand: {change}',
	overruled: '{overruled}',
	xen_crash:
		'The hypervisor meets a state that its own rules exclude, and stops the machine: a consequence of event {because}'
};

export const PARTIAL: Language['partial'] = {
	hypercall: 'Hypercall {call}',
	subcall: 'In the batch, {call}',
	bounce: "The hypervisor hands {vector} at {guest_eip} to the guest's handler",
	emulate: "The hypervisor carries out the privileged instruction at {eip} in the guest's name",
	forced_cpuid: "The guest uses Xen's emulation prefix at {eip}",
	grant_map: 'A page that {of_dom} granted is mapped',
	grant_unmap: 'A page that {of_dom} granted is to be unmapped',
	grant_transfer: 'A page becomes one of {of_dom}',
	domain_create: 'The toolstack creates {of_dom}'
};

export const PHRASES: Language['phrases'] = {
	trap: {
		gate: 'The hypercall gate, int 0x82,',
		software: 'The instruction {name},',
		at: 'at {eip}',
		before: 'just before {eip}',
		error: ' with error code {error}',
		stays: 'stays in {to_ring}',
		goes: 'goes from {from_ring} to {to_ring} and changes to the stack at {new_esp}'
	},
	fault: {
		what: 'a {who} {did}, and {reason}',
		user: 'user',
		supervisor: 'supervisor',
		fetch: 'instruction fetch',
		write: 'write',
		read: 'read',
		reserved: 'a reserved bit is set in an entry',
		forbidden: 'the entry forbids it',
		absent: 'no page is there'
	},
	outcome: { open: 'still going on', done: 'done', refused: 'refused with {result}', result: 'result {result}' },
	update: {
		extended: '{op} of {pointer}',
		address: 'Update of the entry that maps {address} with {entry}',
		entry: 'Update {op} at {pointer} with {entry}'
	},
	answer: { bare: '{question} {answer}', values: '{question} {answer}: {values}', yes: 'Yes', no: 'No' },
	frame: { same: '{type} as before', becomes: '{old_type} becomes {type}' },
	emulated: {
		passed: 'The hypervisor steps over {instruction} at {eip}: no fault, and no effect',
		done: "The hypervisor carries out the privileged instruction {opcode} at {eip} in the guest's name ({detail})"
	},
	grant: {
		map: 'Map reference {what} of {of_dom} at {where}',
		unmap: 'Unmap handle {what} at {where}',
		replace: 'Unmap handle {what} at {where} and put another mapping there',
		copy: 'Copy from {what} of {of_dom} to {where}',
		transfer: 'Transfer frame {where} to {of_dom} by its reference {what}',
		swap: 'Swap the references {what} and {where}',
		other: 'Grant operation {op}'
	},
	mapped: {
		writable: 'writable',
		readOnly: 'read-only',
		device: 'writable for a device',
		deviceReadOnly: 'read-only for a device'
	},
	pending: {
		port: 'Port {port} of {target_dom} becomes pending',
		vcpu: 'Port {port} of {target_dom} becomes pending for vcpu {target_vcpu}',
		masked: 'Port {port} of {target_dom} becomes pending, but it is masked',
		vcpuMasked: 'Port {port} of {target_dom} becomes pending for vcpu {target_vcpu}, but it is masked'
	},
	portIo: {
		read: 'The hypervisor reads {io_value} from I/O port {io_port} for the guest (width {io_size})',
		reads: 'The hypervisor reads I/O port {io_port} {times} times for the guest (width {io_size}), {io_value} last',
		write: 'The hypervisor writes {io_value} to I/O port {io_port} for the guest (width {io_size})',
		writes: 'The hypervisor writes I/O port {io_port} {times} times for the guest (width {io_size}), {io_value} last'
	},
	upcalls: { masked: 'masked', open: 'open' },
	vcpu: '{dom} (vcpu {vcpu})',
	timer: { periodic: 'periodic', oneShot: 'one-shot' },
	line: { high: 'goes high', low: 'goes low' },
	disk: {
		bare: '{command}',
		extent: '{command}, from sector {lba}, count {sectors}',
		from: 'from',
		to: 'to',
		into: 'into',
		outOf: 'out of',
		done: 'done',
		failed: 'status {status}, error {error} at sector {lba}'
	},
	xenstore: { error: 'error {error}', bytes: { one: '{n} byte', other: '{n} bytes' } },
	change: {
		register: '{register} becomes {value}',
		anyRegister: 'a register becomes {value}',
		memory: { one: '{n} byte of memory at {address}', other: '{n} bytes of memory at {address}' },
		entry: 'entry {index} of the page table in frame {frame}',
		port: 'port {port} of {of_dom}: its {bits}',
		portBits: 'bits change',
		pendingCleared: 'pending bit is cleared',
		pendingSet: 'pending bit is set',
		maskCleared: 'mask is cleared',
		maskSet: 'mask is set',
		check: 'the question {check} is answered yes, {times}',
		flush: 'a TLB flush is left out, {times}',
		event: 'an event for port {port} of {of_dom} is lost, {times}',
		turn: 'the answer to {check} is taken for the other one, the next time',
		turnNth: 'the answer to {check} is taken for the other one, the time after {times}',
		times: { one: 'once', other: '{n} times' },
		other: 'something'
	},
	overruled: {
		check: 'The answer to {check} was no, and is overruled: the hypervisor goes on as if it were yes',
		yes: 'The answer to {check} was yes, and is overruled: the hypervisor goes on as if it were no',
		flush: 'A flush of the TLB is left out: translations stay that should be gone',
		flushPage: 'A flush of the page at {address} is left out: translations stay that should be gone',
		event: 'The event for port {port} of {dom} is lost on its way: no pending bit is set',
		other: 'Something was overruled by hand'
	}
};
