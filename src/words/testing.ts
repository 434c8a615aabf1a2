/** For tests: a language without words, in which whatever is still said was said by the code. */
import type { Language } from './language';

const mute = (at: unknown): unknown =>
	typeof at === 'string'
		? [...at.matchAll(/\{\w+\}/g)].join('')
		: Array.isArray(at)
			? at.map(mute)
			: Object.fromEntries(Object.entries(at as object).map(([key, inside]) => [key, mute(inside)]));

/** The places of a language's sentences, or of a part of it, with nothing around them. */
export function silent<Spoken extends Partial<Omit<Language, 'views'>>>({ locale, checks, ...said }: Spoken): Spoken {
	const asked = Object.keys(checks ?? {}).map((name) => [name, { question: '', values: ['', ''] }]);
	return {
		...(mute(said) as Spoken),
		locale,
		...(checks && { checks: Object.fromEntries(asked) as Language['checks'] })
	};
}
/** Two words in a row. */
export const TWO_WORDS = /[a-z]{2,} [a-z]{2,}/i;
