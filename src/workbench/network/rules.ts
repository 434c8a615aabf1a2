/**
 * The (pattern, action) rules of a virtual card as a toolstack writes them into its back end's folder, and which of them decides on a packet: the
 * first whose direction and conditions hold. Their language stands at the head of src/guests/pocket-io/net/rules.h, which domain 0's kernel carries
 * out; this reads the same text, to say which rule it was.
 */
import { decode } from './headers';

export type Direction = 'tx' | 'rx';

/** A rule, with its place in the folder. */
export interface PlacedRule {
	readonly number: number;
	readonly text: string;
}

/** Fields by the header and the name that they have there (`headers.ts`). */
const FIELDS: Readonly<Record<string, readonly [header: string, field: string]>> = {
	'eth.dst': ['Ethernet', 'destination'],
	'eth.src': ['Ethernet', 'source'],
	'eth.type': ['Ethernet', 'type'],
	'arp.op': ['ARP', 'operation'],
	'arp.mac': ['ARP', 'sender hardware'],
	'arp.src': ['ARP', 'sender protocol'],
	'arp.dst': ['ARP', 'target protocol'],
	'ip.src': ['IPv4', 'source'],
	'ip.dst': ['IPv4', 'destination'],
	'ip.proto': ['IPv4', 'protocol'],
	'ip.ttl': ['IPv4', 'time to live'],
	'icmp.type': ['ICMP', 'type'],
	'udp.src': ['UDP', 'source port'],
	'udp.dst': ['UDP', 'destination port']
};
const BROADCAST = 'ff:ff:ff:ff:ff:ff';

const numberOf = (bytes: readonly number[]): number => bytes.reduce((value, byte) => value * 256 + byte, 0);

/** A value with the bits of it that count, as a divisor: `10.0.0.0/24` leaves the last 256 addresses alike. NaN for what is none. */
function valueOf(text: string): readonly [value: number, alike: number] {
	if (text === 'broadcast') return valueOf(BROADCAST);
	if (text.includes(':')) return [numberOf(text.split(':').map((byte) => parseInt(byte, 16))), 1];
	if (!text.includes('.')) return [Number(text), 1];
	const [address, bits = '32'] = text.split('/');
	return [numberOf(address.split('.').map(Number)), 2 ** (32 - Number(bits))];
}

const HOLDS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
	'==': (a, b) => a === b,
	'!=': (a, b) => a !== b,
	'<': (a, b) => a < b,
	'>': (a, b) => a > b
};

/** The number in a field of a frame; NaN where the frame has no such header, and no comparison holds. */
function fieldOf(frame: Uint8Array, length: number, name: string): number {
	if (name === 'length') return length;
	const [header, field] = FIELDS[name] ?? [];
	const found = decode(frame)
		.headers.find((one) => one.name === header)
		?.fields.find((one) => one.name === field);
	return found ? numberOf([...frame.subarray(found.at, found.at + found.length)]) : NaN;
}

/** Whether a condition, `ip.src != 10.0.0.2`, holds. */
function holds(condition: string, frame: Uint8Array, length: number): boolean {
	const [name, comparison, text = ''] = condition.trim().split(/ +/);
	const field = fieldOf(frame, length, name);
	const [value, alike] = valueOf(text);
	if (Number.isNaN(field) || Number.isNaN(value)) return false;
	return HOLDS[comparison]?.(Math.floor(field / alike), Math.floor(value / alike)) ?? false;
}

/**
 * The rule that drops a frame; null where it passes.
 * @param frame its first bytes
 * @param length of the whole frame
 */
export function dropping(
	rules: readonly PlacedRule[],
	direction: Direction,
	frame: Uint8Array,
	length: number
): PlacedRule | null {
	const decides = rules.find(({ text }) => {
		const [, of, conditions = ''] = /^ *(tx|rx) +(?:match +(.*) +)?(?:accept|drop) *$/.exec(text) ?? [];
		return (
			of === direction && (conditions === '' || conditions.split(' and ').every((one) => holds(one, frame, length)))
		);
	});
	return decides && /drop *$/.test(decides.text) ? decides : null;
}
