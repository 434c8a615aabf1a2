/** The languages that there are, and the one that is spoken. To add one: a folder like `en/`, and a row here. */
import { en } from './en';
import type { Language } from './language';

export const LANGUAGES = { en } as const satisfies Record<string, Language>;

/** What the pages, the command line and the sentences of the trace are written in. */
export const words: Language = LANGUAGES.en;
