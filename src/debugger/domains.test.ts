/** Two domains at once, each with its own image; and an image that says nothing of itself. */
import { describe, expect, it } from 'vitest';
import { GRUB, hasGrub, imageFile, lineOf, runGuest } from '../workbench/testing';
import { parseBreakpoint, toPoints, toRow } from './breakpoints';
import { lineText, nameOf } from './guest-image';
import { DebugSession } from './session';
import { LocalRun } from './testing';

function twoDomains(): DebugSession {
	const run = runGuest(
		'pocket',
		{ cmdline: 'run=spin', memoryMiB: 8 },
		{ domains: [{ name: 'b', image: 'hello', memoryMiB: 4 }] }
	);
	return DebugSession.open(new LocalRun(run), [
		{ dom: 1, image: imageFile('pocket') },
		{ dom: 2, image: imageFile('hello') }
	]);
}

describe('two domains', () => {
	it('have names and lines of their own', async () => {
		const session = twoDomains();
		const points = [
			...toPoints(toRow(parseBreakpoint('kernel_main', session.names), 1)),
			...toPoints(toRow(parseBreakpoint('speak in dom 2', session.names), 2))
		];
		const seen: string[] = [];
		for (let stop = 0; stop < 2; stop++) {
			const report = await session.run.advance({ points });
			const { code, dom } = await session.inspect();
			expect(report.cause).toBe('point');
			expect(report.point).toBe(dom);
			expect(session.dom).toBe(dom);
			const { frames } = await session.backTrace();
			seen.push(`${dom} ${nameOf(session.image, code.address)} ${lineText(frames[0].line)} ${frames.at(-1)!.name}`);
		}
		// The first line with code is that of the brace.
		expect(seen.sort()).toEqual([
			`1 kernel_main main.c:${lineOf('pocket/kernel/main.c', 'void kernel_main(') + 1} start`,
			`2 speak hello.c:${lineOf('hello/hello.c', 'void speak(') + 1} start`
		]);
	});

	it('are stepped apart: the other one goes on meanwhile, unseen', async () => {
		const session = twoDomains();
		await session.run.advance({ points: toPoints(toRow(parseBreakpoint('hello', session.names), 1)) });
		const forward: string[] = [];
		const moments: number[] = [];
		for (let step = 0; step < 8; step++) {
			const { dom, code, icount } = await session.inspect();
			expect(dom).toBe(2);
			forward.push(lineText(session.images.of(dom).debug.lines.at(code.address)));
			moments.push(icount);
			await session.step('line-over');
		}
		expect(forward.every((where) => where.startsWith('hello.c:'))).toBe(true);
		const back: number[] = [];
		for (let step = 0; step < 8; step++) {
			await session.back('line-over');
			back.push((await session.inspect()).icount);
		}
		expect(back.reverse()).toEqual(moments);
	}, 120_000);
});

describe.skipIf(!hasGrub)('an image without debug information', () => {
	it('is stepped by instructions, and says that it has no lines', async () => {
		const run = runGuest(GRUB);
		const session = DebugSession.open(new LocalRun(run), imageFile(GRUB));
		run.advance({ icount: 300_000 });
		while ((await session.inspect()).cpl === 0) await session.step('instruction');
		expect(session.image.debug.hasLines).toBe(false);
		expect(() => parseBreakpoint('main.c:3', session.names)).toThrow('no line information');
		const before = await session.inspect();
		await session.step('line');
		expect((await session.inspect()).icount).toBeGreaterThan(before.icount);
		await session.back('line');
		expect((await session.inspect()).icount).toBe(before.icount);
	}, 120_000);
});
