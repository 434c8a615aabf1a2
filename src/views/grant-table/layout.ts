/** Grant tables, as marks: what each domain permits whom, and what of it is in use. */
import {
	GNTMAP_device_map,
	GNTMAP_host_map,
	GNTMAP_readonly,
	GNTTAB_RESERVED_CONSOLE,
	GNTTAB_RESERVED_XENSTORE,
	GTF_accept_transfer,
	GTF_permit_access,
	GTF_readonly,
	GTF_reading,
	GTF_transfer_completed,
	GTF_type_mask,
	GTF_writing
} from '../../abi/structs/grant';
import type { DomainGrants, GrantEntry, GrantMapping, GrantPicture, GrantUse } from '../../moments';
import type { BitField } from '../../x86/bits';
import { count, frame } from '../../words/numbers';
import { domainName } from '../shared/rings';
import { goneRows, markChanged, rowSentence, type RowMark } from '../shared/rows';
import type { TwinLine } from '../shared/twin';
import { words } from '../../words/late';
import { fill } from '../../words/template';

const said = words.views.grants;

export interface GrantTableMarks {
	id: number;
	title: string;
	/** How large the table is; with no rows, that it is empty. */
	detail: string;
	rows: RowMark[];
	/** What the domain has mapped of others. */
	mappings: RowMark[];
}

/** What is to be remarked of an entry stands under no name. */
export const COLUMNS = [...said.columns.entries, ''];
export const MAPPING_COLUMNS = said.columns.mappings;

const TYPE_FIELD: BitField = {
	high: 1,
	low: 0,
	name: 'type',
	about: said.bits.type
};
const bit = (at: number, name: Exclude<keyof typeof said.bits, 'type'>): BitField => ({
	high: at,
	low: at,
	name,
	about: said.bits[name]
});

/** Bits of an entry's flags: what they mean depends on the lowest two (xen/include/public/grant_table.h). */
export const flagFields = (flags: number): readonly BitField[] =>
	(flags & GTF_type_mask) === GTF_accept_transfer
		? [bit(3, 'completed'), bit(2, 'committed'), TYPE_FIELD]
		: [bit(4, 'writing'), bit(3, 'reading'), bit(2, 'readonly'), TYPE_FIELD];

const TYPES = [said.permits.nothing, said.permits.access, said.permits.transfer, said.permits.transitive] as const;
const RESERVED: Readonly<Record<number, string>> = {
	[GNTTAB_RESERVED_CONSOLE]: said.remarks.console,
	[GNTTAB_RESERVED_XENSTORE]: said.remarks.xenstore
};

const isAccess = (flags: number): boolean => (flags & GTF_type_mask) === GTF_permit_access;

/** What an entry permits, in words. */
const permits = (flags: number): string =>
	isAccess(flags) && (flags & GTF_readonly) !== 0 ? said.permits.readOnly : TYPES[flags & GTF_type_mask];

const timesText = (what: string, times: number): string =>
	times === 1 ? what : fill(said.uses.times, { what, times });

/** How a frame is mapped, by kind, in words. */
function usesText({ domid, writable, readOnly, devices }: GrantUse): string {
	const kinds: [number, string][] = [
		[writable, said.uses.writable],
		[readOnly, said.uses.readOnly],
		[devices, said.uses.devices]
	];
	const used = kinds.filter(([times]) => times > 0).map(([times, kind]) => timesText(kind, times));
	return fill(said.uses.line, { dom: domainName(domid), kinds: used.join(', ') });
}

/** What the hypervisor counts; the entry's own flags only where they say something else. */
function inUse({ flags, mapped, use }: GrantEntry): string {
	if (use) return usesText(use);
	if (mapped > 0) return timesText(said.uses.mapped, mapped);
	const marked = isAccess(flags) && (flags & (GTF_reading | GTF_writing)) !== 0;
	return marked ? said.uses.marked : said.uses.none;
}

/** Of an entry that accepts a page: how far that has come. */
function arrival(flags: number): string {
	if ((flags & GTF_type_mask) !== GTF_accept_transfer) return '';
	return (flags & GTF_transfer_completed) !== 0 ? said.remarks.arrived : '';
}

function remark(domain: DomainGrants, entry: GrantEntry): string {
	if (entry.use && entry.use.frame !== entry.frame)
		return fill(said.remarks.otherFrame, { frame: frame(entry.use.frame) });
	if (isForeign(domain, entry)) return fill(said.remarks.notOwn, { dom: domainName(entry.owner) });
	return arrival(entry.flags) || (RESERVED[entry.ref] ?? '');
}

/** Whether an entry that permits access names a frame that is not the domain's to grant. */
const isForeign = (domain: DomainGrants, entry: GrantEntry): boolean =>
	entry.owner !== domain.id && (entry.flags & GTF_type_mask) !== GTF_accept_transfer;

function row(domain: DomainGrants, entry: GrantEntry): RowMark {
	const lies = entry.use !== null && entry.use.frame !== entry.frame;
	return {
		id: `${domain.id}/${entry.ref}`,
		cells: [
			String(entry.ref),
			permits(entry.flags),
			domainName(entry.domid),
			entry.pfn >= 0 ? fill(said.frame, { frame: frame(entry.frame), pfn: frame(entry.pfn) }) : frame(entry.frame),
			inUse(entry),
			remark(domain, entry)
		],
		tone: 'kernel',
		bad: lies || (isForeign(domain, entry) && (entry.flags & GTF_type_mask) !== 0),
		faint: (entry.flags & GTF_type_mask) === 0 && entry.use === null
	};
}

function mappingText(flags: number): string {
	const { mapping } = said;
	const [tables, devices] = [(flags & GNTMAP_host_map) !== 0, (flags & GNTMAP_device_map) !== 0];
	return fill(tables && devices ? mapping.both : mapping.line, {
		rights: (flags & GNTMAP_readonly) !== 0 ? mapping.readOnly : mapping.writable,
		way: tables ? mapping.tables : mapping.devices,
		tables: mapping.tables,
		devices: mapping.devices
	});
}

function mappingRow(domain: DomainGrants, { handle, dom, ref, frame: mfn, flags }: GrantMapping): RowMark {
	return {
		id: `${domain.id}/handle ${handle}`,
		cells: [String(handle), domainName(dom), String(ref), frame(mfn), mappingText(flags)],
		tone: 'kernel'
	};
}

const detail = (domain: DomainGrants): string =>
	fill(said.detail, {
		used: count(domain.entries.length),
		capacity: count(domain.capacity),
		held: domain.frames.length,
		most: domain.maxFrames,
		frames: domain.frames.map(frame).join(', ')
	});

/** @param before the same a moment ago, or null */
export const layout = (picture: GrantPicture, before: GrantPicture | null = null): GrantTableMarks[] =>
	picture.domains.map((domain) => {
		const old = before && (before.domains.find((other) => other.id === domain.id) ?? null);
		const rows = domain.entries.map((entry) => row(domain, entry));
		const were = old && old.entries.map((entry) => row(old, entry));
		const gone = goneRows(rows, were).map((lost) => ({
			...lost,
			cells: [lost.cells[0], said.takenBack, '', '', '', ''],
			changed: true
		}));
		return {
			id: domain.id,
			title: fill(said.heading, { dom: domainName(domain.id), name: domain.name }),
			detail: domain.frames.length ? detail(domain) : said.noTable,
			rows: [...markChanged(rows, were), ...gone],
			mappings: markChanged(
				domain.mappings.map((mapping) => mappingRow(domain, mapping)),
				old && old.mappings.map((mapping) => mappingRow(domain, mapping))
			)
		};
	});

/** The entry of a chosen row. */
export const entryOf = (picture: GrantPicture, id: string): GrantEntry | undefined => {
	const [dom, ref] = id.split('/').map(Number);
	return picture.domains.find((domain) => domain.id === dom)?.entries.find((entry) => entry.ref === ref);
};

export const twin = (tables: readonly GrantTableMarks[]): TwinLine[] =>
	tables.flatMap((table) => [
		{ id: `dom ${table.id}`, text: fill(said.twin, { title: table.title, detail: table.detail }), choosable: false },
		...table.rows.map((mark) => ({ id: mark.id, text: `${rowSentence(mark, COLUMNS)}.` })),
		...table.mappings.map((mark) => ({ id: mark.id, text: `${rowSentence(mark, MAPPING_COLUMNS)}.` }))
	]);
