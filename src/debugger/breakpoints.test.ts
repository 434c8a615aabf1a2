import { describe, expect, it } from 'vitest';
import { imageFile } from '../workbench/testing';
import { addressesOf, countHits, parseBreakpoint, saveRow, textFor, toPoints, toRow } from './breakpoints';
import { completeBreakpoint } from './breakpoint-completion';
import { BreakpointError } from './breakpoint-line';
import { GuestImages } from './guest-image';

const pocket = imageFile('pocket');
const names = { images: new GuestImages([{ dom: 1, image: pocket }]), dom: 1 };
const both = {
	images: new GuestImages([
		{ dom: 1, image: pocket },
		{ dom: 2, image: imageFile('hello') }
	]),
	dom: 1
};
const image = names.images.of(1);
const main = image.symbols.find('kernel_main');
const line = image.debug.lines.at(main)!;
const ask = (text: string) => parseBreakpoint(text, names);

describe('a breakpoint as text', () => {
	it('stops at a symbol, an address, a source line', () => {
		expect(ask('kernel_main').points).toEqual([{ kind: 'address', address: main }]);
		expect(ask(' kernel_main + 0x4 ').points).toEqual([{ kind: 'address', address: main + 4 }]);
		expect(ask('0xc0100000').points).toEqual([{ kind: 'address', address: 0xc0100000 }]);
		expect(ask('c0100000').points).toEqual([{ kind: 'address', address: 0xc0100000 }]);
		expect(ask(`${line.file}:${line.line}`).points).toEqual([{ kind: 'address', address: main }]);
		expect(ask(`kernel/main.c:${line.line}`).about).toContain('kernel_main');
		expect(ask('main.c:1').about).toContain('line 1 has no code');
	});
	it('has a condition, in which symbols become addresses, a domain, and hits to pass over', () => {
		expect(ask('kernel_main if [shared_info] != 0 && eax == 3 in dom 1 skip 2')).toMatchObject({
			kind: 'code',
			condition: '[shared_info] != 0 && eax == 3',
			skip: 2,
			points: [
				{
					kind: 'address',
					address: main,
					dom: 1,
					skip: 2,
					condition: `[0x${image.symbols.find('shared_info').toString(16)}] != 0 && eax == 3`
				}
			]
		});
	});
	it('watches memory', () => {
		expect(ask('watch 0xc0100000 8').points).toEqual([
			{ kind: 'watch', space: 'linear', address: 0xc0100000, length: 8, access: 'write' }
		]);
		expect(ask('rwatch shared_info').points).toMatchObject([{ access: 'read', length: 4 }]);
		expect(ask('awatch 0x1000 1 physical')).toMatchObject({
			about: '1 byte at physical address 0x1000 written or read',
			points: [{ space: 'physical', address: 0x1000, length: 1, access: 'access' }]
		});
	});
	it('stops at events, frames, ports and domains', () => {
		expect(ask('hypercall name=mmu_update refused').points).toEqual([
			{ kind: 'event', query: 'hypercall name=mmu_update refused' }
		]);
		expect(ask('hypercall name=mmu_update if ring == 0').points).toMatchObject([
			{ query: 'hypercall name=mmu_update', condition: 'ring == 0' }
		]);
		const frame = (query: string) => ({ kind: 'event', query: `${query}=4660` });
		expect(ask('frame 0x1234').points).toEqual([
			frame('frame_type|pte_write|grant_map|grant_unmap|grant_transfer mfn'),
			frame('grant_copy from_mfn'),
			frame('grant_copy to_mfn')
		]);
		expect(ask('port 3').points.length).toBeGreaterThan(1);
		expect(ask('dom 2').points).toEqual([{ kind: 'event', query: 'sched_switch next_dom=2' }]);
		for (const text of ['frame 1', 'port 1', 'dom 1'])
			for (const point of ask(text).points)
				if (point.kind === 'event') expect(ask(point.query).points).toEqual([point]);
	});
	it('finds names in the image of each domain', () => {
		const hello = both.images.of(2).symbols.find('start');
		expect(parseBreakpoint('kernel_main', both).points).toEqual([{ kind: 'address', address: main, dom: 1 }]);
		expect(parseBreakpoint('start in dom 2', both).points).toEqual([{ kind: 'address', address: hello, dom: 2 }]);
		expect(parseBreakpoint('hello/hello.c:100', both).points).toMatchObject([{ dom: 2 }]);
	});
	it('is written for an address so that it comes back to it', () => {
		for (const address of [main, main + 1, 0x1234])
			expect(addressesOf(ask(textFor(names, address)))).toContain(address);
		expect(textFor(names, main)).toBe(`${line.file}:${line.line}`);
	});

	it.each([
		['', 'nothing to stop at', 0],
		['nosuch', "there is no symbol 'nosuch'", 0],
		['kernel_mian', "there is no symbol 'kernel_mian'; did you mean 'kernel_main'?", 0],
		['hypercal', "did you mean 'hypercall'?", 0],
		['hypercal refused', "'hypercal' begins no breakpoint; did you mean 'hypercall'?", 0],
		['wacth 0x1000', "did you mean 'watch'?", 0],
		['mian.c:3', "no file 'mian.c' in the line information; did you mean 'main.c'?", 0],
		['kernel_main if exa == 3', "'exa' is no register and no symbol; did you mean 'eax'?", 15],
		['nosuch.c:3', "no file 'nosuch.c'", 0],
		['main.c:99999', 'has no code at or after line 99999; its last line with code is', 0],
		['0x1_0000_0000', 'too large', 0],
		['kernel_main + zz', "'zz' is no number", 14],
		['kernel_main if eax = 3', "cannot read '='", 19],
		['kernel_main if', 'the condition is empty', 14],
		['watch', 'needs a place', 5],
		['watch 0x1000 0', 'of no bytes', 13],
		['watch 0x1000 99999', 'too large', 13],
		['frame zz', "'zz' is no number", 6],
		['port 99999', 'too large', 5],
		['hypercall nam=3', "no field 'nam'", 10],
		['hypercall name=mmu_update skip x', "'x' is no number", 31]
	])('%j: %s', (text, reason, at) => {
		let problem: unknown;
		try {
			ask(text);
		} catch (error) {
			problem = error;
		}
		expect(problem).toBeInstanceOf(BreakpointError);
		expect((problem as BreakpointError).message).toContain(reason);
		expect((problem as BreakpointError).at).toBe(at);
	});
	it('says that an image has no lines', () => {
		const none = { images: new GuestImages([{ dom: 1, image: new Uint8Array(8) }]), dom: 1 };
		expect(() => parseBreakpoint('main.c:3', none)).toThrow('no line information');
		expect(parseBreakpoint('0x1000', none).points).toEqual([{ kind: 'address', address: 0x1000 }]);
	});
});

describe('the rows', () => {
	it('become points, are counted, saved and read again', () => {
		const row = toRow(ask('kernel_main if eax == 3'), 7);
		expect(toPoints(row)).toEqual([{ id: 7, kind: 'address', address: main, condition: 'eax == 3' }]);
		expect(toPoints({ ...row, enabled: false })).toEqual([]);
		expect(countHits([row], [[7, 2]])[0].hits).toBe(2);
		const saved = saveRow({ ...row, enabled: false, label: 'the start' });
		expect(saved).toEqual({ text: 'kernel_main if eax == 3', enabled: false, label: 'the start' });
		expect(toRow(ask(saved.text), 1, saved)).toEqual({ ...row, id: 1, enabled: false, label: 'the start' });
	});
});

describe('completion', () => {
	const offers = (text: string) => {
		const found = completeBreakpoint(text, text.length, names);
		return found?.options.map(({ label }) => text.slice(0, found.from) + label) ?? [];
	};
	it('knows symbols, files and their lines, events and their fields, and names in conditions', () => {
		expect(offers('kernel_m')[0]).toBe('kernel_main');
		expect(offers('kernel/main')).toContain(`${line.file}:`);
		expect(offers(`main.c:${line.line}`)).toContain(`main.c:${line.line}`);
		expect(offers('hyperc')).toContain('hypercall');
		expect(offers('hypercall na')).toContain('hypercall name');
		expect(offers('watch shared_i')).toEqual(['watch shared_info']);
		expect(offers('kernel_main if ea')[0]).toBe('kernel_main if eax');
		expect(offers('kernel_main if [shared_i')).toContain('kernel_main if [shared_info');
	});
	it('has nothing to offer where nothing fits', () => {
		expect(offers('frame ')).toEqual([]);
		expect(offers('kernel_main if ')).toEqual([]);
		expect(offers('nothing_like_this')).toEqual([]);
	});
});
