/** Words for memory: frames and their numbers, page tables and who may write them. */
import type { Glossary } from '../../glossary';

export const MEMORY = {
	frame: {
		term: 'frame',
		also: ['frames', 'machine frame', 'machine frames'],
		not: ['exception frame', 'its frame at'],
		group: 'memory',
		says: '4 KiB of the machine’s memory, at an address that is a multiple of 4 KiB. Page-table entries name frames.',
		related: ['mfn', 'pfn', 'frame-type']
	},
	mfn: {
		term: 'mfn',
		also: ['mfns', 'machine frame number'],
		group: 'memory',
		says: 'Machine frame number: which frame of the real machine. Page-table entries of a paravirtual guest hold these.',
		source: 'memory.h: xen_pfn_t',
		related: ['pfn', 'm2p', 'machine-address']
	},
	pfn: {
		term: 'pfn',
		also: ['pfns', 'pseudo-physical', 'pseudo-physical frame number'],
		group: 'memory',
		says: 'The number of a page as its guest counts its own, from 0 without holes. Kernels are written for such memory; which machine frame lies behind each number is told by a list.',
		source: 'xen.h: start_info.mfn_list',
		related: ['mfn', 'p2m', 'm2p']
	},
	'machine-address': {
		term: 'machine address',
		also: ['machine addresses', 'physical address', 'physical addresses'],
		group: 'memory',
		says: 'An address in the memory that the machine really has. Xen gives a guest frames from anywhere in it.',
		related: ['mfn', 'linear-address']
	},
	'linear-address': {
		term: 'linear address',
		also: ['linear addresses', 'virtual address', 'virtual addresses', 'address space', 'address spaces'],
		group: 'memory',
		says: 'An address after segmentation and before paging. All that one top page table maps is an address space; Xen keeps the top of each for itself.',
		source: 'SDM vol. 3, 3.1',
		related: ['page-table', 'segment', 'cr3']
	},
	m2p: {
		term: 'machine-to-physical table',
		also: ['M2P', 'm2p', 'machine-to-physical'],
		group: 'memory',
		says: 'An array of Xen’s, at `f580_0000` here, that tells for each machine frame the number that its owner has for it. Every guest may read it.',
		source: 'arch-x86/xen-x86_32.h: MACH2PHYS_VIRT_START',
		related: ['p2m', 'mfn', 'pfn'],
		taught: { lesson: '01-four-rings', at: 'beyond-limit' }
	},
	p2m: {
		term: 'p2m list',
		also: ['p2m', 'P2M', 'physical-to-machine'],
		group: 'memory',
		says: 'The guest’s own list from pfn to mfn. The domain builder hands it over at the start, and the guest keeps it.',
		source: 'xen.h: start_info.mfn_list',
		related: ['m2p', 'pfn', 'start-info']
	},
	'page-table': {
		term: 'page table',
		also: [
			'page tables',
			'L1',
			'L2',
			'L3',
			'L1s',
			'L2s',
			'L1 table',
			'L2 table',
			'L3 table',
			'L1 tables',
			'top page table'
		],
		group: 'memory',
		says: 'With PAE three levels: `CR3` names an L3 of four entries, each names an L2 of 512, each of those an L1 of 512, and each of those a page. The numbers are Xen’s; the manual calls them page-directory-pointer table, page directory and page table.',
		source: 'SDM vol. 3, 4.4',
		related: ['pte', 'pae', 'cr3', 'page-walk'],
		taught: { lesson: '03-one-page-table-write', at: 'before-write' }
	},
	pae: {
		term: 'PAE',
		group: 'memory',
		says: 'Physical-address extension: page tables whose entries have 64 bits, in three levels. It is the only kind that Xen’s 32-bit interface knows today.',
		source: 'SDM vol. 3, 4.4; elfnote.h: XEN_ELFNOTE_PAE_MODE',
		related: ['page-table', 'pte']
	},
	pte: {
		term: 'page-table entry',
		also: ['PTE', 'PTEs', 'page-table entries', 'L1 entry', 'L2 entry', 'L3 entry', 'RW', 'RW bit', '`RW`'],
		group: 'memory',
		says: 'Which frame comes next, and what may be done there: `P` for present, `RW` for writable, `US` for user. On 32-bit PAE it has 64 bits.',
		source: 'SDM vol. 3, 4.4.2',
		related: ['page-table', 'frame', 'validation']
	},
	'page-walk': {
		term: 'page walk',
		also: ['page walks', 'page-table walk', 'walk', 'walks', 'walked', 'walking'],
		group: 'memory',
		says: 'What the processor does with a linear address that the TLB does not know: it reads an entry of each level, down to the page.',
		source: 'SDM vol. 3, 4.4.2',
		related: ['page-table', 'tlb', 'page-fault'],
		taught: { lesson: '03-one-page-table-write', at: 'before-write' }
	},
	tlb: {
		term: 'TLB',
		also: ['translation', 'translations'],
		not: ['binary translation'],
		group: 'memory',
		says: 'Translation lookaside buffer: the processor’s memory of page walks that it has made. What it holds is believed without a look at the tables.',
		source: 'SDM vol. 3, 4.10.2',
		related: ['flush', 'page-walk'],
		taught: { lesson: '02-asking-the-hypervisor', at: 'version-back' }
	},
	flush: {
		term: 'flush',
		also: ['flushed', 'flushes', 'TLB flush', 'TLB flushes'],
		not: ['it is flushed', 'is flushed the', '`pocket` flush'],
		group: 'memory',
		says: 'To drop translations from the TLB, so that the next access walks the tables again. A load of `CR3` does it, and `invlpg` for one page.',
		source: 'SDM vol. 3, 4.10.4',
		related: ['tlb', 'cr3']
	},
	'frame-type': {
		term: 'frame type',
		also: ['frame types', 'type count', 'count of uses'],
		group: 'memory',
		says: 'What a frame is used as: L1, L2 or L3 table, descriptors, writable, or nothing yet. A count says how many uses there are, and the type changes only at zero; so no page table can be written by its guest.',
		source: 'Barham et al., SOSP 2003, section 3.3',
		related: ['reference-count', 'validation', 'pin'],
		taught: { lesson: '03-one-page-table-write', at: 'refused' }
	},
	'reference-count': {
		term: 'reference count',
		also: ['reference counts', 'reference', 'references'],
		group: 'memory',
		says: 'How often a frame is held, by mappings and by Xen itself. Only at zero may it go back to the allocator.',
		source: 'Barham et al., SOSP 2003, section 3.3',
		related: ['frame-type', 'frame'],
		taught: { lesson: '03-one-page-table-write', at: 'read-only' }
	},
	validation: {
		term: 'validation',
		also: ['validated', 'validates', 'validate'],
		group: 'memory',
		says: 'Xen looks at each page-table entry before it takes effect: whose frame is it, may it be mapped that way, is it a page table itself? So a guest can keep its own tables, and the processor can use them directly.',
		source: 'Barham et al., SOSP 2003, section 3.3',
		related: ['frame-type', 'mmu-update', 'decision'],
		taught: { lesson: '03-one-page-table-write', at: 'helped' }
	},
	pin: {
		term: 'pin',
		also: ['pinned', 'pinning', 'pins'],
		group: 'memory',
		says: 'To have a page table validated as a whole and kept so, though nothing refers to it yet. It can then be loaded into `CR3` again and again without another examination.',
		source: 'xen.h: MMUEXT_PIN_L3_TABLE',
		related: ['validation', 'frame-type'],
		taught: { lesson: '03-one-page-table-write', at: 'pin' }
	},
	'writable-page-tables': {
		term: 'writable page tables',
		also: ['ptwr'],
		group: 'memory',
		says: 'Help for kernels that write their L1 tables by ordinary stores: the store faults, as the table is mapped read-only; Xen takes the instruction apart, validates the entry and writes it.',
		source: 'xen.h: VMASST_TYPE_writable_pagetables',
		related: ['validation', 'emulation', 'vm-assist'],
		taught: { lesson: '03-one-page-table-write', at: 'helped' }
	},
	'shadow-page-tables': {
		term: 'shadow page tables',
		also: ['shadow page table', 'shadow tables'],
		group: 'memory',
		says: 'Two sets of tables: one that the guest believes in, and one that the hypervisor makes of it for the processor. A paravirtual guest of Xen does without.',
		source: 'Barham et al., SOSP 2003, section 2.1',
		related: ['page-table', 'full-virtualization']
	},
	'copy-on-write': {
		term: 'copy on write',
		also: ['copy-on-write'],
		group: 'memory',
		says: 'To share a page read-only between two address spaces until one of them writes, and to copy it then. Unix kernels do so at a fork.',
		related: ['page-fault', 'page-table'],
		taught: { lesson: '03-one-page-table-write', at: 'shared-write' }
	}
} as const satisfies Glossary;
