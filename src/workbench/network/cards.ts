/** The network of a scenario becomes rows of a list of devices: a segment, and cards where their drivers look for them. */
import type { Fitting, Stretch } from '../../hardware/devices/device';
import { Segment, type SegmentOptions } from '../../hardware/devices/ethernet/segment';
import { Ne2000, NE2000_PORTS, type MacAddress } from '../../hardware/devices/ne2000/ne2000';
import type { PciFunction } from '../../hardware/devices/pci/host';
import type { LineName } from '../../hardware/interrupts/lines';

/** A card as a scenario has it. */
export interface Card {
	/** `52:54:00:12:34:56`. */
	readonly mac: string;
	readonly mount: (typeof MOUNTS)[number];
}

/** What a card can be plugged into: the PCI card is an RTL8029. */
export const MOUNTS = ['isa', 'pci'] as const;

/** Ports and interrupts of ISA cards, in the order of the cards: those that drivers try. */
const ISA_PLACES: readonly (readonly [ports: Stretch, line: LineName])[] = [
	[[0x300, NE2000_PORTS], 'irq9'],
	[[0x320, NE2000_PORTS], 'irq5'],
	[[0x340, NE2000_PORTS], 'irq3'],
	[[0x360, NE2000_PORTS], 'irq7']
];

/** Slots of PCI cards, from this one on. */
const FIRST_SLOT = 3;
const rtl8029 = (slot: number): PciFunction => ({
	slot,
	vendor: 0x10ec,
	device: 0x8029,
	classCode: 0x02_00_00,
	pin: 1,
	bars: [{ index: 0, kind: 'io', bytes: NE2000_PORTS }]
});

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

function cardFitting({ mac, mount }: Card, n: number): Fitting {
	const options = { mac: macOf(mac), card: n };
	if (mount === 'pci')
		return {
			name: cardName(n),
			make: (site) => new Ne2000(site, { ...options, rtl8029: true }),
			pci: rtl8029(FIRST_SLOT + n)
		};
	const [ports, line] = ISA_PLACES[n];
	return { name: cardName(n), make: (site) => new Ne2000(site, options), ports: [ports], line };
}
