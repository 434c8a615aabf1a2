/** The words of each lesson: those of the glossary are explained once, where that does no harm, and none of the field's has no entry. */
import type { Component } from 'svelte';
import { describe, expect, it } from 'vitest';
import { HYPERCALLS } from '../src/abi/hypercalls';
import { notesOf } from '../src/routes/lessons/vocabulary/notebook';
import type { Moments } from '../src/routes/lessons/vocabulary/vocabulary';
import { GLOSSARY } from '../src/words/en/glossary';
import { spellingsOf } from '../src/words/glossary';
import { spellings } from '../src/words/spellings';

const PROSE = import.meta.glob<Component>('./*/en.md', { import: 'default', eager: true });
const MOMENTS = import.meta.glob<Moments>('./*/moments.ts', { import: 'moments', eager: true });

const known = spellings(GLOSSARY);
const HYPERCALL_NAMES = new Set(Object.keys(HYPERCALLS));
/** Written in capitals, and no word to explain. */
const NO_TERMS = new Set(['CALL', 'POPF', 'II', 'OK']);

const ELEMENT = /<!--.*?-->|<[^>]*>/gs;
const decoded = (html: string): string =>
	html.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&').replaceAll('&quot;', '"');
/** The prose as it is read. */
const textOf = (html: string): string => decoded(html.replace(ELEMENT, ' '));

/** Abbreviations, exceptions and names of hypercalls. */
const candidates = (text: string): string[] =>
	[...new Set(text.match(/#[A-Z]{2}\b|\b[A-Za-z]\w*\b/g))].filter(
		(word) => !NO_TERMS.has(word) && (/^#?[A-Z][A-Z0-9]+s?$/.test(word) || HYPERCALL_NAMES.has(word))
	);

const spelled = new Set(
	Object.values(GLOSSARY).flatMap((entry) => spellingsOf(entry).map((text) => text.replaceAll('`', '')))
);

/** The term's links of a page, each with the elements around it. */
function marksOf(html: string): { name: string; text: string; around: string[] }[] {
	const marks: { name: string; text: string; around: string[] }[] = [];
	const around: string[] = [];
	for (const { 0: tag, 1: end, 2: element, 3: rest, index } of html.matchAll(/<(\/?)([a-z][a-z0-9]*)([^>]*)>/g)) {
		if (end) around.splice(around.lastIndexOf(element), 1);
		else if (!/^(input|br|hr|img|wbr)$/.test(element)) {
			const name = /data-term="([^"]+)"/.exec(rest)?.[1];
			const inside = html.slice(index + tag.length);
			if (name) marks.push({ name, text: textOf(inside.slice(0, inside.indexOf('</a>'))).trim(), around: [...around] });
			around.push(element);
		}
	}
	return marks;
}

describe.each(Object.keys(PROSE))('%s', (path) => {
	const { body } = notesOf({ prose: PROSE[path], moments: MOMENTS[path.replace(/[^/]*$/, 'moments.ts')] });
	const marks = marksOf(body);

	it('explains the words of the glossary that it uses, each once', () => {
		expect(marks.length).toBeGreaterThan(5);
		const names = marks.map(({ name }) => name);
		expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
		for (const { name, text } of marks) {
			expect(Object.keys(GLOSSARY)).toContain(name);
			const meant = known.find(text).map((said) => said.name);
			expect([text, ...meant, known.ofCode(text)]).toContain(name);
		}
	});

	it('explains none in a heading, a link, a control or a block of code', () => {
		const wrong = /^(h\d|a|button|label|legend|summary|pre|option|th|code)$/;
		expect(marks.filter(({ around }) => around.some((element) => wrong.test(element)))).toEqual([]);
	});

	it('uses no abbreviation and no hypercall that the glossary does not know', () => {
		const unknown = candidates(textOf(body)).filter((word) => !spelled.has(word) && known.find(word).length === 0);
		expect(unknown, `without an entry in src/words/en/glossary: ${unknown.join(', ')}`).toEqual([]);
	});
});
