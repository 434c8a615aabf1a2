import type { Moments } from '$lesson/vocabulary';

/** A timer, a signal to another domain, a line of the machine; then signals that nobody hears at once. */
export const moments = {
	'timer-set': {
		is: 'Domain 0’s kernel asks for a timer.',
		query: 'timer_set dom=0 before([timer-virq]) last'
	},
	'timer-irq': {
		is: 'The machine’s timer interrupts domain 0’s kernel.',
		query: 'interrupt from_ring=1 before([timer-virq]) last'
	},
	'timer-virq': {
		is: 'Xen makes a virtual interrupt of it.',
		query: 'virq name=TIMER dom=0 #1'
	},
	'timer-pending': {
		is: 'Its port is pending.',
		query: 'event_pending target_dom=0 after([timer-virq]) #1'
	},
	'timer-back': {
		is: 'Back into the kernel, where it was.',
		query: 'far_return after([timer-pending]) #1'
	},
	'timer-upcall': {
		is: 'The upcall, at last.',
		query: 'upcall dom=0 after([timer-back]) #1'
	},
	'timer-block': {
		is: 'The kernel has nothing left to do and blocks.',
		query: 'hypercall name=sched_op before([timer-upcall]) last'
	},
	'timer-handler': {
		is: 'Its event handler begins.',
		query: 'far_return after([timer-upcall]) #1'
	},
	bind: {
		is: 'Domain 0 binds the disk’s line to a port.',
		query: 'hypercall name=event_channel_op op=bind_pirq dom=0'
	},
	'bind-question': {
		is: 'Xen asks whether it may.',
		query: 'check name=pirq_allowed inside([bind])'
	},
	'map-line': {
		is: 'It has said which line it wants.',
		query: 'hypercall name=physdev_op op=map_pirq dom=0 before([bind]) last'
	},
	second: {
		is: 'An upcall that follows right upon another.',
		query: 'upcall dom=1 before([ask]) last'
	},
	'second-iret': {
		is: 'The hypercall by which the first one’s handler ends.',
		query: 'iret before([second]) last'
	},
	'disk-open': {
		is: 'Domain 0 connects a port to the one that dom1 has made for it.',
		query: 'hypercall name=event_channel_op op=bind_interdomain dom=0'
	},
	ask: {
		is: 'dom1 signals that a request waits.',
		query: 'hypercall name=event_channel_op op=send dom=1 before([command]) last'
	},
	'ask-trap': {
		is: 'Into Xen, for the signal.',
		query: 'trap vector=0x82 before([ask]) last'
	},
	'ask-pending': {
		is: 'The port at the other end is pending.',
		query: 'event_pending inside([ask])'
	},
	'ask-wakes': {
		is: 'Domain 0 may run again.',
		query: 'runstate of_dom=0 new=runnable inside([ask])'
	},
	'ask-back': {
		is: 'dom1 goes on.',
		query: 'far_return after([ask]) #1'
	},
	'ask-block': {
		is: 'dom1 has to wait and blocks.',
		query: 'hypercall name=sched_op dom=1 after([ask]) #1'
	},
	heard: {
		is: 'The upcall in domain 0.',
		query: 'upcall dom=0 causedby([ask-pending])'
	},
	'heard-handler': {
		is: 'Domain 0’s event handler begins.',
		query: 'far_return after([heard]) #1'
	},
	command: {
		is: 'The drive gets its command.',
		query: 'disk_command name=READ_DMA #1'
	},
	line: {
		is: 'The drive has done it and raises its line.',
		query: 'irq_line high after([command]) #1'
	},
	'line-irq': {
		is: 'The processor enters Xen.',
		query: 'interrupt after([line]) #1'
	},
	'line-pirq': {
		is: 'Xen finds whose line it is.',
		query: 'pirq after([line]) #1'
	},
	'line-pending': {
		is: 'Domain 0’s port is pending.',
		query: 'event_pending after([line-pirq]) #1'
	},
	'line-upcall': {
		is: 'The upcall in domain 0.',
		query: 'upcall dom=0 after([line-pirq]) #1'
	},
	'line-handler': {
		is: 'The handler begins.',
		query: 'far_return after([line-upcall]) #1'
	},
	'line-low': {
		is: 'The driver reads the drive’s status, and the line goes down.',
		query: 'irq_line !high after([line]) #1'
	},
	eoi: {
		is: 'The driver says that it has seen to the interrupt.',
		query: 'hypercall name=physdev_op op=eoi after([line]) #1'
	},
	'line-iret': {
		is: 'The handler has ended.',
		query: 'iret dom=0 after([eoi]) #1'
	},
	answer: {
		is: 'Domain 0 signals that the answer is there.',
		query: 'hypercall name=event_channel_op op=send dom=0 after([eoi]) #1'
	},
	'answer-pending': {
		is: 'dom1’s port is pending.',
		query: 'event_pending target_dom=1 inside([answer])'
	},
	answered: {
		is: 'The upcall in dom1.',
		query: 'upcall dom=1 causedby([answer-pending])'
	},
	'answered-handler': {
		is: 'dom1’s event handler begins.',
		query: 'far_return after([answered]) #1'
	},
	'signal-1': {
		is: 'The first of three signals.',
		query: 'hypercall name=event_channel_op op=send dom=1 after([answered]) #1'
	},
	'signal-3': {
		is: 'The third.',
		query: 'hypercall name=event_channel_op op=send dom=1 after([answered]) #3'
	},
	'signal-1-pending': {
		is: 'Domain 0’s port is pending.',
		query: 'event_pending inside([signal-1])'
	},
	signalled: {
		is: 'The one upcall of all three.',
		query: 'upcall dom=0 causedby([signal-1-pending])'
	},
	'signalled-block': {
		is: 'Domain 0 has found nothing to do and blocks again.',
		query: 'hypercall name=sched_op dom=0 after([signalled]) #1'
	},
	masked: {
		is: 'An answer arrives at a masked port.',
		query: 'event_pending target_dom=1 masked #1'
	},
	'masked-back': {
		is: 'Domain 0 goes on.',
		query: 'far_return after([masked]) #1'
	},
	'by-hand': {
		is: 'dom1 has opened the port by a store, and blocks.',
		query: 'hypercall name=sched_op dom=1 before([too-late]) last'
	},
	'too-late': {
		is: 'The next upcall in dom1: the timer’s.',
		query: 'upcall dom=1 causedby(event_pending target_dom=1 after([masked]) #2)'
	},
	'again-masked': {
		is: 'Once more an answer at the masked port.',
		query: 'event_pending target_dom=1 masked #2'
	},
	unmask: {
		is: 'dom1 asks Xen to open the port.',
		query: 'hypercall name=event_channel_op op=unmask dom=1'
	},
	'unmask-trap': {
		is: 'Into Xen, for that.',
		query: 'trap vector=0x82 before([unmask]) last'
	},
	unmasked: {
		is: 'The upcall that Xen’s look has found.',
		query: 'upcall dom=1 after([unmask]) #1'
	},
	'unmasked-handler': {
		is: 'Its handler begins.',
		query: 'far_return after([unmasked]) #1'
	}
} satisfies Moments;
