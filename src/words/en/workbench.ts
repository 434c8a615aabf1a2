/** What the workbench says of a machine that it looks at, of who changed it, and of what is changed by hand. */
import type { Language } from '../language';

export const INSPECT: Language['inspect'] = {
	walk: {
		frame: 'bits {high}–{low} choose entry {index} of the {table}: frame {frame}',
		large: 'bits {high}–{low} choose entry {index} of the {table}: 2 MiB from frame {frame}',
		absent: 'bits {high}–{low} choose entry {index} of the {table}: not present',
		tables: { l3: 'page-directory-pointer table', l2: 'page directory', l1: 'page table' }
	},
	timers: {
		slice: 'end of the time slice',
		calibration: 'calibration of the clock',
		watchdog: 'watchdog {id}',
		oneShot: 'one-shot timer',
		poll: 'poll times out',
		tick: 'periodic tick'
	},
	holders: {
		allocated: 'its owner has it from the allocator',
		pinned: 'its owner pinned it',
		mapped: {
			one: 'domain 0’s programs have it mapped',
			other: 'domain 0’s programs have it mapped {n} times'
		},
		devices: 'devices of {dom} may reach it by a grant',
		sharedInfo: 'it is the shared_info of {dom}',
		grantTable: 'it is a frame of {dom}’s grant table',
		eventWords: 'it holds event words of {dom}',
		root: 'it is the top page table (CR3) of {vcpu}',
		gdt: 'it holds the GDT of {vcpu}',
		ldt: 'it holds the LDT of {vcpu}',
		vcpuInfo: 'it holds the vcpu_info of {vcpu}',
		controlBlock: 'it holds the event control block of {vcpu}'
	},
	places: {
		place: '{whose} · {name}',
		trapFrame: 'trap frame on its stack',
		tss: 'TSS',
		vcpuInfo: 'vcpu info {vcpu}',
		consoleRing: 'console ring',
		xenstoreRing: 'xenstore ring',
		grantTable: 'grant table {index}',
		l3Table: 'L3 page table of vcpu {vcpu}'
	},
	vcpu: {
		line: '{name}: {state}',
		gone: 'gone',
		crashed: 'crashed',
		shutDown: 'shut down ({reason})',
		paused: 'paused'
	},
	truths: {
		what: {
			ring: 'Privilege',
			iopl: 'I/O privilege level',
			cr0: 'CR0',
			cr4: 'CR4',
			if: 'Interrupts',
			idt: 'Interrupt table',
			pf: 'Page-fault handler',
			cr2: 'Faulting address',
			cr3: 'Top page table',
			gdt: 'Descriptor table',
			limit: 'Reach of its segments',
			ram: 'Memory',
			code: 'The page it executes'
		},
		notes: {
			ring: 'A PV kernel knows that it is not in ring 0: the low two bits of CS say so.',
			ringOfProgram: 'A program runs in ring 3, with or without a hypervisor.',
			ringOfXen: 'The hypervisor is at work just now, and the guest waits.',
			iopl: 'PHYSDEVOP_set_iopl only sets a virtual level: port I/O of ring 1 still traps and is judged by the hypervisor.',
			cr0: 'A read of CR0 traps and is answered with the virtual one.',
			cr4: 'Changes of CR4 are checked by the hypervisor; the machine keeps PAE and its own bits.',
			if: 'The guest masks upcalls by a byte in shared memory; the real interrupt flag stays set, so the hypervisor never loses the machine.',
			idt: 'The guest registers handlers by set_trap_table; the processor only knows the hypervisor’s.',
			pf: 'A fault enters the hypervisor, which bounces it to the guest if it is the guest’s to handle.',
			cr2: 'A PV guest reads vcpu_info.arch.cr2 instead of the register.',
			cr3: 'CR3 points at the hypervisor’s private copy of the four top entries, with its own part of the address space in place.',
			gdt: 'The guest’s frames are mapped read-only before the hypervisor’s own descriptors.',
			limit:
				'Every guest segment ends below the hypervisor, which is what guards it. Between the two addresses lies the machine-to-physical table: the guest may read it.',
			ram: 'The guest counts its pages without holes; which machine frames they are it must ask.',
			code: 'Page-table entries hold machine frames: the guest translates by its own list, and by the machine-to-physical table.'
		},
		values: {
			ring: 'ring {ring}',
			ringOfXen: 'ring {ring}: the hypervisor',
			masked: 'off (upcalls masked)',
			on: 'on',
			off: 'off',
			none: 'none yet',
			noHandlers: 'none yet',
			handlers: { one: '{n} handler of its own', other: '{n} handlers of its own' },
			gates: '256 gates of the hypervisor at {address}',
			xenFirst: 'the hypervisor’s, first',
			noRoot: 'none yet',
			frame: 'frame {frame}',
			flat: 'the flat segments it was given',
			entries: 'entries {entries}, frames {frames}',
			entriesAt: '{entries} entries at {address}',
			all: '4 GiB',
			below: 'its own part, below {address}',
			upTo: 'up to {address}',
			pages: { one: '{n} page, numbered from 0', other: '{n} pages, numbered from 0' },
			frames: {
				one: '{n} frame of {all}, perhaps shared with the hypervisor',
				other: '{n} frames of {all}, some shared with the hypervisor'
			},
			noPage: 'none of its own',
			page: 'page {pfn}',
			notMapped: 'not mapped'
		}
	},
	errors: {
		length: '{length} bytes cannot be read at once: 0 to {most}',
		frame: 'there is no frame {mfn}; the machine has {frames}',
		noFrameNumber: '{mfn} is no frame number',
		inspector: "there is no inspector '{name}'; there are {names}"
	}
};

export const WHO: Language['who'] = {
	targets: {
		memory: { one: 'the byte at {space} {address}', other: 'the {n} bytes at {space} {address}' },
		disk: {
			one: 'byte {offset} of sector {lba} on {disk}',
			other: 'the {n} bytes at {offset} of sector {lba} on {disk}'
		},
		wire: {
			one: 'byte {offset} of frame {frame} on the wire',
			other: 'the {n} bytes at {offset} of frame {frame} on the wire'
		},
		pte: 'entry {index} of the page table in frame {frame}',
		frame: 'type and counts of frame {frame}',
		pending: 'the pending bit of port {port} of {dom}',
		masked: 'the mask bit of port {port} of {dom}',
		ring: '{index} of {dom}’s {ring} ring'
	},
	spaces: { linear: 'linear', physical: 'physical' },
	writers: {
		instruction: 'the instruction at {address} of {whose}',
		hypervisor: 'the hypervisor',
		asked: 'the hypervisor, after it had asked {check}',
		walk: 'the processor, which marked the entry accessed or dirty',
		delivery: 'the processor, on its way through a gate of the IDT',
		device: 'a daemon of domain 0, or a device',
		dma: 'the disk {disk} by itself, which brought them there by DMA',
		disk: 'a command to the disk',
		card: 'the card {card}',
		outside: 'somebody on the wire outside the machine',
		hand: 'whoever looks on: it was changed by hand',
		nobody: 'nobody since the run began: it stands as the domain builder, or reset, left it'
	},
	whose: {
		hypervisor: 'the hypervisor’s own code',
		kernel: 'the kernel of {dom}',
		ring2: 'ring 2 of {dom}',
		process: 'a process of {dom}'
	},
	values: {
		frame: '{type}, type count {uses}, references {references}',
		pending: 'pending',
		notPending: 'not pending',
		masked: 'masked',
		open: 'open'
	},
	by: 'at instruction {icount} by {writer}',
	never:
		'{what}: nobody has changed this since the run began. It stands as the domain builder, or reset, left it: {value}.',
	last: '{what}: last changed {by}. It was {old} and became {value}.{later}',
	sent: '{what}: {value}, sent at instruction {icount} by {writer}.',
	outside: '{what}: {value}. No card of this machine sent this frame: it came from outside.',
	unchanged: {
		one: '{what}: it is {value}, and was written once without a change, {by}. Older writes were not looked at.',
		other:
			'{what}: it is {value}, and was written {n} times without a change; the earliest of these writes was made {by}. Older ones were not looked at.'
	},
	later: { one: ' One later write left it as it was.', other: ' {n} later writes left it as it was.' },
	laterMarked: {
		one: ' One later write left it as it was but for accessed and dirty.',
		other: ' {n} later writes left it as it was but for accessed and dirty.'
	},
	mapped:
		'The page that is mapped there now was mapped later, at instruction {icount}, by {writer}: the entry was {old} and became {value}.',
	errors: {
		register: "there is no register '{name}': {names}",
		frame: 'there is no frame {mfn}; the machine has {frames}',
		captured: 'there is no frame {frame} on the wire; {frames} have passed, numbered from 1',
		inFrame: '{length} bytes at {offset} do not lie within a frame of {bytes}',
		length: 'between 1 and {most} bytes can be asked about, not {length}',
		address: 'there is no address {address}',
		unmapped: 'no page is mapped at linear address {address} at this moment',
		disk: 'the machine has no disk {disk}',
		sector: 'there is no sector {lba}; the disk has {sectors}',
		within: '{length} bytes at {offset} do not lie within a sector of 512',
		beyond: "physical address {address} lies beyond the machine's memory",
		domain: 'there is no domain {dom} with event channels in its memory',
		port: 'there is no port {port}',
		word: 'port {port} of domain {dom} has no event word yet',
		rings: 'there is no domain {dom} with rings',
		index: "a {ring} ring has {names}, and no '{index}'",
		entry: 'a table has the entries 0 to 511, and no {index}'
	}
};

export const CHANGES: Language['changes'] = {
	register: '{name} becomes {value}',
	memory: 'memory at {space} {address} becomes {bytes}',
	pte: 'entry {index} of the page table in frame {frame} becomes {value}',
	pendingSet: 'port {port} of {dom} is pending',
	pendingCleared: 'port {port} of {dom} is not pending',
	maskedSet: 'port {port} of {dom} is masked',
	maskedCleared: 'port {port} of {dom} is not masked',
	check: {
		one: 'the question {check} is answered yes, once',
		other: 'the question {check} is answered yes, {n} times'
	},
	turn: {
		one: 'the next answer to {check} is taken for the other one',
		other: 'answer {n} to {check} from here on is taken for the other one'
	},
	flush: { one: 'the next TLB flush does not happen', other: 'the next {n} TLB flushes do not happen' },
	event: {
		one: 'the next event for port {port} of {dom} is lost',
		other: 'the next {n} events for port {port} of {dom} are lost'
	},
	bytes: { one: '{bytes} … ({n} byte)', other: '{bytes} … ({n} bytes)' }
};
