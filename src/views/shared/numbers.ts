/** Numbers as pictures write them. */
/** `c010_4a3e`: eight digits in two groups, as addresses are read aloud. */
export const address = (value: number): string => {
	const text = (value >>> 0).toString(16).padStart(8, '0');
	return `${text.slice(0, 4)}_${text.slice(4)}`;
};

/** A frame number, bare hexadecimal. */
export const frame = (value: number): string => value.toString(16);

/** A count with thousands separators. */
export const count = (value: number): string => value.toLocaleString('en-GB');

/** A size in bytes, binary units. */
export const bytes = (value: number): string =>
	value >= 2 ** 30
		? `${+(value / 2 ** 30).toFixed(1)} GiB`
		: value >= 2 ** 20
			? `${+(value / 2 ** 20).toFixed(1)} MiB`
			: value >= 1024
				? `${+(value / 1024).toFixed(1)} KiB`
				: `${value} B`;
