/** What a field's value means, by `structure.field`: flags by name, ports from bitmaps, entries taken apart. */
import { HYPERCALLS } from '../../abi/hypercalls';
import {
	GNTCOPY_dest_gref,
	GNTCOPY_source_gref,
	GNTMAP_application_map,
	GNTMAP_contains_pte,
	GNTMAP_device_map,
	GNTMAP_host_map,
	GNTMAP_readonly,
	GRANT_STATUS_NAMES,
	GTF_accept_transfer,
	GTF_permit_access,
	GTF_readonly,
	GTF_reading,
	GTF_transfer_committed,
	GTF_transfer_completed,
	GTF_transitive,
	GTF_type_mask,
	GTF_writing
} from '../../abi/structs/grant';
import { MMU, MMUEXT } from '../../abi/structs/mm';
import { SIF_INITDOMAIN, SIF_MOD_START_PFN, SIF_MULTIBOOT_MOD, SIF_PRIVILEGED } from '../../abi/structs/start';
import { RUNSTATES, XENSTORE_OPS } from '../../trace/events';
import { vectorName } from '../../trace/values';
import { decode } from '../descriptors/decode';
import { entryText } from '../page-table-walk/layout';
import { count, decimal, frame } from '../../words/numbers';
import { domainName } from '../shared/rings';
import { words } from '../../words';
import { words as late } from '../../words/late';
import { counted } from '../../words/plural';
import { fill } from '../../words/template';

const said = late.views.structures;
const { meaning, flags: flagWords } = said;

/** A value: its low word, its high word (0 for values of 32 bits and less), and its place in an array. */
export type Meaning = (low: number, high: number, index: number) => string;

const flags =
	(...names: readonly (readonly [bit: number, name: string])[]): Meaning =>
	(low) =>
		names
			.filter(([bit]) => (low & bit) !== 0)
			.map(([, name]) => name)
			.join(', ');

const nameIn = (table: Readonly<Record<string, number>>): Meaning => {
	const names = new Map(Object.entries(table).map(([name, number]) => [number, name]));
	return (low) => names.get(low) ?? '';
};

const bitsIn = (word: number): number[] =>
	Array.from({ length: 32 }, (_, bit) => bit).filter((bit) => ((word >>> bit) & 1) === 1);

/** Ports whose bits are set in word `index` of a bitmap. */
const ports: Meaning = (low, _high, index) => {
	if (low === 0) return '';
	const set = bitsIn(low);
	return set.length > 16
		? counted(meaning.ports, set.length)
		: fill(meaning.port, { ports: set.map((bit) => index * 32 + bit).join(', ') });
};

const runstate = (state: number): string => words.names.runstates[RUNSTATES[state]] ?? '';

const wholeNumber = (low: number, high: number): string => count(high * 2 ** 32 + low);
const asFrame: Meaning = (low) => fill(meaning.frame, { frame: frame(low >>> 12) });
const milliseconds: Meaning = (low, high) => `${decimal((high * 2 ** 32 + low) / 1e6, 3)} ms`;
const ring: Meaning = (low) => fill(meaning.ring, { ring: low & 3 });

function descriptorText(low: number, high: number): string {
	if ((low | high) === 0) return '';
	const says = decode({ low, high });
	return fill(says.present ? meaning.descriptor : meaning.absentDescriptor, { what: says.words, dpl: says.dpl });
}

/** An mmu_update's target: `entry 01c of frame 143`. */
const updateTarget: Meaning = (low) => {
	const command = nameIn(MMU)(low & 3, 0, 0);
	return fill(meaning.update, {
		command,
		index: ((low & 0xfff) >>> 3).toString(16),
		frame: frame(low >>> 12)
	});
};

const CALL_NAMES = new Map(Object.entries(HYPERCALLS).map(([name, row]) => [row.nr, name]));
const hypercall: Meaning = (low) => CALL_NAMES.get(low) ?? '';

/** What the flags of a grant entry say, by its type in the lowest two bits. */
const GRANT_FLAGS: Readonly<Record<number, (flags: number) => string[]>> = {
	[GTF_permit_access]: (flags) => [
		flagWords.grant.access,
		flags & GTF_readonly ? flagWords.grant.readOnly : '',
		flags & GTF_reading ? flagWords.grant.reading : '',
		flags & GTF_writing ? flagWords.grant.writing : ''
	],
	[GTF_accept_transfer]: (flags) => [
		flagWords.grant.transfer,
		flags & GTF_transfer_completed
			? flagWords.grant.completed
			: flags & GTF_transfer_committed
				? flagWords.grant.committed
				: ''
	],
	[GTF_transitive]: () => [flagWords.grant.transitive]
};

const grantFlags: Meaning = (low) => (GRANT_FLAGS[low & GTF_type_mask]?.(low) ?? []).filter(Boolean).join(', ');

const mapFlags = flags(
	[GNTMAP_host_map, flagWords.map.host],
	[GNTMAP_device_map, flagWords.map.device],
	[GNTMAP_readonly, flagWords.map.readOnly],
	[GNTMAP_application_map, flagWords.map.application],
	[GNTMAP_contains_pte, flagWords.map.entry]
);

/** A status is 16 bits with a sign; GNTST_* are zero or below. */
const grantStatus: Meaning = (low) => GRANT_STATUS_NAMES[-((low << 16) >> 16)] ?? '';
const grantStatuses = Object.fromEntries(
	[
		'gnttab_map_grant_ref',
		'gnttab_unmap_grant_ref',
		'gnttab_unmap_and_replace',
		'gnttab_setup_table',
		'gnttab_transfer',
		'gnttab_copy',
		'gnttab_query_size',
		'gnttab_get_status_frames',
		'gnttab_swap_grant_ref'
	].map((name) => [`${name}.status`, grantStatus])
);

export const MEANING: Readonly<Record<string, Meaning>> = {
	'start_info.shared_info': asFrame,
	'start_info.flags': flags(
		[SIF_PRIVILEGED, flagWords.start.privileged],
		[SIF_INITDOMAIN, flagWords.start.initial],
		[SIF_MULTIBOOT_MOD, flagWords.start.modules],
		[SIF_MOD_START_PFN, flagWords.start.modulesByPage]
	),
	'start_info.nr_pages': (low) => `${decimal(low / 256, 1)} MiB`,
	'shared_info.evtchn_pending': ports,
	'shared_info.evtchn_mask': ports,
	'shared_info.wc_sec': (low) => (low ? new Date(low * 1000).toISOString().replace('.000', '') : ''),
	'vcpu_info.evtchn_upcall_pending': (low) => (low ? meaning.pending : meaning.nothing),
	'vcpu_info.evtchn_upcall_mask': (low) => (low ? meaning.masked : meaning.open),
	'vcpu_info.evtchn_pending_sel': (low) => (low ? fill(meaning.word, { words: bitsIn(low).join(', ') }) : ''),
	'vcpu_time_info.version': (low) => (low & 1 ? meaning.beingWritten : ''),
	'vcpu_time_info.tsc_timestamp': wholeNumber,
	'vcpu_time_info.system_time': milliseconds,
	'vcpu_runstate_info.state': (low) => runstate(low),
	'vcpu_runstate_info.time': (low, high, index) =>
		fill(meaning.time, { state: runstate(index), time: milliseconds(low, high, 0) }),
	'grant_entry_v1.flags': grantFlags,
	'grant_entry_v1.domid': (low) => domainName(low),
	'gnttab_map_grant_ref.flags': mapFlags,
	'gnttab_copy.flags': flags(
		[GNTCOPY_source_gref, flagWords.copy.source],
		[GNTCOPY_dest_gref, flagWords.copy.destination]
	),
	...grantStatuses,
	'mmu_update.ptr': updateTarget,
	'mmu_update.val': (low, high) => entryText(low, high),
	'mmuext_op.cmd': nameIn(MMUEXT),
	'multicall_entry.op': hypercall,
	'trap_info.vector': (low) => vectorName(low),
	'trap_info.flags': (low) => fill(low & 4 ? meaning.trapMasks : meaning.trap, { dpl: low & 3 }),
	'page_table.entry': (low, high) => (low | high ? entryText(low, high) : ''),
	'descriptor.entry': descriptorText,
	'trap_frame.cs': ring,
	'trap_frame.ss': ring,
	'bounce_frame.cs': ring,
	'xsd_sockmsg.type': (low) => XENSTORE_OPS[low] ?? ''
};
