/**
 * The private indices of a ring's two ends, which no shared page tells. A kernel of ours notes each of its rings in the table `rings`
 * (src/guests/pocket-io/kernel/rings.c).
 */
import { struct } from '../../abi/layout';
import { PAGE_SIZE } from '../../base';
import type { BackIndices, FrontIndices } from '../../moments';
import type { Run } from '../run';
import { frameAt, tableOf, wordAt } from './kernel-tables';

/** A row of the table. `page` is 0 in a free one; `produced` and `consumed` say where the indices are. */
const ROW = struct('rings', 'src/guests/pocket-io/kernel/rings.c', {
	page: 'u32',
	produced: 'u32',
	consumed: 'u32',
	back: 'u32'
});
const TABLE = 'rings';

/** What one end of a ring keeps to itself. */
interface OwnIndices {
	produced: number;
	consumed: number;
}

export function frontOwn(run: Run, dom: number, frame: number): FrontIndices | null {
	const own = ownIndices(run, dom, frame, false);
	return own && { req_prod_pvt: own.produced, rsp_cons: own.consumed };
}

export function backOwn(run: Run, dom: number, frame: number): BackIndices | null {
	const own = ownIndices(run, dom, frame, true);
	return own && { rsp_prod_pvt: own.produced, req_cons: own.consumed };
}

/** Those of a domain's end of the ring in a machine frame; null where its kernel tells of no such ring. */
function ownIndices(run: Run, dom: number, frame: number, back: boolean): OwnIndices | null {
	const { address, size } = tableOf(run, dom, TABLE);
	const end = address + Math.min(size, PAGE_SIZE);
	for (let row = address; row + ROW.size <= end; row += ROW.size) {
		const word = (name: keyof typeof ROW.at): number => wordAt(run, dom, row + ROW.at[name]);
		const page = word('page');
		if (page <= 0 || (word('back') === 1) !== back || frameAt(run, dom, page) !== frame) continue;
		const [produced, consumed] = [wordAt(run, dom, word('produced')), wordAt(run, dom, word('consumed'))];
		return produced < 0 || consumed < 0 ? null : { produced, consumed };
	}
	return null;
}
