/**
 * All measurements, one after another. They are bundled first by what builds the page, so that what is measured is what visitors run.
 *
 *     npm run bench [part of a part's name] [-- --write | --compare]
 *
 * `--write` keeps the tables in RESULTS.md; `--compare` says how each ratio has changed since.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { table } from './measure';
import { compare, fromMarkdown, toMarkdown, type Table } from './results';

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

const KEPT = join(ROOT, 'bench/RESULTS.md');
const options = process.argv.slice(2).filter((word) => word.startsWith('--'));
const [partly = ''] = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const unknown = options.find((option) => option !== '--write' && option !== '--compare');
const wanted = Object.keys(PARTS).filter((name) => name.includes(partly));
if (unknown !== undefined || wanted.length === 0) {
	console.error(
		unknown !== undefined
			? `${unknown}: there are --write and --compare`
			: `no part's name has '${partly}' in it; there are ${Object.keys(PARTS).join(', ')}`
	);
	process.exit(2);
}
// Read before anything runs: a comparison with nothing should not take minutes to say so.
const before = options.includes('--compare') || existsSync(KEPT) ? fromMarkdown(KEPT) : new Map<string, Table[]>();
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
const now = new Map<string, Table[]>();
const tables = join(OUTPUT, 'tables.jsonl');
for (const name of wanted) {
	console.log(`\n${PARTS[name]}\n`);
	rmSync(tables, { force: true });
	const env = { ...process.env, RINGSIDE_TABLES: tables };
	const { status } = spawnSync(process.execPath, [join(OUTPUT, `${name}.js`)], { cwd: ROOT, stdio: 'inherit', env });
	if (status !== 0) process.exitCode = 1;
	else if (existsSync(tables)) {
		const lines = readFileSync(tables, 'utf8').trimEnd().split('\n');
		now.set(
			name,
			lines.map((line) => JSON.parse(line) as Table)
		);
	}
}
if (options.includes('--compare')) {
	const { head, rows } = compare(before, now);
	console.log('\nRatios of this run beside those that are kept\n');
	table(head, rows);
}
if (options.includes('--write')) {
	const { version } = JSON.parse(readFileSync(join(ROOT, 'node_modules/v86/package.json'), 'utf8')) as {
		version: string;
	};
	writeFileSync(KEPT, toMarkdown(new Map([...before, ...now]), PARTS, version));
}
