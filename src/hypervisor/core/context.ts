/**
 * Switching the processor from one vcpu to another (xen/arch/x86/domain.c: context_switch). General
 * registers and segments stay on the processor while the hypervisor works for the vcpu that it interrupted;
 * they move only here.
 */
import { DOMID_IDLE } from '../../abi/structs/xen';
import { FIRST_RESERVED_GDT_BYTE, FIRST_RESERVED_GDT_ENTRY } from '../../abi/structs/cpu';
import { RUNSTATE } from '../../abi/structs/sched';
import { Fault } from '../../hardware/cpu/fault';
import { loadSegment } from '../../hardware/cpu/segments';
import { lldt } from '../../hardware/cpu/system';
import { CHECK, KIND, word } from '../../trace/events';
import { switchFromPv, switchToPv } from '../pv/switch';
import type { UserRegs, Vcpu } from './domain';
import type { Hypervisor } from './hypervisor';
import { gdtVirt, IDLE_VIRT, LDT_SELECTOR, ldtVirt, XEN_CS, XEN_GDT_VIRT, XEN_STACK_TOP } from './layout';
import type { Pcpu } from './pcpu';
import { switchAddressSpace } from '../mm/address-space';
import { currentRegs, DATA_SEGMENTS, setRegs } from './registers';
import { updateRunstateArea } from '../sched/runstate';
import { restingState, setRunstate } from '../sched/wake';
import { updateTimeInfo } from '../time/clock';
import { catchUpTick } from '../time/timers';
import { FRAME_SIZE } from './frame';
import { descriptorWords, SYSTEM, systemAccess } from '../../x86/descriptors';

/** Puts a vcpu's registers on the processor. Segments wait, unusable, for `reloadSegments`. */
function loadRegs(pcpu: Pcpu, regs: UserRegs): void {
	const { cpu } = pcpu;
	setRegs(pcpu, regs);
	for (const [name, number] of DATA_SEGMENTS) {
		cpu.seg[number].clear(regs[name]);
		cpu.segmentChanged(number);
	}
	pcpu.reloadSegments = true;
}

/** Loads DS, ES, FS and GS from their selectors. False if one cannot be: the failsafe callback's case. */
export function reloadSegments(hv: Hypervisor, pcpu: Pcpu): boolean {
	const { cpu } = pcpu;
	pcpu.reloadSegments = false;
	for (const [, number] of DATA_SEGMENTS) {
		const selector = cpu.seg[number].selector;
		try {
			hv.withDescriptors(loadSegment, cpu, number, selector);
		} catch (error) {
			if (!(error instanceof Fault)) throw error;
			hv.ask(CHECK.segment_loads, false, selector, error.vector);
			return false;
		}
	}
	return true;
}

/** Points GDTR and LDTR at a vcpu's tables; also after a change of them. */
export function loadDescriptorTables(hv: Hypervisor, { cpu }: Pcpu, v: Vcpu): void {
	const { memory } = hv.machine;
	cpu.gdtr.base = gdtVirt(v.id);
	cpu.gdtr.limit = FIRST_RESERVED_GDT_BYTE + 0xfff;
	if (v.mm.ldtEntries === 0) return lldt(cpu, 0);
	const [low, high] = descriptorWords(ldtVirt(v.id), v.mm.ldtEntries * 8 - 1, systemAccess(SYSTEM.LDT));
	const entry = hv.xenPage(XEN_GDT_VIRT) + ((LDT_SELECTOR >> 3) - FIRST_RESERVED_GDT_ENTRY) * 8;
	memory.write32(entry, low);
	memory.write32(entry + 4, high);
	lldt(cpu, LDT_SELECTOR);
}

/** Takes the processor from the running vcpu, or the idle loop, and gives it to `next`, or to the idle loop. @returns the switch's seq */
export function switchTo(hv: Hypervisor, pcpu: Pcpu, next: Vcpu | null): number {
	const prev = pcpu.current;
	if (prev) {
		prev.regs = currentRegs(pcpu);
		switchFromPv(pcpu, prev);
		setRunstate(hv, prev, restingState(prev));
		updateRunstateArea(hv, prev);
	}
	const seq = hv.recorder.record(
		KIND.sched_switch,
		word('prev_dom', prev?.domain.id ?? DOMID_IDLE),
		word('prev_vcpu', prev?.id ?? 0),
		word('next_dom', next?.domain.id ?? DOMID_IDLE),
		word('next_vcpu', next?.id ?? 0)
	);
	hv.machine.clock.charge('domainSwitch');
	pcpu.assign(next);
	hv.recorder.dom = next?.domain.id ?? DOMID_IDLE;
	hv.recorder.vcpu = next?.id ?? 0;
	const { cause } = hv.recorder;
	hv.recorder.cause = seq;
	switchAddressSpace(hv, next);
	if (next) resume(hv, pcpu, next);
	else resumeIdle(pcpu);
	hv.recorder.cause = cause;
	return seq;
}

function resume(hv: Hypervisor, pcpu: Pcpu, v: Vcpu): void {
	setRunstate(hv, v, RUNSTATE.running);
	switchToPv(hv, v);
	loadRegs(pcpu, v.regs);
	// A full frame: also where the idle loop, which has a short one, was interrupted.
	pcpu.cpu.esp = XEN_STACK_TOP - FRAME_SIZE;
	updateTimeInfo(hv, v);
	updateRunstateArea(hv, v);
	pcpu.calibrationDue = hv.machine.clock.now + hv.timeScale.hz;
	catchUpTick(hv, v);
}

function resumeIdle(pcpu: Pcpu): void {
	const { cpu } = pcpu;
	cpu.gdtr.base = XEN_GDT_VIRT - FIRST_RESERVED_GDT_BYTE;
	lldt(cpu, 0);
	for (const [, number] of DATA_SEGMENTS) {
		cpu.seg[number].clear();
		cpu.segmentChanged(number);
	}
	Object.assign(pcpu.frame, { eip: IDLE_VIRT, cs: XEN_CS, eflags: 0x2 });
	pcpu.calibrationDue = Infinity;
	pcpu.reloadSegments = false;
}
