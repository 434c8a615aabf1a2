/** xenstore's tree, as marks: every node with its value, who may use it and who watches it; and what changed a moment ago. */
import type { StoreNode, StorePicture } from '../../moments';
import { count } from '../../words/numbers';
import { domainName } from '../shared/rings';
import { goneRows, markChanged, rowSentence, type RowMark } from '../shared/rows';
import type { TwinLine } from '../shared/twin';

export interface StoreMarks {
	detail: string;
	rows: RowMark[];
	/** Connections, transactions and watches, one plain sentence each. */
	lines: { id: string; text: string; bad: boolean }[];
	/** Nodes that are left out because they do not hold the text looked for. */
	hidden: number;
}

export const COLUMNS = ['node', 'value', 'rights', 'watched by'] as const;

/** Longest value shown in a row. */
const LONGEST = 60;

/** Bytes as text: what cannot be printed becomes a dot. */
const printable = (value: string): string => value.replace(/[^\x20-\x7e]/g, '·');

const short = (value: string): string => {
	const text = printable(value);
	return text.length > LONGEST ? `${text.slice(0, LONGEST)}… (${count(text.length)} bytes)` : text;
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
		all.splice(at + 1, 0, { ...lost, cells: [lost.cells[0], '(removed)', '', ''], changed: true });
	}
	return all;
}

const plural = (many: number, word: string): string => `${count(many)} ${word}${many === 1 ? '' : 's'}`;

function lines(picture: StorePicture): StoreMarks['lines'] {
	const conversations = picture.connections.map((one) => ({
		id: `connection ${one.dom}`,
		text:
			`${domainName(one.dom)} is ${one.dead ? 'no longer served: it broke the protocol' : 'connected'}` +
			`${one.incoming ? `; ${plural(one.incoming, 'byte')} of a request have come` : ''}` +
			`${one.outgoing ? `; ${plural(one.outgoing, 'byte')} wait for room in its ring` : ''}.`,
		bad: one.dead
	}));
	const transactions = picture.connections.flatMap((one) =>
		one.transactions.map((open) => ({
			id: `transaction ${one.dom}/${open.id}`,
			text:
				`${domainName(one.dom)} has transaction ${open.id} open: it looked at ${plural(open.looked, 'path')} and ` +
				`${open.changes.length ? `changed ${open.changes.map((change) => `${change.path} (${change.kind})`).join(', ')}` : 'changed nothing yet'}.`,
			bad: false
		}))
	);
	const watches = picture.watches.map((watch) => ({
		id: `watch ${watch.dom} ${watch.path} ${watch.token}`,
		text: `${domainName(watch.dom)} watches ${watch.path}, token ${printable(watch.token)}.`,
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
	return {
		detail: `${plural(picture.nodes.length, 'node')}${changed ? `, ${count(changed)} changed` : ''}`,
		rows: shown,
		lines: lines(picture),
		hidden: all.length - shown.length
	};
}

/** A node in plain sentences. */
export function describe(picture: StorePicture, path: string): string {
	const node = picture.nodes.find((candidate) => candidate.path === path);
	if (!node) return `${path} was removed.`;
	const [owner, ...others] = node.permissions;
	const rest = {
		n: 'nobody else may use it',
		r: 'others may read it',
		w: 'others may write it',
		b: 'others may read and write it'
	};
	const single = others.map(
		(entry) =>
			`${domainName(Number(entry.slice(1)))} may ${{ n: 'not use', r: 'read', w: 'write', b: 'read and write' }[entry[0] as 'n']} it`
	);
	const heard = listeners(picture, path);
	return (
		`${path}: ${node.value === '' ? 'no value' : `'${printable(node.value)}'`}. ${domainName(Number(owner.slice(1)))} owns it, ` +
		`${[rest[owner[0] as 'n'], ...single].join(', ')}. ${heard.length ? `A change is told to ${heard.join(' and ')}.` : 'Nobody watches it.'}`
	);
}

export const twin = (marks: StoreMarks): TwinLine[] => [
	...marks.rows.map((mark) => ({
		id: mark.id,
		text: `${mark.id}${mark.cells[1] ? ` = ${mark.cells[1]}` : ''}; ${rowSentence({ ...mark, cells: ['', '', mark.cells[2], mark.cells[3]] }, COLUMNS)}.`
	})),
	...marks.lines.map((line) => ({ id: line.id, text: line.text, choosable: false }))
];
