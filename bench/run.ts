/**
 * All measurements, one after another: `npm run bench [part of a file's name]`. They are bundled first by what builds the
 * page, so that what is measured is what visitors run.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** Inside the package, where the bundles find it and its dependencies. */
const OUTPUT = join(ROOT, 'node_modules/.cache/ringside-bench');
const PARTS: Readonly<Record<string, string>> = {
	cpu: 'Processor, beside v86 in the same run',
	'round-trips': 'Round trips into the hypervisor, with every event recorded and with none kept',
	io: 'Disks and networks between domains: what a request and a packet cost',
	'io-memory': 'Memory of a run with 32 domains that have a disk and a network',
	score: 'The debugger\u2019s page with ten million events, in Chromium',
	lessons: 'What a lesson costs its reader, in Chromium',
	trace: 'Whole guests, with every event recorded and with none kept',
	file: 'Files: bytes an event, and how fast they are written and read',
	travel: 'Going back in long histories, in Node and in Chromium'
};

const wanted = Object.keys(PARTS).filter((name) => name.includes(process.argv[2] ?? ''));
// tsconfig.json extends what this writes.
if (!existsSync(join(ROOT, '.svelte-kit/tsconfig.json')))
	spawnSync('npx', ['svelte-kit', 'sync'], { cwd: ROOT, stdio: 'inherit' });
rmSync(OUTPUT, { recursive: true, force: true });
await build({
	root: ROOT,
	configFile: false,
	logLevel: 'warn',
	build: {
		ssr: true,
		outDir: OUTPUT,
		target: 'node20',
		rollupOptions: { input: Object.fromEntries(wanted.map((name) => [name, join(ROOT, 'bench', `${name}.ts`)])) }
	}
});
for (const name of wanted) {
	console.log(`\n${PARTS[name]}\n`);
	const { status } = spawnSync(process.execPath, [join(OUTPUT, `${name}.js`)], { cwd: ROOT, stdio: 'inherit' });
	if (status !== 0) process.exitCode = 1;
}
