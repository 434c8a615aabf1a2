/** The languages that there are. To add one: a folder like `en/`, and a row here. */
import { EN } from './en';
import type { Language } from './language';

export const LANGUAGES = { en: EN } as const satisfies Record<string, Language>;
