/**
 * Who may import whom: the table of parts as an executable allowlist. A part may import itself and what
 * its row names; test files may import anything below the pages. Exit code 1 and one line an offence.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative, sep } from 'node:path';

const root = normalize(join(import.meta.dirname, '..'));

/** Part -> what it may import: a part's name, or one module's path below `src`. */
const MAY_IMPORT: Record<string, readonly string[]> = {
	base: [],
	abi: ['base'],
	hardware: ['base', 'trace/events'],
	hypervisor: ['base', 'abi', 'hardware', 'trace/events'],
	toolstack: ['base', 'abi', 'trace/events', 'hypervisor/control'],
	trace: ['base', 'abi'],
	workbench: ['base', 'abi', 'hardware', 'hypervisor', 'toolstack', 'guests', 'trace'],
	debugger: ['workbench', 'trace', 'abi', 'base'],
	gdb: ['debugger', 'workbench', 'trace', 'abi', 'base'],
	views: ['base', 'abi', 'trace'],
	routes: ['views', 'debugger', 'workbench', 'trace', 'abi', 'base', 'guests', 'lessons'],
	cli: ['gdb', 'debugger', 'workbench', 'trace', 'abi', 'base', 'guests'],
	guests: [],
	lessons: ['routes', 'views', 'trace', 'workbench', 'abi', 'base']
};

const IMPORT = /(?:\bfrom\s*|\bimport\s*\(\s*|\bimport\s+)['"]([^'"]+)['"]/g;

function* sources(folder: string): Generator<string> {
	for (const entry of readdirSync(folder, { withFileTypes: true })) {
		const path = join(folder, entry.name);
		if (entry.isDirectory()) yield* sources(path);
		else if (/\.(ts|svelte|md)$/.test(entry.name) && !/\.test\.ts$/.test(entry.name)) yield path;
	}
}

/** `src/hardware/cpu/x.ts` -> `hardware/cpu/x.ts`; `lessons/01/x` keeps its name. */
const within = (path: string): string => {
	const inRoot = relative(root, path).split(sep).join('/');
	return inRoot.startsWith('src/') ? inRoot.slice(4) : inRoot;
};

function target(from: string, specifier: string): string | null {
	const bare = specifier.split('?')[0]!;
	if (bare.startsWith('$src/')) return bare.slice(5);
	if (bare.startsWith('$lessons')) return bare.slice(1);
	if (bare.startsWith('$')) return null;
	if (!bare.startsWith('.')) return null;
	return within(normalize(join(dirname(from), bare)));
}

const allowed = (part: string, to: string): boolean =>
	to.split('/')[0] === part ||
	MAY_IMPORT[part]!.some((allow) => to === allow || to.startsWith(allow + '/') || to === allow + '.ts');

let files = 0;
const offences: string[] = [];
for (const folder of ['src', 'lessons']) {
	for (const file of sources(join(root, folder))) {
		files++;
		const part = within(file).split('/')[0]!;
		if (!(part in MAY_IMPORT)) {
			if (part.includes('.')) continue;
			offences.push(`${within(file)}: the part '${part}' has no row in the import table`);
			continue;
		}
		for (const [, specifier] of readFileSync(file, 'utf8').matchAll(IMPORT)) {
			const to = target(file, specifier!);
			if (to !== null && !allowed(part, to)) offences.push(`${within(file)}: ${part} may not import ${to}`);
		}
	}
}
for (const offence of offences) console.error(offence);
console.log(`import rules: ${files} files, ${offences.length} offences`);
process.exit(offences.length ? 1 : 0);
