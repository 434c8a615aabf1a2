/**
 * Marks the words of the glossary in a page's prose, each where the page first says it. It works on Svelte's source, after Markdown was made into
 * it: what is a heading, a link, code or a control is known there and need not be guessed.
 */
import { parse, type AST } from 'svelte/compiler';
import type { Spellings } from '../../words/spellings';

/** Elements whose words are left alone: a link in them would be wrong, or would say something else. */
const CLOSED = new Set([
	...[
		'h1',
		'h2',
		'h3',
		'h4',
		'h5',
		'h6',
		'a',
		'button',
		'summary',
		'label',
		'legend',
		'option',
		'figcaption',
		'caption',
		'th'
	],
	...['pre', 'kbd', 'samp', 'script', 'style', 'svg', 'noscript']
]);
/** Components whose children become part of a control. */
const CONTROLS = new Set(['Event', 'Predict', 'Term']);
/** `<span data-plain>frame</span>`: here the word means something else. */
const PLAIN = 'data-plain';

interface Mark {
	name: string;
	from: number;
	to: number;
}

type Element = AST.RegularElement | AST.Component;

const textOf = (attribute: AST.Attribute): string | null =>
	Array.isArray(attribute.value) && attribute.value[0]?.type === 'Text' ? attribute.value[0].data : null;

const attributeOf = (element: Element, name: string): AST.Attribute | undefined =>
	element.attributes.find((given): given is AST.Attribute => given.type === 'Attribute' && given.name === name);

const isElement = (node: { type: string }): node is Element =>
	node.type === 'RegularElement' || node.type === 'Component';

/** Terms that the author marked where the page should explain them. */
function chosen(fragment: AST.Fragment, found = new Set<string>()): Set<string> {
	for (const node of fragment.nodes) {
		if (!isElement(node)) continue;
		const of = node.name === 'Term' && attributeOf(node, 'of');
		if (of) found.add(textOf(of) ?? '');
		chosen(node.fragment, found);
	}
	return found;
}

/** The whole text of an element that holds nothing else. */
const onlyText = ({ fragment: { nodes } }: Element): string | null =>
	nodes.length === 1 && nodes[0].type === 'Text' ? nodes[0].data : null;

function collect(fragment: AST.Fragment, spellings: Spellings, seen: Set<string>): Mark[] {
	const marks: Mark[] = [];
	const first = (name: string | undefined, from: number, to: number) => {
		if (name === undefined || seen.has(name)) return;
		seen.add(name);
		marks.push({ name, from, to });
	};
	for (const node of fragment.nodes) {
		if (node.type === 'Text')
			for (const { name, from, to } of spellings.find(node.raw)) first(name, node.start + from, node.start + to);
		else if (!isElement(node) || CLOSED.has(node.name) || CONTROLS.has(node.name) || attributeOf(node, PLAIN)) continue;
		else if (node.name === 'code') first(spellings.ofCode(onlyText(node) ?? ''), node.start, node.end);
		else marks.push(...collect(node.fragment, spellings, seen));
	}
	return marks;
}

/** Source of a component in which each term's first use stands in `<GlossaryTerm>`; null where there is nothing to mark. */
export function markTerms(source: string, spellings: Spellings, component: string): string | null {
	const { fragment, instance } = parse(source, { modern: true });
	const marks = collect(fragment, spellings, chosen(fragment));
	if (marks.length === 0) return null;
	let marked = source;
	const insert = (at: number, text: string) => (marked = marked.slice(0, at) + text + marked.slice(at));
	const wrap = ({ name, from, to }: Mark) => {
		insert(to, '</GlossaryTerm>');
		insert(from, `<GlossaryTerm of="${name}">`);
	};
	const script = `import GlossaryTerm from '${component}';`;
	const at = instance ? source.indexOf('>', instance.start) + 1 : -1;
	// From the end, so that places before stay where they are.
	for (const mark of marks.filter(({ from }) => from > at).reverse()) wrap(mark);
	if (at > 0) insert(at, script);
	for (const mark of marks.filter(({ from }) => from < at).reverse()) wrap(mark);
	return at > 0 ? marked : `<script>${script}</script>\n${marked}`;
}
