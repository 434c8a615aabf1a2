/** Small values kept in the browser between visits. Where storage is refused they last as long as the page. */
const PREFIX = 'ringside.';

/** What storage did not take: key -> JSON. */
const REFUSED = new Map<string, string>();

export function load<T>(key: string, otherwise: T): T {
	try {
		const text = REFUSED.get(key) ?? localStorage.getItem(PREFIX + key);
		return text === null ? otherwise : (JSON.parse(text) as T);
	} catch {
		return otherwise;
	}
}

/** Keeps a value. Whether it will still be there at the next visit. */
export function save(key: string, value: unknown): boolean {
	const text = JSON.stringify(value);
	try {
		localStorage.setItem(PREFIX + key, text);
		REFUSED.delete(key);
		return true;
	} catch {
		// Storage is off or full.
		REFUSED.set(key, text);
		return false;
	}
}
