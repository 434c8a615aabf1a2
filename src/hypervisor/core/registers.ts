/** General registers of the running vcpu, which stay on the processor while the hypervisor works for it. */
import { REG } from '../../hardware/layout';
import type { UserRegs } from './domain';
import type { Hypervisor } from './hypervisor';
import type { Pcpu } from './pcpu';
import { CS, DS, ES, FS, GS, SS } from '../../x86/registers';

/** GPRs but ESP, which is in the entry frame, by their number in the manual's encoding. */
const GPRS = [
	['eax', REG.EAX],
	['ecx', REG.ECX],
	['edx', REG.EDX],
	['ebx', REG.EBX],
	['ebp', REG.EBP],
	['esi', REG.ESI],
	['edi', REG.EDI]
] as const;

/** Data segment registers: the guest's own, also while the hypervisor runs. */
export const DATA_SEGMENTS = [
	['ds', DS],
	['es', ES],
	['fs', FS],
	['gs', GS]
] as const;

/** The running vcpu's registers, as its entry into the hypervisor left them. */
export function currentRegs(pcpu: Pcpu): UserRegs {
	const { cpu } = pcpu;
	const regs = pcpu.inside ? frameRegs(pcpu) : liveRegs(pcpu);
	for (const [name, number] of GPRS) regs[name] = cpu.s[number * 2] >>> 0;
	for (const [name, number] of DATA_SEGMENTS) regs[name] = cpu.seg[number].selector;
	return regs;
}

function frameRegs({ frame }: Pcpu): UserRegs {
	const { eip, cs, eflags, esp, ss } = frame;
	return { eip, cs, eflags, esp, ss } as UserRegs;
}

/** While the guest runs (a device's callback asks): nothing has been pushed. */
function liveRegs({ cpu }: Pcpu): UserRegs {
	const [cs, ss] = [cpu.seg[CS].selector, cpu.seg[SS].selector];
	return { eip: cpu.eip, cs, eflags: cpu.getEflags() >>> 0, esp: cpu.esp, ss } as UserRegs;
}

/** Puts general registers and entry frame in place of the running vcpu's. Segments are left alone. */
export function setRegs({ cpu, frame }: Pcpu, regs: UserRegs): void {
	const { s } = cpu;
	for (const [name, number] of GPRS) s[number * 2] = regs[name];
	Object.assign(frame, { eip: regs.eip, cs: regs.cs, eflags: regs.eflags, esp: regs.esp, ss: regs.ss });
}

/** GPR `number` of the guest; ESP is in the frame. */
export const readGpr = (hv: Hypervisor, number: number): number =>
	number === REG.ESP ? hv.pcpu.frame.esp : hv.pcpu.cpu.s[number * 2] >>> 0;

/** Sets GPR `number` of the guest. */
export function writeGpr(hv: Hypervisor, number: number, value: number): void {
	if (number === REG.ESP) hv.pcpu.frame.esp = value;
	else hv.pcpu.cpu.s[number * 2] = value;
}
