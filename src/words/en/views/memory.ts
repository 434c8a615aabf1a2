/** The pictures of address spaces. */
import type { ViewWords } from '../../views';

export const WALK: ViewWords['walk'] = {
	title: 'Page-table walk',
	detail: '{dom} · {address}',
	label: 'Page-table walk of {address}',
	table: 'L{level} · mfn {frame}',
	notPresent: 'not present',
	noPage: 'no page',
	ends: 'the walk ends here',
	nothing: 'Nothing is mapped here.',
	none: 'This moment speaks of no address: there is nothing to walk.',
	page: 'page · mfn {frame}',
	owner: '{dom}’s',
	counts: 'refs {references}, type {uses}',
	pfn: 'guest’s pfn {pfn}',
	physical: 'Physical address {address}.',
	address: 'The address is {address}; CR3 is {cr3}.',
	step: 'Level {level}: entry {index} of the table in frame {frame} is {entry}. {note}',
	goal: '{title}: {lines}. {note}',
	fields: {
		level: 'L{level} · bits {bits}',
		levelShort: 'L{level} · {bits}',
		offset: 'offset · bits {bits}',
		offsetShort: 'offset · {bits}'
	},
	changes: {
		written: 'Entry {index} of frame {frame} goes from {from} to {to}.',
		asked: 'Entry {index} of frame {frame} is asked to become {to}.',
		refused: 'Entry {index} of frame {frame} was asked to become {to}: refused.'
	}
};

export const SPACE: ViewWords['space'] = {
	title: 'Address space',
	detail: '0 to 4 GiB, not to scale',
	label: 'Address space bar',
	eip: 'eip',
	address: 'address',
	pointer: '{name} {address} lies in: {label}.',
	limit: 'segment limit',
	part: '{from} to {to}: {label}; {detail}.',
	twinPart: 'From {from} to {to}: {label}; {detail}.',
	twinLimit: 'The flat segments of rings 1 to 3 end before {address}.',
	labels: {
		gap: 'not mapped',
		guest: 'guest',
		table: 'guest, read-only',
		m2p: 'M2P',
		xen: 'Xen',
		reserved: 'Xen’s, not mapped'
	},
	details: {
		gap: '{size}, {label}',
		xen: '{pages}; supervisor only, beyond every guest segment',
		m2p: '{pages}; the machine-to-physical table: the guest may read it, never write it',
		readOnly: '{pages}; {count} read-only',
		tables: '{pages}; {count} read-only, {tables} of them page tables'
	},
	pages: { one: '{count} page mapped', other: '{count} pages mapped' }
};
