/** Words for the processor: privilege, segments, the way through a gate. */
import type { Glossary } from '../../glossary';

export const PROCESSOR = {
	ring: {
		term: 'ring',
		also: ['rings', 'ring 0', 'ring 1', 'ring 2', 'ring 3'],
		group: 'processor',
		says: 'One of four levels of privilege. Ring 0 may execute everything; Xen sits there, moves kernels to ring 1, and leaves programs in ring 3.',
		source: 'SDM vol. 3, 5.5',
		related: ['cpl', 'supervisor', 'segment-limit'],
		taught: { lesson: '01-four-rings', at: 'first-instruction' }
	},
	cpl: {
		term: 'CPL',
		group: 'processor',
		says: 'Current privilege level: the ring of the code that runs now. The low two bits of `CS` hold it.',
		source: 'SDM vol. 3, 5.5',
		related: ['ring', 'dpl', 'iopl']
	},
	iopl: {
		term: 'IOPL',
		also: ['I/O privilege level'],
		group: 'processor',
		says: 'I/O privilege level: two bits of EFLAGS. Only code whose CPL is not above it may use `cli`, `sti` and port instructions freely; under Xen it stays 0.',
		source: 'SDM vol. 1, 19.5.1',
		related: ['cpl', 'virtual-iopl', 'eflags'],
		taught: { lesson: '01-four-rings', at: 'cli' }
	},
	'virtual-iopl': {
		term: 'virtual I/O privilege level',
		also: ['virtual IOPL'],
		group: 'processor',
		says: 'A level that a guest kernel asks Xen to note for it. The machine’s own IOPL stays 0, so I/O instructions still trap, and Xen then judges by the noted level.',
		source: 'physdev.h: PHYSDEVOP_set_iopl',
		related: ['iopl', 'trap-and-emulate'],
		taught: { lesson: '01-four-rings', at: 'cli-skipped' }
	},
	dpl: {
		term: 'DPL',
		group: 'processor',
		says: 'Descriptor privilege level: two bits in a segment’s or gate’s descriptor. `INT n` may use a gate only from a ring that is not above its DPL.',
		source: 'SDM vol. 3, 5.5',
		related: ['cpl', 'rpl', 'gate'],
		taught: { lesson: '02-asking-the-hypervisor', at: 'version-trap' }
	},
	rpl: {
		term: 'RPL',
		group: 'processor',
		says: 'Requested privilege level: the low two bits of a selector. Whoever loads it is treated as if in that ring, if the ring is less privileged than its own.',
		source: 'SDM vol. 3, 5.5',
		related: ['dpl', 'selector']
	},
	eflags: {
		term: 'EFLAGS',
		also: ['`EFLAGS`', '`IF`', 'IF'],
		group: 'processor',
		says: 'The processor’s register of flags. Its bit `IF` says whether the processor takes interrupts from outside.',
		source: 'SDM vol. 1, 3.4.3',
		related: ['iopl', 'interrupt', 'upcall-mask'],
		taught: { lesson: '01-four-rings', at: 'after-popf' }
	},
	registers: {
		term: 'general registers',
		also: ['EAX', 'EBX', 'ECX', 'EDX', 'ESI', 'EDI', 'EBP', '`EAX`', '`EBX`', '`ECX`', '`EDX`', '`ESI`', '`EDI`'],
		group: 'processor',
		says: 'The registers that instructions compute with: `EAX`, `EBX`, `ECX`, `EDX`, `ESI`, `EDI`, `EBP`, `ESP`. A hypercall puts its number into `EAX` and its arguments into the next five.',
		source: 'SDM vol. 1, 3.4.1; arch-x86/xen-x86_32.h',
		related: ['hypercall', 'stack-pointer']
	},
	'stack-pointer': {
		term: 'SS and ESP',
		also: ['ESP', 'SS', '`SS`', '`ESP`'],
		group: 'processor',
		says: 'Stack segment and stack pointer: the top of the stack lies at offset `ESP` of the segment that `SS` names. A gate to an inner ring loads both from the TSS.',
		source: 'SDM vol. 1, 6.2',
		related: ['tss', 'segment']
	},
	'instruction-pointer': {
		term: 'CS and EIP',
		also: ['EIP', 'CS', '`CS`', '`EIP`'],
		group: 'processor',
		says: 'Code segment and instruction pointer: the next instruction lies at offset `EIP` of the segment that `CS` names. The low two bits of `CS` are the ring.',
		source: 'SDM vol. 1, 3.4.2 and 3.5',
		related: ['cpl', 'segment']
	},
	'control-registers': {
		term: 'control registers',
		also: ['CR0', 'CR4', '`CR0`', '`CR4`'],
		group: 'processor',
		says: 'Registers that switch how the processor works: `CR0` turns protection and paging on, `CR4` holds extensions such as PAE. To write them needs ring 0.',
		source: 'SDM vol. 3, 2.5',
		related: ['cr3', 'cr2']
	},
	cr2: {
		term: 'CR2',
		also: ['`CR2`'],
		group: 'processor',
		says: 'The register in which the processor leaves the linear address of a page fault. A guest reads a copy of it in memory that it shares with Xen.',
		source: 'SDM vol. 3, 4.7; arch-x86/xen.h: arch_vcpu_info',
		related: ['page-fault', 'shared-info']
	},
	cr3: {
		term: 'CR3',
		also: ['`CR3`', 'page-table base'],
		group: 'processor',
		says: 'The register that names the top page table. To load it changes the address space, and drops the translations that the TLB holds, but for global ones.',
		source: 'SDM vol. 3, 4.5 and 4.10.4',
		related: ['page-table', 'tlb'],
		taught: { lesson: '01-four-rings', at: 'cr3-refused' }
	},
	umip: {
		term: 'UMIP',
		also: ['CR4.UMIP'],
		group: 'processor',
		says: 'A bit of CR4 in processors since the late 2010s: with it `sgdt`, `sidt`, `sldt`, `smsw` and `str` fault outside ring 0. This machine is older.',
		source: 'SDM vol. 3, 2.5',
		related: ['control-registers', 'descriptor-tables']
	},
	segment: {
		term: 'segment',
		also: ['segments', 'code segment', 'data segment'],
		group: 'processor',
		says: 'A stretch of linear addresses with a base, a limit, a kind and a privilege level. Each access on 32-bit x86 goes through one, before any page table is looked at.',
		source: 'SDM vol. 3, 3.2',
		related: ['segment-limit', 'descriptor', 'selector']
	},
	'segment-limit': {
		term: 'segment limit',
		also: ['segment limits'],
		group: 'processor',
		says: 'The last offset that a segment reaches; an access beyond it is #GP. Xen ends every guest’s segments below its own part of the address space, which guards that part from ring 1.',
		source: 'SDM vol. 3, 5.3',
		related: ['segment', 'general-protection'],
		taught: { lesson: '01-four-rings', at: 'beyond-limit' }
	},
	selector: {
		term: 'selector',
		also: ['selectors'],
		group: 'processor',
		says: 'The 16 bits that a segment register is loaded with: which descriptor, of which table, asked for with which privilege.',
		source: 'SDM vol. 3, 3.4.2',
		related: ['descriptor', 'rpl']
	},
	descriptor: {
		term: 'descriptor',
		also: ['descriptors', 'segment descriptors', 'segment descriptor'],
		group: 'processor',
		says: 'Eight bytes in a table that describe a segment or a gate. Xen looks at each before it lets the processor use it.',
		source: 'SDM vol. 3, 3.4.5',
		related: ['descriptor-tables', 'dpl', 'selector']
	},
	'descriptor-tables': {
		term: 'descriptor tables',
		also: ['GDT', 'LDT', 'descriptor table'],
		group: 'processor',
		says: 'The tables that selectors index: the global one (GDT) and a local one (LDT). A guest chooses their frames; Xen sees to it that no guest can write them while they are in use.',
		source: 'SDM vol. 3, 2.1.1',
		related: ['descriptor', 'frame-type'],
		taught: { lesson: '01-four-rings', at: 'after-sgdt' }
	},
	idt: {
		term: 'IDT',
		also: ['`IDTR`', 'IDTR', 'interrupt table'],
		group: 'processor',
		says: 'Interrupt descriptor table: for each of 256 vectors the gate through which the processor goes; the register `IDTR` says where it lies. The only one here is Xen’s.',
		source: 'SDM vol. 3, 6.10',
		related: ['gate', 'trap-table', 'vector']
	},
	vector: {
		term: 'vector',
		also: ['vectors'],
		group: 'processor',
		says: 'The number of an exception or interrupt, 0 to 255. It says which gate is used.',
		source: 'SDM vol. 3, 6.2',
		related: ['idt', 'gate']
	},
	gate: {
		term: 'gate',
		also: ['gates'],
		group: 'processor',
		says: 'An entry of the IDT: where the handler lies, in which code segment, and from which rings `INT n` may use it.',
		source: 'SDM vol. 3, 6.11',
		related: ['idt', 'dpl', 'tss'],
		taught: { lesson: '02-asking-the-hypervisor', at: 'version-trap' }
	},
	tss: {
		term: 'TSS',
		also: ['task-state segment'],
		group: 'processor',
		says: 'Task-state segment: here, the place where the processor finds the stack of the ring that it enters. That way it never writes on a stack that a less privileged ring chose.',
		source: 'SDM vol. 3, 7.2.1',
		related: ['gate', 'stack-pointer'],
		taught: { lesson: '02-asking-the-hypervisor', at: 'version-trap' }
	},
	trap: {
		term: 'trap',
		also: ['traps', 'trapped'],
		not: ['trap path', 'trap table'],
		group: 'processor',
		says: 'The processor leaves the code that runs, goes through a gate and runs a handler, because of an exception or `INT n`. Under Xen nearly every gate leads into ring 0.',
		source: 'SDM vol. 3, chapter 6',
		related: ['gate', 'fault', 'interrupt'],
		taught: { lesson: '01-four-rings', at: 'cli' }
	},
	fault: {
		term: 'fault',
		also: ['faults', 'exception', 'exceptions', 'faulted'],
		group: 'processor',
		says: 'An exception that is raised before its instruction has had an effect: `EIP` still points at it, so it can be tried again, or stepped over.',
		source: 'SDM vol. 3, 6.5',
		related: ['general-protection', 'page-fault', 'error-code']
	},
	interrupt: {
		term: 'interrupt',
		also: ['interrupts'],
		group: 'processor',
		says: 'A call from outside the program that runs: a timer, a device. Xen takes them all; a guest hears of them as events.',
		source: 'SDM vol. 3, 6.3',
		related: ['event-channel', 'upcall', 'eflags']
	},
	'general-protection': {
		term: '#GP',
		also: ['general-protection fault', 'general protection'],
		group: 'processor',
		says: 'General-protection fault, vector 13: a privileged instruction outside ring 0, an access beyond a segment’s limit, a gate that is not open to the ring, and the like.',
		source: 'SDM vol. 3, 6.15',
		related: ['fault', 'segment-limit', 'trap-and-emulate'],
		taught: { lesson: '01-four-rings', at: 'cli' }
	},
	'page-fault': {
		term: '#PF',
		also: ['page fault', 'page faults'],
		group: 'processor',
		says: 'Page fault, vector 14: the walk of the page tables found no page, or a page that does not permit the access.',
		source: 'SDM vol. 3, 4.7',
		related: ['page-walk', 'cr2', 'bounce'],
		taught: { lesson: '03-one-page-table-write', at: 'write' }
	},
	'other-exceptions': {
		term: 'other exceptions',
		also: ['#UD', '#NM', '#DB', '#DE', '#BP', '#NP', '#SS', '#TS', '#DF', '#AC', '#MF', '#OF', '#BR'],
		group: 'processor',
		says: 'Each has a vector and two letters in the manual: #UD for an instruction that does not exist, #NM for a floating-point unit that is not available, #DF for a fault while a fault is delivered.',
		source: 'SDM vol. 3, 6.3.1',
		related: ['fault', 'vector']
	},
	'error-code': {
		term: 'error code',
		also: ['error codes'],
		group: 'processor',
		says: 'A word that some exceptions push behind `EIP`: for #PF which access failed and why, for #GP which descriptor was at fault, or 0.',
		source: 'SDM vol. 3, 6.13',
		related: ['fault', 'page-fault']
	},
	iret: {
		term: 'iret',
		also: ['`iret`', 'IRET'],
		group: 'processor',
		says: 'The instruction that ends a handler: it pops `EIP`, `CS` and EFLAGS, and `ESP` and `SS` where it leads to an outer ring. Xen has a hypercall of that name as well, which opens upcalls on the way.',
		source: 'SDM vol. 2, IRET; xen.h: __HYPERVISOR_iret',
		related: ['gate', 'upcall-mask'],
		taught: { lesson: '02-asking-the-hypervisor', at: 'version-back' }
	},
	supervisor: {
		term: 'supervisor',
		group: 'processor',
		says: 'To paging, all code of the rings 0, 1 and 2; ring 3 is user. Page tables can keep programs from kernels, but not a ring-1 kernel from Xen.',
		source: 'SDM vol. 3, 4.6',
		related: ['ring', 'page-table', 'segment-limit'],
		taught: { lesson: '01-four-rings', at: 'beyond-limit' }
	},
	sdm: {
		term: 'SDM',
		group: 'processor',
		says: 'Intel’s “64 and IA-32 Architectures Software Developer’s Manual”: the description of the processor that this machine follows. Sections are those of the editions in which chapter 4 of volume 3 is Paging.'
	}
} as const satisfies Glossary;
