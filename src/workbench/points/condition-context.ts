/** The present moment as a condition asks for it. */
import { REG, regIndex } from '../../hardware/layout';
import { READABLE_REGISTERS, type ConditionContext, type RegisterOfCondition } from './conditions';
import { translate } from '../inspect/page-walk';
import type { System } from '../system';
import { SEGMENT_NAMES, type SegmentName } from '../../x86/registers';

const GENERAL = 8;
const EIP = READABLE_REGISTERS.indexOf('eip');
const EFLAGS = READABLE_REGISTERS.indexOf('eflags');

function registerOf({ machine: { cpu } }: System, name: RegisterOfCondition): number {
	const index = READABLE_REGISTERS.indexOf(name);
	if (index < GENERAL) return cpu.s[regIndex(REG.EAX + index)] >>> 0;
	if (index === EIP) return cpu.eip;
	if (index === EFLAGS) return cpu.getEflags() >>> 0;
	const segment = SEGMENT_NAMES.indexOf(name as SegmentName);
	return (segment >= 0 ? cpu.seg[segment].selector : cpu[name as 'cr0' | 'cr2' | 'cr3' | 'cr4']) >>> 0;
}

function read(system: System, linear: number, size: number): number | null {
	const { memory } = system.machine;
	let value = 0;
	for (let place = size - 1; place >= 0; place--) {
		const physical = translate({ system }, (linear + place) >>> 0);
		if (physical < 0 || !memory.holds(physical, 1)) return null;
		value = value * 256 + memory.ram[physical];
	}
	return value;
}

/** @param hits how often the place was reached, this time included */
export function contextOf({ system }: { readonly system: System }, hits: number): ConditionContext {
	const { current } = system.hypervisor.pcpu;
	return {
		register: (name) => registerOf(system, name),
		read: (linear, size) => read(system, linear, size),
		dom: current?.domain.id ?? -1,
		vcpu: current?.id ?? -1,
		ring: system.machine.cpu.cpl,
		hits
	};
}
