/** Words for machines that are shared, and for who shares them. */
import type { Glossary } from '../../glossary';

export const VIRTUALIZATION = {
	hypervisor: {
		term: 'hypervisor',
		also: ['hypervisors', 'virtual machine monitor'],
		group: 'virtualization',
		says: 'The program that shares one machine among several operating systems and keeps them apart. It alone runs in ring 0.',
		source: 'Barham et al., SOSP 2003',
		related: ['xen', 'domain', 'ring'],
		taught: { lesson: '01-four-rings', at: 'first-instruction' }
	},
	xen: {
		term: 'Xen',
		group: 'virtualization',
		says: 'An open-source hypervisor, first described in 2003. The hypervisor in these pages speaks Xen’s public interface to its guests and shares none of its code.',
		source: 'Barham et al., SOSP 2003; xen/include/public',
		related: ['hypervisor', 'paravirtualized', 'native-escape']
	},
	domain: {
		term: 'domain',
		also: ['domains', 'dom1', 'dom2'],
		group: 'virtualization',
		says: 'Xen’s word for one guest with all that it was given: memory, virtual processors, event channels. `dom1` is the domain with the number 1.',
		source: 'xen.h: domid_t',
		related: ['guest', 'dom0', 'vcpu']
	},
	dom0: {
		term: 'domain 0',
		also: ['dom0', 'control domain', 'hardware domain'],
		group: 'virtualization',
		says: 'The first domain. It may act on the others, and it has the devices and their drivers, for Xen has none of its own. In these pages it has a kernel where there is a disk or a card to drive; else the toolstack, written in TypeScript, plays it alone.',
		source: 'xen.h: SIF_PRIVILEGED, SIF_INITDOMAIN',
		related: ['domain', 'toolstack']
	},
	guest: {
		term: 'guest',
		also: ['guests', 'guest kernel', 'guest kernels'],
		group: 'virtualization',
		says: 'An operating system that runs on a hypervisor instead of the bare machine. Those in these pages are compiled x86 code, executed instruction by instruction.',
		related: ['domain', 'paravirtualized', 'pocket']
	},
	toolstack: {
		term: 'toolstack',
		also: ['domain builder'],
		group: 'virtualization',
		says: 'The programs of domain 0 that create domains: they load a kernel, build its first page tables, and let it run. Xen only offers the calls for it.',
		source: 'domctl.h',
		related: ['dom0', 'start-info']
	},
	paravirtualized: {
		term: 'paravirtualized',
		also: ['paravirtual', 'paravirtualization', 'PV'],
		group: 'virtualization',
		says: 'Of a kernel: changed so that it asks a hypervisor where it would otherwise use privileged instructions. It knows that it does not own the machine.',
		source: 'Barham et al., SOSP 2003, section 2',
		related: ['hypercall', 'full-virtualization'],
		taught: { lesson: '01-four-rings', at: 'after-popf' }
	},
	'full-virtualization': {
		term: 'full virtualization',
		also: ['fully virtualized'],
		group: 'virtualization',
		says: 'To present a machine so like the real one that an unchanged kernel runs on it. On x86 before 2005 that meant to translate parts of the kernel’s code, as some privileged state can be read or ignored without a trap.',
		source: 'Barham et al., SOSP 2003, section 2',
		related: ['paravirtualized', 'trap-and-emulate', 'binary-translation']
	},
	'binary-translation': {
		term: 'binary translation',
		group: 'virtualization',
		says: 'To rewrite a kernel’s instructions while it runs, so that those which would quietly do the wrong thing outside ring 0 call the hypervisor instead.',
		related: ['full-virtualization', 'trap-and-emulate']
	},
	'hardware-virtualization': {
		term: 'hardware virtualization',
		also: ['VT-x', 'VMX', 'hardware-assisted virtualization'],
		group: 'virtualization',
		says: 'Processor support for hypervisors, on x86 since 2005: the guest keeps all four rings in a mode of its own, and what the hypervisor asked to see makes the processor leave that mode. This machine does not have it.',
		source: 'SDM vol. 3, chapter 23',
		related: ['full-virtualization', 'vm-exit']
	},
	'vm-exit': {
		term: 'VM exit',
		also: ['VM exits'],
		group: 'virtualization',
		says: 'The way from a guest to the hypervisor under hardware virtualization: the processor saves the guest’s state and loads the hypervisor’s. A paravirtual guest has none; it traps.',
		source: 'SDM vol. 3, chapter 27',
		related: ['hardware-virtualization', 'trap']
	},
	'trap-and-emulate': {
		term: 'trap and emulate',
		also: ['trap-and-emulate'],
		group: 'virtualization',
		says: 'To let a guest kernel run with little privilege, wait until a privileged instruction faults, and do in its name what it should have done. It needs every such instruction to fault, and on x86 some do not.',
		related: ['emulation', 'full-virtualization'],
		taught: { lesson: '01-four-rings', at: 'cli' }
	},
	emulation: {
		term: 'emulation',
		also: ['emulated', 'emulate', 'emulates'],
		group: 'virtualization',
		says: 'To do in software what an instruction, or a device, would have done. Xen emulates a few privileged instructions of guests; the whole machine in these pages is emulated, too.',
		related: ['trap-and-emulate', 'writable-page-tables'],
		taught: { lesson: '01-four-rings', at: 'cli-skipped' }
	},
	vcpu: {
		term: 'vcpu',
		also: ['vcpus', 'virtual processor', 'virtual processors'],
		group: 'virtualization',
		says: 'A processor as a domain sees it: registers, a trap table, an upcall mask. The scheduler puts one at a time on each processor of the machine.',
		source: 'vcpu.h',
		related: ['domain', 'pcpu', 'scheduler']
	},
	pcpu: {
		term: 'pcpu',
		also: ['physical processor'],
		group: 'virtualization',
		says: 'A processor that the machine really has, as the hypervisor keeps it.',
		related: ['vcpu', 'scheduler']
	},
	scheduler: {
		term: 'scheduler',
		also: ['time slice'],
		group: 'virtualization',
		says: 'The part of the hypervisor that chooses which vcpu runs next on a processor, and for how long.',
		source: 'sched.h',
		related: ['vcpu', 'runstate']
	},
	runstate: {
		term: 'runstate',
		also: ['runstates'],
		group: 'virtualization',
		says: 'What a vcpu is doing as the scheduler sees it: running, runnable, blocked until an event comes, or offline.',
		source: 'vcpu.h: RUNSTATE_*',
		related: ['scheduler', 'vcpu']
	}
} as const satisfies Glossary;
