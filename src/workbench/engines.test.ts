/** Whole guests by both engines: one trace, one RAM, however the run is cut; and the past is the same, too. */
import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { jsonl } from '../trace/export/jsonl';
import type { Run, RunOptions } from './run';
import { runGuest } from './testing';

/** What a run came to. */
function history(run: Run): string {
	const hash = createHash('sha256');
	for (const line of jsonl(run.trace)) hash.update(line);
	hash.update(run.system.machine.memory.ram);
	for (const { dom, bytes } of run.consoles.all()) hash.update(`${dom}`).update(bytes);
	return `${run.icount} ${run.now} ${JSON.stringify(run.system.machine.cpu.mmu.readCounters())} ${hash.digest('hex')}`;
}

const MOST = 400_000;

it.each(['fork', 'pagefaults', 'ptwrite', 'smp'])('pocket run=%s', (what) => {
	const make = (options: RunOptions): Run =>
		runGuest('pocket', { cmdline: `run=${what}`, memoryMiB: 16, vcpus: 2 }, {}, options);
	const plain = make({ snapshots: 0 });
	plain.advance({}, MOST);
	const expected = history(plain);

	const whole = make({ snapshots: 0, engine: 'wasm' });
	whole.advance({}, MOST);
	expect(history(whole)).toBe(expected);
	expect(whole.system.machine.engine.regions!.counters.entered).toBeGreaterThan(0);

	// In pieces, with snapshots, and back to the middle and forward again.
	const cut = make({ snapshots: 64 << 20, gap: 10_000, engine: 'wasm' });
	for (let piece = 1; cut.icount < plain.icount; piece = (piece * 7) % 30_011) {
		cut.advance({}, Math.min(piece, plain.icount - cut.icount));
	}
	expect(history(cut)).toBe(expected);
	cut.seek({ icount: plain.icount >> 1 });
	cut.advance({}, plain.icount - cut.icount);
	expect(history(cut)).toBe(expected);
});
