import { beforeEach, describe, expect, it } from 'vitest';
import { GNTMAP_device_map, GNTMAP_host_map } from '../../../abi/structs/grant';
import type { Hypervisor } from '../../core/hypervisor';
import { audit } from '../../mm/audit';
import { pair, slot, type Party } from './party';

let granter: Party;
let mapper: Party;
let hv: Hypervisor;
let handle: number;

beforeEach(() => {
	({ granter, mapper, hv } = pair());
	granter.grant(8, mapper.dom, granter.mfn(7));
	handle = mapper.map(granter.dom, 8, slot(0), GNTMAP_host_map | GNTMAP_device_map);
});

describe('the auditor', () => {
	it('is content with a grant that is mapped', () => expect(audit(hv)).toEqual([]));

	const damage: [string, () => void, RegExp][] = [
		['a use too many', () => void granter.table.active.get(8)!.pins.hostRead++, /entry 8 of domain 1 counts/],
		['a use that nobody has', () => void mapper.table.mappings.delete(handle), /entry 8 of domain 1 counts/],
		['a mapping without a use', () => void granter.table.active.delete(8), /not in use so/],
		[
			'a mapping of another frame',
			() => void Object.assign(mapper.table.mappings.get(handle)!, { mfn: 5 }),
			/not in use/
		],
		['a handle that is lost', () => void mapper.table.free[0].pop(), /256 handles, 254 free, 1 in use/],
		['a handle that is free twice', () => void mapper.table.free[0].push(1), /256 handles, 256 free, 1 in use/],
		['a device that reaches a page unseen', () => void (mapper.table.mappings.get(handle)!.flags &= ~1), /references/],
		[
			'an entry for another domain\u2019s frame that no grant explains',
			() => {
				const { low, high } = mapper.pte(slot(0));
				hv.machine.memory.write32(mapper.pteAddress(slot(1)), low);
				hv.machine.memory.write32(mapper.pteAddress(slot(1)) + 4, high);
				hv.frames.refCount[granter.mfn(7)]++;
				hv.frames.typeCount[granter.mfn(7)]++;
			},
			/domain 2 maps frame \d+ writable by 2 entries, by 1 grants/
		]
	];
	it.each(damage)('notices %s', (_name, work, told) => {
		work();
		expect(audit(hv).join('\n')).toMatch(told);
	});
});
