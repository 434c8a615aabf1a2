/** What the hypervisor knows of grants: every domain's table, and the frames that the toolstack has mapped. */
import { GNTMAP_device_map, GNTMAP_host_map, GNTMAP_readonly } from '../../abi/structs/grant';
import { copyPlain } from '../../base';
import type { Domain } from '../core/domain';
import type { Hypervisor } from '../core/hypervisor';
import type { Lending } from '../mm/context';
import { putPageAndType } from '../mm/page-types';
import type { Enough } from '../mm/relinquish';
import { shareXenPageWithGuest, unshareXenPage } from '../mm/sharing';
import { disagreements } from './audit';
import { forgetGranter, releaseMappings } from './release';
import { emptyTable, INITIAL_GRANT_FRAMES, type GrantLimits, type GrantTable } from './table';

/** Grant tables and mapped frames as plain data. */
export interface SavedGrants {
	tables: [dom: number, table: GrantTable][];
	mapped: [mfn: number, count: number][];
}

/** The grant tables of all domains, and the frames of others that the toolstack has mapped. */
export class GrantState {
	/** By domain; none for one that was made without. */
	readonly tables = new Map<number, GrantTable>();
	/** Frames that the toolstack holds: for each, so many page references and writable type references. */
	readonly mapped = new Map<number, number>();

	/** Gives a new domain its table. */
	create(hv: Hypervisor, d: Domain, limits?: GrantLimits): void {
		this.tables.set(d.id, emptyTable(limits));
		this.grow(hv, d, INITIAL_GRANT_FRAMES);
	}

	/**
	 * The end of a domain: it maps nothing more, those who map something of it keep only the frames, its table is taken back.
	 * @returns whether that is all done, or only as many mappings as were enough for now
	 */
	destroy(hv: Hypervisor, d: Domain, enough: Enough): boolean {
		if (!this.tables.has(d.id)) return true;
		if (!releaseMappings(hv, d, enough)) return false;
		forgetGranter(hv, d);
		for (const frame of this.frames(d)) unshareXenPage(hv, frame);
		this.tables.delete(d.id);
		return true;
	}

	/** A domain's table; an empty one, of no effect, where it has none. */
	table(d: Domain): GrantTable {
		return this.tables.get(d.id) ?? emptyTable();
	}

	frames(d: Domain): readonly number[] {
		return this.table(d).frames;
	}

	/** Adds frames until there are `count`. */
	grow(hv: Hypervisor, d: Domain, count: number): void {
		const { frames } = this.table(d);
		while (frames.length < count) {
			const frame = hv.heap.allocate();
			shareXenPageWithGuest(hv, frame, d);
			frames.push(frame);
		}
	}

	/** Notes that the toolstack took a page and a writable type reference on `mfn`. */
	hold(mfn: number): void {
		this.mapped.set(mfn, (this.mapped.get(mfn) ?? 0) + 1);
	}

	/** Gives the references of one `hold` back. */
	drop(hv: Hypervisor, mfn: number): void {
		const count = this.mapped.get(mfn) ?? 0;
		if (count === 0) return;
		if (count === 1) this.mapped.delete(mfn);
		else this.mapped.set(mfn, count - 1);
		putPageAndType(hv, mfn);
	}

	/** Every mapping by handle, for whoever counts references. */
	*lendings(): Iterable<Lending> {
		for (const [mapper, table] of this.tables) {
			for (const { mfn, flags } of table.mappings.values()) {
				const [host, device] = [(flags & GNTMAP_host_map) !== 0, (flags & GNTMAP_device_map) !== 0];
				yield { mapper, mfn, writable: (flags & GNTMAP_readonly) === 0, host, device };
			}
		}
	}

	/** What does not fit together, one sentence each (audit.ts). */
	disagreements(): string[] {
		return disagreements(this.tables);
	}

	save(): SavedGrants {
		return { tables: copyPlain([...this.tables]), mapped: [...this.mapped] };
	}

	restore(saved: SavedGrants): void {
		this.tables.clear();
		this.mapped.clear();
		for (const [dom, table] of copyPlain(saved.tables)) this.tables.set(dom, table);
		for (const [frame, count] of saved.mapped) this.mapped.set(frame, count);
	}
}
