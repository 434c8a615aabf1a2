/** The opening page on its real run: what its prose says is so. */
import { readFileSync } from 'node:fs';
import { render } from 'svelte/server';
import { describe, expect, it } from 'vitest';
import { fact } from '../../trace/facts';
import { query } from '../../trace/query';
import { TraceMirror } from '../../trace/mirror';
import { Host } from '../../workbench/worker/host';
import { GLOSSARY } from '../../words/en/glossary';
import { PICTURES } from '../lessons/vocabulary/vocabulary';
import Prose from './en.md';
import { moments } from './moments';
import { contextOf, Opening } from './opening.svelte';
import { scenario } from './scenario';
import { stubOf } from './stub';

const page = new Opening();
const { body } = render(Prose, { context: contextOf(page) });
const image = (name: string) =>
	new Uint8Array(readFileSync(new URL(`../../guests/images/${name}.elf`, import.meta.url)));

// As the page has it, but for the worker.
const host = new Host({ clock: () => performance.now(), breathe: () => Promise.resolve() });
const trace = new TraceMirror();
host.listener = (news) => news.slices.forEach((slice) => trace.append(slice));
await host.open(
	scenario,
	Object.fromEntries(scenario.domains.map((domain) => [domain.image, image(domain.image)])),
	[]
);
await host.advance({});
const seqOf = (name: string): number => query(trace, page.names.query(name));

describe('the opening page', () => {
	it('shows pictures of moments that happen, in the order of the page’s story', () => {
		expect(page.figures.length).toBeGreaterThan(4);
		for (const { at, until, shows } of page.figures) {
			expect(seqOf(at)).toBeGreaterThanOrEqual(0);
			if (until) expect(seqOf(until)).toBeGreaterThan(seqOf(at));
			for (const picture of shows) expect([...PICTURES, 'score']).toContain(picture);
		}
	});
	it('speaks of no moment for nothing', () => {
		const again = new Opening();
		void render(Prose, { context: contextOf(again) }).body;
		const named = again.figures.flatMap(({ at, until }) => [at, until]).filter(Boolean);
		for (const name of named) again.names.query(name);
		// The stub is read at this one.
		again.names.query('refused-trap');
		expect(again.names.unused()).toEqual([]);
		expect(Object.keys(moments).length).toBeGreaterThan(0);
	});
	it.each(page.facts)('number: %s', (text) => {
		expect(Number.isFinite(Number(fact(trace, text)))).toBe(true);
	});
	it('raises no fault for popf, as the prose says', () => {
		const raised = page.names.expand('count(trap vector=#GP dom=1 after([cli-told]) before([popf-told]))');
		expect(page.facts).toContain(raised);
		expect(Number(fact(trace, raised))).toBe(0);
	});
	it('refuses the table’s writable mapping by its last question', () => {
		const questions = Number(fact(trace, page.names.expand('count(check inside([refused]))')));
		expect(questions).toBeGreaterThan(1);
		const last = query(trace, page.names.expand('check inside([refused]) last'));
		expect(trace.arg(last, 'passed')).toBe(0);
		expect(trace.arg(seqOf('refused'), 'result')).toBeLessThan(0);
	});
	it('finds the three bytes behind the gate of hypercalls', async () => {
		await host.seek({ seq: seqOf('refused-trap') });
		const { vector, gate, code } = await stubOf(host);
		expect([vector, gate.dpl]).toEqual([0x82, 1]);
		expect([...code]).toEqual([0x0f, 0x3f, 0x82]);
		expect(gate.offset).toBe(trace.arg(seqOf('refused-trap'), 'new_eip'));
	});
	it('explains each word of the glossary that it uses, once', () => {
		const names = [...body.matchAll(/data-term="([^"]+)"/g)].map(([, name]) => name);
		expect(new Set(names).size).toBe(names.length);
		for (const name of ['hypervisor', 'domain', 'hypercall', 'upcall', 'paravirtualized', 'dom0'])
			expect(names).toContain(name);
		for (const name of names) expect(Object.keys(GLOSSARY)).toContain(name);
	});
});
