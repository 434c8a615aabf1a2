/** The entries of an I/O APIC's redirection table, by their names in the data sheet of the 82093AA, 3.2.4. */
import { flags, plain, type Readings } from '../devices/readings';
import { REDIRECTION, type IoApicState } from './io-apic';

const SOURCE = '82093AA data sheet';

export const ioApicReadings = ({ id, select, table }: IoApicState): Readings[] => [
	{ part: 'index registers', source: SOURCE, registers: [plain('IOREGSEL', select), plain('IOAPICID', id, 32)] },
	{
		part: 'redirection table',
		source: SOURCE,
		registers: table.map(([low, high], pin) => {
			const entry = flags(`IOREDTBL${pin}`, low, REDIRECTION, 32);
			return { ...entry, bits: [{ name: 'destination', value: high >>> 24, width: 8 }, ...entry.bits] };
		})
	}
];
