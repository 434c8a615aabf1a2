/**
 * How the halves of devices find each other: a row a device, both ends at their place among the states of xen/include/public/io/xenbus.h.
 */
import {
	XenbusStateClosed,
	XenbusStateClosing,
	XenbusStateConnected,
	XenbusStateInitialised,
	XenbusStateInitialising,
	XenbusStateInitWait
} from '../../abi/structs/xenbus';
import type { DevicePicture, SplitDevice } from '../../moments';
import { words } from '../../words/late';
import { fill } from '../../words/template';
import { domainName } from '../shared/rings';
import { goneRows, markChanged, rowSentence, type RowMark } from '../shared/rows';
import type { TwinLine } from '../shared/twin';

const said = words.views.xenbus;

export const COLUMNS = said.columns;

/** Places of the states on the way from made to gone, as a device usually takes it. */
export const WAY = [
	XenbusStateInitialising,
	XenbusStateInitWait,
	XenbusStateInitialised,
	XenbusStateConnected,
	XenbusStateClosing,
	XenbusStateClosed
] as const;

/** Name of a state with its number: `4 Connected`; the number alone where the ABI has no such state. */
export const stateText = (state: number): string => fill(said.line, { state, name: said.states[state] ?? '' }).trim();

type Both = keyof typeof said.both;

/** By both states, what they say together. */
const TOGETHER: readonly (readonly [front: number, back: number, Both])[] = [
	[XenbusStateInitialising, XenbusStateInitialising, 'made'],
	[XenbusStateInitialising, XenbusStateInitWait, 'offered'],
	[XenbusStateInitialised, XenbusStateInitWait, 'asked'],
	[XenbusStateInitialised, XenbusStateConnected, 'serves'],
	[XenbusStateConnected, XenbusStateConnected, 'works'],
	[XenbusStateClosed, XenbusStateClosed, 'closed']
];

/** What the states of both ends say together, '' where nothing in general can be said. */
export function together({ front, back }: SplitDevice): string {
	const known = TOGETHER.find(([f, b]) => f === front.state && b === back.state);
	if (known) return said.both[known[2]];
	const closing = [front.state, back.state].some(
		(state) => state === XenbusStateClosing || state === XenbusStateClosed
	);
	return closing ? said.both.closing : '';
}

const row = (device: SplitDevice): RowMark => ({
	id: device.id,
	cells: [
		fill(said.device, { class: device.class, handle: device.handle }),
		domainName(device.front.dom),
		stateText(device.front.state),
		domainName(device.back.dom),
		stateText(device.back.state),
		together(device)
	],
	tone: 'kernel'
});

/** @param before the same a moment ago, or null */
export function layout(picture: DevicePicture, before: DevicePicture | null = null): RowMark[] {
	const rows = picture.devices.map(row);
	const were = before && before.devices.map(row);
	return [...markChanged(rows, were), ...goneRows(rows, were).map((gone) => ({ ...gone, changed: true, faint: true }))];
}

export const twin = (rows: readonly RowMark[]): TwinLine[] =>
	rows.map((mark) => ({ id: mark.id, text: `${rowSentence(mark, COLUMNS)}.` }));
