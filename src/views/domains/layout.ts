/** The domains as `xl list` prints them, and each one's devices in words. */
import type { ToolstackDevice, ToolstackDomain, ToolstackPicture } from '../../moments';
import { fixed } from '../../words/numbers';
import { words } from '../../words/late';
import { fill } from '../../words/template';
import { domainName } from '../shared/rings';
import { goneRows, rowSentence, type RowMark } from '../shared/rows';
import type { TwinLine } from '../shared/twin';
import { stateText } from '../xenbus/layout';

const said = words.views.domains;

export const COLUMNS = said.columns;
/** The column of what changes with every moment: a row is not another one by it. */
const TIME = 5;
const STATE = 4;

type Letter = keyof typeof said.states;

/** What the letters of a state say: `--p---` is `paused`. */
export function stateWords(state: string): string {
	const letters = [...state].filter((letter): letter is Letter => Object.hasOwn(said.states, letter));
	return letters.length === 0 ? said.ready : letters.map((letter) => said.states[letter]).join(', ');
}

const row = ({ dom, name, memoryMiB, vcpus, state, cpuSeconds }: ToolstackDomain): RowMark => ({
	id: String(dom),
	cells: [name, String(dom), String(Math.round(memoryMiB)), String(vcpus), state, fixed(cpuSeconds, 1)],
	tone: dom === 0 ? 'xen' : 'kernel',
	bad: state.includes('c')
});

/** Whether a row says something else than it did, the time apart. */
const differs = (row: RowMark, was: RowMark | undefined): boolean =>
	!was || row.cells.some((cell, place) => place !== TIME && cell !== was.cells[place]);

/** The row of a domain that was there a moment ago. */
const gone = (row: RowMark): RowMark => ({
	...row,
	cells: row.cells.map((cell, place) => (place === STATE ? said.gone : cell)),
	changed: true,
	faint: true,
	bad: false
});

/** @param before the same a moment ago, or null */
export function layout(picture: ToolstackPicture, before: ToolstackPicture | null = null): RowMark[] {
	const rows = picture.domains.map(row);
	if (!before) return rows;
	const were = before.domains.map(row);
	const marked = rows.map((row) => ({
		...row,
		changed: differs(
			row,
			were.find(({ id }) => id === row.id)
		)
	}));
	return [...marked, ...goneRows(rows, were).map(gone)];
}

/** `disk xvda: /dev/hda, read-only, served by dom0, 4 Connected`. */
export const deviceWords = ({ type, name, what, backend, readonly, state }: ToolstackDevice): string =>
	fill(said.device, {
		type: said.types[type as keyof typeof said.types] ?? type,
		name,
		what: readonly ? `${what}, ${said.readonly}` : what,
		backend: domainName(backend),
		state: stateText(state)
	});

/** A line a domain: its row, what its state means, its devices. */
export function twin(picture: ToolstackPicture, rows: readonly RowMark[]): TwinLine[] {
	return rows.map((mark) => {
		const domain = picture.domains.find(({ dom }) => String(dom) === mark.id);
		const more = domain ? [stateWords(domain.state), ...domain.devices.map(deviceWords)] : [];
		return { id: mark.id, text: [rowSentence(mark, COLUMNS), ...more].join('; ') + '.' };
	});
}
