/** Memory as bytes, and where structures of the public interface lie in it. */
import { PAGE_SIZE } from '../../base';
import { XEN_TSS_VIRT } from '../../hypervisor/core/layout';
import { sharedInfoAddress, vcpuInfoAddress } from '../../hypervisor/events/shared-info';
import type { Domain } from '../../hypervisor/core/domain';
import type { KnownPlace, MemoryBytes } from '../../moments';
import { readLinear } from './moment';
import { translate } from './page-walk';
import type { Run } from '../run';
import { words } from '../../words';
import { words as late } from '../../words/late';
import { fill } from '../../words/template';

const said = late.inspect.places;

/** More than this is not read at once. */
const MOST_BYTES = 0x1_0000;

/** Bytes at a linear address, through the page tables of now, or at a physical one. @throws RangeError for a bad length */
export function memory(run: Run, space: 'linear' | 'physical', start: number, length: number): MemoryBytes {
	if (!Number.isInteger(length) || length < 0 || length > MOST_BYTES)
		throw new RangeError(fill(late.inspect.errors.length, { length, most: MOST_BYTES }));
	if (space === 'linear') {
		const linear = start >>> 0;
		const bytes = readLinear(run, linear, Math.min(length, 2 ** 32 - linear));
		return { space, start: linear, bytes, physical: translate(run, linear) };
	}
	const { memory: ram } = run.system.machine;
	const room = ram.reach(start, length);
	const bytes = room > 0 ? ram.bytes(start, room).slice() : new Uint8Array(0);
	return { space, start, bytes, physical: room > 0 ? start : -1 };
}

const ofXen = (name: string): string => fill(said.place, { whose: words.views.shared.domains.xen, name });

/** Where the structures that guests and hypervisor share lie now. */
export function places(run: Run): KnownPlace[] {
	const { hypervisor } = run.system;
	const own: KnownPlace[] = [
		{
			id: 'xen/frame',
			label: ofXen(said.trapFrame),
			structure: 'trap_frame',
			physical: hypervisor.pcpu.frame.base,
			count: 1
		},
		{ id: 'xen/tss', label: ofXen(said.tss), structure: 'tss', physical: hypervisor.xenPage(XEN_TSS_VIRT), count: 1 }
	];
	const domains = [...hypervisor.domains.values()].filter((domain) => !domain.played);
	return [...domains.flatMap((domain) => placesOf(run, domain)), ...own];
}

function placesOf(run: Run, domain: Domain): KnownPlace[] {
	const { hypervisor, toolstack } = run.system;
	const built = toolstack.domain(domain.id)?.built;
	const whose = fill(words.names.domain, { dom: domain.id });
	/** `id` stands in links and saved layouts: it is the same in all languages. */
	const place = (id: string, name: string, structure: string, physical: number, count = 1): KnownPlace => ({
		id: `dom${domain.id}/${id}`,
		label: fill(said.place, { whose, name }),
		structure,
		physical,
		count
	});
	const found = [place('shared_info', 'shared info', 'shared_info', sharedInfoAddress(domain))];
	for (const v of domain.vcpus)
		found.push(place(`vcpu_info ${v.id}`, fill(said.vcpuInfo, { vcpu: v.id }), 'vcpu_info', vcpuInfoAddress(v)));
	if (built) {
		found.push(
			place('start_info', 'start info', 'start_info', built.frames[built.layout.startInfo.pfn] * PAGE_SIZE),
			...(built.consoleMfn === 0
				? []
				: [place('console ring', said.consoleRing, 'xencons_interface', built.consoleMfn * PAGE_SIZE)]),
			place('xenstore ring', said.xenstoreRing, 'xenstore_domain_interface', built.xenstoreMfn * PAGE_SIZE)
		);
	}
	hypervisor.grants
		.frames(domain)
		.forEach((frame, index) =>
			found.push(
				place(`grant table ${index}`, fill(said.grantTable, { index }), 'grant_entry_v1', frame * PAGE_SIZE, 512)
			)
		);
	for (const v of domain.vcpus)
		if (v.mm.guestTable !== null)
			found.push(
				place(
					`L3 page table of vcpu ${v.id}`,
					fill(said.l3Table, { vcpu: v.id }),
					'page_table',
					v.mm.guestTable * PAGE_SIZE,
					4
				)
			);
	return found;
}
