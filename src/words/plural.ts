/** The form of a sentence that goes with a count. */
import { words } from '.';
import { fill, type Plural, type Template } from './template';

const rules = new Intl.PluralRules(words.locale);

/** The form for `n`. */
export const formFor = (forms: Plural, n: number): Template => forms[rules.select(n)] ?? forms.other;

/** `One no was overruled`, `3 noes were overruled`: the form for `n`, which fills `{n}`, with its other places filled. */
export const counted = (forms: Plural, n: number, values: Readonly<Record<string, string | number>> = {}): string =>
	fill(formFor(forms, n), { n, ...values });
