/** Time of a measured piece of work, and columns of text. */
import { appendFileSync } from 'node:fs';
import { count } from '../src/words/numbers';

/** Runs `work` and returns the seconds of processor time that this process took for it, all threads together. */
export async function seconds(work: () => unknown): Promise<number> {
	const began = process.cpuUsage();
	await work();
	const { user, system } = process.cpuUsage(began);
	return (user + system) / 1e6;
}

export function median(values: readonly number[]): number {
	const sorted = [...values].sort((a, b) => a - b);
	const middle = sorted.length >> 1;
	return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Where a part leaves its tables for who started it, a line of JSON each (run.ts). */
const { RINGSIDE_TABLES } = process.env;

/** Prints rows in columns: the first to the left, the others to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): void {
	const widths = head.map((text, column) => Math.max(text.length, ...rows.map((row) => row[column]?.length ?? 0)));
	for (const row of [head, ...rows]) {
		const cells = row.map((text, column) => (column === 0 ? text.padEnd(widths[0]) : text.padStart(widths[column])));
		console.log(cells.join('  '));
	}
	if (RINGSIDE_TABLES) appendFileSync(RINGSIDE_TABLES, `${JSON.stringify({ head, rows })}\n`);
}

/** Three digits that count, with separators: 1,230 or 12.3 or 1.23. */
export const figure = (value: number): string =>
	value >= 1000 ? count(Number(value.toPrecision(3))) : value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2);
