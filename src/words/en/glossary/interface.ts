/** Words of Xen's interface: how a guest asks, and how it is told. */
import type { Glossary } from '../../glossary';

export const INTERFACE = {
	hypercall: {
		term: 'hypercall',
		also: ['hypercalls', '`int 0x82`'],
		group: 'interface',
		says: 'A guest kernel’s call into the hypervisor: a number in `EAX`, arguments in further registers, and `int 0x82`. It is to a kernel what a system call is to a program.',
		source: 'xen.h: __HYPERVISOR_*; arch-x86/xen-x86_32.h',
		related: ['hypercall-page', 'multicall', 'errno', 'gate'],
		taught: { lesson: '02-asking-the-hypervisor', at: 'version-trap' }
	},
	'hypercall-page': {
		term: 'hypercall page',
		also: ['hypercall stub', 'hypercall stubs'],
		group: 'interface',
		says: 'A page that Xen fills with one short stub a call: `mov eax, n; int 0x82; ret`. A kernel calls into it and need not know how this Xen is entered.',
		source: 'elfnote.h: XEN_ELFNOTE_HYPERCALL_PAGE',
		related: ['hypercall', 'registers']
	},
	multicall: {
		term: 'multicall',
		also: ['multicalls', '`multicall`'],
		group: 'interface',
		says: 'A hypercall that carries out a list of hypercalls: one crossing in place of many.',
		source: 'xen.h: multicall_entry',
		related: ['hypercall', 'batch'],
		taught: { lesson: '02-asking-the-hypervisor', at: 'multicall' }
	},
	batch: {
		term: 'batch',
		also: ['batches', 'batched'],
		group: 'interface',
		says: 'Many requests in one hypercall. It saves crossings and no examination: each entry is looked at as if it had come alone.',
		related: ['multicall', 'mmu-update'],
		taught: { lesson: '02-asking-the-hypervisor', at: 'batch' }
	},
	'mmu-update': {
		term: 'mmu_update',
		also: ['`mmu_update`'],
		group: 'interface',
		says: 'The hypercall that changes page-table entries. It takes a list of pairs: the machine address of an entry, and what it is to become.',
		source: 'xen.h: mmu_update',
		related: ['validation', 'batch', 'update-va-mapping'],
		taught: { lesson: '02-asking-the-hypervisor', at: 'batch' }
	},
	'update-va-mapping': {
		term: 'update_va_mapping',
		also: ['`update_va_mapping`'],
		group: 'interface',
		says: 'The hypercall that changes the L1 entry for one linear address of the current address space, and flushes the TLB if asked to.',
		source: 'xen.h: __HYPERVISOR_update_va_mapping',
		related: ['mmu-update', 'pte'],
		taught: { lesson: '02-asking-the-hypervisor', at: 'first-single' }
	},
	'xen-version': {
		term: 'xen_version',
		also: ['`xen_version`'],
		group: 'interface',
		says: 'The hypercall that tells which Xen this is: major version in the high half of the result, minor in the low half.',
		source: 'version.h: XENVER_version',
		related: ['hypercall'],
		taught: { lesson: '02-asking-the-hypervisor', at: 'version' }
	},
	'vm-assist': {
		term: 'vm_assist',
		also: ['`vm_assist`'],
		group: 'interface',
		says: 'The hypercall by which a guest switches help on or off that Xen offers to kernels which were not changed everywhere.',
		source: 'xen.h: VMASST_*',
		related: ['writable-page-tables']
	},
	'other-hypercalls': {
		term: 'other hypercalls',
		also: [
			'sched_op',
			'`sched_op`',
			'`mmuext_op`',
			'`set_trap_table`',
			'`event_channel_op`',
			'`physdev_op`',
			'`memory_op`',
			'`console_io`',
			'`stack_switch`',
			'`set_gdt`',
			'`update_descriptor`',
			'`set_callbacks`',
			'`set_timer_op`',
			'`vcpu_op`'
		],
		group: 'interface',
		says: 'There are some forty, each with a number; those for one thing share a call and have operations. `sched_op` gives the processor back, `event_channel_op` sends and binds events, `mmuext_op` pins page tables and flushes.',
		source: 'xen.h: __HYPERVISOR_*',
		related: ['hypercall']
	},
	errno: {
		term: 'errno',
		also: ['EINVAL', 'EPERM', 'ENOSYS', 'EFAULT', 'ENOMEM', 'EBUSY', 'EAGAIN', 'ESRCH', 'EEXIST', 'ENOENT'],
		group: 'interface',
		says: 'The number of an error. A hypercall that is refused returns it as a negative result: −22 is −EINVAL, an argument that makes no sense.',
		source: 'errno.h',
		related: ['hypercall', 'decision'],
		taught: { lesson: '03-one-page-table-write', at: 'refused' }
	},
	'start-info': {
		term: 'start_info',
		also: ['`start_info`', 'start info'],
		group: 'interface',
		says: 'The page that a new kernel finds by `ESI`: how much memory it has, where its page tables and its list of frames lie, and where its console is.',
		source: 'xen.h: start_info',
		related: ['toolstack', 'p2m', 'shared-info']
	},
	'shared-info': {
		term: 'shared info',
		also: ['shared_info', '`shared_info`', 'shared info page', 'vcpu_info', '`vcpu_info`'],
		group: 'interface',
		says: 'A page that a domain and Xen both read and write: pending bits and masks of its event channels, and for each vcpu its upcall mask and its clock.',
		source: 'xen.h: shared_info',
		related: ['event-channel', 'upcall-mask']
	},
	'trap-table': {
		term: 'trap table',
		also: ['trap tables'],
		group: 'interface',
		says: 'The list of handlers that a guest kernel gives to Xen in place of an IDT, by the hypercall `set_trap_table`. No handler may lie in ring 0.',
		source: 'xen.h: __HYPERVISOR_set_trap_table; arch-x86/xen.h: trap_info',
		related: ['idt', 'bounce']
	},
	bounce: {
		term: 'bounce',
		also: ['bounces', 'bounced', 'bounce frame', 'bounce frames'],
		group: 'interface',
		says: 'Xen hands an exception on to the guest’s own handler. It writes on the kernel’s stack the frame that hardware would have pushed, and goes there.',
		source: 'Barham et al., SOSP 2003, section 2.1',
		related: ['trap-table', 'upcall', 'failsafe'],
		taught: { lesson: '01-four-rings', at: 'cli' }
	},
	'direct-gate': {
		term: 'direct gate',
		also: ['fast handler', 'direct trap'],
		group: 'interface',
		says: 'A gate of the real IDT that leads from a program straight to its kernel in ring 1, without Xen. A 32-bit Xen sets it for `int 0x80`.',
		source: 'Barham et al., SOSP 2003, section 2.1',
		related: ['gate', 'trap-table']
	},
	failsafe: {
		term: 'failsafe callback',
		also: ['failsafe'],
		group: 'interface',
		says: 'The guest’s handler that Xen enters where it cannot return as it should, because a segment register cannot be loaded again.',
		source: 'xen.h: __HYPERVISOR_set_callbacks; callback.h: CALLBACKTYPE_failsafe',
		related: ['bounce', 'iret']
	},
	'event-channel': {
		term: 'event channel',
		also: ['event channels', 'event-channel'],
		group: 'interface',
		says: 'A wire between two domains, or from Xen to one, that carries one bit: something happened. It is what a guest has in place of interrupt lines.',
		source: 'event_channel.h',
		related: ['port', 'upcall', 'virq']
	},
	port: {
		term: 'port',
		also: ['ports'],
		not: ['I/O port', 'serial port', 'port I/O', 'port instructions', 'I/O ports'],
		group: 'interface',
		says: 'One end of an event channel, by its number in a domain. It has a pending bit and a mask bit in shared memory.',
		source: 'event_channel.h: evtchn_port_t',
		related: ['event-channel', 'shared-info']
	},
	virq: {
		term: 'virtual interrupt',
		also: ['virtual interrupts', 'VIRQ', 'VIRQs'],
		group: 'interface',
		says: 'An event that Xen itself raises, such as a timer that has run out. A guest binds it to a port.',
		source: 'xen.h: VIRQ_*',
		related: ['event-channel', 'port']
	},
	upcall: {
		term: 'upcall',
		also: ['upcalls', 'event callback'],
		group: 'interface',
		says: 'Xen enters the callback that a guest has named, to say that events are pending: an interrupt as a paravirtual kernel knows it.',
		source: 'Barham et al., SOSP 2003, section 3.1; xen.h: evtchn_upcall_pending',
		related: ['event-channel', 'upcall-mask', 'bounce']
	},
	'upcall-mask': {
		term: 'upcall mask',
		also: ['upcall masks'],
		group: 'interface',
		says: 'A byte in shared memory. While it is not zero Xen delivers no upcall to that vcpu: what `IF` is to a kernel on the bare machine, at the price of an ordinary store.',
		source: 'xen.h: vcpu_info.evtchn_upcall_mask',
		related: ['upcall', 'eflags', 'shared-info'],
		taught: { lesson: '01-four-rings', at: 'cli-skipped' }
	},
	grant: {
		term: 'grant',
		also: ['grants', 'grant table', 'grant tables', 'grant reference', 'grant references', '`grant_table_op`'],
		group: 'interface',
		says: 'A domain’s word, in a table that Xen reads, that a certain other domain may use one of its frames. The number of its entry, the reference, is what the other one names.',
		source: 'grant_table.h',
		related: ['frame', 'domain', 'reference-count', 'xenstore'],
		taught: { lesson: '05-sharing-a-page', at: 'lent' }
	},
	xenstore: {
		term: 'xenstore',
		group: 'interface',
		says: 'A small tree of names and values that domain 0 keeps, and through which domains find each other’s devices.',
		source: 'io/xs_wire.h',
		related: ['dom0', 'toolstack', 'watch'],
		taught: { lesson: '05-sharing-a-page', at: 'said' }
	},
	watch: {
		term: 'watch',
		also: ['watches'],
		group: 'interface',
		says: 'A domain’s wish to be told when something changes at or below a path of xenstore. It is told at once that the watch is set, too.',
		source: 'io/xs_wire.h: XS_WATCH',
		related: ['xenstore']
	},
	'io-ring': {
		term: 'I/O ring',
		also: ['I/O rings', 'console ring'],
		group: 'interface',
		says: 'A page that two domains share: slots in a circle, and indices that say how far requests and answers are. Each index is moved by one side alone, so no lock is needed; an event channel tells that there is something new.',
		source: 'io/ring.h; io/console.h',
		related: ['event-channel', 'grant', 'front-end'],
		taught: { lesson: '06-a-ring-for-two', at: 'nothing' }
	},
	'front-end': {
		term: 'front end',
		also: ['front ends', 'back end', 'back ends', 'front-end', 'back-end'],
		group: 'interface',
		says: 'A driver in two halves: the front end in the domain that would like to use a device, the back end in the domain that has it. They find each other through xenstore and talk through I/O rings.',
		source: 'io/blkif.h; io/netif.h',
		related: ['io-ring', 'xenstore', 'dom0'],
		taught: { lesson: '06-a-ring-for-two', at: 'ring-mapped' }
	},
	'page-flipping': {
		term: 'page flipping',
		also: ['page flip', 'page flips', 'flipping', 'flipped'],
		group: 'interface',
		says: 'To hand over a packet by handing over the page it lies in: the frame gets another owner, and no byte is copied. Each side changes its page tables, and for each page that goes another one must come.',
		source: 'grant_table.h: GNTTABOP_transfer; io/netif.h: feature-rx-flip',
		related: ['grant', 'frame', 'p2m', 'm2p'],
		taught: { lesson: '08-a-packets-journey', at: 'transfer' }
	},
	packet: {
		term: 'packet',
		also: ['packets', 'datagram', 'datagrams'],
		group: 'interface',
		says: 'A piece of data on its way, with headers in front that say from whom and to whom. A datagram is what a process sends; with its headers it is a packet, which Ethernet calls a frame.',
		source: 'RFC 768, RFC 791; IEEE 802.3',
		related: ['mac', 'bridge'],
		taught: { lesson: '08-a-packets-journey', at: 'send' }
	},
	udp: {
		term: 'UDP',
		group: 'interface',
		says: 'User Datagram Protocol: the header that names the process by a port number, and guards the data by a checksum. It promises nothing: what is lost is lost.',
		source: 'RFC 768',
		related: ['packet', 'ip']
	},
	ip: {
		term: 'IP',
		group: 'interface',
		says: 'Internet Protocol: the header that names the sender’s host and the receiver’s, each by an address of four bytes such as 10.0.0.2.',
		source: 'RFC 791',
		related: ['packet', 'arp']
	},
	mac: {
		term: 'MAC address',
		also: ['MAC addresses', 'Ethernet', 'MAC'],
		group: 'interface',
		says: 'The six bytes by which Ethernet names a network card. A packet begins with that of the card it is for, and that of the card it is from.',
		source: 'IEEE 802.3',
		related: ['arp', 'bridge']
	},
	arp: {
		term: 'ARP',
		group: 'interface',
		says: 'Address Resolution Protocol: a question to all, who has this IP address, and the answer of who has it, with a MAC address.',
		source: 'RFC 826',
		related: ['ip', 'mac']
	},
	bridge: {
		term: 'bridge',
		group: 'interface',
		says: 'A switch in software. It notes by which port each sender’s packets come in, sends what is for that address out there, and what it knows no port for to all.',
		source: 'IEEE 802.1D',
		related: ['mac', 'front-end'],
		taught: { lesson: '08-a-packets-journey', at: 'answered' }
	},
	'filter-rule': {
		term: 'rule',
		also: ['rules'],
		group: 'interface',
		says: 'A pattern, and what to do with a packet that it fits: accept it or drop it. The back end of a virtual network card tries those of its card in order.',
		source: 'Barham et al., SOSP 2003, section 3.3',
		related: ['packet', 'bridge'],
		taught: { lesson: '08-a-packets-journey', at: 'answered' }
	},
	abi: {
		term: 'ABI',
		group: 'interface',
		says: 'Application binary interface: numbers, registers and layouts in memory by which a guest and Xen understand each other. It is written down in Xen’s public headers.',
		source: 'xen/include/public',
		related: ['hypercall', 'start-info']
	},
	dma: {
		term: 'DMA',
		also: ['bus master', 'direct memory access'],
		group: 'interface',
		says: 'Direct memory access: a device reads or writes memory by itself, at machine addresses that its driver gave it. The processor takes no part in it, and neither do page tables.',
		source: 'SFF-8038i, 1.0',
		related: ['machine-address', 'iommu'],
		taught: { lesson: '07-one-disk-write', at: 'dma' }
	},
	iommu: {
		term: 'IOMMU',
		also: ['IOMMUs'],
		group: 'interface',
		says: 'Page tables between devices and memory, so that a device reaches only what it was given. The machine in these pages has none.',
		source: 'Intel Virtualization Technology for Directed I/O, chapter 3',
		related: ['dma', 'page-table']
	},
	extent: {
		term: 'extent',
		also: ['extents'],
		group: 'interface',
		says: 'A stretch of sectors of a real disk that is a whole disk to a domain. Whoever serves it adds where it begins, and refuses what lies behind its end.',
		source: 'Barham et al., SOSP 2003, section 3.3',
		related: ['domain', 'io-ring'],
		taught: { lesson: '07-one-disk-write', at: 'told' }
	},
	'write-cache': {
		term: 'write cache',
		group: 'interface',
		says: 'Memory in a disk. The disk says that a write is done as soon as its data are there, and forgets them when the power fails; a command of its own, a flush, waits until they are where they stay.',
		source: 'ATA/ATAPI-6, FLUSH CACHE EXT',
		related: ['dma'],
		taught: { lesson: '07-one-disk-write', at: 'flush-command' }
	}
} as const satisfies Glossary;
