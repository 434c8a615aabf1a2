/** What the build needs to know of the site as a whole: its content security policy, its version, and the list of its files. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const INLINE_SCRIPT = /<script>([\s\S]*?)<\/script>/g;

/** `sha256-...` of each script that stands in `src/app.html`; Kit adds those of its own. */
export function inlineScriptHashes(html = readFileSync(new URL('../src/app.html', import.meta.url), 'utf8')) {
	return [...html.matchAll(INLINE_SCRIPT)].map(
		([, text]) => /** @type {const} */ (`sha256-${createHash('sha256').update(text).digest('base64')}`)
	);
}

/**
 * What a page may load and run: this site alone. `wasm-unsafe-eval` is for WebAssembly: the disassembler, and what the second engine
 * compiles. Styles may stand in elements: the terminal and the editor write their own, and pictures place their marks so. Who may show the
 * site in a frame is no matter of a page (`frame-ancestors` counts in a header only): a lesson is to be embedded anywhere.
 *
 * @returns {import('@sveltejs/kit').KitConfig['csp']}
 */
export const contentSecurityPolicy = () => ({
	mode: 'hash',
	directives: {
		'default-src': ['none'],
		'script-src': ['self', 'wasm-unsafe-eval', ...inlineScriptHashes()],
		'worker-src': ['self'],
		'connect-src': ['self'],
		'style-src': ['self', 'unsafe-inline'],
		'img-src': ['self', 'data:'],
		'manifest-src': ['self'],
		'object-src': ['none'],
		'base-uri': ['none'],
		'form-action': ['none']
	}
});

/** What a build is made of. */
const SOURCES = [
	'src',
	'lessons',
	'static',
	'scripts/site.mjs',
	'svelte.config.js',
	'vite.config.ts',
	'package-lock.json'
];
const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * The files under a path, in an order that is everywhere the same; paths from `folder`.
 * @type {(folder: string, path?: string) => string[]}
 */
function filesIn(folder, path = '') {
	const full = join(folder, path);
	if (!statSync(full).isDirectory()) return [path];
	return readdirSync(full)
		.sort()
		.flatMap((name) => filesIn(folder, path ? `${path}/${name}` : name));
}

/** The version of the site: a hash of its sources, so that the same sources are the same version. */
export function siteVersion() {
	const hash = createHash('sha256');
	for (const source of SOURCES)
		for (const path of filesIn(root, source)) {
			hash
				.update(path)
				.update('\0')
				.update(readFileSync(join(root, path)))
				.update('\0');
		}
	return hash.digest('hex').slice(0, 12);
}

/**
 * Files of the build that need not be there offline: what tells of other versions, what a server shows for a wrong address, the picture of the
 * README, and the page that shows others how to embed.
 */
const LEFT_OUT = /^(service-worker\.js|offline\.json|_app\/version\.json|404\.html|screenshot\.png|embed-example\/.*)$/;

/**
 * The list of what to keep, from the folder as it is.
 * @type {(folder: string, version: string) => import('../src/offline/list.ts').FileList}
 */
export function fileList(folder, version) {
	const files = filesIn(folder)
		.filter((path) => !LEFT_OUT.test(path))
		.map((path) => {
			const bytes = readFileSync(join(folder, path));
			return {
				path: path.replace(/(^|\/)index\.html$/, '$1'),
				hash: createHash('sha256').update(bytes).digest('hex'),
				bytes: bytes.length
			};
		});
	return { version, files };
}

/**
 * An adapter that also writes `offline.json`: what lies in the folder when all is written. Kit's own list (`$service-worker`) leaves out what the
 * bundles of workers emit.
 *
 * @param {import('@sveltejs/kit').Adapter} adapter
 * @returns {import('@sveltejs/kit').Adapter}
 */
export const withFileList = (adapter, folder = 'build') => ({
	...adapter,
	async adapt(builder) {
		await adapter.adapt(builder);
		const list = JSON.stringify(fileList(folder, builder.config.kit.version.name));
		// `vite preview` shows what the adapter was given.
		for (const place of [folder, builder.getClientDirectory()]) writeFileSync(join(place, 'offline.json'), list);
	}
});
