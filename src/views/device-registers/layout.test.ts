import { expect, it } from 'vitest';
import type { DeviceRegisters } from '../../moments';
import { layout, partName, twin } from './layout';

const part = (status: number): DeviceRegisters => ({
	device: 'ide',
	part: 'primary master',
	source: 'ATA/ATAPI-6',
	registers: [
		{
			name: 'Status',
			value: status,
			width: 8,
			bits: [
				{ name: 'BSY', value: status >> 7, width: 1 },
				{ name: 'DRDY', value: (status >> 6) & 1, width: 1 }
			]
		},
		{ name: 'Sector Count', value: 8, width: 16, bits: [] },
		{ name: 'IOREDTBL14', value: 0x28, width: 32, bits: [{ name: 'vector', value: 0x28, width: 8 }] }
	]
});

it('a register has its value and the names of the bits that are set', () => {
	expect(layout(part(0x40)).map(({ cells }) => cells)).toEqual([
		['Status', '0x40', 'DRDY'],
		['Sector Count', '0x0008', ''],
		['IOREDTBL14', '0x00000028', 'vector=0x28']
	]);
	expect(partName(part(0))).toBe('ide, primary master');
});

it('what changed since a moment ago is marked, and said', () => {
	const rows = layout(part(0x80), part(0x40));
	expect(rows.map(({ changed = false }) => changed)).toEqual([true, false, false]);
	expect(twin(rows)[0].text).toMatch(/Status.*0x80.*BSY/);
});
