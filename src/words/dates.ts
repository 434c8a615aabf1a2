/** Days and moments as people write them, in the language that is spoken and the time zone that the reader is in. */
import { words } from '.';

const days = new Intl.DateTimeFormat(words.locale, { weekday: 'long', month: 'long', day: 'numeric' });
const moments = new Intl.DateTimeFormat(words.locale, { dateStyle: 'medium', timeStyle: 'short' });

/** `Thursday, July 30`. @param at milliseconds since 1970 */
export const day = (at: number): string => days.format(at);

/** `Jul 30, 2026, 2:05 PM`. @param at milliseconds since 1970 */
export const moment = (at: number): string => moments.format(at);
