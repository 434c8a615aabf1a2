/** Whose digits, groups, decimal mark and plurals are meant. */
export const LOCALE = 'en-GB';
