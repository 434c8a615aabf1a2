/** Small values kept in the browser between visits. Where storage is off they last as long as the page. */
const PREFIX = 'ringside.';

export function load<T>(key: string, otherwise: T): T {
	try {
		const text = localStorage.getItem(PREFIX + key);
		return text === null ? otherwise : (JSON.parse(text) as T);
	} catch {
		return otherwise;
	}
}

export function save(key: string, value: unknown): void {
	try {
		localStorage.setItem(PREFIX + key, JSON.stringify(value));
	} catch {
		// Storage is off or full: nothing that the page needs is lost.
	}
}
