/** General registers of the running vcpu, which stay on the processor while the hypervisor works for it. */
import { REG } from '../../hardware/layout';
import type { UserRegs } from './domain';
import type { Hypervisor } from './hypervisor';
import type { Pcpu } from './pcpu';
import { CS, DS, ES, FS, GS, SS } from '../../x86/registers';

/** Data segment registers: the guest's own, also while the hypervisor runs. */
export const DATA_SEGMENTS = [
	['ds', DS],
	['es', ES],
	['fs', FS],
	['gs', GS]
] as const;

/*
 * Both ways are written out, register by register: at each switch they move all of them, and a field whose name is looked up
 * costs twenty times as much.
 */

/** The running vcpu's registers, as its entry into the hypervisor left them. */
export function currentRegs({ cpu, frame, inside }: Pcpu): UserRegs {
	const { s, seg } = cpu;
	// In the order in which a crash logs them. While the guest runs (a device's callback asks) nothing has been pushed.
	return {
		eip: inside ? frame.eip : cpu.eip,
		cs: inside ? frame.cs : seg[CS].selector,
		eflags: inside ? frame.eflags : cpu.getEflags() >>> 0,
		esp: inside ? frame.esp : cpu.esp,
		ss: inside ? frame.ss : seg[SS].selector,
		eax: s[REG.EAX * 2] >>> 0,
		ecx: s[REG.ECX * 2] >>> 0,
		edx: s[REG.EDX * 2] >>> 0,
		ebx: s[REG.EBX * 2] >>> 0,
		ebp: s[REG.EBP * 2] >>> 0,
		esi: s[REG.ESI * 2] >>> 0,
		edi: s[REG.EDI * 2] >>> 0,
		ds: seg[DS].selector,
		es: seg[ES].selector,
		fs: seg[FS].selector,
		gs: seg[GS].selector
	};
}

/** Puts general registers and entry frame in place of the running vcpu's. Segments are left alone. */
export function setRegs({ cpu, frame }: Pcpu, regs: UserRegs): void {
	const { s } = cpu;
	s[REG.EAX * 2] = regs.eax;
	s[REG.ECX * 2] = regs.ecx;
	s[REG.EDX * 2] = regs.edx;
	s[REG.EBX * 2] = regs.ebx;
	s[REG.EBP * 2] = regs.ebp;
	s[REG.ESI * 2] = regs.esi;
	s[REG.EDI * 2] = regs.edi;
	frame.eip = regs.eip;
	frame.cs = regs.cs;
	frame.eflags = regs.eflags;
	frame.esp = regs.esp;
	frame.ss = regs.ss;
}

/** GPR `number` of the guest; ESP is in the frame. */
export const readGpr = (hv: Hypervisor, number: number): number =>
	number === REG.ESP ? hv.pcpu.frame.esp : hv.pcpu.cpu.s[number * 2] >>> 0;

/** Sets GPR `number` of the guest. */
export function writeGpr(hv: Hypervisor, number: number, value: number): void {
	if (number === REG.ESP) hv.pcpu.frame.esp = value;
	else hv.pcpu.cpu.s[number * 2] = value;
}
