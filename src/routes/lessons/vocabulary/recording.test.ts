import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { pack, unpack, unzip, type Recording } from './recording';

it('brings back what was packed, arrays of every kind included', async () => {
	const recording = {
		end: 12.5,
		key: 'ä key',
		slice: {
			from: 0,
			to: 2,
			columns: {
				cycle: Float64Array.of(1, 2 ** 40, 2 ** 40),
				icount: Float64Array.of(0.1, 0.3, 1e300),
				cause: Int32Array.of(-1, 0x7fff_ffff, -0x8000_0000),
				argAt: Uint32Array.of(0xffff_ffff, 0, 7),
				kind: Uint8Array.of(7, 8)
			},
			pool: Uint32Array.of(1, 0xffff_ffff),
			closed: new Float64Array()
		},
		scene: { seq: 1, when: 'after', frames: { owner: Uint16Array.of(0x7ff2) }, walk: null }
	} as unknown as Recording;
	const zipped = gzipSync(pack(recording));
	expect(unpack(await unzip(zipped.buffer.slice(zipped.byteOffset, zipped.byteOffset + zipped.length)))).toEqual(
		recording
	);
});
