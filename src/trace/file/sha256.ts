/** SHA-256 (FIPS 180-4). Web pages have it built in only where they came by HTTPS, so here it is once more. */

/** The first 32 bits of the fractional parts of `root(prime)`, for the first `count` primes. */
function fractions(count: number, root: (prime: number) => number): Uint32Array {
	const found: number[] = [];
	for (let n = 2; found.length < count; n++) {
		let prime = true;
		for (let by = 2; by * by <= n; by++) if (n % by === 0) prime = false;
		if (prime) found.push((root(n) % 1) * 0x1_0000_0000);
	}
	return Uint32Array.from(found, (value) => Math.floor(value));
}

const K = fractions(64, Math.cbrt);
const START = fractions(8, Math.sqrt);

const rotate = (word: number, by: number): number => (word >>> by) | (word << (32 - by));

/** One block of 64 bytes (6.2.2). */
function block(state: Uint32Array, w: Uint32Array, view: DataView, at: number): void {
	for (let t = 0; t < 16; t++) w[t] = view.getUint32(at + t * 4);
	for (let t = 16; t < 64; t++) {
		const [x, y] = [w[t - 15], w[t - 2]];
		const s0 = rotate(x, 7) ^ rotate(x, 18) ^ (x >>> 3);
		const s1 = rotate(y, 17) ^ rotate(y, 19) ^ (y >>> 10);
		w[t] = w[t - 16] + s0 + w[t - 7] + s1;
	}
	let [a, b, c, d, e, f, g, h] = state;
	for (let t = 0; t < 64; t++) {
		const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
		const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
		const one = (h + s1 + ((e & f) ^ (~e & g)) + K[t] + w[t]) | 0;
		const two = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
		[h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0];
	}
	[a, b, c, d, e, f, g, h].forEach((word, index) => (state[index] += word));
}

/** The digest of `bytes` as 64 hexadecimal digits. */
export function sha256(bytes: Uint8Array): string {
	const state = START.slice();
	const w = new Uint32Array(64);
	const whole = bytes.length - (bytes.length % 64);
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	for (let at = 0; at < whole; at += 64) block(state, w, view, at);
	const rest = bytes.length - whole;
	const tail = new Uint8Array(rest < 56 ? 64 : 128);
	tail.set(bytes.subarray(whole));
	tail[rest] = 0x80;
	const end = new DataView(tail.buffer);
	end.setUint32(tail.length - 8, Math.floor(bytes.length / 0x2000_0000));
	end.setUint32(tail.length - 4, bytes.length * 8);
	for (let at = 0; at < tail.length; at += 64) block(state, w, end, at);
	return Array.from(state, (word) => word.toString(16).padStart(8, '0')).join('');
}
