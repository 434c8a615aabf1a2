import { expect, it } from 'vitest';
import { readSearch, searchWith } from './address';

it('a table in an address comes back, and what else the address says stays', () => {
	const costing = { profile: 'p3', costs: { iret: 10, hypercall: 500 } };
	const search = searchWith('?embed&costs=gate.1&note=a,b', costing);
	expect(search).toBe('?embed&note=a,b&profile=p3&costs=iret.10,hypercall.500');
	expect(readSearch(search)).toEqual(costing);
	expect(searchWith(search, {})).toBe('?embed&note=a,b');
	expect(searchWith('?costs=gate.1', {})).toBe('');
});

it('says only what differs from the lesson’s own table', () => {
	const usual = { profile: 'p3', costs: { msr: 1 } };
	for (const costing of [{ profile: 'p3' }, {}, { costs: { msr: 1 } }, { profile: 'unit', costs: { msr: 5 } }])
		expect(readSearch(searchWith('', costing, usual), usual)).toEqual(costing);
	expect(searchWith('?costs=msr.2', usual, usual)).toBe('');
});

it('an address that names none is told from one that names the usual one', () => {
	expect(readSearch('')).toBeNull();
	expect(readSearch('?embed')).toBeNull();
	expect(readSearch('?profile=p4-xeon')).toEqual({});
});

it.each([
	['?costs=iert.5', "there is no cost 'iert'; did you mean 'iret'?"],
	['?costs=iret.-5', 'iret: -5 is not a whole number of cycles from 0 to 10000'],
	['?profile=p9', "there is no cost profile 'p9'"]
])('%s is refused', (search, message) => expect(() => readSearch(search)).toThrow(message));
