import { describe, expect, it } from 'vitest';
import { CHECK_NAMES, CHECKS, EVENT_KINDS, EVENTS } from '../trace/events';
import { LANGUAGES } from './languages';
import type { Language } from './language';
import { fill, places } from './template';
import { counted } from './plural';

/** Every text of a language by its path, such as `why.passed.other`; plurals as one text under their own path. */
function* texts(at: unknown, path = ''): Generator<[path: string, forms: Readonly<Record<string, string>>]> {
	if (typeof at === 'string') yield [path, { other: at }];
	else if (isPlural(at)) yield [path, at];
	else for (const [key, inside] of Object.entries(at as object)) yield* texts(inside, path ? `${path}.${key}` : key);
}

const FORMS = ['zero', 'one', 'two', 'few', 'many', 'other'];
const isPlural = (value: unknown): value is Record<string, string> =>
	typeof value === 'object' && value !== null && Object.keys(value).every((key) => FORMS.includes(key));

/** Every sentence about a count, by its path. */
const plurals = (at: unknown, path = ''): [path: string, forms: Record<string, string>][] =>
	typeof at === 'string'
		? []
		: isPlural(at)
			? [[path, at]]
			: Object.entries(at as object).flatMap(([key, inside]) => plurals(inside, `${path}.${key}`));

const sorted = (template: string): string[] => [...new Set(places(template))].sort();
/** A form may leave its number out: `once`. */
const withoutCount = (template: string): string[] => sorted(template).filter((place) => place !== 'n');

const languages = Object.entries(LANGUAGES) as [string, Language][];

describe.each(languages)('the language %s', (_name, language) => {
	const all = new Map(texts(language));

	it('says something wherever English does, with the same places', () => {
		const english = new Map(texts(LANGUAGES.en));
		expect([...all.keys()].sort()).toEqual([...english.keys()].sort());
		for (const [path, forms] of all)
			for (const form of Object.values(forms))
				expect([path, withoutCount(form)]).toEqual([path, withoutCount(english.get(path)!.other)]);
	});

	it('leaves nothing empty but what has no value', () => {
		const empty = [...all].filter(([, forms]) => Object.values(forms).includes('')).map(([path]) => path);
		const none = CHECK_NAMES.flatMap((name) =>
			CHECKS[name].values.flatMap((format, index) => (format === 'none' ? [`checks.${name}.values.${index}`] : []))
		);
		expect(empty.sort()).toEqual(none.sort());
	});

	it('has all forms of a count that its numbers need', () => {
		const { pluralCategories } = new Intl.PluralRules(language.locale).resolvedOptions();
		const counts = plurals(language);
		expect(counts.length).toBeGreaterThan(20);
		for (const [path, forms] of counts)
			expect([path, Object.keys(forms).sort()]).toEqual([path, [...pluralCategories].sort()]);
	});

	it('asks its questions as questions', () => {
		for (const { question } of Object.values(language.checks)) expect(question).toMatch(/\?$/);
	});

	it('leaves the final stop of an event’s sentence to whoever writes it down', () => {
		for (const [, forms] of texts(language.sentences))
			for (const sentence of Object.values(forms)) expect(sentence).not.toMatch(/\.$/);
	});
});

it('a sentence with few arguments asks for none but those that are there', () => {
	for (const kind of EVENT_KINDS) {
		const { partial } = LANGUAGES.en;
		const template = (partial as Readonly<Record<string, string | undefined>>)[kind];
		const args = EVENTS[kind].args.map(([name]) => name);
		for (const place of template ? places(template) : []) expect([kind, ...args, 'call']).toContain(place);
	}
});

describe('templates', () => {
	it('put values where the language has their places, in any order and more than once', () => {
		expect(fill('{b} before {a}, {b} again', { a: 1, b: 'two' })).toBe('two before 1, two again');
	});
	it('complain of a place that nothing was given for', () => {
		expect(() => fill('{a} and {b}', { a: 1 })).toThrow('nothing is given for {b}');
	});
	it('take the form that goes with a count', () => {
		const forms = { one: '{n} byte of {where}', other: '{n} bytes of {where}' };
		expect(counted(forms, 1, { where: 'x' })).toBe('1 byte of x');
		expect(counted(forms, 0, { where: 'x' })).toBe('0 bytes of x');
	});
});
