/**
 * Vite plugin that makes iced-x86 a browser module. The package is CommonJS and reads its WebAssembly
 * from the file system; its last lines are cut off and the module is fetched by URL instead. Put it in
 * `plugins` and in `worker.plugins`.
 */
import { readFileSync } from 'node:fs';

/** What Vite needs of a plugin, so that this file does not depend on Vite. */
interface IcedPlugin {
	name: string;
	enforce: 'pre';
	config(): { optimizeDeps: { exclude: string[] } };
	load(id: string, options?: { ssr?: boolean }): string | undefined;
}

const FILE = /[\\/]iced-x86[\\/]iced_x86\.js$/;
/** Where the package begins to load its wasm. */
const LOADING = /const path = require\('path'\)[\s\S]*$/;

function browserModule(source: string): string {
	const body = source.replace(LOADING, '').replace(/const \{ TextDecoder, TextEncoder \} = require\(`util`\);/, '');
	// The documentation in its comments has examples that require it.
	if (/^(?!\s*\*).*\brequire\(/m.test(body))
		throw new Error('iced-x86 has changed: it requires something else than its wasm file');
	return [
		`import url from './iced_x86_bg.wasm?url';`,
		`const module = { exports: {} };`,
		body,
		`const { instance } = await WebAssembly.instantiate(await (await fetch(url)).arrayBuffer(), imports);`,
		`wasm = instance.exports;`,
		`export default module.exports;`
	].join('\n');
}

/** The plugin; it throws at build when the package no longer has the shape it was written for. */
export function icedPlugin(): IcedPlugin {
	return {
		name: 'ringside-iced-x86',
		enforce: 'pre',
		config: () => ({ optimizeDeps: { exclude: ['iced-x86'] } }),
		load(id, options) {
			const file = id.split('?')[0];
			return FILE.test(file) && !options?.ssr ? browserModule(readFileSync(file, 'utf8')) : undefined;
		}
	};
}
