/** A frame that changes hands with what is in it: taken from one domain, given to another, without being cleared. */
import { CHECK } from '../../trace/events';
import type { Domain } from '../core/domain';
import { DOMID_INVALID, type Mm } from './context';
import { FLAG, recordFrame, TYPE } from './frame-table';
import { stampFrame } from './tlb';

/**
 * Takes a frame from a domain: nobody owns it then, and it must be given on or dropped before anything else happens.
 * @returns false, with nothing changed, unless it is an ordinary page of the domain's to which nothing refers
 */
export function stealPage(mm: Mm, d: Domain, mfn: number): boolean {
	const f = mm.frames;
	const ordinary = f.owner[mfn] === d.id && f.has(mfn, FLAG.allocated) && !f.has(mfn, FLAG.xenHeap);
	if (!mm.ask(CHECK.steal_unused, ordinary && f.refCount[mfn] === 1, mfn, f.refCount[mfn])) return false;
	f.owner[mfn] = DOMID_INVALID;
	f.refCount[mfn] = 0;
	f.type[mfn] = TYPE.none;
	f.flags[mfn] = 0;
	d.mm.totalPages--;
	stampFrame(mm, mfn);
	return true;
}

/** Makes a stolen frame one of a domain's own. */
export function givePage(mm: Mm, d: Domain, mfn: number): void {
	mm.heap.assign(mfn, d);
	d.mm.totalPages++;
	recordFrame(mm, mfn, TYPE.none);
}

/** Lets go of a stolen frame: it is cleared, and free. */
export const dropPage = (mm: Mm, mfn: number): void => mm.heap.free(mfn);
