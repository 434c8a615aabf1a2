/**
 * Tables that a kernel of ours keeps for whoever looks in from outside: its symbol table says where one is, its own page tables in which frames.
 * Other kernels have no such tables.
 */
import { PAGE_SIZE } from '../../base';
import type { Run } from '../run';
import { Symbols } from '../symbols';
import { translate } from './page-walk';
import { topTable } from './vcpus';

/** Linear address of a domain's table `name`, and its bytes: none where its kernel has no such table. */
export function tableOf(run: Run, dom: number, name: string): { address: number; size: number } {
	const guest = run.system.toolstack.domains.find((domain) => domain.dom === dom);
	const found = guest && symbolsOf(guest.config.image).all.find((symbol) => symbol.name === name);
	return found ?? { address: 0, size: 0 };
}

const KNOWN = new WeakMap<Uint8Array, Symbols>();

/** The names of an image, read once. */
function symbolsOf(image: Uint8Array): Symbols {
	const known = KNOWN.get(image) ?? Symbols.of(image);
	KNOWN.set(image, known);
	return known;
}

/** Machine frame of a domain's page, through its own page tables, whoever is on the processor; -1 where nothing is mapped. */
export function frameAt(run: Run, dom: number, address: number): number {
	const top = topTable(run, { dom, vcpu: 0 });
	const physical = top < 0 ? -1 : translate(run, address, top);
	return physical < 0 ? -1 : Math.floor(physical / PAGE_SIZE);
}

/** An aligned word of a domain's memory; -1 where there is none. */
export function wordAt(run: Run, dom: number, address: number): number {
	const frame = frameAt(run, dom, address);
	if (!run.system.hypervisor.frames.exists(frame)) return -1;
	return run.system.machine.memory.read32(frame * PAGE_SIZE + (address % PAGE_SIZE)) >>> 0;
}

/** `length` bytes of a domain's memory; null where some of them are not there. */
export function bytesAt(run: Run, dom: number, address: number, length: number): Uint8Array | null {
	const bytes = new Uint8Array(length);
	for (let done = 0; done < length;) {
		const [frame, offset] = [frameAt(run, dom, address + done), (address + done) % PAGE_SIZE];
		if (!run.system.hypervisor.frames.exists(frame)) return null;
		const count = Math.min(length - done, PAGE_SIZE - offset);
		bytes.set(run.system.machine.memory.bytes(frame * PAGE_SIZE + offset, count), done);
		done += count;
	}
	return bytes;
}
