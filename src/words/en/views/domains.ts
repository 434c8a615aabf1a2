/** The pictures of domains: their event channels, vcpus, grants, and the store that they share. */
import type { ViewWords } from '../../views';
import { TITLES } from './titles';

export const CHANNELS: ViewWords['channels'] = {
	title: TITLES.channels,
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
		cut: '{ports} → {count} more',
		goesOn: '{ports} → …',
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
	ports: { one: '{n} open port', other: '{n} open ports' },
	legend: { pending: 'pending', masked: 'masked', changed: 'changed', queue: 'queue, and the port behind' }
};

export const SCHEDULER: ViewWords['scheduler'] = {
	title: 'Scheduler',
	detail: '{policy}, slice {slice}',
	shown: '{span} shown',
	less: 'Show less time',
	more: 'Show more time',
	label: 'Runstates',
	noneChosen: 'nothing chosen',
	choose: 'Choose a stretch, or move with the arrow keys.',
	noVcpu: 'There is no vcpu yet.',
	bar: '{stretch}.',
	began: 'What began it',
	vcpus: 'Virtual processors',
	deadlines: 'Deadlines',
	noTimer: 'No timer is set.',
	vcpu: '{dom} v{vcpu}',
	state: '{state}: {why}',
	due: 'due',
	every: 'every {period}',
	columns: {
		vcpus: ['vcpu', 'state', 'for', 'running', 'runnable', 'blocked', 'offline'],
		timers: ['in', 'what', 'whose', 'again']
	},
	why: {
		down: 'down',
		domainPaused: 'its domain is paused',
		paused: 'paused',
		polls: 'polls port {ports}',
		blocked: 'waits for an event'
	},
	queue: {
		line: '{who}{left}{next} ({policy}).',
		running: '{who} has the processor',
		idle: 'The idle loop has the processor',
		left: ', {left} of its slice of {slice} are left',
		next: '; then {vcpus}',
		nobody: '; nobody waits for it'
	},
	stretch: {
		line: '{vcpu} {state} for {time}',
		longer: '{vcpu} {state} for {time} and longer',
		label: '{state} {time}'
	},
	cut: {
		one: 'So many events lie around here that only {count} cycle is shown.',
		other: 'So many events lie around here that only {count} cycles are shown.'
	},
	legend: {
		running: 'running',
		runnable: 'runnable: waits for the processor',
		blocked: 'blocked: waits for an event',
		now: 'now',
		deadline: 'a deadline'
	}
};

export const GRANTS: ViewWords['grants'] = {
	title: TITLES.grants,
	list: 'Grants of {domain}',
	mappingList: 'Grants that {domain} has mapped',
	flags: 'Flags of the chosen entry',
	grantsNothing: 'It grants nothing: no other domain may touch its memory.',
	noTables: 'No domain has a grant table yet.',
	heading: '{dom} · {name}',
	detail: '{used} of {capacity} entries used, {held} of at most {most} frames ({frames})',
	noTable: 'It has no grant table: nothing of it can be mapped by others.',
	takenBack: 'taken back',
	twin: '{title}: {detail}',
	frame: '{frame} (pfn {pfn})',
	columns: {
		entries: ['ref', 'permits', 'to', 'frame', 'in use'],
		mappings: ['handle', 'granted by', 'ref', 'frame', 'mapped']
	},
	bits: {
		type: '1 permits access, 2 accepts a page, 3 is transitive',
		completed: 'the hypervisor says: the page has come',
		committed: 'the hypervisor says: a page is on its way',
		writing: 'the hypervisor says: mapped for writing',
		reading: 'the hypervisor says: mapped for reading',
		readonly: 'may be read only'
	},
	permits: {
		nothing: 'nothing',
		access: 'access',
		readOnly: 'access, read-only',
		transfer: 'a page to come',
		transitive: 'transitive access'
	},
	uses: {
		line: 'mapped by {dom}: {kinds}',
		writable: 'writable',
		readOnly: 'read-only',
		devices: 'for devices',
		mapped: 'mapped',
		times: '{what} {times}×',
		none: 'no',
		marked: 'no, only marked so'
	},
	remarks: {
		console: 'the console ring',
		xenstore: 'the xenstore ring',
		otherFrame: 'in use is frame {frame}',
		notOwn: 'not its own: {dom}',
		arrived: 'the page has come'
	},
	mapping: {
		line: '{rights}, {way}',
		both: '{rights}, {tables} and {devices}',
		tables: 'in its page tables',
		devices: 'for devices',
		readOnly: 'read-only',
		writable: 'writable'
	}
};

export const STORE: ViewWords['store'] = {
	title: TITLES.store,
	find: 'find a path or a value',
	findLabel: 'Show only nodes with this text',
	label: 'Nodes',
	choose: 'Choose a node, or move with the arrow keys.',
	cut: '{text}… ({bytes})',
	gone: '(removed)',
	changed: '{nodes}, {count} changed',
	watch: '{dom} watches {path}, token {token}.',
	removed: '{path} was removed.',
	node: '{path}: {value}. {owner} owns it, {rights}. {listeners}',
	twin: '{path}; {rest}.',
	twinValue: '{path} = {value}; {rest}.',
	columns: ['node', 'value', 'rights', 'watched by'],
	notFound: { one: 'The one node does not have this text.', other: 'None of the {n} nodes has this text.' },
	nodes: { one: '{count} node', other: '{count} nodes' },
	bytes: { one: '{count} byte', other: '{count} bytes' },
	paths: { one: '{count} path', other: '{count} paths' },
	connection: {
		line: '{dom} is {state}{incoming}{outgoing}.',
		connected: 'connected',
		dead: 'no longer served: it broke the protocol',
		incoming: '; {bytes} of a request have come',
		outgoing: '; {bytes} wait for room in its ring'
	},
	transaction: {
		line: '{dom} has transaction {id} open: it looked at {paths} and {changed}.',
		changed: 'changed {changes}',
		nothing: 'changed nothing yet',
		change: '{path} ({kind})'
	},
	changes: { write: 'write', mkdir: 'mkdir', remove: 'remove', permissions: 'permissions' },
	value: { some: "'{value}'", none: 'no value' },
	others: {
		n: 'nobody else may use it',
		r: 'others may read it',
		w: 'others may write it',
		b: 'others may read and write it'
	},
	single: {
		n: '{dom} may not use it',
		r: '{dom} may read it',
		w: '{dom} may write it',
		b: '{dom} may read and write it'
	},
	listeners: { some: 'A change is told to {doms}.', and: '{before} and {dom}', none: 'Nobody watches it.' }
};
