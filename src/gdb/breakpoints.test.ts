import { describe, expect, it } from 'vitest';
import { translate } from '../workbench/inspect/page-walk';
import { runGuest } from '../workbench/testing';
import { Breakpoints } from './breakpoints';
import { currentThread } from './threads';

const PAGE = 0x1000;

describe('a watched range', () => {
	it('over pages that do not lie together is watched in the frames of each, and in no others', () => {
		const run = runGuest('pocket', { cmdline: 'run=fork' });
		for (let faults = 0; faults < 6; faults++) run.advance({ faults: true });
		const physical = (page: number): number => translate(run, page * PAGE);
		const pages = Array.from({ length: 0xf_f000 }, (_, page) => page);
		const page = pages.find((each) => {
			const [here, next] = [physical(each), physical(each + 1)];
			return here >= 0 && next >= 0 && next !== here + PAGE;
		})!;
		expect(page).toBeDefined();
		const breakpoints = new Breakpoints();
		const [address, length] = [page * PAGE + 0xffc, 8];
		breakpoints.add({ kind: 'gdb', type: 2, address, length, thread: currentThread(run) });
		expect(breakpoints.points(run)).toMatchObject([
			{ space: 'linear', address, length },
			{ space: 'physical', address: physical(page) + 0xffc, length: 4 },
			{ space: 'physical', address: physical(page + 1), length: 4 }
		]);
	});
});
