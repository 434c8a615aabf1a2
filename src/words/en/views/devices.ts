/** The pictures of devices in two halves: their rings, and how the halves find each other. */
import type { ViewWords } from '../../views';
import { TITLES } from './titles';

export const RING: ViewWords['ring'] = {
	title: TITLES.ring,
	detail: '{ring}',
	none: 'No two domains share an I/O ring at this moment.',
	which: 'Ring',
	label: 'Slots of the ring',
	noneChosen: 'no slot chosen',
	slots: '{size} slots',
	open: '{open} unanswered',
	slot: 'Slot {slot}: {state}.',
	choose: 'Choose a slot to read it.',
	index: '{name} {value}',
	summary:
		'{protocol}: {front} asks, {back} serves; {size} slots in frame {frame}, which {front} granted as reference {ref}; {waiting} unanswered.',
	bad: '{requests} requests are said to wait in {slots} slots: no ring can have that. A back end must not believe it.',
	protocols: { blk: 'Block requests', tx: 'Packets to send', rx: 'Buffers for packets' },
	states: {
		free: 'free',
		prepared: 'written, not yet shown',
		waiting: 'a request that waits',
		taken: 'a request that the back end has taken',
		answered: 'an answer that waits'
	},
	means: {
		req_prod: 'the next request goes here; those before it are there to be taken',
		req_prod_pvt: 'as far as the front end has written requests, shown or not',
		req_cons: 'as far as the back end has taken requests',
		rsp_prod: 'the next answer goes here; those before it are there to be read',
		rsp_prod_pvt: 'as far as the back end has written answers, shown or not',
		rsp_cons: 'as far as the front end has read answers',
		req_event: 'the back end wants an event once req_prod passes this',
		rsp_event: 'the front end wants an event once rsp_prod passes this'
	},
	legend: { front: 'moved by the front end', back: 'moved by the back end', own: 'known to its owner alone' },
	twin: {
		shared: '{name} is {value}, slot {slot}, moved by {dom}, seen by both: {means}.',
		own: '{name} is {value}, slot {slot}, kept by {dom} to itself: {means}.',
		slot: 'Slot {slot}: {state}. {fields}.'
	}
};

export const DEVICE_REGISTERS: ViewWords['deviceRegisters'] = {
	title: 'Device registers',
	none: 'This machine has no device whose registers have names here.',
	which: 'Registers of',
	source: 'named as in: {source}',
	part: '{device}, {part}',
	bits: '{name}={value}',
	allBits: 'All bits of {register}',
	columns: ['register', 'value', 'set']
};

export const DISK_QUEUE: ViewWords['diskQueue'] = {
	title: 'Disk commands',
	none: 'No disk has been told anything yet.',
	which: 'Disk',
	disk: 'disk {number}',
	sector: 'sector {sector}',
	list: 'Commands to the disk',
	command: '{name}, from sector {lba}, count {sectors}: {took}',
	summary: 'the last {commands}, {underWay} under way; {travelled} sectors passed over between them',
	underWay: 'under way',
	failed: 'failed',
	done: 'done',
	columns: ['command', 'sector', 'count', 'from the last', 'took', 'end'],
	legend: { read: 'read', write: 'written', other: 'no data moved yet' }
};

export const PACKETS: ViewWords['packets'] = {
	title: TITLES.packets,
	detail: 'the last {packets}',
	none: 'No packet has been seen yet.',
	list: 'Packets, the oldest first',
	way: 'The way of {title}',
	left: '{packets} before these are not shown.',
	card: 'card{card}',
	wire: 'wire',
	others: 'others',
	row: '{title}, {bytes} bytes',
	rowCost: '{from} → {ends}; {cycles}',
	and: ', ',
	step: '{what}: {cost}',
	first: '{what}.',
	part: 'Only the first {bytes} bytes were looked at.',
	field: '{name} {value}',
	right: '{value}, right',
	wrong: '{value}, wrong',
	unjudged: '{value}, not judged',
	headers: 'Headers',
	source: '{name} ({source})',
	underWay: 'so far as far as {place}',
	steps: {
		call: 'A process of {from} calls its kernel',
		slept:
			'A process of {from} called its kernel, and the domain has slept since: whether for this packet, no event tells',
		event: '{from} tells the back end by an event',
		copy: 'Xen copies {bytes} bytes from a page of {from} to one of {to}',
		flip: 'The page becomes {to}’s: no byte is copied',
		told: '{to} is told by an event',
		upcall: 'The event reaches {to}’s kernel',
		fill: '{from} writes {bytes} bytes to the card’s memory, through its data port',
		sent: 'The card begins to send {bytes} bytes',
		fault: 'Something befalls it on the wire',
		received: 'The card has heard {bytes} bytes, and keeps them in its memory',
		dropped: 'The card does not take it',
		interrupt: 'The card’s interrupt becomes an event',
		read: '{to} reads {bytes} bytes from the card’s memory, through its data port'
	},
	costs: {
		cycles: { one: '{n} cycle', other: '{n} cycles' },
		hypercalls: { one: '{n} hypercall', other: '{n} hypercalls' },
		events: { one: '{n} event', other: '{n} events' },
		copies: { one: '{n} copy', other: '{n} copies' },
		flips: { one: '{n} flip', other: '{n} flips' },
		ports: { one: '{n} port access', other: '{n} port accesses' },
		switches: { one: '{n} switch', other: '{n} switches' }
	},
	lost: {
		rule: 'dropped by rule {number} ({direction}) of dom{dom}’s card: {text}',
		card: 'lost: {what}',
		wire: 'lost: {what}',
		unknown: 'went no further than {place}; no event tells why'
	},
	legend: { copy: 'copied', flip: 'a page changes hands', other: 'by ports, on the wire', lost: 'goes no further' }
};

export const QUEUE_ORDER: ViewWords['queueOrder'] = {
	title: 'Before and after reordering',
	none: 'No kernel tells of requests that came to a disk of its own.',
	which: 'Disk',
	disk: '{disk}, driven by {dom}',
	came: 'as they came',
	served: 'as they were served',
	travelled: '{order}: the head passes over {sectors} sectors',
	sector: 'sector {sector}',
	list: 'Requests in the order in which they came',
	summary:
		'the last {requests}, {waiting} of them waiting; {came} sectors to pass over in the order in which they came, {served} as they were served',
	request: '{operation} for {dom}, from sector {lba}, count {sectors}',
	bare: '{operation} for {dom}',
	barrier: '{operation}, of a barrier',
	wall: 'A barrier of {dom}: {own} of its own requests passed it, {others} of others.',
	own: 'its own',
	columns: ['came', 'served', 'for', 'batch', 'what', 'sector', 'count', 'state'],
	operations: { read: 'read', write: 'write', flush: 'flush' },
	states: { waits: 'waits', runs: 'under way', done: 'done', failed: 'failed' },
	legend: {
		read: 'read',
		write: 'written',
		flush: 'flush',
		waits: 'waits',
		batch: 'one batch of a domain',
		wall: 'a barrier'
	}
};

export const DOMAINS: ViewWords['domains'] = {
	title: 'Domains',
	list: 'Domains as xl list has them',
	name: '{name}, domain {dom}',
	devices: 'Devices of {name}',
	none: '{name} has no devices.',
	device: '{type} {name}: {what}, served by {backend}, {state}',
	readonly: 'read-only',
	gone: 'gone',
	columns: ['Name', 'ID', 'Mem', 'VCPUs', 'State', 'Time(s)'],
	states: {
		r: 'runs',
		b: 'blocked, waits for an event',
		p: 'paused',
		s: 'shut down',
		c: 'crashed',
		d: 'dying: it holds what others have mapped'
	},
	ready: 'ready, waits for the processor',
	types: { vbd: 'disk', vif: 'network interface' }
};

export const XENBUS: ViewWords['xenbus'] = {
	title: TITLES.devices,
	none: 'No domain has a device that another one serves.',
	device: '{class} {handle}',
	list: 'Devices in two halves',
	line: '{state} {name}',
	columns: ['device', 'front end', 'state', 'back end', 'state', 'together'],
	states: [
		'Unknown',
		'Initialising',
		'InitWait',
		'Initialised',
		'Connected',
		'Closing',
		'Closed',
		'Reconfiguring',
		'Reconfigured'
	],
	both: {
		made: 'the toolstack has made both folders',
		offered: 'the back end has said what it can do, and waits for the front end’s ring',
		asked: 'the front end has given its ring, and waits for the back end',
		works: 'connected',
		serves: 'the back end serves; this front end never says that it is connected',
		closing: 'one end is closing',
		closed: 'closed'
	}
};
