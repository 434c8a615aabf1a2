/** Everything but memory at one instruction boundary. */
import type { DomainState, VcpuInfoState } from './domains';
import type { Running, SegmentState, TableRegister } from './processor';
import type { TlbState } from './tlb';
import type { Registers, SegmentName } from '../x86/registers';

/** Everything but memory, at one instruction boundary. */
export interface MomentState {
	/** Instructions retired since reset: the identity of the moment. */
	icount: number;
	cycle: number;
	/** Events recorded up to here; the next event gets this seq. */
	seq: number;
	/** Domain and vcpu on the processor; 0x7fff when none. */
	dom: number;
	vcpu: number;
	cpl: number;
	running: Running;
	regs: Registers;
	segs: Record<SegmentName, SegmentState>;
	cr0: number;
	cr2: number;
	cr3: number;
	cr4: number;
	dr: number[];
	gdtr: TableRegister;
	idtr: TableRegister;
	ldtr: SegmentState;
	tr: SegmentState;
	/** The stack that the TSS gives to ring 0 and ring 1. */
	tss: { ss0: number; esp0: number; ss1: number; esp1: number };
	/** Bytes at CS:EIP (fewer when the page ends and the next is not mapped) and the linear address of the first. */
	code: { address: number; bytes: Uint8Array };
	tlb: TlbState;
	/** vcpu_info of the vcpu on the processor, or null when none is. */
	vcpuInfo: VcpuInfoState | null;
	domains: DomainState[];
	/** Whether the processor waits in HLT. */
	halted: boolean;
}
