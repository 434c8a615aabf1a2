/**
 * The private indices of a ring's two ends, which no shared page tells. A kernel of ours notes each of its rings in the table `rings`
 * (src/guests/pocket-io/kernel/rings.c); its symbol table says where that is, its own page tables in which frames. Other kernels have no such table.
 */
import { struct } from '../../abi/layout';
import { PAGE_SIZE } from '../../base';
import type { BackIndices, FrontIndices } from '../../moments';
import type { Run } from '../run';
import { Symbols } from '../symbols';
import { translate } from './page-walk';
import { topTable } from './vcpus';

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
	const { address, size } = tableOf(run, dom);
	const end = address + Math.min(size, PAGE_SIZE);
	for (let row = address; row + ROW.size <= end; row += ROW.size) {
		const word = (name: keyof typeof ROW.at): number => read(run, dom, row + ROW.at[name]);
		const page = word('page');
		if (page <= 0 || (word('back') === 1) !== back || frameAt(run, dom, page) !== frame) continue;
		const [produced, consumed] = [read(run, dom, word('produced')), read(run, dom, word('consumed'))];
		return produced < 0 || consumed < 0 ? null : { produced, consumed };
	}
	return null;
}

/** Where a domain's kernel has the table, and its bytes: none where it has no such table. */
function tableOf(run: Run, dom: number): { address: number; size: number } {
	const guest = run.system.toolstack.domains.find((domain) => domain.dom === dom);
	const found = guest && symbolsOf(guest.config.image).all.find(({ name }) => name === TABLE);
	return found ?? { address: 0, size: 0 };
}

const KNOWN = new WeakMap<Uint8Array, Symbols>();

/** The names of an image, read once. */
function symbolsOf(image: Uint8Array): Symbols {
	const known = KNOWN.get(image) ?? Symbols.of(image);
	KNOWN.set(image, known);
	return known;
}

/** Through the domain's own page tables, whoever is on the processor; -1 where nothing is mapped. */
function physicalOf(run: Run, dom: number, address: number): number {
	const top = topTable(run, { dom, vcpu: 0 });
	return top < 0 ? -1 : translate(run, address, top);
}

function frameAt(run: Run, dom: number, address: number): number {
	const physical = physicalOf(run, dom, address);
	return physical < 0 ? -1 : Math.floor(physical / PAGE_SIZE);
}

/** An aligned word of a domain's memory; -1 where there is none. */
function read(run: Run, dom: number, address: number): number {
	const frame = frameAt(run, dom, address);
	if (!run.system.hypervisor.frames.exists(frame)) return -1;
	return run.system.machine.memory.read32(frame * PAGE_SIZE + (address % PAGE_SIZE)) >>> 0;
}
