/**
 * GNTTABOP_unmap_grant_ref and unmap_and_replace. Entries go first, then translations, and only then what the entries held:
 * a frame is not let go while the processor may still reach it. So it goes by batches of up to 32.
 */
import {
	GNTMAP_device_map,
	GNTMAP_host_map,
	GNTMAP_readonly,
	GNTST_bad_dev_addr,
	GNTST_bad_handle,
	GNTST_general_error,
	GNTST_okay,
	GNTTAB_UNMAP_AND_REPLACE,
	GNTTAB_UNMAP_GRANT_REF
} from '../../abi/structs/grant';
import { DOMID_INVALID } from '../../abi/structs/xen';
import { PAGE_SHIFT } from '../../base';
import { CHECK, KIND, word } from '../../trace/events';
import type { Vcpu } from '../core/domain';
import type { Hypervisor } from '../core/hypervisor';
import { putPage } from '../mm/frame-table';
import { replaceGrantMapping, type HostAddress } from '../mm/grant-entry';
import { putPageAndType } from '../mm/page-types';
import { flushLocal } from '../mm/tlb';
import { endUse } from './active';
import { addressIn } from './map';
import { putHandle } from './maptrack';
import type { RequestWords, Serve } from './requests';
import { kindsOf, writes, type Mapping } from './table';

const NOWHERE: HostAddress = { low: 0, high: 0 };

/** What is to be undone of a mapping: zero addresses leave that part alone. */
interface Unmapping {
	readonly handle: number;
	readonly host: HostAddress;
	readonly device: HostAddress;
	/** The address whose entry takes the place of the one that goes, or zero. */
	readonly instead: HostAddress;
}

/** What has been undone and still holds references: a part of a mapping. */
type Done = Readonly<Mapping>;

export const unmapGrantRef: Serve = (hv, v) => {
	const { at } = GNTTAB_UNMAP_GRANT_REF;
	const batch = new Batch(hv, v);
	return {
		layout: GNTTAB_UNMAP_GRANT_REF,
		describe: (request) => batch.describe(request.getUint32(at.handle, true), addressIn(request, at.host_addr)),
		apply: (request) =>
			batch.unmap({
				handle: request.getUint32(at.handle, true),
				host: addressIn(request, at.host_addr),
				device: addressIn(request, at.dev_bus_addr),
				instead: NOWHERE
			}),
		settle: () => batch.settle()
	};
};

export const unmapAndReplace: Serve = (hv, v) => {
	const { at } = GNTTAB_UNMAP_AND_REPLACE;
	const batch = new Batch(hv, v);
	return {
		layout: GNTTAB_UNMAP_AND_REPLACE,
		describe: (request) => batch.describe(request.getUint32(at.handle, true), addressIn(request, at.host_addr)),
		apply: (request) =>
			batch.unmap({
				handle: request.getUint32(at.handle, true),
				host: addressIn(request, at.host_addr),
				device: NOWHERE,
				instead: addressIn(request, at.new_addr)
			}),
		settle: () => batch.settle()
	};
};

const given = ({ low, high }: HostAddress): boolean => (low | high) !== 0;

/** Tells that a mapping is gone. */
export function tellUnmapped(hv: Hypervisor, handle: number, { dom, ref, mfn }: Mapping): void {
	hv.recorder.record(KIND.grant_unmap, word('of_dom', dom), word('ref', ref), word('mfn', mfn), word('handle', handle));
}

class Batch {
	private done: Done[] = [];

	constructor(
		private readonly hv: Hypervisor,
		private readonly v: Vcpu
	) {}

	describe(handle: number, { low, high }: HostAddress): RequestWords {
		const dom = this.hv.grants.table(this.v.domain).mappings.get(handle)?.dom ?? DOMID_INVALID;
		return [word('of_dom', dom), word('what', handle), word('where_low', low), word('where_high', high)];
	}

	/** @returns a GNTST_*, with nothing undone unless it is okay */
	unmap({ handle, host, device, instead }: Unmapping): number {
		const { hv, v } = this;
		const table = hv.grants.table(v.domain);
		const mapping = table.mappings.get(handle);
		if (!hv.ask(CHECK.grant_handle, mapping !== undefined, handle, table.handles) || !mapping) return GNTST_bad_handle;
		const { flags, mfn } = mapping;
		const byDevice = given(device) && (flags & GNTMAP_device_map) !== 0;
		if (byDevice && !this.isBusAddress(device, mfn)) return GNTST_bad_dev_addr;
		const byHost = given(host) && (flags & GNTMAP_host_map) !== 0;
		if (byHost && !replaceGrantMapping(hv, v, host, mfn, instead, flags)) return GNTST_general_error;
		const gone = (byDevice ? GNTMAP_device_map : 0) | (byHost ? GNTMAP_host_map : 0);
		if (gone !== 0) this.done.push({ ...mapping, flags: gone | (flags & GNTMAP_readonly) });
		mapping.flags &= ~gone;
		if ((mapping.flags & (GNTMAP_device_map | GNTMAP_host_map)) === 0) {
			tellUnmapped(hv, handle, mapping);
			putHandle(table, handle);
		}
		return GNTST_okay;
	}

	/** Drops translations, then gives back what the entries and addresses held. */
	settle(): void {
		const { hv, done } = this;
		this.done = [];
		// Also where all was refused: unmap_and_replace may have emptied an entry by then.
		flushLocal(hv);
		for (const { dom, ref, mfn, flags } of done) {
			const granter = hv.domains.get(dom);
			const kinds = kindsOf(flags);
			for (const kind of kinds) {
				if (writes(kind)) putPageAndType(hv, mfn);
				else putPage(hv, mfn);
			}
			if (granter) endUse(hv, granter, ref, kinds);
		}
	}

	private isBusAddress(device: HostAddress, mfn: number): boolean {
		const same = device.low >>> 0 === (mfn << PAGE_SHIFT) >>> 0 && device.high === mfn >>> (32 - PAGE_SHIFT);
		return this.hv.ask(CHECK.grant_bus_address, same, device.low, mfn);
	}
}
