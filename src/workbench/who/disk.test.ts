/** Who wrote this, across a disk and two domains: one step at a time, from a byte on the disk to the process that asked for it. */
import { beforeAll, describe, expect, it } from 'vitest';
import { chain } from '../../trace/causes';
import { EVENT_KINDS, KIND } from '../../trace/events';
import { diskAt } from '../inspect/disks';
import { Run } from '../run';
import { finish } from '../task';
import { imageFile, SHARED_DISK, stateOf } from '../testing';
import { whoWrote } from './who';
import type { WhoTarget, Written } from './words';

const WORDS = 'a line that was not there';

describe('a byte on a disk that domain 0 serves', () => {
	let run: Run;
	beforeAll(() => {
		run = new Run(SHARED_DISK(`run=sh cat /readme ; write /new ${WORDS} ; sync / ; cat /new`), imageFile);
		run.advance({}, 40_000_000);
	}, 60_000);

	function asked(target: WhoTarget): Written {
		const before = stateOf(run);
		const answer = finish(whoWrote(run, target));
		expect(stateOf(run)).toEqual(before);
		return answer;
	}

	/** Where the words lie on the disk. */
	function place(): { lba: number; offset: number } {
		const bytes = Buffer.from(diskAt(run, 0)!.export());
		const at = bytes.indexOf(WORDS);
		expect(at).toBeGreaterThan(0);
		return { lba: Math.floor(at / 512), offset: at % 512 };
	}

	it('was written by a command, by DMA from a frame, which the front end\u2019s domain had written', () => {
		const end = run.moment;
		const onDisk = asked({ kind: 'disk', disk: 0, ...place(), length: 4 });
		expect(onDisk.writer).toMatchObject({ by: 'disk' });
		expect(onDisk.text).toMatch(
			/^The 4 bytes at \d+ of sector \d+ on hda: last changed at instruction .* by a command to the disk/
		);
		const { event, command } = onDisk.writer as { event: number; command: number };
		expect(run.trace.kind(event)).toBe(KIND.disk_dma);
		expect(run.trace.kind(command)).toBe(KIND.disk_command);
		// The command itself came from a port that domain 0's driver wrote to.
		const [trap] = chain(run.trace, command).slice(-1);
		expect([EVENT_KINDS[run.trace.kind(trap.seq)], run.trace.dom(trap.seq)]).toEqual(['trap', 0]);

		// One step on: who wrote the frame that the disk took it from.
		const { target, at } = onDisk.onward!;
		expect(target).toMatchObject({ kind: 'memory', space: 'physical', length: 4 });
		run.seek(at);
		const inMemory = asked(target);
		expect(inMemory.writer).toMatchObject({ by: 'instruction' });
		expect(inMemory.after!.icount).toBeLessThanOrEqual(at.icount);
		run.seek(end);
	});

	it('that was read is in memory by DMA, and the answer leads to the sector', () => {
		const end = run.moment;
		const TEXT = 'This file system was made outside';
		const at = Buffer.from(diskAt(run, 0)!.export()).indexOf(TEXT);
		const [lba, offset] = [Math.floor(at / 512), at % 512];
		const from = (seq: number): number => Number(run.trace.value(seq, 'lba'));
		const dma = lastOf(run, (seq) => {
			const sectors = run.trace.arg(seq, 'bytes') / 512;
			return run.trace.arg(seq, 'to_host') === 1 && lba >= from(seq) && lba < from(seq) + sectors;
		});
		const address = run.trace.arg(dma, 'address') + (lba - from(dma)) * 512 + offset;
		run.seek({ seq: dma });
		const answer = asked({ kind: 'memory', space: 'physical', address, length: 4 });
		expect(answer).toMatchObject({ writer: { by: 'dma', disk: 0, event: dma }, new: '0x73696854' });
		expect(answer.text).toContain('by the disk hda by itself, which brought them there by DMA');
		expect(answer.onward?.target).toEqual({ kind: 'disk', disk: 0, lba, offset, length: 4 });
		const { event } = answer.writer as { event: number };
		expect(chain(run.trace, event).map(({ seq }) => EVENT_KINDS[run.trace.kind(seq)])).toEqual([
			'disk_dma',
			'disk_command',
			'port_io',
			'trap'
		]);
		run.seek(end);
	});

	it('that nobody wrote is as the image has it; what is not there is refused', () => {
		const answer = asked({ kind: 'disk', disk: 0, lba: 511, offset: 0, length: 1 });
		expect(answer).toMatchObject({ writer: { by: 'nobody' }, onward: null });
		const bad = (lba: number, offset: number, length: number, disk = 0) =>
			expect(() => whoWrote(run, { kind: 'disk', disk, lba, offset, length }));
		bad(512, 0, 1).toThrow('there is no sector 512; the disk has 512');
		bad(0, 510, 3).toThrow('3 bytes at 510 do not lie within a sector of 512');
		bad(0, 0, 1, 2).toThrow('the machine has no disk hdc');
	});

	it('and its end is told: the disk\u2019s interrupt becomes an event, an upcall, a response', () => {
		const done = lastOf(run, () => true, KIND.disk_done);
		const kinds = new Set<string>();
		const { trace } = run;
		for (let seq = done; seq < trace.length && kinds.size < 6; seq++)
			if (trace.kind(seq) === KIND.upcall) {
				for (const { seq: at } of chain(trace, seq)) kinds.add(EVENT_KINDS[trace.kind(at)]);
				break;
			}
		expect([...kinds]).toEqual(
			expect.arrayContaining(['upcall', 'event_pending', 'pirq', 'interrupt', 'irq_line', 'disk_done', 'disk_command'])
		);
	});
});

function lastOf({ trace }: Run, test: (seq: number) => boolean, kind: number = KIND.disk_dma): number {
	for (let seq = trace.length - 1; seq >= 0; seq--) if (trace.kind(seq) === kind && test(seq)) return seq;
	throw new Error('there is none');
}
