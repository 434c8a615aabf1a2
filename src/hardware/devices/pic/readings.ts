/** The registers of the two 8259A, by their names in Intel's data sheet 231468. */
import { flags, plain, type Readings } from '../readings';
import { requests, type PicState } from './chip';
import type { PicsState } from './pics';

const SOURCE = '8259A data sheet';
/** Inputs of a chip, by the ISA interrupts that they are. */
const inputs = (first: number): Readonly<Record<string, number>> =>
	Object.fromEntries(Array.from({ length: 8 }, (_, n) => [`IRQ${first + n}`, 1 << n]));

function chip(part: string, state: PicState, first: number): Readings {
	const irqs = inputs(first);
	return {
		part,
		source: SOURCE,
		registers: [
			flags('IRR', requests(state), irqs),
			flags('ISR', state.isr, irqs),
			flags('IMR', state.imr, irqs),
			flags('ELCR', state.elcr, irqs),
			plain('ICW2 (vector)', state.vector),
			plain('ICW3', state.icw3),
			plain('lowest priority', state.lowest)
		]
	};
}

export const picReadings = ({ master, slave }: PicsState): Readings[] => [
	chip('master', master, 0),
	chip('slave', slave, 8)
];
