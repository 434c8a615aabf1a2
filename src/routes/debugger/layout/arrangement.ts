/**
 * Where the panels stand: side by side, above each other, and behind each other as tabs of one stack. A plain
 * value; each change gives a new one. A panel stands in at most one stack, no stack is empty, and no split lies
 * directly in one of the same direction (`tidy` sees to that).
 *
 * As text, for an address or a file: `rows(70:cols(60:code,40:registers~stack!),30:score)`. Shares are parts of a
 * hundred; `~` joins the tabs of a stack, `!` marks the one shown when it is not the first.
 */

/** Panels behind each other, of which one is shown. */
export interface Stack {
	readonly panels: readonly string[];
	readonly shown: string;
}

/** Parts above each other (`rows`) or side by side (`cols`); their shares add up to 100. */
export interface Split {
	readonly along: 'rows' | 'cols';
	readonly parts: readonly Part[];
}
export interface Part {
	readonly share: number;
	readonly node: Arrangement;
}

export type Arrangement = Stack | Split;
export type Side = 'left' | 'right' | 'above' | 'below';
export const SIDES: readonly Side[] = ['left', 'right', 'above', 'below'];

export const isStack = (node: Arrangement): node is Stack => 'panels' in node;
export const stack = (...panels: string[]): Stack => ({ panels, shown: panels[0] });

/** The smallest share that a part may be given. */
const LEAST = 4;

/** Every stack, in reading order. */
export const stacksOf = (node: Arrangement): Stack[] =>
	isStack(node) ? [node] : node.parts.flatMap((part) => stacksOf(part.node));

export const panelsOf = (node: Arrangement): string[] => stacksOf(node).flatMap(({ panels }) => panels);

export const stackWith = (node: Arrangement, panel: string): Stack | undefined =>
	stacksOf(node).find(({ panels }) => panels.includes(panel));

/** Without empty stacks, splits of one part and splits within a split of their own direction; null when nothing is left. */
function tidy(node: Arrangement): Arrangement | null {
	if (isStack(node)) {
		if (node.panels.length === 0) return null;
		return node.panels.includes(node.shown) ? node : { ...node, shown: node.panels[0] };
	}
	const parts: Part[] = [];
	for (const part of node.parts) {
		const inner = tidy(part.node);
		if (!inner) continue;
		if (isStack(inner) || inner.along !== node.along) parts.push({ share: part.share, node: inner });
		else for (const each of inner.parts) parts.push({ share: (part.share * each.share) / 100, node: each.node });
	}
	if (parts.length <= 1) return parts[0]?.node ?? null;
	const all = parts.reduce((sum, { share }) => sum + share, 0);
	return {
		along: node.along,
		parts: parts.map(({ share, node: each }) => ({ share: (share * 100) / all, node: each }))
	};
}

/** `change` applied to each stack; a stack may become a split. */
function mapStacks(node: Arrangement, change: (stack: Stack) => Arrangement): Arrangement {
	if (isStack(node)) return change(node);
	return { ...node, parts: node.parts.map((part) => ({ ...part, node: mapStacks(part.node, change) })) };
}

const without = (node: Arrangement, panel: string): Arrangement | null =>
	tidy(
		mapStacks(node, (each) => {
			const at = each.panels.indexOf(panel);
			if (at < 0) return each;
			const panels = each.panels.filter((other) => other !== panel);
			// The neighbour comes to the front.
			return { panels, shown: each.shown === panel ? (panels[Math.max(0, at - 1)] ?? '') : each.shown };
		})
	);

/** Brings a panel to the front of its stack. */
export const show = (node: Arrangement, panel: string): Arrangement =>
	mapStacks(node, (each) => (each.panels.includes(panel) ? { ...each, shown: panel } : each));

/** Takes a panel away; the last one stays. */
export const close = (node: Arrangement, panel: string): Arrangement => without(node, panel) ?? node;

/** Puts `panel` into the stack of `other`, shown, at place `at` among its tabs (the last one when left out). */
export function join(node: Arrangement, panel: string, other: string, at = Infinity): Arrangement {
	if (panel === other) return node;
	const rest = without(node, panel);
	if (!rest || !stackWith(rest, other)) return node;
	return mapStacks(rest, (each) =>
		each.panels.includes(other)
			? { panels: [...each.panels.slice(0, at), panel, ...each.panels.slice(at)], shown: panel }
			: each
	);
}

const along = (side: Side): Split['along'] => (side === 'left' || side === 'right' ? 'cols' : 'rows');
const first = (side: Side): boolean => side === 'left' || side === 'above';

function halves(node: Arrangement, panel: string, side: Side, share: number): Split {
	const own: Part = { share, node: stack(panel) };
	const other: Part = { share: 100 - share, node };
	return { along: along(side), parts: first(side) ? [own, other] : [other, own] };
}

/** Makes `panel` a stack of its own at a side of the stack of `beside`, which may be its own. */
export function stand(node: Arrangement, panel: string, beside: string, side: Side): Arrangement {
	const from = stackWith(node, beside);
	const anchor = beside === panel ? from?.panels.find((other) => other !== panel) : beside;
	if (!anchor) return node;
	const rest = without(node, panel);
	if (!rest) return node;
	return tidy(mapStacks(rest, (each) => (each.panels.includes(anchor) ? halves(each, panel, side, 50) : each)))!;
}

/** Makes `panel` a stack of its own along a whole side of the page. */
export function edge(node: Arrangement, panel: string, side: Side): Arrangement {
	const rest = without(node, panel);
	return rest ? tidy(halves(rest, panel, side, 28))! : node;
}

/** Opens a panel in the stack of the first of `near` that is open, else in the stack with the most tabs; an open one is shown. */
export function open(node: Arrangement, panel: string, near: readonly string[] = []): Arrangement {
	if (stackWith(node, panel)) return show(node, panel);
	const home =
		near.map((other) => stackWith(node, other)).find(Boolean) ??
		stacksOf(node).reduce((best, each) => (each.panels.length > best.panels.length ? each : best));
	return mapStacks(node, (each) => (each === home ? { panels: [...each.panels, panel], shown: panel } : each));
}

/** Moves the border after part `index` of the split at `path` by `by` hundredths. */
export function resize(node: Arrangement, path: readonly number[], index: number, by: number): Arrangement {
	if (isStack(node)) return node;
	const [at, ...deeper] = path;
	if (at !== undefined)
		return {
			...node,
			parts: node.parts.map((part, place) =>
				place === at ? { ...part, node: resize(part.node, deeper, index, by) } : part
			)
		};
	const one = node.parts[index];
	const two = node.parts[index + 1];
	if (!one || !two) return node;
	const least = Math.min(LEAST, one.share, two.share);
	const moved = Math.min(two.share - least, Math.max(least - one.share, by));
	return {
		...node,
		parts: node.parts.map((part, place) =>
			place === index
				? { ...part, share: part.share + moved }
				: place === index + 1
					? { ...part, share: part.share - moved }
					: part
		)
	};
}

/** Only the panels that `known` accepts; null when none is left. */
export const only = (node: Arrangement, known: (panel: string) => boolean): Arrangement | null =>
	tidy(mapStacks(node, (each) => ({ ...each, panels: each.panels.filter(known) })));

export function toText(node: Arrangement): string {
	if (isStack(node))
		return node.panels.map((panel, at) => (panel === node.shown && at > 0 ? `${panel}!` : panel)).join('~');
	return `${node.along}(${node.parts.map(({ share, node: each }) => `${Math.round(share)}:${toText(each)}`).join(',')})`;
}

/** Deeper is no arrangement that somebody made. */
const DEEPEST = 12;

/** Reads `toText`'s form. Returns the problem as text when it is none. */
export function fromText(text: string): Arrangement | string {
	let at = 0;
	const seen = new Set<string>();
	const take = (shape: RegExp): string | null => {
		shape.lastIndex = at;
		const found = shape.exec(text);
		if (!found) return null;
		at = shape.lastIndex;
		return found[0];
	};
	const node = (depth: number): Arrangement => {
		const direction = take(/(?:rows|cols)\(/y);
		if (!direction) return tabs();
		if (depth > DEEPEST) throw new SyntaxError('is nested too deeply');
		const parts: Part[] = [];
		do {
			const share = take(/\d{1,3}:/y);
			if (!share) throw new SyntaxError(`has no share at character ${at + 1}`);
			parts.push({ share: Math.max(1, parseInt(share)), node: node(depth + 1) });
		} while (take(/,/y));
		if (!take(/\)/y)) throw new SyntaxError(`is not closed at character ${at + 1}`);
		return { along: direction.slice(0, 4) as Split['along'], parts };
	};
	const tabs = (): Stack => {
		const panels: string[] = [];
		let shown = '';
		do {
			const panel = take(/[a-z][a-z0-9-]{0,40}/y);
			if (!panel) throw new SyntaxError(`has no panel at character ${at + 1}`);
			if (seen.has(panel)) throw new SyntaxError(`names the panel '${panel}' twice`);
			seen.add(panel);
			panels.push(panel);
			if (take(/!/y)) shown = panel;
		} while (take(/~/y));
		return { panels, shown: shown || panels[0] };
	};
	try {
		const whole = node(0);
		if (at < text.length) throw new SyntaxError(`goes on after its end at character ${at + 1}`);
		return tidy(whole) ?? 'is empty';
	} catch (error) {
		if (error instanceof SyntaxError) return error.message;
		throw error;
	}
}
