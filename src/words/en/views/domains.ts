/** The pictures of domains: their event channels. */
import type { ViewWords } from '../../views';

export const CHANNELS: ViewWords['channels'] = {
	title: 'Event channels',
	detail: 'a box is a port',
	label: 'Ports of all domains',
	noneChosen: 'no port chosen',
	choose: 'Choose a port, or move with the arrow keys.',
	noPort: 'no open port',
	programs: '{name}: its programs',
	withQueues: '{name}: FIFO queues',
	lastEvent: 'The last event',
	stage: 'The last event: {stage}.',
	due: '{line}: an upcall is due',
	port: '{dom} port {port}: {what}. {bits}',
	native: 'Its end is served by the toolstack, which needs no bits.',
	bound: {
		interdomain: '{dom}:{port}',
		unbound: 'for {dom}',
		virq: 'virq {virq}',
		ipi: 'vcpu {vcpu}',
		free: 'free',
		reserved: 'reserved',
		pirq: 'pirq'
	},
	what: {
		interdomain: 'connected to port {port} of {dom}',
		unbound: 'waits for {dom} to connect',
		virq: 'virtual interrupt {virq}',
		ipi: 'signals between the vcpus of the domain, told to vcpu {vcpu}'
	},
	vcpu: {
		line: 'vcpu {vcpu}: upcall {pending}, {masked}{more}',
		pending: 'pending',
		notPending: 'not pending',
		masked: 'masked',
		open: 'open',
		words: ', words {words}b',
		noBlock: ', no control block',
		polls: ', polls {ports}',
		blocked: ', blocked',
		noCallback: ', no callback',
		queue: 'vcpu {vcpu}, queue {priority}: {ports}',
		empty: 'nothing linked'
	},
	queue: { none: 'no word', apart: 'q{priority}', before: 'q{priority} → {port}', tail: 'q{priority} tail' },
	place: {
		none: 'and it has no event word yet: they wait until the event array reaches to it',
		apart: 'through queue {priority}, where it does not hang now',
		before: 'through queue {priority}; it hangs in a queue, before port {port}',
		last: 'through queue {priority}; it hangs in a queue, as the last'
	},
	bits: {
		line: '{pending}, {masked}; events go to vcpu {vcpu}.',
		withPlace: '{pending}, {masked}; events go to vcpu {vcpu}, {place}.',
		pending: 'Pending',
		notPending: 'Not pending',
		masked: 'masked: its event makes no upcall',
		notMasked: 'not masked'
	},
	stages: {
		sends: '{who} sends on its port {port}',
		raised: 'virtual interrupt {virq} is raised',
		pending: '{dom} port {port} becomes pending',
		pendingMasked: '{dom} port {port} becomes pending; it is masked, so nothing follows',
		entered: '{who} is entered at its callback {address}'
	},
	domain: {
		line: '{dom}, {name}: {ports}.',
		withQueues: '{dom}, {name}: {ports}, events by FIFO queues.',
		none: 'no open ports'
	},
	ports: { other: '{n} open ports' },
	legend: { pending: 'pending', masked: 'masked', changed: 'changed', queue: 'queue, and the port behind' }
};
