/** Grant tables, as marks: what each domain permits whom, and what of it is in use. */
import {
	GNTTAB_RESERVED_CONSOLE,
	GNTTAB_RESERVED_XENSTORE,
	GTF_readonly,
	GTF_reading,
	GTF_type_mask,
	GTF_writing
} from '../../abi/structs/grant';
import type { DomainGrants, GrantEntry, GrantPicture } from '../../trace/moment';
import type { BitField } from '../shared/bits';
import { count, frame } from '../shared/numbers';
import { domainName } from '../shared/rings';
import { goneRows, markChanged, rowSentence, type RowMark } from '../shared/rows';
import type { TwinLine } from '../shared/twin';

export interface GrantTableMarks {
	id: number;
	title: string;
	/** How large the table is; with no rows, that it is empty. */
	detail: string;
	rows: RowMark[];
}

export const COLUMNS = ['ref', 'permits', 'to', 'frame', 'in use', ''] as const;

/** Bits of an entry's flags (xen/include/public/grant_table.h). */
export const FLAG_FIELDS: readonly BitField[] = [
	{ high: 4, low: 4, name: 'writing', about: 'the hypervisor says: mapped for writing' },
	{ high: 3, low: 3, name: 'reading', about: 'the hypervisor says: mapped for reading' },
	{ high: 2, low: 2, name: 'readonly', about: 'may be read only' },
	{ high: 1, low: 0, name: 'type', about: '1 permits access, 2 accepts a page, 3 is transitive' }
];

const TYPES = ['nothing', 'access', 'a page to come', 'transitive access'] as const;
const RESERVED: Readonly<Record<number, string>> = {
	[GNTTAB_RESERVED_CONSOLE]: 'the console ring',
	[GNTTAB_RESERVED_XENSTORE]: 'the xenstore ring'
};

/** What an entry permits, in words. */
const permits = (flags: number): string =>
	`${TYPES[flags & GTF_type_mask]}${(flags & GTF_readonly) !== 0 ? ', read-only' : ''}`;

function inUse({ flags, mapped }: GrantEntry): string {
	if (mapped > 0) return mapped === 1 ? 'mapped' : `mapped ${mapped}×`;
	if ((flags & GTF_writing) !== 0) return 'being written';
	return (flags & GTF_reading) !== 0 ? 'being read' : 'no';
}

function row(domain: DomainGrants, entry: GrantEntry): RowMark {
	const foreign = entry.owner !== domain.id;
	return {
		id: `${domain.id}/${entry.ref}`,
		cells: [
			String(entry.ref),
			permits(entry.flags),
			domainName(entry.domid),
			`${frame(entry.frame)}${entry.pfn >= 0 ? ` (pfn ${frame(entry.pfn)})` : ''}`,
			inUse(entry),
			foreign ? `not its own: ${domainName(entry.owner)}` : (RESERVED[entry.ref] ?? '')
		],
		tone: 'kernel',
		bad: foreign && (entry.flags & GTF_type_mask) !== 0,
		faint: (entry.flags & GTF_type_mask) === 0
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
			rows: [...markChanged(rows, were), ...gone]
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
		...table.rows.map((mark) => ({ id: mark.id, text: `${rowSentence(mark, COLUMNS)}.` }))
	]);
