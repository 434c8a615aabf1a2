/** Wrappers for instructions that call into the rest of the processor: they bring time and EIP up to date first. */
import { EIP_INDEX } from '../../layout';
import { PROGRESS, type Exec, type Op } from './op';
import type { Cpu } from '../../cpu/cpu';

/** For instructions that end their block. */
export const last =
	(exec: Exec): Exec =>
	(cpu, op) => {
		begin(cpu, op);
		exec(cpu, op);
	};

/** Brings all up to date for an instruction that ends its block: icount and the clock are exact, and EIP is the next instruction's. */
export function begin(cpu: Cpu, op: Op): void {
	const { s } = cpu;
	s[PROGRESS] = op.at;
	cpu.engine.sync();
	s[EIP_INDEX] += op.end;
}

/** For instructions within a block that reach memory by ways of their own. */
export const inBlock =
	(exec: Exec): Exec =>
	(cpu, op) => {
		cpu.s[PROGRESS] = op.at;
		exec(cpu, op);
	};
