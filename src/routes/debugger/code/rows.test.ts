import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readImage } from '../../../debugger/guest-image';
import { imageFile } from '../../../workbench/testing';
import { instructionRows, rowsWithin, sourceRows, whyNoSource } from './rows';
import { loadSource } from './sources';

const { debug, symbols } = readImage(imageFile('pocket'));
const main = symbols.find('kernel_main');
const line = debug.lines.at(main)!;
const code = [0, 1, 2].map((at) => ({
	address: main + at,
	bytes: Uint8Array.of(0x90),
	text: 'nop',
	label: at === 0 ? 'kernel_main' : '',
	where: '',
	target: -1
}));

describe('rows of code', () => {
	it('name the line where its instructions begin, or show its text above them', () => {
		const rows = instructionRows(code, debug);
		expect(rows[0]).toMatchObject({ key: main, note: `main.c:${line.line}`, above: [{ text: 'kernel_main:' }] });
		expect(instructionRows(code, debug, () => '\t{ ')[0]).toMatchObject({
			note: '',
			above: [{ kind: 'label' }, { kind: 'source', text: `${line.line}  {` }]
		});
	});
	it('are linked by the line information', () => {
		const linked = rowsWithin(instructionRows(code, debug), debug.lines.rangesOf(line.file, line.line));
		expect(linked.has(main)).toBe(true);
	});
	it('can bear a breakpoint where a line has code', () => {
		const rows = sourceRows(Array<string>(line.line).fill('x'), line.file, debug);
		expect(rows[line.line - 1].stops).toBe(true);
		expect(rows[0].stops).toBe(false);
	});
	it('say why there is no source', () => {
		const none = readImage(new Uint8Array(4)).debug;
		expect(whyNoSource({ debug, ring: 0, file: '' })).toContain('hypervisor');
		expect(whyNoSource({ debug: none, ring: 1, file: '' })).toContain('no line information');
		expect(whyNoSource({ debug, ring: 1, file: 'x.c' })).toContain('x.c is not here');
		expect(whyNoSource({ debug, ring: 1, file: '' })).toContain('No source line');
	});
});

describe('source text', () => {
	it.each(['builder', 'hello', 'pocket', 'queues', 'rogues'])(
		'of %s is there, every file that has code',
		async (name) => {
			const { lines } = readImage(imageFile(name)).debug;
			expect(lines.files.length).toBeGreaterThan(1);
			for (const file of lines.files) {
				expect(existsSync(file), file).toBe(true);
				const text = await loadSource(file);
				expect(text, file).toEqual(readFileSync(file, 'utf8').replace(/\n$/, '').split('\n'));
				expect(lines.linesOf(file).at(-1)).toBeLessThanOrEqual(text!.length);
			}
		}
	);
	it('of others is not', async () => expect(await loadSource('/usr/src/linux/init/main.c')).toBeNull());
});
