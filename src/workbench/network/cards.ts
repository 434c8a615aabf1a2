/** The network of a scenario becomes rows of a list of devices: a segment, and cards where their drivers look for them. */
import type { Fitting, Stretch } from '../../hardware/devices/device';
import { Segment, type SegmentOptions } from '../../hardware/devices/ethernet/segment';
import { Ne2000, NE2000_PORTS, type MacAddress } from '../../hardware/devices/ne2000/ne2000';
import type { LineName } from '../../hardware/interrupts/lines';

/** A card as a scenario has it. */
export interface Card {
	/** `52:54:00:12:34:56`. */
	readonly mac: string;
	readonly mount: 'isa';
}

/** Ports and interrupts of ISA cards, in the order of the cards: those that drivers try. */
const ISA_PLACES: readonly (readonly [ports: Stretch, line: LineName])[] = [
	[[0x300, NE2000_PORTS], 'irq9'],
	[[0x320, NE2000_PORTS], 'irq5'],
	[[0x340, NE2000_PORTS], 'irq3'],
	[[0x360, NE2000_PORTS], 'irq7']
];

/** Most cards of a machine. */
export const MOST_CARDS = ISA_PLACES.length;

/** The card of a number where nothing else is said: an address of the locally administered kind. */
export const cardOf = (n: number): Card => ({ mac: `52:54:00:00:00:0${n + 1}`, mount: 'isa' });

export const macOf = (text: string): MacAddress => text.split(':').map((digits) => parseInt(digits, 16));

/** The name of a card among the devices. */
export const cardName = (n: number): string => `ne${n}`;
export const SEGMENT_NAME = 'ethernet';

/** Rows of a list of devices. Each card must then be plugged in (`network.ts`). */
export const networkFittings = (cards: readonly Card[], segment: SegmentOptions): readonly Fitting[] => [
	{ name: SEGMENT_NAME, make: (site) => new Segment(site, segment) },
	...cards.map(cardFitting)
];

function cardFitting({ mac }: Card, n: number): Fitting {
	const [ports, line] = ISA_PLACES[n];
	return { name: cardName(n), make: (site) => new Ne2000(site, { mac: macOf(mac), card: n }), ports: [ports], line };
}
