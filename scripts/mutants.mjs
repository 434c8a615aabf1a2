/**
 * How well do the tests of a folder pin its rules? Changes its code in hundreds of small ways, one at a time (a mutant), and runs the
 * folder's own tests against each; a mutant that no test notices survives, and is printed.
 *
 *     npm run mutants -- src/hypervisor/mm              every module of the folder
 *     npm run mutants -- src/hypervisor/mm l1.ts l2.ts  these only; `l1.ts:40-90` is some lines of one
 *
 * Takes minutes, so it is no part of `npm test`. Stryker is not a dependency of the project: it is installed below .cache at first use,
 * and finds the project's own Vitest from there. `MUTANTS_JOBS=n` runs n at once (2 unless told).
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { join, relative } from 'node:path';

/** The last release for Node 20; the runner fits any Vitest from 2 on. */
const VERSION = '9.6.1';
const PACKAGES = { '@stryker-mutator/core': VERSION, '@stryker-mutator/vitest-runner': VERSION };

const root = join(import.meta.dirname, '..');
const home = join(root, '.cache/stryker');
const report = join(home, 'report.json');
const vitestConfig = join(home, 'vitest.config.mts');
const loads = join(home, 'loads.test.mts');
const copies = join(home, 'tmp');

/** @type {(name: string, file: string) => string} */
const installed = (name, file) => join(home, 'node_modules', name, file);

function install() {
	const manifest = JSON.stringify({ private: true, dependencies: PACKAGES });
	const at = join(home, 'package.json');
	if (existsSync(at) && readFileSync(at, 'utf8') === manifest && existsSync(installed('@stryker-mutator/core', 'bin')))
		return;
	mkdirSync(home, { recursive: true });
	writeFileSync(at, manifest);
	// The runner's peer is Vitest, which is above; a second copy here would not see the project's tests.
	const flags = ['--prefix', home, '--legacy-peer-deps', '--no-audit', '--no-fund', '--no-package-lock'];
	const { status } = spawnSync('npm', ['install', ...flags], { stdio: 'inherit', cwd: home });
	if (status !== 0) process.exit(1);
}

/** @type {(folder: string, recursive?: boolean) => string[]} */
const modules = (folder, recursive = false) =>
	readdirSync(join(root, folder), { recursive, encoding: 'utf8' }).filter((name) => /(?<!\.test)\.ts$/.test(name));

/** @type {(folder: string, files: string[]) => object} */
const settings = (folder, files) => ({
	testRunner: 'vitest',
	plugins: [installed('@stryker-mutator/vitest-runner', 'dist/src/index.js')],
	vitest: { configFile: vitestConfig, related: false },
	mutate: files.map((file) => join(folder, file)),
	// Names of checks and kinds are types: an empty string in their place would not compile.
	mutator: { excludedMutations: ['StringLiteral'] },
	ignorePatterns: ['/.cache', '/build', '/e2e', '/findings', '/playwright-report', '/static', '/test-results'],
	concurrency: Number(process.env.MUTANTS_JOBS ?? 2),
	timeoutMS: 4000,
	tempDirName: copies,
	reporters: ['json'],
	jsonReporter: { fileName: report },
	cleanTempDir: 'always',
	// Warnings are of mutants in tables, which take longest, and of the test that is not in the folder.
	logLevel: 'error'
});

/**
 * The project's own configuration, but only the folder's tests, and none at random: such a test comes by a mutant by luck, tells
 * nobody which rule it broke, and takes most of the time.
 * @type {(folder: string) => string}
 */
const testsOf = (folder) => `import project from '../../vite.config';
const exclude = ['**/node_modules/**', '**/random.test.ts'];
const include = ['${folder}/**/*.test.ts', '${relative(join(copies, 'one'), loads)}'];
export default { ...project, test: { ...project.test, include, exclude } };
`;

/**
 * Loads all modules of the folder, in a test: of a test file that cannot be loaded, because a table cannot be made for instance, the
 * runner says nothing, and the mutant would survive.
 * @type {(files: string[]) => string}
 */
const loadsAll = (files) => `import { join } from 'node:path';
import { expect, it } from 'vitest';
it.each(${JSON.stringify(files)})('%s can be loaded', async (file) => {
	expect(await import(join(process.cwd(), file))).toBeDefined();
});
`;

/** @typedef {{ mutatorName: string, status: string, replacement?: string, location: { start: { line: number, column: number }, end: { line: number, column: number } } }} Mutant */

/** The mutant's place as it is written, first line only. @type {(source: string, mutant: Mutant) => string} */
function original(source, { location: { start, end } }) {
	const line = source.split('\n')[start.line - 1] ?? '';
	return start.line === end.line ? line.slice(start.column - 1, end.column - 1) : `${line.slice(start.column - 1)} ...`;
}

/** @type {(path: string, source: string, mutants: Mutant[]) => void} */
function print(path, source, mutants) {
	/** @type {(...statuses: string[]) => Mutant[]} */
	const of = (...statuses) => mutants.filter(({ status }) => statuses.includes(status));
	const noticed = of('Killed', 'Timeout').length;
	const missed = of('Survived', 'NoCoverage');
	for (const mutant of missed) {
		const { line, column } = mutant.location.start;
		const becomes = (mutant.replacement ?? '').replace(/\s+/g, ' ');
		const how = mutant.status === 'NoCoverage' ? ' (no test comes here)' : '';
		console.log(`${path}:${line}:${column}  ${original(source, mutant)}  ->  ${becomes}${how}`);
	}
	const all = noticed + missed.length;
	const score = all === 0 ? 100 : (100 * noticed) / all;
	console.log(`${path}: ${score.toFixed(1)} % (${noticed} of ${all} mutants noticed)\n`);
}

const [folder, ...wanted] = process.argv.slice(2);
if (!folder || !existsSync(join(root, folder))) {
	console.error('usage: npm run mutants -- FOLDER [FILE...]');
	process.exit(2);
}
const unknown = wanted.filter((file) => !existsSync(join(root, folder, file.split(':')[0])));
if (unknown.length > 0) {
	console.error(`mutants: not in ${folder}: ${unknown.join(', ')}`);
	process.exit(2);
}
install();
setPriority(constants.priority.PRIORITY_LOW);
const at = relative(root, join(root, folder));
const config = join(home, 'settings.json');
writeFileSync(config, JSON.stringify(settings(at, wanted.length > 0 ? wanted : modules(at))));
writeFileSync(vitestConfig, testsOf(at));
writeFileSync(loads, loadsAll(modules(at, true).map((file) => join(at, file))));
rmSync(report, { force: true });
const run = spawnSync(process.execPath, [installed('@stryker-mutator/core', 'bin/stryker.js'), 'run', config], {
	stdio: 'inherit',
	cwd: root,
	// Vite tells at length that the config's imports have no file extensions; TypeScript wants them so.
	env: { ...process.env, VITE_CONFIG_NATIVE_IGNORE_WARNING: 'true' }
});
if (run.status !== 0 || !existsSync(report)) process.exit(1);
for (const [path, { source, mutants }] of Object.entries(JSON.parse(readFileSync(report, 'utf8')).files))
	print(path, source, mutants);
