/** Who wrote this, over the wire: from a byte of a frame that a card sent back to the process in another domain that made it, and from memory to the wire. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { chain } from '../../trace/causes';
import { EVENT_KINDS, KIND } from '../../trace/events';
import { Run, type Point } from '../run';
import { finish } from '../task';
import { imageFile, stateOf } from '../testing';
import { writePcap } from '../network/pcap';
import { whoWrote } from './who';
import type { WhoTarget, Written } from './words';

const WORDS = 'hello to whoever hears me';
const OUTSIDE = 'said by somebody outside';

/** A datagram for all from outside: what is checked of it is its length and, in the header, its sum. */
function broadcast(text: string): Uint8Array {
	const frame = new Uint8Array(14 + 20 + 8 + text.length);
	const view = new DataView(frame.buffer);
	frame.fill(0xff, 0, 6);
	frame.set([0x52, 0x54, 0, 9, 9, 9, 0x08, 0x00, 0x45], 6);
	view.setUint16(16, 28 + text.length);
	frame.set([64, 17], 22);
	frame.set([10, 0, 0, 9, 10, 0, 0, 255], 26);
	let sum = 0;
	for (let at = 14; at < 34; at += 2) sum += view.getUint16(at);
	view.setUint16(24, ~((sum & 0xffff) + (sum >>> 16)));
	view.setUint16(34, 4000);
	view.setUint16(36, 7);
	view.setUint16(38, 8 + text.length);
	frame.set(new TextEncoder().encode(text), 42);
	return frame;
}

/** Who wrote, in short. */
function whoText({ trace }: Run, { writer }: Written): string {
	if (writer.by === 'instruction') return `dom${writer.dom}, ring ${writer.ring}`;
	return writer.by === 'hypervisor' ? EVENT_KINDS[trace.kind(writer.event)] : writer.by;
}

describe('a datagram that domain 0 puts on the wire for a guest', () => {
	let run: Run;
	let end: Point;
	beforeAll(() => {
		const inject = writePcap([{ seconds: 0, nanoseconds: 0, bytes: broadcast(OUTSIDE), length: 42 + OUTSIDE.length }]);
		run = new Run(
			{
				machine: { network: { cards: 1, inject: { file: 'outside', atMs: 30 } } },
				dom0: { image: 'pocket-io', memoryMiB: 8, cmdline: 'run=serve' },
				domains: [
					{
						name: 'guest',
						image: 'pocket-io',
						memoryMiB: 8,
						cmdline: `run=sh udpsend 10.0.0.255 9 ${WORDS} ; udpecho 7 1`,
						vifs: [{}]
					}
				]
			},
			(name) => (name === 'outside' ? inject : imageFile(name))
		);
		run.advance({}, 20_000_000);
		end = run.moment;
	}, 60_000);
	beforeEach(() => void run.seek(end));

	function asked(target: WhoTarget): Written {
		const before = stateOf(run);
		const answer = finish(whoWrote(run, target));
		expect(stateOf(run)).toEqual(before);
		return answer;
	}
	const follow = ({ onward }: Written): Written => {
		run.seek(onward!.at);
		return asked(onward!.target);
	};
	/** Number of the frame on the wire that holds a text, and where in it. */
	function place(text: string): { frame: number; offset: number } {
		const frames = run.system.network!.segment.captured.map(({ bytes }) => Buffer.from(bytes));
		const at = frames.findIndex((bytes) => bytes.includes(text));
		expect(at).toBeGreaterThanOrEqual(0);
		return { frame: at + 1, offset: frames[at].indexOf(text) };
	}

	it('was sent by the card, which domain 0 had given it; it was copied from the guest, whose process had written it', () => {
		const onWire = asked({ kind: 'wire', ...place(WORDS), length: 4 });
		expect(onWire.writer).toMatchObject({ by: 'card', card: 0 });
		expect(onWire.text).toMatch(
			/^The 4 bytes at 42 of frame \d+ on the wire: 0x6c6c6568, sent at instruction [\d,]+ by the card 0\.$/
		);
		const { event } = onWire.writer as { event: number };
		expect(chain(run.trace, event).map(({ seq }) => [EVENT_KINDS[run.trace.kind(seq)], run.trace.dom(seq)])).toEqual([
			['frame_sent', 0],
			['port_io', 0],
			['trap', 0]
		]);
		// From there on back: domain 0 had copied it in its own memory, as it was for several; Xen had copied it from the guest's page; the guest's
		// kernel had put it there from its process's memory, and an instruction of the process had made it.
		const steps: string[] = [];
		for (let answer = onWire; answer.onward; steps.push(whoText(run, answer))) answer = follow(answer);
		expect(steps.filter((step, n) => step !== steps[n - 1])).toEqual([
			'dom0, ring 1',
			'grant_copy',
			'dom1, ring 1',
			'dom1, ring 3'
		]);
	});

	it('that came from outside is in the guest\u2019s page by a copy, in domain 0\u2019s by a read from the card, which leads to the wire', () => {
		const { frame, offset } = place(OUTSIDE);
		const given = run.system.sightings.list.findLast(
			({ how, bytes }) => how === 'copy' && Buffer.from(bytes).includes(OUTSIDE)
		)!;
		run.seek({ seq: given.seq });
		const inGuest = asked({ kind: 'memory', space: 'physical', address: given.target + 42, length: 4 });
		expect(run.trace.kind((inGuest.writer as { event: number }).event)).toBe(KIND.grant_copy);
		let inDomain0 = follow(inGuest);
		while (inDomain0.onward?.target.kind === 'memory') inDomain0 = follow(inDomain0);
		expect(whoText(run, inDomain0)).toBe('port_io');
		expect(inDomain0.onward?.target).toMatchObject({ kind: 'wire', frame, offset });
		const onWire = follow(inDomain0);
		expect(onWire).toMatchObject({ writer: { by: 'outside' }, onward: null });
		expect(onWire.text).toContain('No card of this machine sent this frame');
	});

	it('what is not there is refused', () => {
		const frames = run.system.network!.segment.captured.length;
		const bad = (frame: number, offset: number, length: number) =>
			expect(() => whoWrote(run, { kind: 'wire', frame, offset, length }));
		bad(0, 0, 1).toThrow(`there is no frame 0 on the wire; ${frames} have passed, numbered from 1`);
		bad(1, 58, 3).toThrow('3 bytes at 58 do not lie within a frame of 60');
	});
});
