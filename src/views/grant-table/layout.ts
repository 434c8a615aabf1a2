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

export interface GrantTableMarks {
	id: number;
	title: string;
	/** How large the table is; with no rows, that it is empty. */
	detail: string;
	rows: RowMark[];
	/** What the domain has mapped of others. */
	mappings: RowMark[];
}

export const COLUMNS = ['ref', 'permits', 'to', 'frame', 'in use', ''] as const;
export const MAPPING_COLUMNS = ['handle', 'granted by', 'ref', 'frame', 'mapped'] as const;

const TYPE_FIELD: BitField = {
	high: 1,
	low: 0,
	name: 'type',
	about: '1 permits access, 2 accepts a page, 3 is transitive'
};
const bit = (at: number, name: string, about: string): BitField => ({ high: at, low: at, name, about });

/** Bits of an entry's flags: what they mean depends on the lowest two (xen/include/public/grant_table.h). */
export const flagFields = (flags: number): readonly BitField[] =>
	(flags & GTF_type_mask) === GTF_accept_transfer
		? [
				bit(3, 'completed', 'the hypervisor says: the page has come'),
				bit(2, 'committed', 'the hypervisor says: a page is on its way'),
				TYPE_FIELD
			]
		: [
				bit(4, 'writing', 'the hypervisor says: mapped for writing'),
				bit(3, 'reading', 'the hypervisor says: mapped for reading'),
				bit(2, 'readonly', 'may be read only'),
				TYPE_FIELD
			];

const TYPES = ['nothing', 'access', 'a page to come', 'transitive access'] as const;
const RESERVED: Readonly<Record<number, string>> = {
	[GNTTAB_RESERVED_CONSOLE]: 'the console ring',
	[GNTTAB_RESERVED_XENSTORE]: 'the xenstore ring'
};

const isAccess = (flags: number): boolean => (flags & GTF_type_mask) === GTF_permit_access;

/** What an entry permits, in words. */
const permits = (flags: number): string =>
	`${TYPES[flags & GTF_type_mask]}${isAccess(flags) && (flags & GTF_readonly) !== 0 ? ', read-only' : ''}`;

/** How a frame is mapped, by kind, in words. */
function usesText({ domid, writable, readOnly, devices }: GrantUse): string {
	const kinds: [number, string][] = [
		[writable, 'writable'],
		[readOnly, 'read-only'],
		[devices, 'for devices']
	];
	const said = kinds.filter(([times]) => times > 0).map(([times, kind]) => (times === 1 ? kind : `${kind} ${times}×`));
	return `mapped by ${domainName(domid)}: ${said.join(', ')}`;
}

/** What the hypervisor counts; the entry's own flags only where they say something else. */
function inUse({ flags, mapped, use }: GrantEntry): string {
	if (use) return usesText(use);
	if (mapped > 0) return mapped === 1 ? 'mapped' : `mapped ${mapped}×`;
	const marked = isAccess(flags) && (flags & (GTF_reading | GTF_writing)) !== 0;
	return marked ? 'no, only marked so' : 'no';
}

/** Of an entry that accepts a page: how far that has come. */
function arrival(flags: number): string {
	if ((flags & GTF_type_mask) !== GTF_accept_transfer) return '';
	return (flags & GTF_transfer_completed) !== 0 ? 'the page has come' : '';
}

function remark(domain: DomainGrants, entry: GrantEntry): string {
	if (entry.use && entry.use.frame !== entry.frame) return `in use is frame ${frame(entry.use.frame)}`;
	if (isForeign(domain, entry)) return `not its own: ${domainName(entry.owner)}`;
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
			`${frame(entry.frame)}${entry.pfn >= 0 ? ` (pfn ${frame(entry.pfn)})` : ''}`,
			inUse(entry),
			remark(domain, entry)
		],
		tone: 'kernel',
		bad: lies || (isForeign(domain, entry) && (entry.flags & GTF_type_mask) !== 0),
		faint: (entry.flags & GTF_type_mask) === 0 && entry.use === null
	};
}

function mappingRow(domain: DomainGrants, { handle, dom, ref, frame: mfn, flags }: GrantMapping): RowMark {
	const ways = [
		(flags & GNTMAP_host_map) !== 0 ? 'in its page tables' : '',
		(flags & GNTMAP_device_map) !== 0 ? 'for devices' : ''
	].filter(Boolean);
	const rights = (flags & GNTMAP_readonly) !== 0 ? 'read-only' : 'writable';
	return {
		id: `${domain.id}/handle ${handle}`,
		cells: [String(handle), domainName(dom), String(ref), frame(mfn), `${rights}, ${ways.join(' and ')}`],
		tone: 'kernel'
	};
}

const detail = (domain: DomainGrants): string =>
	`${count(domain.entries.length)} of ${count(domain.capacity)} entries used, ` +
	`${domain.frames.length} of at most ${domain.maxFrames} frames (${domain.frames.map(frame).join(', ')})`;

/** @param before the same a moment ago, or null */
export const layout = (picture: GrantPicture, before: GrantPicture | null = null): GrantTableMarks[] =>
	picture.domains.map((domain) => {
		const old = before && (before.domains.find((other) => other.id === domain.id) ?? null);
		const rows = domain.entries.map((entry) => row(domain, entry));
		const were = old && old.entries.map((entry) => row(old, entry));
		const gone = goneRows(rows, were).map((lost) => ({
			...lost,
			cells: [lost.cells[0], 'taken back', '', '', '', ''],
			changed: true
		}));
		return {
			id: domain.id,
			title: `${domainName(domain.id)} · ${domain.name}`,
			detail: domain.frames.length ? detail(domain) : 'It has no grant table: nothing of it can be mapped by others.',
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
		{ id: `dom ${table.id}`, text: `${table.title}: ${table.detail}`, choosable: false },
		...table.rows.map((mark) => ({ id: mark.id, text: `${rowSentence(mark, COLUMNS)}.` })),
		...table.mappings.map((mark) => ({ id: mark.id, text: `${rowSentence(mark, MAPPING_COLUMNS)}.` }))
	]);
