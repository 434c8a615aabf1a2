/**
 * A deep copy of plain data: objects, arrays, maps, sets and typed arrays, nested without a cycle. As `structuredClone`, and many
 * times quicker on small records.
 */
export function copyPlain<T>(value: T): T {
	if (typeof value !== 'object' || value === null) return value;
	return copyObject(value) as T;
}

function copyObject(value: object): unknown {
	if (Array.isArray(value)) return value.map(copyPlain);
	if (ArrayBuffer.isView(value)) return (value as Uint8Array).slice();
	if (value instanceof Map) return new Map([...value].map(copyPlain));
	if (value instanceof Set) return new Set([...value].map(copyPlain));
	const copy: Record<string, unknown> = {};
	for (const key of Object.keys(value)) copy[key] = copyPlain((value as Record<string, unknown>)[key]);
	return copy;
}
