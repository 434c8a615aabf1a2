/** Frames of the Internet's protocols, made and checked for tests: written apart from the guests' own code. */

/** The ones' complement sum of 16-bit words (RFC 1071); 0xffff over what holds its own right checksum. */
export function sum16(bytes: readonly number[]): number {
	let sum = 0;
	for (let at = 0; at < bytes.length; at += 2) sum += bytes[at] * 256 + (bytes[at + 1] ?? 0);
	while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
	return sum;
}

const be16 = (value: number): number[] => [(value >> 8) & 255, value & 255];
const address = (text: string): number[] => text.split('.').map(Number);
const hex = (mac: string): number[] => mac.split(':').map((digits) => parseInt(digits, 16));
const BROADCAST = 'ff:ff:ff:ff:ff:ff';

/** Somebody on the wire. */
export interface Station {
	readonly mac: string;
	readonly ip: string;
}

const ethernet = (to: string, from: Station, type: number, payload: readonly number[]): Uint8Array => {
	const frame = [...hex(to), ...hex(from.mac), ...be16(type), ...payload];
	return Uint8Array.from([...frame, ...Array.from({ length: Math.max(0, 60 - frame.length) }, () => 0)]);
};

export const arpRequest = (from: Station, target: string): Uint8Array =>
	ethernet(BROADCAST, from, 0x0806, [
		...[0, 1, 8, 0, 6, 4, 0, 1],
		...[...hex(from.mac), ...address(from.ip), 0, 0, 0, 0, 0, 0, ...address(target)]
	]);

/** An IP packet; `fragment` is the header's word of flags and offset. */
export function ip(from: Station, to: Station, protocol: number, payload: readonly number[], fragment = 0): Uint8Array {
	const header = [0x45, 0, ...be16(20 + payload.length), 0, 1, ...be16(fragment), 64, protocol, 0, 0];
	const whole = [...header, ...address(from.ip), ...address(to.ip)];
	whole.splice(10, 2, ...be16(~sum16(whole)));
	return ethernet(to.mac, from, 0x0800, [...whole, ...payload]);
}

/** What an echo request of these bytes is. */
export function echo(id: number, sequence: number, bytes: readonly number[]): number[] {
	const message = [8, 0, 0, 0, ...be16(id), ...be16(sequence), ...bytes];
	message.splice(2, 2, ...be16(~sum16(message)));
	return message;
}

const pseudo = (from: readonly number[], to: readonly number[], length: number): number[] => [
	...[...from, ...to, 0, 17],
	...be16(length)
];

/** A UDP datagram with its checksum, `wrong` by so much; or with none. */
export function udp(from: Station, to: Station, ports: readonly [number, number], bytes: readonly number[], wrong?: number): number[] {
	const datagram = [...be16(ports[0]), ...be16(ports[1]), ...be16(8 + bytes.length), 0, 0, ...bytes];
	if (wrong === undefined) return datagram;
	const sum = ~sum16([...pseudo(address(from.ip), address(to.ip), datagram.length), ...datagram]) & 0xffff;
	datagram.splice(6, 2, ...be16(sum + wrong));
	return datagram;
}

/** What a captured frame says, with all its checksums checked; undefined where it is no IP packet. */
export function read(frame: Uint8Array): { from: string; to: string; protocol: number; payload: number[]; sound: boolean } | undefined {
	const bytes = [...frame];
	if (bytes[12] !== 8 || bytes[13] !== 0) return undefined;
	const header = bytes.slice(14, 14 + (bytes[14] & 15) * 4);
	const payload = bytes.slice(14 + header.length, 14 + header[2] * 256 + header[3]);
	const [from, to, protocol] = [header.slice(12, 16), header.slice(16, 20), header[9]];
	const covered = protocol === 17 ? [...pseudo(from, to, payload.length), ...payload] : payload;
	const sound = sum16(header) === 0xffff && sum16(covered) === 0xffff;
	return { from: from.join('.'), to: to.join('.'), protocol, payload, sound };
}
