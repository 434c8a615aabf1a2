/**
 * Under test every module is a function, and what it exports is an object without a prototype, with a getter for each name: V8 keeps such an
 * object as a hash table and calls the getter at each use. Constants and small functions are what our loops use most, and the auditor took five
 * times as long as in the page. When a module has run, its exports are settled: each becomes a plain value, in an object of the fast kind.
 *
 * What is exported and changes later would be lost, so a module that says `export let` is left alone.
 */
import type { Plugin } from 'vite';

/** Runs as the last words of a module. A name that is not there yet, in a circle of imports, keeps its getter. */
function settle(exports: Record<string, unknown>): void {
	for (const name of Object.keys(exports)) {
		try {
			const value = exports[name];
			Object.defineProperty(exports, name, { value, enumerable: true, configurable: true, writable: true });
		} catch (error) {
			if (!(error instanceof ReferenceError)) throw error;
		}
	}
	// V8 makes fast whatever has heirs.
	Object.create(exports);
}

export function settledExports(): Plugin {
	return {
		name: 'ringside-settled-exports',
		enforce: 'post',
		apply: () => process.env.VITEST !== undefined,
		transform(code, id) {
			const [path] = id.split('?');
			if (!/\/src\/.*\.ts$/.test(path) || path.endsWith('.test.ts') || /^export let /m.test(code)) return null;
			return { code: `${code}\n;(${settle})(__vite_ssr_exports__);`, map: null };
		}
	};
}
