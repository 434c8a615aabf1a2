/** The pictures of the processor and of memory. */
import type { ViewWords } from '../../views';

export const REGISTERS: ViewWords['registers'] = {
	title: 'Registers',
	mode: 'ring {ring}, {who}',
	halted: 'halted',
	processor: 'The processor is in {mode}.',
	line: '{name} {value}',
	changed: '{name} {value}, changed',
	flags: 'Flags set: {flags}.',
	noFlags: 'none',
	set: 'set',
	clear: 'clear'
};

export const TLB: ViewWords['tlb'] = {
	title: 'TLB',
	stale: '{stale} stale',
	nothingStale: 'nothing stale',
	noneStale: 'No entry is stale: all agree with the page tables.',
	staleCount: { one: '{count} entry is stale.', other: '{count} entries are stale.' },
	array: '{array}: {detail}.',
	detail: '{used} of {all} places, a page is {size}',
	place: '{array}, set {set}, way {way}',
	empty: '{place}: empty.',
	emptied: '{place}: empty, a moment ago it was not.',
	entry: '{place}: {linear} is frame {frame}, {rights}; {agreement}.',
	newEntry: '{entry} New since a moment ago.',
	movedTo: '{agreement} (frame {frame})',
	counter: '{name} {value}',
	counterMore: '{name} {value} ({more})',
	sets: '{array}: sets and ways',
	noneChosen: 'no entry chosen',
	walk: 'Walk it',
	choose: 'Choose a place, or move over an array with the arrow keys.',
	agreement: {
		agrees: 'as the page tables say',
		narrower: 'permits less than the page tables do now: the processor walks again when it needs more',
		wider: 'stale: permits what the page tables no longer permit',
		moved: 'stale: the page tables name another frame now',
		gone: 'stale: the page tables map nothing here any more'
	},
	rights: {
		writable: 'writable',
		readOnly: 'read-only',
		user: 'ring 3 may use it',
		kernel: 'rings 0 to 2 only',
		global: 'global: a switch of address space keeps it',
		clean: 'not written yet',
		noExecute: 'not executable'
	},
	counters: { hits: 'hits', dataMisses: 'data misses', codeMisses: 'code misses', flushed: 'flushed: {cause}' },
	legend: {
		xen: 'hypervisor’s page',
		kernel: 'guest kernel’s',
		user: 'user’s',
		readOnly: 'read-only',
		writable: 'writable',
		global: 'global',
		stale: 'stale: gone, moved, wider'
	}
};

export const FRAMES: ViewWords['frames'] = {
	title: 'Frames',
	detail: 'colour = type, edge = owner',
	run: 'frames {from} to {to} ({count}): {what}',
	frame: 'frame {frame}: {what}, references {references}, of its type {uses}',
	framePinned: 'frame {frame}: {what}, references {references}, of its type {uses}, pinned',
	known: '{frame}, its guest calls it pfn {pfn}',
	changed: '{frame} (changed)',
	label: 'Frames of memory',
	noneChosen: 'no frame chosen',
	point: 'Point at a frame, or move with the arrow keys.',
	other: 'edged: not dom1’s',
	types: { free: 'free', none: 'no type yet', descriptors: 'segment descriptors' },
	legend: {
		writable: 'plain or writable',
		l1: 'L1 table',
		l2: 'L2',
		l3: 'L3',
		descriptors: 'descriptors',
		xen: 'Xen',
		io: 'I/O',
		free: 'free'
	}
};

export const MAPPERS: ViewWords['mappers'] = {
	title: 'Who maps frame {frame}',
	list: 'Entries that name frame {frame}',
	columns: ['linear address', 'entry', 'of table', 'says', 'rights', 'whose'],
	nowhere: 'in no address space',
	more: '{addresses} and {more} more',
	spaces: '{addresses} in {spaces} spaces',
	table: 'L{level} in {frame}',
	writable: 'writable',
	readOnly: 'read-only',
	user: '{rights}, user',
	noRam: 'There is no RAM with the frame number {frame}.',
	free: 'Nobody owns it: it is free.',
	owner: '{dom} owns it.',
	ownerPage: '{dom} owns it, as its page {pfn}.',
	uses: { one: '{count} use as {type} keep its type', other: '{count} uses as {type} keep its type' },
	references: { one: '{count} reference; {uses}', other: '{count} references; {uses}' },
	noType: 'it has no type',
	lastType: 'it was {type} last and may become anything',
	pinned: '{references}; pinned',
	gone: 'no longer names it',
	frame: 'Frame {frame}. {summary}',
	unnamed: 'No page-table entry names it.',
	beside: 'Beside that: {other}.',
	besideHead: 'Beside entries',
	walk: 'Walk {address}',
	walkMore: { one: '{count} more address', other: '{count} more addresses' },
	whoMaps: 'Who maps the table, frame {frame}'
};
