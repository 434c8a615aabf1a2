/** What the pages, the command line and the sentences of the trace are written in. */
export * as words from './en/early';
