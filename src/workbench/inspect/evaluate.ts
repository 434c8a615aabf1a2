/** An expression's value at the present moment, such as `[esp + 4]`: for going to an address that has to be looked up. */
import { parseCondition, type RegisterOfCondition } from '../points/conditions';
import { readLinear, registers } from './moment';
import type { Run } from '../run';
import { SEGMENT_NAMES } from '../../x86/registers';

/**
 * @param text an expression of src/workbench/points/conditions.ts with numbers in the place of symbols (`Condition.plain`)
 * @returns its value, unsigned; null where it reads memory that is not mapped
 * @throws ConditionError for one that cannot be read
 */
export function evaluate(run: Run, text: string): number | null {
	const { cpu } = run.system.machine;
	const { current } = run.system.hypervisor.pcpu;
	const known = registers(run);
	const register = (name: RegisterOfCondition): number => {
		if (name in known) return known[name as keyof typeof known] >>> 0;
		const segment = SEGMENT_NAMES.indexOf(name as (typeof SEGMENT_NAMES)[number]);
		return (segment >= 0 ? cpu.seg[segment].selector : cpu[name as 'cr0' | 'cr2' | 'cr3' | 'cr4']) >>> 0;
	};
	const value = parseCondition(text).value({
		register,
		read(linear, size) {
			const bytes = readLinear(run, linear, size);
			return bytes.length < size ? null : bytes.reduce((sum, byte, place) => sum + byte * 2 ** (8 * place), 0);
		},
		dom: current?.domain.id ?? -1,
		vcpu: current?.id ?? -1,
		ring: cpu.cpl,
		hits: 0
	});
	return Number.isNaN(value) ? null : value >>> 0;
}
