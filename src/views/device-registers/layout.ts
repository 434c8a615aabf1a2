/** Registers of devices: a row a register, with the bits that are set by name; below, all bits of the chosen one. */
import type { Reading, RegisterBits } from '../../base';
import type { DeviceRegisters } from '../../moments';
import { words } from '../../words/late';
import { fill } from '../../words/template';
import { markChanged, rowSentence, type RowMark } from '../shared/rows';
import type { TwinLine } from '../shared/twin';

const said = words.views.deviceRegisters;

export const COLUMNS = said.columns;

/** Names a part of a device among all: `ide, primary master`. */
export const partName = ({ device, part }: DeviceRegisters): string => fill(said.part, { device, part });

export const hexOf = ({ value, width }: Reading): string => `0x${value.toString(16).padStart(width / 4, '0')}`;

/** A single bit by its name alone, several as `name=value`. */
const bitText = ({ name, value, width }: RegisterBits): string =>
	width === 1 ? name : fill(said.bits, { name, value: `0x${value.toString(16)}` });

/** What of a register's bits is not zero. */
export const setBits = ({ bits }: Reading): string =>
	bits
		.filter(({ value }) => value !== 0)
		.map(bitText)
		.join(' ');

const row = (register: Reading): RowMark => ({
	id: register.name,
	cells: [register.name, hexOf(register), setBits(register)],
	tone: 'hw',
	faint: register.value === 0
});

/** @param before the same part a moment ago, or null */
export const layout = (part: DeviceRegisters, before: DeviceRegisters | null = null): RowMark[] =>
	markChanged(part.registers.map(row), before && before.registers.map(row));

export const twin = (rows: readonly RowMark[]): TwinLine[] =>
	rows.map((mark) => ({ id: mark.id, text: `${rowSentence(mark, COLUMNS)}.` }));
