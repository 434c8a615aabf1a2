/**
 * Sentences with places for what differs: `Frame {mfn} of {owner}`. A language puts the places where it needs them, and its words around
 * them; which places there are is the same in every language.
 */
import { Bug } from '../base';

/** A sentence in which `{name}` stands for a value. */
export type Template = string;

/** A sentence about a count, `{n}`: one template for each form that the language has for numbers (Intl.PluralRules). */
export type Plural = Readonly<Partial<Record<Intl.LDMLPluralRule, Template>> & { other: Template }>;

/** Text, place, text, place, … text. */
type Parts = readonly string[];

const parsed = new Map<Template, Parts>();

function partsOf(template: Template): Parts {
	const known = parsed.get(template) ?? template.split(/\{(\w+)\}/);
	parsed.set(template, known);
	return known;
}

/** The places of a template, in its order. */
export const places = (template: Template): string[] => partsOf(template).filter((_, index) => index % 2 === 1);

/** Fills the places of a template by asking for each. */
export function fillBy(template: Template, value: (place: string) => string): string {
	const parts = partsOf(template);
	let text = parts[0];
	for (let at = 1; at < parts.length; at += 2) text += value(parts[at]) + parts[at + 1];
	return text;
}

/** Fills the places of a template. @throws Bug for a place that has no value */
export const fill = (template: Template, values: Readonly<Record<string, string | number>>): string =>
	fillBy(template, (place) => {
		const value = values[place];
		if (value === undefined) throw new Bug(`nothing is given for {${place}} of '${template}'`);
		return String(value);
	});
