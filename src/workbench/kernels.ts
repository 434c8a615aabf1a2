/** Which kernels a scenario has, and in which domains. Pages use this without what checks a scenario. */

/** Most domains beside domain 0: with 8 MiB each, two thirds of the largest machine. */
export const MOST_DOMAINS = 128;

/** Domain 0's name, whoever runs in it. */
export const HOST_NAME = 'Domain-0';

/** All kernels of a scenario with their domains' numbers: domain 0's, where it has one, then its domains'. */
export function kernelsOf<K extends { image: string }, D extends K & { name: string }>(scenario: {
	readonly dom0?: K;
	readonly domains: readonly D[];
}): (K & { name: string; dom: number })[] {
	const { dom0, domains } = scenario;
	const guests = domains.map((domain, at) => ({ ...domain, dom: at + 1 }));
	return dom0 ? [{ ...dom0, name: HOST_NAME, dom: 0 }, ...guests] : guests;
}
