/** xenstore's tree, as marks: every node with its value, who may use it and who watches it; and what changed a moment ago. */
import type { StoreConnection, StoreNode, StorePicture, StoreTransaction } from '../../moments';
import { count } from '../../words/numbers';
import { domainName } from '../shared/rings';
import { goneRows, markChanged, rowSentence, type RowMark } from '../shared/rows';
import type { TwinLine } from '../shared/twin';
import { words } from '../../words/late';
import { counted } from '../../words/plural';
import { fill, type Plural } from '../../words/template';

const said = words.views.store;

export interface StoreMarks {
	detail: string;
	rows: RowMark[];
	/** Connections, transactions and watches, one plain sentence each. */
	lines: { id: string; text: string; bad: boolean }[];
	/** Nodes that are left out because they do not hold the text looked for. */
	hidden: number;
}

export const COLUMNS = said.columns;

/** Longest value shown in a row. */
const LONGEST = 60;

/** Bytes as text: what cannot be printed becomes a dot. */
const printable = (value: string): string => value.replace(/[^\x20-\x7e]/g, '·');

const many = (forms: Plural, n: number): string => counted(forms, n, { count: count(n) });

const short = (value: string): string => {
	const text = printable(value);
	return text.length > LONGEST
		? fill(said.cut, { text: text.slice(0, LONGEST), bytes: many(said.bytes, text.length) })
		: text;
};

const nameOf = (path: string): string => (path === '/' ? '/' : path.slice(path.lastIndexOf('/') + 1));
const depthOf = (path: string): number => (path === '/' ? 0 : path.split('/').length - 1);

/** Whether a watch on `watched` hears of `path`. */
const hears = (watched: string, path: string): boolean =>
	watched === path || watched === '/' || path.startsWith(`${watched}/`);

/** Domains that set a watch on this very node. */
const watchers = (picture: StorePicture, path: string): string =>
	[...new Set(picture.watches.filter((watch) => watch.path === path).map((watch) => domainName(watch.dom)))].join(' ');

/** Who would hear of a change at `path`. */
export const listeners = (picture: StorePicture, path: string): string[] => [
	...new Set(picture.watches.filter((watch) => hears(watch.path, path)).map((watch) => domainName(watch.dom)))
];

const row = (picture: StorePicture, node: StoreNode): RowMark => ({
	id: node.path,
	cells: [nameOf(node.path), short(node.value), node.permissions.join(' '), watchers(picture, node.path)],
	indent: depthOf(node.path),
	tone: node.permissions[0] === 'n0' || node.permissions[0]?.endsWith('0') ? 'hw' : 'kernel',
	faint: node.value === '' && node.children > 0
});

const rowsOf = (picture: StorePicture): RowMark[] => picture.nodes.map((node) => row(picture, node));

/** Puts rows that are gone where they stood: after their parent. */
function withGone(rows: RowMark[], gone: readonly RowMark[]): RowMark[] {
	const all = [...rows];
	for (const lost of gone) {
		const parent = lost.id.slice(0, lost.id.lastIndexOf('/')) || '/';
		const at = all.findLastIndex((other) => other.id === parent || other.id.startsWith(`${parent}/`));
		all.splice(at + 1, 0, { ...lost, cells: [lost.cells[0], said.gone, '', ''], changed: true });
	}
	return all;
}

const connectionText = ({ dom, dead, incoming, outgoing }: StoreConnection): string =>
	fill(said.connection.line, {
		dom: domainName(dom),
		state: dead ? said.connection.dead : said.connection.connected,
		incoming: incoming ? fill(said.connection.incoming, { bytes: many(said.bytes, incoming) }) : '',
		outgoing: outgoing ? fill(said.connection.outgoing, { bytes: many(said.bytes, outgoing) }) : ''
	});

function transactionText(dom: number, { id, looked, changes }: StoreTransaction): string {
	const { transaction } = said;
	const each = changes.map(({ path, kind }) => fill(transaction.change, { path, kind: said.changes[kind] }));
	return fill(transaction.line, {
		dom: domainName(dom),
		id,
		paths: many(said.paths, looked),
		changed: each.length ? fill(transaction.changed, { changes: each.join(', ') }) : transaction.nothing
	});
}

function lines(picture: StorePicture): StoreMarks['lines'] {
	const conversations = picture.connections.map((one) => ({
		id: `connection ${one.dom}`,
		text: connectionText(one),
		bad: one.dead
	}));
	const transactions = picture.connections.flatMap((one) =>
		one.transactions.map((open) => ({
			id: `transaction ${one.dom}/${open.id}`,
			text: transactionText(one.dom, open),
			bad: false
		}))
	);
	const watches = picture.watches.map(({ dom, path, token }) => ({
		id: `watch ${dom} ${path} ${token}`,
		text: fill(said.watch, { dom: domainName(dom), path, token: printable(token) }),
		bad: false
	}));
	return [...conversations, ...transactions, ...watches];
}

/**
 * @param before the same a moment ago, or null
 * @param find only nodes whose path or value holds this text, and those above them
 */
export function layout(picture: StorePicture, before: StorePicture | null = null, find = ''): StoreMarks {
	const rows = rowsOf(picture);
	const old = before && rowsOf(before);
	const all = withGone(markChanged(rows, old), goneRows(rows, old));
	const wanted = find.trim().toLowerCase();
	const holds = (mark: RowMark) =>
		mark.id.toLowerCase().includes(wanted) || mark.cells[1].toLowerCase().includes(wanted);
	const found = wanted ? all.filter(holds).map((mark) => mark.id) : [];
	const shown = wanted
		? all.filter((mark) => found.some((path) => path === mark.id || mark.id === '/' || path.startsWith(`${mark.id}/`)))
		: all;
	const changed = all.filter((mark) => mark.changed).length;
	const nodes = many(said.nodes, picture.nodes.length);
	return {
		detail: changed ? fill(said.changed, { nodes, count: count(changed) }) : nodes,
		rows: shown,
		lines: lines(picture),
		hidden: all.length - shown.length
	};
}

/** An entry of a node's permissions in the protocol's short form: a letter, and a domain. */
const rightOf = (entry: string): { letter: keyof typeof said.single; dom: string } => ({
	letter: entry[0] as keyof typeof said.single,
	dom: domainName(Number(entry.slice(1)))
});

/** A node in plain sentences. */
export function describe(picture: StorePicture, path: string): string {
	const node = picture.nodes.find((candidate) => candidate.path === path);
	if (!node) return fill(said.removed, { path });
	const [owner, ...others] = node.permissions.map(rightOf);
	const heard = listeners(picture, path);
	const doms = heard.slice(1).reduce((before, dom) => fill(said.listeners.and, { before, dom }), heard[0]);
	return fill(said.node, {
		path,
		value: node.value === '' ? said.value.none : fill(said.value.some, { value: printable(node.value) }),
		owner: owner.dom,
		rights: [said.others[owner.letter], ...others.map(({ letter, dom }) => fill(said.single[letter], { dom }))].join(
			', '
		),
		listeners: heard.length ? fill(said.listeners.some, { doms }) : said.listeners.none
	});
}

/** A node with its value, and what the other columns say of it. */
function nodeText(mark: RowMark): string {
	const [, value, rights, watched] = mark.cells;
	const rest = rowSentence({ ...mark, cells: ['', '', rights, watched] }, COLUMNS);
	return fill(value ? said.twinValue : said.twin, { path: mark.id, value, rest });
}

export const twin = (marks: StoreMarks): TwinLine[] => [
	...marks.rows.map((mark) => ({ id: mark.id, text: nodeText(mark) })),
	...marks.lines.map((line) => ({ id: line.id, text: line.text, choosable: false }))
];
