/** Wrappers for instructions that call into the rest of the processor: they bring time and EIP up to date first. */
import { EIP_INDEX } from '../../layout';
import { PROGRESS, type Exec } from './op';

/** For instructions that end their block: icount and the clock are exact, and EIP is the next instruction's. */
export const last =
	(exec: Exec): Exec =>
	(cpu, op) => {
		cpu.s[PROGRESS] = op.at;
		cpu.engine.sync();
		cpu.s[EIP_INDEX] += op.end;
		exec(cpu, op);
	};

/** For instructions within a block that reach memory by ways of their own. */
export const inBlock =
	(exec: Exec): Exec =>
	(cpu, op) => {
		cpu.s[PROGRESS] = op.at;
		exec(cpu, op);
	};
