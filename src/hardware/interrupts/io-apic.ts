import type { Device } from '../devices/device';
import type { ApicMessage, ApicSender } from './apic-bus';

/*
 * The I/O APIC (Intel 82093AA data sheet): 24 pins, each with an entry of the redirection table that says which interrupt it becomes, at
 * which processor. Two registers lie in the window: one that chooses, and one that shows what was chosen.
 *
 *      00 IOREGSEL   10 IOWIN        indices: 00 ID   01 version   02 arbitration   10+2n, 11+2n entry n, low and high half
 */
const SELECT = 0x00;
const WINDOW = 0x10;
const ID = 0x00;
const VERSION = 0x01;
const ARBITRATION = 0x02;
const TABLE = 0x10;

const PINS = 24;
/** Version 11h, the last entry's number in bits 23 to 16. */
const VERSION_VALUE = 0x11 | ((PINS - 1) << 16);
const ID_BITS = 0x0f00_0000;

/** Of an entry's low half. */
const VECTOR_BITS = 0xff;
const DELIVERY_SHIFT = 8;
const LOGICAL = 1 << 11;
const ACTIVE_LOW = 1 << 13;
const REMOTE_IRR = 1 << 14;
const LEVEL = 1 << 15;
const MASKED = 1 << 16;
/** What software writes; delivery status and remote IRR are read only. */
const LOW_BITS = MASKED | LEVEL | ACTIVE_LOW | LOGICAL | (7 << DELIVERY_SHIFT) | VECTOR_BITS;
const HIGH_BITS = 0xff00_0000;
const FIXED = 0;
const LOWEST_PRIORITY = 1;

/** Bits of an entry's low half, by their names in the data sheet. */
export const REDIRECTION = {
	vector: VECTOR_BITS,
	deliveryMode: 7 << DELIVERY_SHIFT,
	logical: LOGICAL,
	activeLow: ACTIVE_LOW,
	remoteIRR: REMOTE_IRR,
	level: LEVEL,
	masked: MASKED
} as const;

export interface IoApicState {
	id: number;
	select: number;
	/** Low and high halves of the entries. */
	table: (readonly [low: number, high: number])[];
	/** Levels at the pins. */
	pins: boolean[];
}

const powerOn = (): IoApicState => ({
	id: 0,
	select: 0,
	table: Array.from({ length: PINS }, () => [MASKED, 0] as const),
	pins: new Array<boolean>(PINS).fill(false)
});

/** Only the delivery modes fixed and lowest priority have something here that they could deliver to. */
export class IoApic implements Device<IoApicState>, ApicSender {
	send: (message: ApicMessage) => void = () => {};
	private state = powerOn();

	// --- the pins ----------------------------------------------------------------------------------------

	/** Follows the line at a pin. An edge that comes while the entry is masked is lost; a level stays. */
	input(pin: number, high: boolean): void {
		const { pins } = this.state;
		if (pins[pin] === high) return;
		pins[pin] = high;
		if (this.isLevel(pin)) this.acceptLevel(pin);
		else if (this.isActive(pin)) this.deliver(pin);
	}

	private low(pin: number): number {
		return this.state.table[pin][0];
	}
	private isLevel(pin: number): boolean {
		return (this.low(pin) & LEVEL) !== 0;
	}
	private isActive(pin: number): boolean {
		return this.state.pins[pin] !== ((this.low(pin) & ACTIVE_LOW) !== 0);
	}

	/** Sends a level that is there and has not been accepted before; remote IRR says that it has. */
	private acceptLevel(pin: number): void {
		if (!this.isLevel(pin) || !this.isActive(pin) || (this.low(pin) & REMOTE_IRR) !== 0) return;
		if (this.deliver(pin)) this.setLow(pin, this.low(pin) | REMOTE_IRR);
	}

	/** Sends what an entry says, unless it is masked. */
	private deliver(pin: number): boolean {
		const [low, high] = this.state.table[pin];
		const mode = (low >>> DELIVERY_SHIFT) & 7;
		if ((low & MASKED) !== 0 || (mode !== FIXED && mode !== LOWEST_PRIORITY)) return false;
		this.send({
			vector: low & VECTOR_BITS,
			level: (low & LEVEL) !== 0,
			destination: high >>> 24,
			logical: (low & LOGICAL) !== 0,
			lowestPriority: mode === LOWEST_PRIORITY
		});
		return true;
	}

	levelEnded(vector: number): void {
		for (let pin = 0; pin < PINS; pin++) {
			if ((this.low(pin) & (LEVEL | VECTOR_BITS)) !== (LEVEL | vector)) continue;
			this.setLow(pin, this.low(pin) & ~REMOTE_IRR);
			this.acceptLevel(pin);
		}
	}

	private setLow(pin: number, low: number): void {
		this.state.table[pin] = [low, this.state.table[pin][1]];
	}

	// --- the registers -------------------------------------------------------------------------------------

	read(offset: number): number {
		if (offset === SELECT) return this.state.select;
		return offset === WINDOW ? this.readChosen() : 0;
	}

	private readChosen(): number {
		const { select, id, table } = this.state;
		if (select === ID || select === ARBITRATION) return id;
		if (select === VERSION) return VERSION_VALUE;
		const entry = table[(select - TABLE) >> 1];
		return select >= TABLE && entry ? entry[select & 1] : -1;
	}

	write(offset: number, _size: number, value: number): void {
		if (offset === SELECT) this.state.select = value & 0xff;
		else if (offset === WINDOW) this.writeChosen(value);
	}

	private writeChosen(value: number): void {
		const { select, table } = this.state;
		const pin = (select - TABLE) >> 1;
		if (select === ID) this.state.id = value & ID_BITS;
		if (select < TABLE || !table[pin]) return;
		const [low, high] = table[pin];
		if ((select & 1) === 1) table[pin] = [low, (value & HIGH_BITS) >>> 0];
		else {
			// An entry that becomes one of an edge forgets what was accepted.
			const accepted = (value & LEVEL) !== 0 ? low & REMOTE_IRR : 0;
			table[pin] = [(value & LOW_BITS) | accepted, high];
		}
		this.acceptLevel(pin);
	}

	/** The pins are at the levels of their lines. */
	reset(): void {
		this.state = { ...powerOn(), pins: this.state.pins };
	}

	save(): IoApicState {
		return { ...this.state, table: [...this.state.table], pins: [...this.state.pins] };
	}

	restore(state: IoApicState): void {
		this.state = { ...state, table: [...state.table], pins: [...state.pins] };
	}
}
