import { describe, expect, it } from 'vitest';
import { EVENT_KINDS, EVENTS, KIND } from '../events';
import { fixture } from '../fixture';
import { EXPORTED, xentrace } from './xentrace';

const bytesOf = (pieces: Iterable<Uint8Array>): Uint8Array => Buffer.concat([...pieces]);
const wordsOf = (bytes: Uint8Array): number[] => {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
	return Array.from({ length: bytes.length / 4 }, (_, at) => view.getUint32(at * 4, true));
};
const recordsOf = (made: ReturnType<typeof fixture>): number[] =>
	wordsOf(bytesOf(xentrace(made.store.view, { hz: 1e9, sliceMs: 10 })));

describe('the xentrace file', () => {
	it('has a record for the kinds that the catalogue says Xen records, and for no others', () => {
		const named = EVENT_KINDS.filter((kind) => EVENTS[kind].trc !== null);
		expect([...EXPORTED].sort()).toEqual([...named].sort());
	});

	it('puts the records of the processor into a window behind a record of its own', () => {
		const made = fixture();
		made.at.cycle = 0x1_2345_6789;
		made.store.record(KIND.emulate, 0xc000_1000, 0x0f22, 0);
		expect(recordsOf(made)).toEqual([
			...[(2 << 28) | 0x1f003, 0, 16],
			...[0x9020_1006 >>> 0, 0x2345_6789, 1, 0xc000_1000]
		]);
	});

	it('says which arguments of a call follow', () => {
		const made = fixture();
		made.at.cycle = 5;
		made.store.end(made.store.begin(KIND.hypercall, 20, 2, 2, 0xc0de, 7), 0);
		made.store.end(made.store.begin(KIND.hypercall, 23, -1), 0);
		expect(recordsOf(made).slice(3)).toEqual([
			...[0xb020_100d, 5, 0, 20 | (1 << 20) | (1 << 24), 2, 7],
			...[0x9020_100d, 5, 0, 23]
		]);
	});

	it('takes the address of a page fault from the processor, when the guest gets it', () => {
		const made = fixture();
		made.at.cycle = 5;
		made.store.record(KIND.page_fault, 0x40_0000, 0xdead_0000, 6, 3);
		made.store.record(KIND.bounce, 14, 6, 0xe019, 0xc000_0000, 0xc000_8000, 0x40_0000, 3);
		made.store.record(KIND.bounce, 13, 0x102, 0xe019, 0xc000_0000, 0xc000_8000, 0x40_0002, 3);
		made.store.record(KIND.bounce, 0x80, 0, 0xe019, 0xc000_0000, 0xc000_8000, 0x40_0004, 3);
		expect(recordsOf(made).slice(3)).toEqual([
			...[0xb020_1004, 5, 0, 0x40_0000, 0xdead_0000, 6],
			...[0xa020_1003, 5, 0, 0x40_0002, 0x102_800d],
			...[0xa020_1003, 5, 0, 0x40_0004, 0x80]
		]);
	});

	it('tells a switch as Xen does: who leaves and for how long it ran, who comes, then both states', () => {
		const made = fixture();
		made.at.cycle = 1000;
		made.store.record(KIND.runstate, 1, 0, 3, 1);
		made.at.cycle = 3000;
		made.store.record(KIND.sched_switch, 0x7fff, 0, 1, 0);
		made.at.cycle = 3500;
		made.store.record(KIND.runstate, 1, 0, 1, 0);
		made.at.cycle = 9000;
		made.store.record(KIND.runstate, 1, 0, 0, 2);
		made.store.record(KIND.sched_switch, 1, 0, 0x7fff, 0);
		const dom1 = 1 << 16;
		const idle = 0x7fff << 16;
		expect(recordsOf(made).slice(3)).toEqual(
			[
				[0x9002_1311, 1000, 0, dom1],
				[0xa002_8004, 1000, 0, 1, 0],
				[0xb002_800e, 3000, 0, 0x7fff, 0, 2000],
				[0xc002_800f, 3000, 0, 1, 0, 2000, 10_000_000],
				[0xc002_800a, 3000, 0, 0x7fff, 0, 1, 0],
				[0x9002_1011, 3000, 0, idle],
				[0x9002_1101, 3500, 0, dom1],
				[0xa002_8006, 9000, 0, 1, 0],
				[0xb002_800e, 9000, 0, 1, 0, 5500],
				[0xc002_800f, 9000, 0, 0x7fff, 0, 6000, 0xffff_ffff],
				[0xc002_800a, 9000, 0, 1, 0, 0x7fff, 0],
				[0x9002_1021, 9000, 0, dom1],
				[0x9002_1101, 9000, 0, idle]
			].flat()
		);
	});

	it('tells whose page was mapped, unmapped or came by grant, and of copies nothing, as Xen', () => {
		const made = fixture();
		made.at.cycle = 1000;
		made.store.record(KIND.grant_map, 2, 8, 0x143, 0, 2);
		made.store.record(KIND.grant_copy, 0x143, 0, 0x144, 0, 4);
		made.store.record(KIND.grant_unmap, 2, 8, 0x143, 0);
		made.store.record(KIND.grant_transfer, 3, 9, 0x143);
		expect(recordsOf(made).slice(3)).toEqual(
			[
				[0x9010_f001, 1000, 0, 2],
				[0x9010_f002, 1000, 0, 2],
				[0x9010_f003, 1000, 0, 3]
			].flat()
		);
	});

	it('comes in pieces, windows that follow each other', () => {
		const made = fixture();
		for (let n = 0; n < 20_000; n++) {
			made.tick(10);
			made.store.record(KIND.math_state);
		}
		const pieces = [...xentrace(made.store.view, { hz: 1e9 })];
		expect(pieces.length).toBeGreaterThan(3);
		for (const piece of pieces) expect(wordsOf(piece).slice(0, 3)).toEqual([(2 << 28) | 0x1f003, 0, piece.length - 12]);
		expect(pieces.reduce((sum, piece) => sum + piece.length - 12, 0)).toBe(20_000 * 12);
	});
});
