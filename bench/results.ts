/**
 * What was measured, as it is kept (RESULTS.md) and compared: the tables of each part.
 *
 * Only ratios of one run are compared with those of another: figures of two runs say little (README.md).
 */
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';

export interface Table {
	readonly head: readonly string[];
	readonly rows: readonly (readonly string[])[];
}

/** Tables by the name of the part that printed them. */
export type Results = ReadonlyMap<string, readonly Table[]>;

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

const markdown = ({ head, rows }: Table): string =>
	[line(head), line(head.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');

/** RESULTS.md: the machine and the versions, then each part's tables. */
export function toMarkdown(results: Results, titles: Readonly<Record<string, string>>, v86: string): string {
	const processors = cpus();
	const machine = `${processors.length} × ${processors[0].model.trim()}, Node ${process.versions.node}, V8 ${process.versions.v8}, v86 ${v86}`;
	const parts = [...results].map(([name, tables]) =>
		[`## ${name}`, titles[name], ...tables.map(markdown)].join('\n\n')
	);
	const intro =
		'Written by `npm run bench -- --write`. Columns of a table are of one run; what they are is told in README.md.';
	return [`# Results`, intro, machine, ...parts].join('\n\n') + '\n';
}

/** The tables of a RESULTS.md. Throws where the file cannot be read. */
export function fromMarkdown(path: string): Results {
	const results = new Map<string, Table[]>();
	let tables: Table[] = [];
	let rows: string[][] | null = null;
	for (const text of readFileSync(path, 'utf8').split('\n')) {
		if (text.startsWith('## ')) results.set(text.slice(3), (tables = []));
		const cells = text.startsWith('| ') ? text.slice(2, -2).split(' | ') : null;
		if (cells === null) rows = null;
		else if (rows === null) tables.push({ head: cells, rows: (rows = []) });
		else if (!/^-+:?$/.test(cells[0])) rows.push(cells);
	}
	return results;
}

/** Columns that are ratios of one run. */
const isRatio = (head: string): boolean => head === 'ratio' || head.includes(' of ');

/** Each ratio that both have: part, row, column, before, now, and now to before. */
export function compare(before: Results, now: Results): Table {
	const rows: string[][] = [];
	for (const [part, tables] of now) {
		for (const [index, { head, rows: fresh }] of tables.entries()) {
			const old = before.get(part)?.[index];
			for (const row of fresh) {
				const was = old?.rows.find(([name]) => name === row[0]);
				for (const [column, title] of head.entries()) {
					const place = old?.head.indexOf(title) ?? -1;
					if (!isRatio(title) || was === undefined || place < 0) continue;
					const [from, to] = [Number(was[place]), Number(row[column])];
					if (from > 0 && to > 0)
						rows.push([part, row[0], title, was[place], row[column], `${(to / from).toFixed(2)} ×`]);
				}
			}
		}
	}
	return { head: ['part', 'row', 'ratio', 'before', 'now', 'change'], rows };
}
