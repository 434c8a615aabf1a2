/** The cost table. A figure without a published measurement says so, and why it has its size. */
import { COST_CLASSES } from '../../hardware/cost';
import type { CostWords, RowSentences } from '../costs';

const everywhere = (sentence: string): RowSentences =>
	Object.fromEntries(COST_CLASSES.map((name) => [name, sentence])) as unknown as RowSentences;

const PAPER = 'Barham et al., “Xen and the Art of Virtualization”, SOSP 2003, lmbench on two 2.4 GHz Xeons';
const NULL_CALL = `${PAPER}: a null system call takes 0.45 µs, which is 1,080 cycles. That entry and return make up 630 of them, and Linux the rest, is our assumption.`;
/** Torvalds on linux-kernel, Intel P6 vs P7 system call performance. */
const GETPPID =
	'Torvalds, linux-kernel, 17 December 2002: on his Pentium 4 getppid() takes 1,761 cycles by INT 80h and 641 by SYSENTER, the kernel’s own work included';
/** The library's own sources, mpn/x86/copyi.asm and mpn/x86/pentium4/copyi.asm. */
const COPYI = 'GNU MP, copyi.asm, 1999 to 2002';
const PORTS = 'a port on the slow side of the bus answers after a good part of a microsecond';

const P4: RowSentences = {
	instruction: 'The simplest honest average for integer code whose data lie in the cache.',
	tlbMiss: 'Two or three reads of tables that lie in the second-level cache; 20 to 50 cycles are often quoted.',
	tlbFlush: 'MOV to CR3 waits for what is under way; the misses that follow are charged one by one, and not here.',
	invlpg: 'It waits as a MOV to CR3 does, but drops one translation only.',
	gate: 'Somewhat less than a gate that changes rings: no stack is looked up in the TSS, and two words fewer are pushed.',
	ringCrossing: NULL_CALL,
	iret: 'Less than an IRET to an outer ring: no stack is loaded.',
	iretToOuterRing: NULL_CALL,
	sysenter: `Well below a gate, since it reads no table. ${GETPPID}; 220 for both ways is a third of that.`,
	sysexit: `As SYSENTER, the other way. ${GETPPID}.`,
	callGate: 'About a gate that changes rings: it reads one descriptor more and pushes no flags.',
	taskSwitch: 'About 30 words are stored and loaded, and every segment is checked anew: some three gates.',
	movCr: 'Control registers are written with the pipeline drained; how long that takes is nowhere published.',
	cpuid:
		'Low for this processor: Torvalds, linux-kernel, 26 September 2001, counts 652 cycles on a first Pentium 4 with RDTSC around it, 80 of them for RDTSC itself. Set it to 570 and see.',
	msr: 'Reads and writes drain the pipeline as CPUID does; 150 is our guess for it.',
	portIo: `A third of a microsecond; ${PORTS}.`,
	validation:
		'No figure is published. Looking a frame up in the frame table and comparing its owner, type and count are 20 to 40 instructions.',
	stringStart: `${COPYI}: REP MOVSL takes about 110 cycles to get going on a Pentium 4. That REP STOS takes as long is our assumption.`,
	string16: `${COPYI}: one cycle for each four bytes on a Pentium 4, where both places lie in the cache; 1,500 bytes take 486 cycles in all, a page 1,134.`,
	domainSwitch:
		'Registers and segments saved and loaded and a pick by the scheduler; the flush of the TLB is charged beside it.',
	hypercall:
		'Eight registers saved and loaded and a jump through a table: a few dozen instructions of a real Xen, some of which miss the cache.',
	subcall: 'Seven words read from the guest and one written back.',
	bounce: `${PAPER}: a protection fault takes 1.06 µs natively (2,544 cycles) and 1.40 µs under Xen (3,360). Of the 816 between them we give 250 to the IRET that leads back to the guest, and the rest to the bounce.`,
	emulation:
		'The instruction is fetched through the guest’s page tables, decoded and carried out by software. Some hundred lines of C run for it; a thousand cycles is the order of size.'
};

const CHEAP =
	'A gate on this short pipeline: an INT 80h and its IRET are often quoted as some 300 cycles with the kernel’s entry code. We found no measurement to name';

const P3: RowSentences = {
	...everywhere('Taken over from the Pentium 4 Xeon: we know of nothing better.'),
	tlbMiss: 'As on the Pentium 4, with memory that is nearer in cycles.',
	tlbFlush: 'A short pipeline drains sooner.',
	gate: `${CHEAP}.`,
	ringCrossing: `${CHEAP}.`,
	iret: `${CHEAP}.`,
	iretToOuterRing: `${CHEAP}.`,
	sysenter: 'Half a gate, since it reads no table.',
	sysexit: 'As SYSENTER, the other way.',
	callGate: 'About a gate that changes rings.',
	taskSwitch: 'Some four gates.',
	stringStart: `${COPYI}: about 15 cycles on a P6, which a Pentium III is.`,
	string16: `${COPYI}: three quarters of a cycle for each four bytes on a P6, where both places lie in the cache.`,
	cpuid:
		'High for this processor: Torvalds, linux-kernel, 26 September 2001, counts 170 cycles on a Pentium III with RDTSC around it, 32 of them for RDTSC itself.'
};

export const COSTS: CostWords = {
	about: {
		'p4-xeon': 'The machine on which Xen’s first figures were published: a long pipeline, on which traps are dear.',
		p3: 'An older processor with a short pipeline, on which traps are cheap.',
		unit: 'Every instruction takes one cycle, and all else nothing: time is the number of instructions.'
	},
	grounds: {
		derived: {
			title: 'derived',
			about: 'worked out from a published measurement; what we assumed on the way is said'
		},
		estimate: {
			title: 'estimate',
			about: 'our guess of the right size; there is no measurement behind it, or one that it does not follow'
		},
		definition: { title: 'by definition', about: 'nobody’s processor' }
	},
	rows: {
		instruction: {
			title: 'An instruction',
			what: 'Fetching, decoding and carrying out one instruction, whatever it is.',
			when: 'for every instruction that retires, beside all that follows'
		},
		tlbMiss: {
			title: 'A TLB miss',
			what: 'The processor walks the page tables in memory.',
			when: 'when a translation is not in the TLB'
		},
		tlbFlush: {
			title: 'A flush of the TLB',
			what: 'All translations that are not global are dropped.',
			when: 'when CR3 is loaded, when the way of paging changes, and when Xen flushes for a guest'
		},
		invlpg: {
			title: 'INVLPG',
			what: 'The translation of one page is dropped.',
			when: 'for each page that is dropped by itself'
		},
		gate: {
			title: 'A gate that stays in its ring',
			what: 'An interrupt or exception finds its gate, checks it and pushes three words.',
			when: 'for traps and interrupts that do not change the ring'
		},
		ringCrossing: {
			title: 'A gate to an inner ring',
			what: 'The same, and the stack is changed for the one in the TSS: five words are pushed.',
			when: 'for traps and interrupts that lead inwards: into Xen, or by a direct gate into the guest kernel'
		},
		iret: {
			title: 'IRET in the same ring',
			what: 'Flags and address come back from the stack.',
			when: 'for an IRET that does not change the ring'
		},
		iretToOuterRing: {
			title: 'IRET to an outer ring',
			what: 'The same, and the outer stack and its segments are checked and loaded.',
			when: 'for an IRET that leads outwards, back from Xen among them'
		},
		sysenter: {
			title: 'SYSENTER',
			what: 'A fast way into ring 0: addresses come from registers, no table is read.',
			when: 'for each SYSENTER'
		},
		sysexit: { title: 'SYSEXIT', what: 'The way back to ring 3.', when: 'for each SYSEXIT' },
		callGate: {
			title: 'A call gate, and the far return from it',
			what: 'A call gate is checked, and the stack changes with the ring.',
			when: 'for far calls and jumps through a call gate, and for far returns to an outer ring'
		},
		taskSwitch: {
			title: 'A task switch by hardware',
			what: 'The processor stores one TSS and loads another.',
			when: 'for each jump, call or interrupt to a task'
		},
		movCr: {
			title: 'MOV to a control register',
			what: 'CR0, CR2, CR3 or CR4 is written.',
			when: 'for each such instruction, and when Xen loads CR3 for a guest'
		},
		cpuid: {
			title: 'CPUID',
			what: 'The processor says what it is, and drains its pipeline first.',
			when: 'for each CPUID, also those that Xen carries out for a guest'
		},
		msr: {
			title: 'RDMSR, WRMSR',
			what: 'A model-specific register is read or written.',
			when: 'for each of these instructions'
		},
		portIo: {
			title: 'IN, OUT',
			what: 'The processor waits for a device on the bus.',
			when: 'for each access to a port'
		},
		validation: {
			title: 'Examining one table entry',
			what: 'Xen looks at whose frame the entry points to, as what it is used and how often.',
			when: 'for each page-table or descriptor entry that Xen examines; a whole table has 512'
		},
		stringStart: {
			title: 'Moving or clearing memory',
			what: 'REP MOVS or REP STOS, by which Xen copies and clears, gets going.',
			when: 'for each copy by grant, each page that Xen copies or clears for a guest, and a grant table that grows'
		},
		string16: {
			title: 'Sixteen bytes moved or cleared',
			what: 'The bytes are read and written, or filled.',
			when: 'for each 16 bytes of such a stretch, the last ones whole'
		},
		domainSwitch: {
			title: 'A switch between vcpus',
			what: 'Xen saves one vcpu and loads the next.',
			when: 'when the scheduler lets another vcpu run'
		},
		hypercall: {
			title: 'Taking a hypercall',
			what: 'Xen saves the registers, finds the handler in its table and writes the answer back.',
			when: 'for each hypercall, beside the gate, the IRET and what the call itself does'
		},
		subcall: {
			title: 'An entry of a multicall',
			what: 'One call of a batch is read from the guest and its answer written back.',
			when: 'for each entry of a multicall'
		},
		bounce: {
			title: 'Bouncing a trap to the guest kernel',
			what: 'Xen builds the frame that the guest’s handler expects, on the guest’s own stack.',
			when: 'for each trap, fault or event that Xen hands on'
		},
		emulation: {
			title: 'Emulating an instruction',
			what: 'Xen fetches a privileged instruction of the guest, decodes it and carries it out.',
			when: 'for each instruction that Xen carries out for a guest, and each write to a page table that it takes over'
		}
	},
	sources: { 'p4-xeon': P4, p3: P3, unit: everywhere('So by definition.') }
};
