/**
 * Who may import whom: the tables of parts and of the hypervisor's rooms as an executable allowlist. A part may import itself
 * and what its row names; test files may import anything below the pages. No file may need itself: a circle of imports is refused,
 * but for types, which are gone when the program runs. The same table says which parts of a domain's and of a vcpu's record a room looks
 * at. Exit code 1 and one line an offence.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative, sep } from 'node:path';

const root = normalize(join(import.meta.dirname, '..'));

/**
 * Part -> what it may import: a part's name, or one module's path below `src`. A row for a folder or a file inside a part holds for that
 * instead, and the rest of the part may import it only where its own row says so.
 */
const MAY_IMPORT: Record<string, readonly string[]> = {
	base: [],
	x86: ['base'],
	words: ['base', 'trace/events', 'hardware/cost'],
	abi: ['base'],
	moments: ['base', 'x86', 'abi'],
	hardware: ['base', 'x86', 'trace/events'],
	hypervisor: ['base', 'x86', 'abi', 'hardware', 'trace/events'],
	toolstack: ['base', 'x86', 'abi', 'trace/events', 'hypervisor/control'],
	'trace/events': [],
	trace: ['base', 'x86', 'abi', 'trace/events'],
	'trace/text': ['base', 'x86', 'abi', 'moments', 'trace', 'words'],
	'trace/export': ['base', 'x86', 'abi', 'trace', 'words'],
	'trace/file': ['base', 'x86', 'abi', 'trace', 'words'],
	'trace/query/complete': ['base', 'x86', 'abi', 'trace', 'words'],
	'trace/query/complete-fact': ['base', 'x86', 'abi', 'trace', 'trace/query/complete', 'words'],
	workbench: ['base', 'x86', 'abi', 'hardware', 'hypervisor', 'toolstack', 'guests', 'trace', 'moments', 'words'],
	debugger: ['workbench', 'trace', 'moments', 'abi', 'x86', 'base', 'words'],
	gdb: ['debugger', 'workbench', 'trace', 'moments', 'abi', 'x86', 'base', 'words'],
	views: ['base', 'x86', 'abi', 'trace', 'moments', 'words'],
	offline: [],
	'service-worker': ['offline'],
	routes: [
		'offline',
		'views',
		'debugger',
		'workbench',
		'trace',
		'moments',
		'abi',
		'x86',
		'base',
		'guests',
		'lessons',
		'words'
	],
	cli: ['gdb', 'debugger', 'workbench', 'trace', 'abi', 'x86', 'base', 'guests', 'words'],
	guests: [],
	lessons: ['routes', 'views', 'trace', 'workbench', 'abi', 'x86', 'base', 'words']
};

/**
 * The rooms of the hypervisor -> the rooms whose code they may call. `core` holds boot, entry and the records, and so knows all; a room that is not
 * named may be used by nobody else. Types may come from any room.
 */
const ROOMS: Record<string, readonly string[]> = {
	core: ['calls', 'events', 'grants', 'irqs', 'mm', 'pv', 'sched', 'time'],
	mm: ['core'],
	time: ['core', 'events', 'sched'],
	sched: ['core', 'time'],
	events: ['core', 'mm', 'sched'],
	grants: ['core', 'mm'],
	irqs: ['core', 'events'],
	pv: ['calls', 'core', 'events', 'mm', 'sched'],
	calls: ['core', 'events', 'grants', 'irqs', 'mm', 'pv', 'sched', 'time']
};

/**
 * The parts of a domain's and of a vcpu's record, named after the rooms that keep them. A room looks at its own and at those of the rooms that it
 * may call, so that what is for any kind of guest (`sched`, `time`, `events`) does without what only a paravirtualized one has (`pv`). Memory
 * management also counts the frames that event channels hold.
 */
const PARTS = ['sched', 'time', 'events', 'mm', 'pv'];
const ALSO_LOOKS: Record<string, readonly string[]> = { mm: ['events'] };
/** `v.pv.traps`, `const { pv } = v`; the hypervisor's own `sched` and a processor's `time` are something else. */
const LOOK = new RegExp(
	`(?<!\\b(?:hv|processor|recorder))\\.(${PARTS.join('|')})\\b|\\bconst \\{[^}]*\\b(${PARTS.join('|')})\\b[^}]*\\} = (?!hv\\b)`,
	'g'
);

/** `import ... from`, `export ... from` and `import()`: the words between, and the specifier. */
const IMPORT = /\b(?:import|export)\b([^'";]*?)\bfrom\s*['"]([^'"]+)['"]|\bimport\s*\(?\s*['"]([^'"]+)['"]/g;

/** Whether a clause brings in types only: `type { A }`, `{ type A, type B }`. */
const onlyTypes = (clause: string): boolean => {
	const words = clause.trim();
	if (words.startsWith('type ')) return true;
	const names = /^\{([^}]*)\}$/.exec(words)?.[1];
	return names !== undefined && names.split(',').every((name) => /^\s*(type\s|$)/.test(name));
};

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
	const bare = specifier.split('?')[0];
	if (bare.startsWith('$src/')) return bare.slice(5);
	if (bare.startsWith('$lessons')) return bare.slice(1);
	if (bare.startsWith('$')) return null;
	if (!bare.startsWith('.')) return null;
	return within(normalize(join(dirname(from), bare)));
}

/** The file that an import means, as `within` names it, or null. */
const fileOf = (to: string): string | null =>
	[to, `${to}.ts`, `${to}.svelte.ts`, `${to}/index.ts`].find(
		(name) => /\.\w+$/.test(name) && existsSync(join(root, 'src', name))
	) ?? null;

/** Whether a path lies in a part, folder or module of the table. */
const isIn = (path: string, place: string): boolean =>
	path === place || path.startsWith(`${place}/`) || path.startsWith(`${place}.`);

/** The row of the table that holds for a path: the closest one; undefined where there is none. */
const rowOf = (path: string): string | undefined =>
	Object.keys(MAY_IMPORT)
		.filter((row) => isIn(path, row))
		.sort((a, b) => b.length - a.length)[0];

const allowed = (row: string, to: string): boolean =>
	rowOf(to) === row || MAY_IMPORT[row].some((allow) => isIn(to, allow));

/** `hypervisor/mm/l1.ts` -> `mm`; null outside the hypervisor's rooms. */
const roomOf = (path: string): string | null => {
	const [part, room, file] = path.split('/');
	return part === 'hypervisor' && file !== undefined && room !== 'test' ? room : null;
};

/** File -> the files whose values it imports. */
const needs = new Map<string, Set<string>>();
let files = 0;
const offences: string[] = [];

function check(file: string, part: string, clause: string, specifier: string): void {
	const to = target(file, specifier);
	if (to === null) return;
	const name = within(file);
	if (!allowed(part, to)) offences.push(`${name}: ${part} may not import ${to}`);
	if (onlyTypes(clause)) return;
	const needed = fileOf(to);
	if (needed) needs.get(name)!.add(needed);
	const [from, room] = [roomOf(name), roomOf(to)];
	if (from === null || room === null || from === room || name.includes('/test/')) return;
	if (!(from in ROOMS)) offences.push(`${name}: the room '${from}' has no row in the table of rooms`);
	else if (!ROOMS[from].includes(room)) offences.push(`${name}: the room ${from} may not call ${room} (${to})`);
}

/** The parts of records that a room's code looks at. */
function checkLooks(name: string, text: string): void {
	const room = roomOf(name);
	if (room === null || name.includes('/test/') || !(room in ROOMS)) return;
	const looked = new Set([...text.matchAll(LOOK)].map(([, dotted, taken]) => dotted ?? taken));
	for (const part of looked) {
		if (part === room || ROOMS[room].includes(part) || ALSO_LOOKS[room]?.includes(part)) continue;
		offences.push(`${name}: the room ${room} may not look at the part ${part} of a domain or vcpu`);
	}
}

/** Circles of files that need one another, each as the way round it. */
function circles(): string[] {
	const found: string[] = [];
	const done = new Set<string>();
	const way: string[] = [];
	const visit = (file: string): void => {
		const at = way.indexOf(file);
		if (at >= 0) return void found.push([...way.slice(at), file].join(' -> '));
		if (done.has(file)) return;
		way.push(file);
		for (const next of needs.get(file) ?? []) visit(next);
		way.pop();
		done.add(file);
	};
	for (const file of needs.keys()) visit(file);
	return found;
}

for (const folder of ['src', 'lessons']) {
	for (const file of sources(join(root, folder))) {
		files++;
		const part = rowOf(within(file));
		if (part === undefined) {
			if (!within(file).includes('/')) continue;
			offences.push(`${within(file)}: its part has no row in the import table`);
			continue;
		}
		needs.set(within(file), new Set());
		const text = readFileSync(file, 'utf8');
		for (const [, clause, named, bare] of text.matchAll(IMPORT)) check(file, part, clause ?? '', named ?? bare);
		checkLooks(within(file), text);
	}
}
offences.push(...circles().map((way) => `a circle of imports: ${way}`));
for (const offence of offences) console.error(offence);
console.log(`import rules: ${files} files, ${offences.length} offences`);
process.exit(offences.length ? 1 : 0);
