/** How many domains a scenario may run: what the height of a score rests on, before there is a trace. */
import type { ScenarioInput } from '../../../workbench/scenario';

/** Domains with a kernel: domain 0 where it has one, those that are there from the start, and those that files describe. */
export const domainsOf = ({ dom0, domains, files = {} }: Pick<ScenarioInput, 'dom0' | 'domains' | 'files'>): number =>
	(dom0 ? 1 : 0) + domains.length + Object.keys(files).length;
