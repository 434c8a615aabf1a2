/** The ways of packets up to a moment: through rings and bridges of domains, and over the wire. */

/** Where a packet can be: with a domain, in a network card of the machine, on the wire. */
export type PacketPlace = `dom${number}` | `card${number}` | 'wire';

/** What is known of it at one point of its way, in the order in which these come. */
export const PACKET_STEPS = [
	'call',
	'slept',
	'event',
	'copy',
	'flip',
	'told',
	'upcall',
	'fill',
	'sent',
	'fault',
	'received',
	'dropped',
	'interrupt',
	'read'
] as const;
export type PacketStepKind = (typeof PACKET_STEPS)[number];

/** What was counted on the machine between two steps, whoever it was for. */
export interface PacketCost {
	readonly cycles: number;
	readonly hypercalls: number;
	readonly events: number;
	readonly copies: number;
	readonly flips: number;
	/** Accesses to ports. */
	readonly ports: number;
	/** Turns of the processor from one domain to another. */
	readonly switches: number;
}

export interface PacketStep {
	readonly what: PacketStepKind;
	/** The event that tells of it, and its cycle. */
	readonly seq: number;
	readonly cycle: number;
	/** Where the packet was, and where it is then; the same where it stays. */
	readonly from: PacketPlace;
	readonly to: PacketPlace;
	/** Bytes that moved, 0 for none. */
	readonly bytes: number;
	/** Since the step before it on its way; null for the first. */
	readonly cost: PacketCost | null;
}

/** A field of a header. */
export interface PacketField {
	/** Its name in the standard. */
	readonly name: string;
	readonly value: string;
	/** Its place in the frame, bytes. */
	readonly at: number;
	readonly length: number;
	/** Of a checksum: whether it is right; null where nobody computed one. */
	readonly right?: boolean | null;
}

export interface PacketHeader {
	/** `Ethernet`, `ARP`, `IPv4`, `ICMP`, `UDP`. */
	readonly name: string;
	/** The standard whose names these are. */
	readonly source: string;
	readonly fields: readonly PacketField[];
}

/** Why a packet went no further. */
export type PacketEnd =
	/** A rule of a virtual card holds for it, as the rules stand now. */
	| {
			readonly by: 'rule';
			readonly dom: number;
			readonly place: PacketPlace;
			readonly direction: 'tx' | 'rx';
			readonly number: number;
			readonly text: string;
	  }
	/** A card did not take it, the wire lost it: the event that says so. */
	| { readonly by: 'card' | 'wire'; readonly seq: number }
	/** Its last place is known, and no reason. */
	| { readonly by: 'unknown'; readonly place: PacketPlace };

export interface Packet {
	/** The event by which it was seen first. */
	readonly id: number;
	/** As it was seen first, from the Ethernet destination on, without padding or check sequence. */
	readonly bytes: Uint8Array;
	/** Whether those are all of its bytes: a back end may have looked at no more than the head. */
	readonly whole: boolean;
	readonly headers: readonly PacketHeader[];
	/** Whom it is from and for, in short: `UDP 10.0.0.2:49153 → 10.0.0.1:7`. */
	readonly title: string;
	readonly steps: readonly PacketStep[];
	/** Where each branch of its way has led it so far. */
	readonly ends: readonly PacketPlace[];
	/** Null where it has arrived somewhere, or is under way. */
	readonly lost: PacketEnd | null;
}

export interface PacketPicture {
	/** The last ones, the oldest first. */
	readonly packets: readonly Packet[];
	/** How many were seen before them and are not shown. */
	readonly left: number;
}
