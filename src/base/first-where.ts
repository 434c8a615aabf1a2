/** The first number in `[from, to)` that a test picks which picks all after it, too; `to` when it picks none. */
export function firstWhere(from: number, to: number, test: (at: number) => boolean): number {
	let [low, high] = [from, to];
	while (low < high) {
		const middle = (low + high) >>> 1;
		if (test(middle)) high = middle;
		else low = middle + 1;
	}
	return low;
}
