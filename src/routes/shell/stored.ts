/** Small values kept in the browser between visits. Where storage is refused, and in an embed, they last as long as the page. */
import { embedded } from './embedded';

const PREFIX = 'ringside.';

/** What lasts as long as the page, for storage did not take it or was not asked: key -> JSON. */
const KEPT = new Map<string, string>();

export function load<T>(key: string, otherwise: T): T {
	try {
		const text = KEPT.get(key) ?? (embedded ? null : localStorage.getItem(PREFIX + key));
		return text === null ? otherwise : (JSON.parse(text) as T);
	} catch {
		return otherwise;
	}
}

/** Keeps a value. Whether it will still be there at the next visit. */
export function save(key: string, value: unknown): boolean {
	const text = JSON.stringify(value);
	if (embedded) {
		KEPT.set(key, text);
		return true;
	}
	try {
		localStorage.setItem(PREFIX + key, text);
		KEPT.delete(key);
		return true;
	} catch {
		// Storage is off or full.
		KEPT.set(key, text);
		return false;
	}
}
