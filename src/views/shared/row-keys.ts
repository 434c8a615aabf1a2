/** Rows as far as a key leads. */
const ROWS: Readonly<Record<string, number>> = {
	ArrowDown: 1,
	ArrowUp: -1,
	PageDown: 10,
	PageUp: -10,
	Home: -1e9,
	End: 1e9
};

/**
 * Goes from the row whose button has the focus to the one that a key leads to: the first and the last are as far as it goes.
 * @param buttons one a row, in order
 * @returns the row that has the focus now; -1 where the key is none of these, or no row had it
 */
export function rowByKey(event: KeyboardEvent, buttons: readonly HTMLButtonElement[]): number {
	const by = ROWS[event.key];
	const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
	if (!by || at < 0) return -1;
	event.preventDefault();
	event.stopPropagation();
	const next = Math.min(buttons.length - 1, Math.max(0, at + by));
	buttons[next].focus();
	return next;
}
