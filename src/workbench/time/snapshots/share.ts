/** Structural sharing of plain data: what did not change between two snapshots is there once. */

/** Rough bytes of an object beside its fields, and of a field. */
const OBJECT_BYTES = 24;
const FIELD_BYTES = 8;

type Plain = Record<string, unknown>;

/** Replaces parts of new data by equal parts of older data, and counts the bytes of what is left. */
export class Sharing {
	/** Bytes of new data that was not shared, roughly. */
	fresh = 0;

	/** `value`, or `before` where they are equal; parts of `value` become those of `before` that they equal. `value` is given away. */
	share<T>(value: T, before: unknown): T {
		if (value === before || typeof value !== 'object' || value === null) return value;
		if (typeof before !== 'object' || before === null) return this.count(value);
		if (ArrayBuffer.isView(value)) return this.shareView(value, before) as T;
		if (value instanceof Map || value instanceof Set) return this.count(value);
		return this.shareFields(value as Plain, before as Plain) as T;
	}

	private shareView(value: ArrayBufferView, before: object): unknown {
		if (ArrayBuffer.isView(before) && sameBytes(value, before)) return before;
		this.fresh += value.byteLength + OBJECT_BYTES * 4;
		return value;
	}

	private shareFields(value: Plain, before: Plain): Plain {
		const keys = Object.keys(value);
		let same = keys.length === Object.keys(before).length;
		const freshBefore = this.fresh;
		for (const key of keys) {
			const part = value[key];
			const old = before[key];
			const shared = this.share(part, old);
			if (shared !== part) value[key] = shared;
			if (shared !== old && !(Number.isNaN(shared) && Number.isNaN(old))) same = false;
		}
		if (same) {
			this.fresh = freshBefore;
			return before;
		}
		this.fresh += OBJECT_BYTES + keys.length * FIELD_BYTES;
		return value;
	}

	/** Counts data that has nothing to share with. */
	private count<T>(value: T): T {
		if (typeof value !== 'object' || value === null) return value;
		if (ArrayBuffer.isView(value)) this.fresh += value.byteLength + OBJECT_BYTES * 4;
		else if (value instanceof Map || value instanceof Set) this.fresh += OBJECT_BYTES * (4 + value.size);
		else {
			const parts = Object.values(value);
			this.fresh += OBJECT_BYTES + parts.length * FIELD_BYTES;
			for (const part of parts) this.count(part);
		}
		return value;
	}
}

function sameBytes(a: ArrayBufferView, b: ArrayBufferView): boolean {
	if (a.byteLength !== b.byteLength || a.constructor !== b.constructor) return false;
	const [left, right] = [a as Uint8Array, b as Uint8Array];
	for (let i = 0; i < left.length; i++) if (left[i] !== right[i]) return false;
	return true;
}
