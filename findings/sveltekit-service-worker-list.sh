#!/usr/bin/env bash
# SvelteKit 2.70.4 (with vite 8.3.8, adapter-static 3.0.10, vite-plugin-svelte 7.3.1, svelte 5.57.3): what `$service-worker` lists as `build`.
#
# `build` is meant to be all files that Vite has made, for a service worker to keep, so that a page works without a network.
#
# Behaviour: of a web worker's bundle it lists the first file alone. Chunks that the worker imports when it needs them, and assets that
# it names by URL, WebAssembly say, are written to _app/immutable/workers/chunks and _app/immutable/workers/assets, are served,
# and are in no list: neither `build` nor `files` nor `prerendered`. An asset of the same kind that a page names is listed. So a site
# whose service worker keeps all three lists comes up without a network, starts its worker, and the worker fails.
#
# Seen: emitted and not listed: _app/immutable/workers/assets/inner-*.wasm, _app/immutable/workers/chunks/*.js
# It fails where the lists become complete, or leave out other files. It needs node and npm.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"

echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund --prefix "$tmp" @sveltejs/kit@2.70.4 vite@8.3.8 @sveltejs/adapter-static@3.0.10 \
	@sveltejs/vite-plugin-svelte@7.3.1 svelte@5.57.3

mkdir -p src/routes src/lib static
echo 'kept' > static/kept.txt
cat > vite.config.js <<'JS'
import { sveltekit } from '@sveltejs/kit/vite';
export default { plugins: [sveltekit()], worker: { format: 'es' }, build: { assetsInlineLimit: 0 } };
JS
cat > svelte.config.js <<'JS'
import adapter from '@sveltejs/adapter-static';
export default { kit: { adapter: adapter() } };
JS
cat > src/app.html <<'HTML'
<!doctype html><html><head>%sveltekit.head%</head><body>%sveltekit.body%</body></html>
HTML
echo 'export const prerender = true;' > src/routes/+layout.js
# A page names one module of WebAssembly, its worker another one, and a chunk that is loaded later.
cat > src/routes/+page.svelte <<'SVELTE'
<script>
	import { onMount } from 'svelte';
	import outer from '../lib/outer.wasm?url';
	onMount(() => {
		const worker = new Worker(new URL('../lib/worker.js', import.meta.url), { type: 'module' });
		worker.postMessage(outer);
	});
</script>
SVELTE
cat > src/lib/worker.js <<'JS'
import inner from './inner.wasm?url';
onmessage = async () => postMessage([inner, (await import('./later.js')).later]);
JS
echo "export const later = 'later';" > src/lib/later.js
# Two empty modules of WebAssembly, told apart by a custom section.
printf '\0asm\1\0\0\0\0\2\1a' > src/lib/outer.wasm
printf '\0asm\1\0\0\0\0\2\1b' > src/lib/inner.wasm
cat > src/service-worker.js <<'JS'
import { build, files, prerendered } from '$service-worker';
self.lists = { build, files, prerendered };
JS
npx vite build > build.log 2>&1 || { tail -20 build.log; exit 2; }

# The service worker that was built tells its lists by itself.
cat > lists.mjs <<'JS'
import { readFileSync } from 'node:fs';
globalThis.self = globalThis;
globalThis.location = new URL('http://localhost/service-worker.js');
(0, eval)(readFileSync('build/service-worker.js', 'utf8').replace(/^export\s*\{\s*\};?/m, ''));
for (const path of Object.values(self.lists).flat()) console.log(path === '/' ? 'index.html' : path.slice(1));
JS
node lists.mjs | sort > listed
# What is never listed: the service worker itself, and the file by which a page asks for a newer version.
(cd build && find . -type f -printf '%P\n') | grep -vxE 'service-worker\.js|_app/version\.json' | sort > emitted

echo 'emitted and listed:'
comm -12 emitted listed | sed 's/^/  /'
echo 'emitted and not listed:'
comm -23 emitted listed | tee missing | sed 's/^/  /'
echo 'listed and not emitted:'
comm -13 emitted listed | tee ghosts | sed 's/^/  /'

changed=0
say() { echo "changed: $1"; changed=1; }
grep -qE '^_app/immutable/workers/worker-.*\.js$' listed || say "the worker's first file was listed"
grep -qE '^_app/immutable/assets/outer\..*\.wasm$' listed || say "the page's WebAssembly was listed"
[[ ! -s ghosts ]] || say 'all that was listed was there'
kinds=$(sed -E 's/[-.][A-Za-z0-9_-]{8}\././; s#chunks/[^/]*\.js$#chunks/*.js#' missing | tr '\n' ' ')
[[ $kinds == '_app/immutable/workers/assets/inner.wasm _app/immutable/workers/chunks/*.js ' ]] || say "those two were not listed; now: $kinds"
exit "$changed"
