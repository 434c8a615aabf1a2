/** The profile of a machine for which none is named; apart from the tables, for whoever only needs its name. */
export const DEFAULT_PROFILE_NAME = 'p4-xeon';
