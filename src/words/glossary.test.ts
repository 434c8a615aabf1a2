import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { GROUPS, pieces, spellingsOf, type Glossary } from './glossary';
import { GLOSSARY } from './en/glossary';
import { spellings } from './spellings';

const entries = Object.entries(GLOSSARY as Glossary);

describe('the glossary', () => {
	it('spells no word twice, so that a word means one entry', () => {
		const all = entries.flatMap(([name, entry]) =>
			spellingsOf(entry).map((spelling) => ({ name, spelling, same: spelling.toLowerCase() }))
		);
		const twice = all.filter((a) =>
			all.some((b) => a !== b && (a.spelling === b.spelling || (a.same === b.same && a.name !== b.name)))
		);
		expect(twice).toEqual([]);
	});

	it.each(entries)('%s is explained in a sentence or two, and leads on to entries that there are', (name, entry) => {
		expect(name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
		expect(GROUPS).toContain(entry.group);
		expect(entry.says).toMatch(/^[`“A-Z0-9].*\.\)?$/s);
		expect(entry.says.length).toBeLessThanOrEqual(330);
		expect(entry.says.split('`').length % 2).toBe(1);
		for (const other of entry.related ?? []) {
			expect(Object.keys(GLOSSARY)).toContain(other);
			expect(other).not.toBe(name);
		}
		expect(new Set(entry.related).size).toBe(entry.related?.length ?? 0);
	});

	it('is taught in lessons that there are', () => {
		const lessons = readdirSync(new URL('../../lessons', import.meta.url));
		for (const [, { taught }] of entries) if (taught) expect(lessons).toContain(taught.lesson);
	});

	it('is reached from elsewhere, or reaches something: no entry stands alone but the manual’s name', () => {
		const linked = new Set(entries.flatMap(([, { related = [] }]) => related));
		const alone = entries.filter(([name, { related }]) => !related && !linked.has(name)).map(([name]) => name);
		expect(alone).toEqual(['sdm']);
	});

	it('can be cut into text and code', () => {
		expect(pieces('`CR3` names `L3`.')).toEqual([
			{ text: 'CR3', code: true },
			{ text: ' names ', code: false },
			{ text: 'L3', code: true },
			{ text: '.', code: false }
		]);
	});
});

describe('spellings', () => {
	const { find, ofCode } = spellings({
		frame: { term: 'frame', also: ['frames', '`mfn`'], not: ['exception frame'], group: 'memory', says: '.' },
		bounce: { term: 'bounce frame', group: 'interface', says: '.' },
		gp: { term: '#GP', group: 'processor', says: '.' },
		if: { term: 'IF', group: 'processor', says: '.' }
	});
	const said = (text: string) => find(text).map(({ name, from, to }) => [name, text.slice(from, to)]);

	it('are found as whole words, at the beginning of a sentence too, and over the end of a line', () => {
		expect(said('Frames of a frame; framed, frame-like, subframe. A bounce\n\tframe.')).toEqual([
			['frame', 'Frames'],
			['frame', 'frame'],
			['bounce', 'bounce\n\tframe']
		]);
	});
	it('keep their capitals: an abbreviation is no common word', () => {
		expect(said('If IF is set, if not #GP.')).toEqual([
			['if', 'IF'],
			['gp', '#GP']
		]);
	});
	it('leave phrases alone in which a word means something else', () => {
		expect(said('An exception frame lies in a frame.')).toEqual([['frame', 'frame']]);
	});
	it('take code only where it is all of it', () => {
		expect([ofCode('mfn'), ofCode('frame'), ofCode('mfn 3')]).toEqual(['frame', undefined, undefined]);
	});
});
