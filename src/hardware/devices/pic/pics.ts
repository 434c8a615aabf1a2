import { copyPlain } from '../../../base';
import type { LineName, Trigger } from '../../interrupts/lines';
import type { Device, Fitting } from '../device';
import { acknowledge, initialized, pending, polled, read, setPin, write, type PicState } from './chip';

/*
 * The two 8259A of a PC: the slave's output is the master's input 2. Offsets:
 *
 *     0, 1   the master (ports 20h, 21h)     2, 3   the slave (A0h, A1h)     4, 5   edge/level control, a bit an input (4D0h, 4D1h)
 */
const CONTROL = 4;
const CASCADE = 2;
/** Inputs that can be levels: not the timer's, the keyboard's, the cascade's, the clock's and the coprocessor's (82371SB data sheet, 2.5.10). */
const CAN_BE_LEVELS = [0xf8, 0xde] as const;
/** Vectors that a PC's firmware gives them. */
const VECTORS = [0x08, 0x70] as const;

export interface PicsState {
	master: PicState;
	slave: PicState;
}

const powerOn = (): PicsState => ({
	master: initialized(VECTORS[0], 1 << CASCADE),
	slave: initialized(VECTORS[1], CASCADE)
});

/** The pair, sixteen inputs and one output, which asks the processor for an acknowledgement. */
export class Pics implements Device<PicsState> {
	readonly widest = 1;
	trigger: Trigger = () => {};
	private state = powerOn();

	/** An input changed; input 2 is the cascade, and nobody else's. */
	input(pin: number, high: boolean): void {
		const { master, slave } = this.state;
		if (pin >= 8) setPin(slave, pin - 8, high);
		else if (pin !== CASCADE) setPin(master, pin, high);
		this.update();
	}

	private update(): void {
		const { master, slave } = this.state;
		setPin(master, CASCADE, pending(slave) >= 0);
		this.trigger(pending(master) >= 0);
	}

	/**
	 * The processor acknowledges: the most urgent request goes into service.
	 * @returns its vector, that of input 7 where the request is gone
	 */
	acknowledge(): number {
		const { master, slave } = this.state;
		const asksSlave = pending(master) === CASCADE;
		const level = acknowledge(master);
		const vector = asksSlave ? slave.vector | this.fromSlave() : master.vector | level;
		this.update();
		return vector;
	}

	/** The slave lets go of its output for a moment, so that what waits behind is another edge. */
	private fromSlave(): number {
		const { master, slave } = this.state;
		setPin(master, CASCADE, false);
		return acknowledge(slave);
	}

	private chip(offset: number): PicState {
		return offset < 2 ? this.state.master : this.state.slave;
	}

	read(offset: number): number {
		if (offset >= CONTROL) return this.chip((offset - CONTROL) * 2).elcr;
		const chip = this.chip(offset);
		const value = read(chip, offset & 1, () => polled(chip));
		this.update();
		return value;
	}

	write(offset: number, _size: number, value: number): void {
		if (offset < CONTROL) write(this.chip(offset), offset & 1, value);
		else this.chip((offset - CONTROL) * 2).elcr = value & CAN_BE_LEVELS[offset - CONTROL];
		this.update();
	}

	/** The inputs are at the levels of their lines. */
	reset(): void {
		const { master, slave } = this.state;
		const pins = [master.pins, slave.pins];
		this.state = powerOn();
		[this.state.master.pins, this.state.slave.pins] = pins;
		this.update();
	}

	save(): PicsState {
		return copyPlain(this.state);
	}

	restore(state: PicsState): void {
		this.state = copyPlain(state);
	}
}

/** The lines at its inputs. */
const IRQS = Array.from({ length: 16 }, (_, pin): LineName => `irq${pin}`);

/** The pair as a PC has it. */
export const PICS: Fitting = {
	name: 'pics',
	make: () => new Pics(),
	ports: [
		[0x20, 2],
		[0xa0, 2, 2],
		[0x4d0, 2, CONTROL]
	],
	line: 'lint0',
	inputs: IRQS
};
