/** Grant tables: what each domain permits to others, read from the very frames that they share with the hypervisor. */
import { GRANT_ENTRY_V1 } from '../../abi/structs/grant';
import { DOMID_INVALID } from '../../abi/structs/xen';
import { PAGE_SIZE } from '../../base';
import type { Domain } from '../../hypervisor/core/domain';
import type { ActiveGrant } from '../../hypervisor/grants/table';
import { getM2p } from '../../hypervisor/mm/address-space';
import type { DomainGrants, GrantEntry, GrantPicture, GrantUse } from '../../moments';
import type { Run } from '../run';

const A_FRAME = PAGE_SIZE / GRANT_ENTRY_V1.size;

/** The table of every domain that has one. */
export const grants = (run: Run): GrantPicture => ({
	domains: [...run.system.hypervisor.domains.values()]
		.filter((domain) => run.system.hypervisor.grants.tables.has(domain.id))
		.map((domain) => table(run, domain))
});

function table(run: Run, domain: Domain): DomainGrants {
	const { frames, maxFrames, active, mappings } = run.system.hypervisor.grants.table(domain);
	return {
		id: domain.id,
		name: domain.name,
		frames: [...frames],
		maxFrames,
		capacity: frames.length * A_FRAME,
		entries: frames.flatMap((frame, place) => entries(run, frame, place * A_FRAME, active)),
		mappings: [...mappings].map(([handle, { dom, ref, mfn, flags }]) => ({ handle, dom, ref, frame: mfn, flags }))
	};
}

function useOf(grant: ActiveGrant | undefined): GrantUse | null {
	if (!grant) return null;
	const { hostWrite, hostRead, deviceWrite, deviceRead } = grant.pins;
	const devices = deviceWrite + deviceRead;
	return { domid: grant.domid, frame: grant.mfn, writable: hostWrite, readOnly: hostRead, devices };
}

/** The entries of one frame that are not zero, or in use. */
function entries(run: Run, table: number, first: number, active: ReadonlyMap<number, ActiveGrant>): GrantEntry[] {
	const { hypervisor, machine } = run.system;
	const { memory } = machine;
	const found: GrantEntry[] = [];
	for (let place = 0; place < A_FRAME; place++) {
		const at = table * PAGE_SIZE + place * GRANT_ENTRY_V1.size;
		const flags = memory.read16(at + GRANT_ENTRY_V1.at.flags);
		const frame = memory.read32(at + GRANT_ENTRY_V1.at.frame) >>> 0;
		const domid = memory.read16(at + GRANT_ENTRY_V1.at.domid);
		const use = useOf(active.get(first + place));
		if (flags === 0 && frame === 0 && domid === 0 && use === null) continue;
		const ram = hypervisor.frames.exists(frame);
		const pfn = ram ? getM2p(hypervisor, frame) : 0xffff_ffff;
		found.push({
			ref: first + place,
			flags,
			domid,
			frame,
			owner: ram ? hypervisor.frames.owner[frame] : DOMID_INVALID,
			pfn: pfn === 0xffff_ffff ? -1 : pfn,
			mapped: hypervisor.grants.mapped.get(frame) ?? 0,
			use
		});
	}
	return found;
}
