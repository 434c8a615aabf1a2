/**
 * The panels of the debugger's page, one row each. The layout, the list of panels, the palette and the addresses
 * all read this table; `layout/arrangements.ts` says which stand where at first.
 */
import type { Component } from 'svelte';
import ConsolePane from './ConsolePane.svelte';
import EventDetail from './EventDetail.svelte';
import EventList from './EventList.svelte';
import MemoryPane from './MemoryPane.svelte';
import RegistersPane from './RegistersPane.svelte';
import type { Desk } from './desk.svelte';
import type { PanelPlace } from './layout/layout.svelte';
import AnswersPanel from './panels/AnswersPanel.svelte';
import BookmarksPanel from './panels/BookmarksPanel.svelte';
import BreakpointsPanel from './panels/BreakpointsPanel.svelte';
import ChecksPanel from './panels/ChecksPanel.svelte';
import ChangePanel from './panels/ChangePanel.svelte';
import ChannelsPanel from './panels/ChannelsPanel.svelte';
import CodePanel from './panels/CodePanel.svelte';
import ComparePanel from './panels/ComparePanel.svelte';
import DescriptorsPanel from './panels/DescriptorsPanel.svelte';
import RingPanel from './panels/RingPanel.svelte';
import DeviceRegistersPanel from './panels/DeviceRegistersPanel.svelte';
import DiskQueuePanel from './panels/DiskQueuePanel.svelte';
import DevicesPanel from './panels/DevicesPanel.svelte';
import DomainsPanel from './panels/DomainsPanel.svelte';
import FramesPanel from './panels/FramesPanel.svelte';
import GrantsPanel from './panels/GrantsPanel.svelte';
import MappersPanel from './panels/MappersPanel.svelte';
import PacketsPanel from './panels/PacketsPanel.svelte';
import SchedulerPanel from './panels/SchedulerPanel.svelte';
import ScorePanel from './panels/ScorePanel.svelte';
import SpacePanel from './panels/SpacePanel.svelte';
import StackPanel from './panels/StackPanel.svelte';
import TlbPanel from './panels/TlbPanel.svelte';
import TrapPanel from './panels/TrapPanel.svelte';
import TruthsPanel from './panels/TruthsPanel.svelte';
import WalkPanel from './panels/WalkPanel.svelte';
import XenstorePanel from './panels/XenstorePanel.svelte';

export interface PanelRow extends PanelPlace {
	/** Stands in addresses and in what is remembered: lower case, digits and dashes, and never changed. */
	readonly id: string;
	readonly title: string;
	/** What it shows, for the list of panels. */
	readonly about: string;
	readonly component: Component<{ desk: Desk }>;
	/** Scrolls by itself: its `.scroll` takes what height there is. Otherwise the panel is scrolled as a whole. */
	readonly fills?: boolean;
	/** Shows the machine itself, so that it pales while the machine moves. */
	readonly live?: boolean;
	/** Takes the keyboard by itself when `desk.layout.wanted` names it, and clears that. */
	readonly takesFocus?: boolean;
}

/** Pictures open beside one that stands already, or in the place of the code: they want room. */
const PICTURES = ['walk', 'truths', 'frames', 'space', 'mappers', 'tlb', 'descriptors', 'code'];

export const PANELS: readonly PanelRow[] = [
	{
		id: 'code',
		title: 'Code',
		about: 'source and instructions around the next one',
		component: CodePanel,
		near: ['registers'],
		fills: true,
		live: true
	},
	{
		id: 'registers',
		title: 'Registers',
		about: 'registers, flags and segments, and what the last order changed',
		component: RegistersPane,
		near: ['code'],
		fills: true,
		live: true
	},
	{
		id: 'events',
		title: 'Events',
		about: 'every event recorded, filtered or asked for',
		component: EventList,
		fromTrace: true,
		near: ['event', 'score'],
		fills: true,
		takesFocus: true
	},
	{
		id: 'event',
		title: 'Chosen event',
		about: 'one event in full, its cause and its effect',
		component: EventDetail,
		fromTrace: true,
		near: ['events', 'checks']
	},
	{
		id: 'score',
		title: 'Score',
		about: 'the processor moving between the rings, over the whole run',
		component: ScorePanel,
		fromTrace: true,
		near: ['events']
	},
	{
		id: 'console',
		title: 'Console',
		about: 'what the domains and the hypervisor write, and a keyboard for them',
		component: ConsolePane,
		near: ['memory', 'code'],
		fills: true,
		takesFocus: true
	},
	{
		id: 'memory',
		title: 'Memory',
		about: 'bytes, text and structures, linear or physical',
		component: MemoryPane,
		near: ['console', 'code'],
		fills: true
	},
	{
		id: 'checks',
		title: 'Decisions',
		about: 'what the hypervisor asked before it answered',
		component: ChecksPanel,
		fromTrace: true,
		near: ['event', 'answers']
	},
	{
		id: 'trap',
		title: 'Trap path',
		about: 'gate, privilege check, stack switch, pushed words',
		component: TrapPanel,
		near: PICTURES
	},
	{
		id: 'walk',
		title: 'Page-table walk',
		about: 'from cr3 to the byte',
		component: WalkPanel,
		near: PICTURES,
		live: true
	},
	{
		id: 'truths',
		title: 'Two truths',
		about: 'what the guest believes beside what the machine does',
		component: TruthsPanel,
		near: PICTURES,
		live: true
	},
	{
		id: 'frames',
		title: 'Frames',
		about: 'owner, type and counts of every machine frame',
		component: FramesPanel,
		near: PICTURES,
		live: true
	},
	{
		id: 'space',
		title: 'Address space',
		about: 'what lies where, and the hypervisor’s hole',
		component: SpacePanel,
		near: PICTURES,
		live: true
	},
	{
		id: 'mappers',
		title: 'Who maps this frame',
		about: 'every page-table entry that names a frame, and what else holds it',
		component: MappersPanel,
		near: PICTURES,
		live: true
	},
	{
		id: 'tlb',
		title: 'TLB',
		about: 'translations by set and way, and which of them are stale',
		component: TlbPanel,
		near: PICTURES,
		live: true
	},
	{
		id: 'descriptors',
		title: 'Descriptor tables',
		about: 'GDT, LDT, IDT beside the guest’s trap table, TSS',
		component: DescriptorsPanel,
		near: PICTURES,
		live: true
	},
	{
		id: 'channels',
		title: 'Event channels',
		about: 'ports of all domains, pending and masked, and the way of the last event',
		component: ChannelsPanel,
		near: PICTURES,
		live: true
	},
	{
		id: 'grants',
		title: 'Grant tables',
		about: 'what each domain lets others use of its memory',
		component: GrantsPanel,
		near: PICTURES,
		live: true
	},
	{
		id: 'xenstore',
		title: 'xenstore',
		about: 'the tree with values, rights and watches, and open transactions',
		component: XenstorePanel,
		near: PICTURES,
		live: true
	},
	{
		id: 'ring',
		title: 'I/O ring',
		about: 'the rings between front ends and back ends, with the indices of both sides',
		component: RingPanel,
		near: PICTURES,
		live: true
	},
	{
		id: 'devices',
		title: 'Front ends and back ends',
		about: 'devices in two halves, and how far they have found each other',
		component: DevicesPanel,
		near: PICTURES,
		live: true
	},
	{
		id: 'device',
		title: 'Device registers',
		about: 'registers of disks, network cards and interrupt controllers, with their bits by name',
		component: DeviceRegistersPanel,
		near: PICTURES,
		live: true
	},
	{
		id: 'disks',
		title: 'Disk commands',
		about: 'what the disks were told, when, and where the head went for it; in which order the requests had come',
		component: DiskQueuePanel,
		near: PICTURES,
		fromTrace: true
	},
	{
		id: 'packets',
		title: 'Ways of packets',
		about: 'from a process through rings, bridge and card to the wire, and what each crossing cost',
		component: PacketsPanel,
		near: PICTURES,
		live: true
	},
	{
		id: 'domains',
		title: 'Domains',
		about: 'the toolstack’s table of domains, their devices, and a prompt for xl',
		component: DomainsPanel,
		near: PICTURES
	},
	{
		id: 'scheduler',
		title: 'Scheduler',
		about: 'runstates around the moment, the queue, times and deadlines',
		component: SchedulerPanel,
		near: PICTURES,
		live: true
	},
	{
		id: 'bookmarks',
		title: 'Bookmarks',
		about: 'moments that you marked, with your notes',
		component: BookmarksPanel,
		fromTrace: true,
		near: ['event', 'events'],
		fills: true,
		takesFocus: true
	},
	{
		id: 'answers',
		title: 'Answers',
		about: 'why did this happen, who wrote this, what led to it and what came of it',
		component: AnswersPanel,
		fromTrace: true,
		near: ['event', 'checks', 'bookmarks']
	},
	{
		id: 'change',
		title: 'Change',
		about: 'make something different here: registers, memory, page tables, events, checks',
		component: ChangePanel,
		near: ['event', 'answers', 'bookmarks'],
		fills: true
	},
	{
		id: 'compare',
		title: 'Compare',
		about: 'two futures side by side, aligned by event, the first difference marked',
		component: ComparePanel,
		near: ['events', 'checks']
	},
	{
		id: 'stack',
		title: 'Stack',
		about: 'who called whom, across traps and rings, and the words of the stack',
		component: StackPanel,
		near: ['registers', 'code'],
		fills: true,
		live: true
	},
	{
		id: 'breakpoints',
		title: 'Breakpoints',
		about: 'where the run stops: places, memory, events, with conditions',
		component: BreakpointsPanel,
		near: ['registers', 'stack', 'code'],
		fills: true
	}
];
