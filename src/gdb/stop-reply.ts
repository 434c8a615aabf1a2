/** Why and where the machine stands, as GDB is told (GDB manual, appendix E.3: stop reply packets). */
import type { Run } from '../workbench/run';
import { vcpuContext } from '../workbench/inspect/vcpus';
import { EBP, EIP, ESP, registerHex, REGISTERS } from './registers';
import { threadHex, vcpuOf } from './threads';

/** GDB's numbers of signals. */
export const SIGNAL = { interrupt: 2, trap: 5 } as const;

/** A stop, as one reply tells it. */
export interface Stop {
	readonly thread: number;
	readonly signal: number;
	/** `swbreak:;`, `watch:ADDRESS;`, `replaylog:end;` ... or ''. */
	readonly reason: string;
	/** A line that is shown first; '' none. */
	readonly note: string;
}

/** The packet, with the registers that GDB asks for at every stop. */
export function stopReply(run: Run, stop: Stop): string {
	const context = vcpuContext(run, vcpuOf(stop.thread));
	const registers = [EBP, ESP, EIP].map((n) => `${hexByte(n)}:${registerHex(REGISTERS[n], context)};`);
	return `T${hexByte(stop.signal)}${stop.reason}thread:${threadHex(stop.thread)};core:0;${registers.join('')}`;
}

const hexByte = (value: number): string => value.toString(16).padStart(2, '0');
