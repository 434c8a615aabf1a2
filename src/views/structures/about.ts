/** What each field of a structure is for, by `structure.field`. */
import { words } from '../../words/late';

const { about } = words.views.structures;

export const ABOUT: Readonly<Record<string, string>> = Object.fromEntries(
	Object.entries(about).flatMap(([structure, fields]) =>
		Object.entries(fields).map(([field, text]) => [`${structure}.${field}`, text])
	)
);
