/** Tables for spreadsheets: comma-separated values after RFC 4180. */

/**
 * What a spreadsheet would take for a formula (OWASP, "CSV Injection"): an apostrophe before it makes it text. A number of ours never begins
 * so, for none is negative.
 */
const FORMULA = /^[=+\-@＝＋－＠\t\r\n]/;

function cell(value: string | number): string {
	const text = String(value);
	const safe = FORMULA.test(text) ? `'${text}` : text;
	return /[",\r\n]/.test(safe) || safe !== text ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Rows as a text, with the mark by which spreadsheets know UTF-8. */
export const csv = (rows: readonly (readonly (string | number)[])[]): string =>
	'\ufeff' + rows.map((row) => row.map(cell).join(',') + '\r\n').join('');
