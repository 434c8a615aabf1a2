/**
 * What stands in a frame, header by header: Ethernet (IEEE 802.3, clause 3), ARP (RFC 826), IPv4 (RFC 791), ICMP (RFC 792), UDP (RFC 768);
 * checksums by RFC 1071. Fields are named as there.
 */
import type { PacketField, PacketHeader } from '../../moments';

const ETHERNET = 14;
const ARP = 28;
const TYPES: Readonly<Record<number, string>> = { 0x0800: 'IPv4', 0x0806: 'ARP', 0x86dd: 'IPv6' };
const PROTOCOLS: Readonly<Record<number, string>> = { 1: 'ICMP', 6: 'TCP', 17: 'UDP' };
const OPERATIONS: Readonly<Record<number, string>> = { 1: 'request', 2: 'reply' };
const MESSAGES: Readonly<Record<number, string>> = {
	0: 'echo reply',
	3: 'destination unreachable',
	8: 'echo',
	11: 'time exceeded'
};

/** What is read of a frame: its headers, how long it says that it is, and whom it is from and for. */
export interface Decoded {
	readonly headers: readonly PacketHeader[];
	/** Bytes by its own account, without padding; those that are there, where it does not say. */
	readonly length: number;
	readonly title: string;
	/** Whether it is a frame of a kind that is known here. */
	readonly known: boolean;
}

const u16 = (bytes: Uint8Array, at: number): number => (bytes[at] << 8) | bytes[at + 1];
const macText = (bytes: Uint8Array, at: number): string =>
	[...bytes.subarray(at, at + 6)].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
const addressText = (bytes: Uint8Array, at: number): string => bytes.subarray(at, at + 4).join('.');
const hexText = (value: number, digits: number): string => `0x${value.toString(16).padStart(digits, '0')}`;
const named = (value: string, name: string | undefined): string => (name ? `${value} (${name})` : value);

/** The Internet checksum over bytes, with what is added to it: 0 where the sum that stands among them is right. */
export function checksum(bytes: Uint8Array, start = 0): number {
	let sum = start;
	for (let at = 0; at < bytes.length; at += 2) sum += (bytes[at] << 8) | (bytes[at + 1] ?? 0);
	while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
	return ~sum & 0xffff;
}

/** Collects the fields of a header that lie within the bytes that are there. */
class Reader {
	readonly fields: PacketField[] = [];

	constructor(
		readonly bytes: Uint8Array,
		/** Where the header begins. */
		private readonly base: number
	) {}

	/** @returns whether all of it is there */
	add(name: string, offset: number, length: number, text: (at: number) => string, right?: boolean | null): void {
		const at = this.base + offset;
		if (at + length > this.bytes.length) return;
		this.fields.push({ name, value: text(at), at, length, ...(right !== undefined && { right }) });
	}

	number(name: string, offset: number, length: 1 | 2, names: Readonly<Record<number, string>> = {}): void {
		this.add(name, offset, length, (at) => {
			const value = length === 1 ? this.bytes[at] : u16(this.bytes, at);
			return named(String(value), names[value]);
		});
	}

	hex(name: string, offset: number, names: Readonly<Record<number, string>> = {}, right?: boolean | null): void {
		this.add(name, offset, 2, (at) => named(hexText(u16(this.bytes, at), 4), names[u16(this.bytes, at)]), right);
	}

	mac(name: string, offset: number): void {
		this.add(name, offset, 6, (at) => macText(this.bytes, at));
	}

	address(name: string, offset: number): void {
		this.add(name, offset, 4, (at) => addressText(this.bytes, at));
	}
}

/** @param whole whether all of the frame is there, so that a checksum over its data can be judged */
export function decode(bytes: Uint8Array, whole = true): Decoded {
	const plain = { headers: [], length: bytes.length, title: '', known: false };
	if (bytes.length < ETHERNET) return plain;
	const ethernet = new Reader(bytes, 0);
	ethernet.mac('destination', 0);
	ethernet.mac('source', 6);
	ethernet.hex('type', 12, TYPES);
	const header: PacketHeader = { name: 'Ethernet', source: 'IEEE 802.3', fields: ethernet.fields };
	const type = u16(bytes, 12);
	const rest = type === 0x0806 ? arp(bytes) : type === 0x0800 ? ipv4(bytes, whole) : null;
	if (rest) return { ...rest, headers: [header, ...rest.headers], known: true };
	const title = `${TYPES[type] ?? hexText(type, 4)} ${macText(bytes, 6)} → ${macText(bytes, 0)}`;
	return { ...plain, headers: [header], title };
}

function arp(bytes: Uint8Array): Omit<Decoded, 'known'> | null {
	if (bytes.length < ETHERNET + ARP || u16(bytes, ETHERNET) !== 1 || u16(bytes, ETHERNET + 2) !== 0x0800) return null;
	const reader = new Reader(bytes, ETHERNET);
	reader.number('hardware', 0, 2, { 1: 'Ethernet' });
	reader.hex('protocol', 2, TYPES);
	reader.number('hardware length', 4, 1);
	reader.number('protocol length', 5, 1);
	reader.number('operation', 6, 2, OPERATIONS);
	reader.mac('sender hardware', 8);
	reader.address('sender protocol', 14);
	reader.mac('target hardware', 18);
	reader.address('target protocol', 24);
	const [from, to] = [addressText(bytes, ETHERNET + 14), addressText(bytes, ETHERNET + 24)];
	const operation = OPERATIONS[u16(bytes, ETHERNET + 6)] ?? String(u16(bytes, ETHERNET + 6));
	return {
		headers: [{ name: 'ARP', source: 'RFC 826', fields: reader.fields }],
		length: ETHERNET + ARP,
		title: `ARP ${operation} ${from} → ${to}`
	};
}

function ipv4(bytes: Uint8Array, whole: boolean): Omit<Decoded, 'known'> | null {
	if (bytes.length < ETHERNET + 20 || bytes[ETHERNET] >>> 4 !== 4) return null;
	const size = (bytes[ETHERNET] & 15) * 4;
	const total = u16(bytes, ETHERNET + 2);
	const end = ETHERNET + total;
	if (size < 20 || total < size) return null;
	const headerThere = bytes.length >= ETHERNET + size;
	const reader = new Reader(bytes, ETHERNET);
	reader.add('version', 0, 1, (at) => String(bytes[at] >>> 4));
	reader.add('header length', 0, 1, (at) => String((bytes[at] & 15) * 4));
	reader.add('type of service', 1, 1, (at) => hexText(bytes[at], 2));
	reader.number('total length', 2, 2);
	reader.number('identification', 4, 2);
	reader.add('flags', 6, 1, (at) => flagsText(bytes[at] >>> 5));
	reader.add('fragment offset', 6, 2, (at) => String((u16(bytes, at) & 0x1fff) * 8));
	reader.number('time to live', 8, 1);
	reader.number('protocol', 9, 1, PROTOCOLS);
	const sum = headerThere ? checksum(bytes.subarray(ETHERNET, ETHERNET + size)) === 0 : null;
	reader.hex('checksum', 10, {}, sum);
	reader.address('source', 12);
	reader.address('destination', 16);
	const fragment = (u16(bytes, ETHERNET + 6) & 0x1fff) !== 0;
	const data = { bytes, at: ETHERNET + size, end, judged: whole && bytes.length >= end };
	const protocol = bytes[ETHERNET + 9];
	const [from, to] = [addressText(bytes, ETHERNET + 12), addressText(bytes, ETHERNET + 16)];
	const inner = fragment ? null : protocol === 17 ? udp(data) : protocol === 1 ? icmp(data) : null;
	return {
		headers: [{ name: 'IPv4', source: 'RFC 791', fields: reader.fields }, ...(inner ? [inner.header] : [])],
		length: end,
		title: inner ? inner.title(from, to) : `${PROTOCOLS[protocol] ?? `IPv4 ${protocol}`} ${from} → ${to}`
	};
}

const flagsText = (bits: number): string =>
	[bits & 2 ? 'DF' : '', bits & 1 ? 'MF' : ''].filter((name) => name !== '').join(' ') || '0';

/** What an IPv4 packet carries: from `at` to `end` of the frame. */
interface Data {
	readonly bytes: Uint8Array;
	readonly at: number;
	readonly end: number;
	/** Whether all of it is there. */
	readonly judged: boolean;
}
interface Inner {
	readonly header: PacketHeader;
	title(from: string, to: string): string;
}

function icmp({ bytes, at, end, judged }: Data): Inner | null {
	if (bytes.length < at + 8) return null;
	const reader = new Reader(bytes, at);
	reader.number('type', 0, 1, MESSAGES);
	reader.number('code', 1, 1);
	reader.hex('checksum', 2, {}, judged ? checksum(bytes.subarray(at, end)) === 0 : null);
	const isEcho = bytes[at] === 0 || bytes[at] === 8;
	if (isEcho) {
		reader.number('identifier', 4, 2);
		reader.number('sequence number', 6, 2);
	}
	const name = MESSAGES[bytes[at]] ?? `type ${bytes[at]}`;
	const number = isEcho ? ` ${u16(bytes, at + 6)}` : '';
	return {
		header: { name: 'ICMP', source: 'RFC 792', fields: reader.fields },
		title: (from, to) => `ICMP ${name}${number} ${from} → ${to}`
	};
}

/** A sum of 0 says that none was computed (RFC 768). */
function udp({ bytes, at, end, judged }: Data): Inner | null {
	if (bytes.length < at + 8) return null;
	const length = u16(bytes, at + 4);
	const reader = new Reader(bytes, at);
	reader.number('source port', 0, 2);
	reader.number('destination port', 2, 2);
	reader.number('length', 4, 2);
	const none = u16(bytes, at + 6) === 0;
	const pseudo = (): number => {
		let sum = 17 + length;
		for (let n = ETHERNET + 12; n < ETHERNET + 20; n += 2) sum += u16(bytes, n);
		return sum;
	};
	const right = none || !judged || at + length > end ? null : checksum(bytes.subarray(at, at + length), pseudo()) === 0;
	reader.hex('checksum', 6, {}, right);
	const [from, to] = [u16(bytes, at), u16(bytes, at + 2)];
	return {
		header: { name: 'UDP', source: 'RFC 768', fields: reader.fields },
		title: (source, destination) => `UDP ${source}:${from} → ${destination}:${to}`
	};
}
