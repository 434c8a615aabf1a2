/** How blocks are run: each by the interpreter, or the hot ones compiled to WebAssembly. Both give the same history. */
export const ENGINES = ['interpreter', 'wasm'] as const;
export type EngineName = (typeof ENGINES)[number];
