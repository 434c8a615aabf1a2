/**
 * Puts a text where the reader can paste it from. Where the page may not use the clipboard (no secure origin, no permission), the old way
 * is tried, and where that fails too the text is left selected: Ctrl+C does the rest.
 */
export async function copied(field: HTMLInputElement | HTMLTextAreaElement): Promise<boolean> {
	try {
		await navigator.clipboard.writeText(field.value);
		return true;
	} catch {
		field.focus();
		field.select();
		// Deprecated and everywhere: the only way without the clipboard's own interface.

		return document.execCommand('copy');
	}
}
