/** A cost table in the address of a lesson: `?profile=p3&costs=hypercall.500,iret.10`. */
import { costsText, plainCosting, PROFILE_NAMES, readCosts, type Costing } from '../../workbench/costs';

/** With its question mark; '' for the usual table. */
export function searchOf(costing: Costing): string {
	const { profile, costs } = plainCosting(costing);
	const fields = [...(profile ? [`profile=${profile}`] : []), ...(costs ? [`costs=${costsText(costs)}`] : [])];
	return fields.length > 0 ? `?${fields.join('&')}` : '';
}

/** What an address says of the table. @throws TypeError with what is wrong */
export function readSearch(search: string): Costing {
	const fields = new URLSearchParams(search);
	const profile = fields.get('profile') ?? '';
	if (profile && !(PROFILE_NAMES as readonly string[]).includes(profile))
		throw new TypeError(`there is no cost profile '${profile}'; there are ${PROFILE_NAMES.join(', ')}`);
	return plainCosting({ profile, costs: readCosts(fields.get('costs') ?? '') });
}
