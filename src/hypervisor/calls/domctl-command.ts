/** What the commands of domctl have in common: whom they are about. */
import { ESRCH } from '../../abi/errno';
import { DOMCTL } from '../../abi/structs/control';
import { CHECK } from '../../trace/events';
import type { Domain } from '../core/domain';
import type { Hypervisor } from '../core/hypervisor';
import type { Command } from './control-call';

/** The domain that a command names, if there is one; it need not be there for all. */
export type About = { readonly d: Domain | undefined };

/** Where a command's own struct begins. */
export const U = DOMCTL.at.u;

/** A command about a domain that there is. */
export const about = (
	run: (hv: Hypervisor, caller: Domain, d: Domain, view: DataView) => number,
	answers?: true
): Command<About> => ({ answers, run: (hv, v, view, { d }) => (d ? run(hv, v.domain, d, view) : -ESRCH) });

/** Whether it is about another domain than the caller, which cannot wait for itself. */
export const notSelf = (hv: Hypervisor, caller: Domain, d: Domain): boolean =>
	hv.ask(CHECK.control_other, d !== caller, d.id);
