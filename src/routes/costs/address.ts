/** A cost table in the address of a lesson: `?profile=p3&costs=hypercall.500,iret.10`. */
import { otherwise } from '../../trace/query/nearest';
import {
	changedRows,
	costsText,
	plainCosting,
	PROFILE_NAMES,
	profileName,
	readCosts,
	sameCosting,
	type Costing
} from '../../workbench/costs';

const FIELDS = ['profile', 'costs'];

/**
 * What an address says, with this table in the place of the one that it named.
 * @param search with its question mark, or ''
 * @param usual the table of the lesson, which an address does not name
 */
export function searchWith(search: string, costing: Costing, usual: Costing = {}): string {
	const others = search
		.slice(1)
		.split('&')
		.filter((field) => field && !FIELDS.includes(field.split('=')[0]));
	const fields = sameCosting(costing, usual) ? others : [...others, ...fieldsOf(plainCosting(costing), usual)];
	return fields.length > 0 ? `?${fields.join('&')}` : '';
}

const fieldsOf = (costing: Costing, usual: Costing): string[] => [
	...(profileName(costing) === profileName(usual) ? [] : [`profile=${profileName(costing)}`]),
	...(changedRows(costing) + changedRows(usual) > 0 ? [`costs=${costsText(costing.costs)}`] : [])
];

/** The table that an address names; null where it names none. @throws TypeError with what is wrong */
export function readSearch(search: string, usual: Costing = {}): Costing | null {
	const fields = new URLSearchParams(search);
	if (!FIELDS.some((name) => fields.has(name))) return null;
	const profile = fields.get('profile') ?? profileName(usual);
	if (!(PROFILE_NAMES as readonly string[]).includes(profile))
		throw new TypeError(`there is no cost profile '${profile}'${otherwise(profile, PROFILE_NAMES, 'there are')}`);
	return plainCosting({ profile, costs: readCosts(fields.get('costs') ?? '') });
}
