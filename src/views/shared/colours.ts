/** Reads design tokens for a canvas, which does not know custom properties. */
export function colourReader(element: Element): (token: string) => string {
	const probe = document.createElement('span');
	probe.hidden = true;
	element.append(probe);
	const known = new Map<string, string>();
	const read = (token: string) => {
		probe.style.color = `var(${token})`;
		return getComputedStyle(probe).color;
	};
	queueMicrotask(() => probe.remove());
	return (token) => {
		const kept = known.get(token);
		if (kept !== undefined) return kept;
		const colour = read(token);
		known.set(token, colour);
		return colour;
	};
}
