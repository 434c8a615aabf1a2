/** Whose frames a call may name: the `foreigndom` argument of the MMU calls. */
import { CHECK } from '../../trace/events';
import type { Domain } from '../core/domain';
import { DOMID_IO, DOMID_SELF, DOMID_XEN, type Mm } from './context';

/** The owner that a caller names; `domain` is null for DOMID_IO and DOMID_XEN, which are no real domains. */
export interface PageOwner {
	readonly id: number;
	readonly domain: Domain | null;
}

/**
 * The owner named by `domid`, or null (-ESRCH): no such domain, or the caller's own number, which must be
 * spelled DOMID_SELF.
 */
export function pageOwner(mm: Mm, caller: Domain, domid: number): PageOwner | null {
	if (domid === DOMID_SELF) return { id: caller.id, domain: caller };
	if (!mm.ask(CHECK.foreign_not_self, domid !== caller.id, domid, caller.id)) return null;
	if (domid === DOMID_IO || domid === DOMID_XEN) return { id: domid, domain: null };
	const domain = mm.domains.get(domid);
	if (!mm.ask(CHECK.foreign_exists, domain !== undefined, domid) || domain === undefined) return null;
	return { id: domid, domain };
}

/** Whether the caller may act on the owner's frames (-EPERM): its own, or it is a control domain. I/O memory is checked page by page. */
export const mayActOn = (mm: Mm, caller: Domain, owner: number): boolean =>
	owner === caller.id || mm.ask(CHECK.foreign_privilege, caller.privileges.control, caller.id, owner);

/** Whether the caller may see or change the memory of `d`. */
export const maySee = (mm: Mm, caller: Domain, d: Domain): boolean =>
	mm.ask(CHECK.memory_privilege, caller === d || caller.privileges.control, caller.id, d.id);

/** The domain of a memory_op: any by number, the caller by number or DOMID_SELF. */
export function domainByAnyId(mm: Mm, caller: Domain, domid: number): Domain | null {
	const domain = domid === DOMID_SELF ? caller : mm.domains.get(domid);
	return mm.ask(CHECK.domain_exists, domain !== undefined, domid) && domain ? domain : null;
}
