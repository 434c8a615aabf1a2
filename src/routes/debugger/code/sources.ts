/** Source text of our guests, by the names that their line information has. Fetched when a file is first shown. */
const TEXTS = import.meta.glob<string>('../../../guests/**/*.{c,h,S}', { query: '?raw', import: 'default' });

/** `src/guests/pocket/kernel/main.c` -> the key above. */
const keyOf = (file: string): string => file.replace(/^.*?src\/guests\//, '../../../guests/');

const loaded = new Map<string, Promise<readonly string[] | null>>();

/** The lines of a file; null for one that is not ours, or cannot be fetched. */
export function loadSource(file: string): Promise<readonly string[] | null> {
	let text = loaded.get(file);
	if (!text) {
		const load = Object.hasOwn(TEXTS, keyOf(file)) ? TEXTS[keyOf(file)] : null;
		text = load
			? load().then(
					(whole) => whole.replace(/\n$/, '').split('\n'),
					() => null
				)
			: Promise.resolve(null);
		loaded.set(file, text);
	}
	return text;
}
