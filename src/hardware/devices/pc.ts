import type { Fitting } from './device';
import { Uart } from './uart';

/** The ports of the first serial line. */
export const COM1_PORTS = 0x3f8;

/** The devices of the emulated PC: a row is all that it takes to have one. */
export const PC_DEVICES: readonly Fitting[] = [
	{ name: 'com1', make: () => new Uart(), ports: [[COM1_PORTS, 8]], line: 'irq4' }
];
