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

/** Calls `again` when the theme changes: the colours of a canvas do not follow by themselves. Returns how to stop that. */
export function onTheme(again: () => void): () => void {
	const system = matchMedia('(prefers-color-scheme: dark)');
	system.addEventListener('change', again);
	const watch = new MutationObserver(again);
	watch.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
	return () => {
		system.removeEventListener('change', again);
		watch.disconnect();
	};
}
