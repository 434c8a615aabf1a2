import type { LineName, Trigger } from '../../interrupts/lines';
import type { Device } from '../device';
import type { ConfigSpace, Field } from './config';

/*
 * The PCI side of the ISA bridge of an 82371SB (PIIX3, data sheet 290550): four interrupt request lines of PCI, each led to one of
 * the ISA bus or to none.
 *
 *     60h..63h PIRQRC[A..D]   7 off   3..0 the ISA line; 0, 1, 2, 8 and 13 are none
 */
const PIRQRC = 0x60;
const ROUTE_OFF = 0x80;

/** ISA lines that a PIRQ can lead to. */
const ROUTABLE = [3, 4, 5, 6, 7, 9, 10, 11, 12, 14, 15] as const;

/** The lines that the bridge triggers, in the order of its triggers. */
export const PIRQ_LINES: readonly LineName[] = ROUTABLE.map((irq) => `irq${irq}` as const);

/** Where firmware leads PIRQ A to D. */
export const PIRQ_IRQS = [10, 10, 11, 11] as const;

/** Its own registers. */
export const ISA_BRIDGE_FIELDS: readonly Field[] = PIRQ_IRQS.map((irq, n) => ({
	at: PIRQRC + n,
	size: 1,
	reset: ROUTE_OFF,
	writable: 0x8f,
	firmware: irq
}));

export interface IsaBridgeState {
	/** ISA line of each PIRQ, 0 for none. */
	routes: readonly number[];
	pirqs: readonly boolean[];
}

/** Leads PIRQs to ISA lines. Several on one line share it; a line is high while a PIRQ that leads there is asserted. */
export class IsaBridge implements Device<IsaBridgeState> {
	/** One for each of PIRQ_LINES. */
	readonly triggers: Trigger[] = ROUTABLE.map(() => () => {});
	private routes: readonly number[] = [0, 0, 0, 0];
	private pirqs: readonly boolean[] = [false, false, false, false];

	configured(config: ConfigSpace): void {
		this.routes = PIRQ_IRQS.map((_, n) => {
			const value = config.read(PIRQRC + n, 1);
			return (value & ROUTE_OFF) === 0 ? value & 15 : 0;
		});
		this.drive();
	}

	/** The levels of PIRQ A to D. */
	setPirqs(levels: readonly boolean[]): void {
		this.pirqs = levels;
		this.drive();
	}

	private drive(): void {
		const { routes, pirqs } = this;
		for (const [n, irq] of ROUTABLE.entries())
			this.triggers[n](pirqs.some((high, pirq) => high && routes[pirq] === irq));
	}

	/** It answers in configuration space alone. */
	read(): number {
		return -1;
	}
	write(): void {}

	reset(): void {
		this.setPirqs([false, false, false, false]);
	}

	save(): IsaBridgeState {
		return { routes: [...this.routes], pirqs: [...this.pirqs] };
	}

	restore({ routes, pirqs }: IsaBridgeState): void {
		Object.assign(this, { routes, pirqs });
	}
}
