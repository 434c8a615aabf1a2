/** Every structure that can be laid over memory, by name: those of the public interface, and a few that are the processor's. */
import { struct, type Struct } from '../../abi/layout';
import * as elf from '../../abi/structs/elf';
import * as events from '../../abi/structs/events';
import * as grant from '../../abi/structs/grant';
import * as io from '../../abi/structs/io';
import * as mm from '../../abi/structs/mm';
import * as physdev from '../../abi/structs/physdev';
import * as sched from '../../abi/structs/sched';
import * as start from '../../abi/structs/start';
import * as time from '../../abi/structs/time';
import * as xen from '../../abi/structs/xen';
import * as xenstore from '../../abi/structs/xenstore';
import { words } from '../../words/late';

/** Layouts that the processor fixes, not the interface. */
const OWN = [
	struct('page_table', 'SDM vol. 3, 4.4.2', { entry: 'u64' }),
	struct('descriptor', 'SDM vol. 3, 3.4.5', { entry: 'u64' }),
	struct('trap_frame', 'SDM vol. 3, 6.12.1', { eip: 'u32', cs: 'u32', eflags: 'u32', esp: 'u32', ss: 'u32' }),
	struct('bounce_frame', 'xen/include/public/arch-x86/xen.h', {
		eip: 'u32',
		cs: 'u16',
		saved_upcall_mask: 'u8',
		pad: 'u8',
		eflags: 'u32',
		esp: 'u32',
		ss: 'u32'
	}),
	struct('tss', 'SDM vol. 3, 7.2.1', {
		back_link: 'u32',
		esp0: 'u32',
		ss0: 'u32',
		esp1: 'u32',
		ss1: 'u32',
		esp2: 'u32',
		ss2: 'u32',
		cr3: 'u32',
		eip: 'u32',
		eflags: 'u32',
		registers: ['u32', 8],
		segments: ['u32', 6],
		ldt: 'u32',
		trap: 'u16',
		io_bitmap: 'u16'
	}),
	struct('u32', words.views.structures.asWords, { word: 'u32' })
] as const;

const isStruct = (value: unknown): value is Struct =>
	typeof value === 'object' && value !== null && 'fields' in value && 'size' in value;

const ALL = [elf, events, grant, io, mm, physdev, sched, start, time, xen, xenstore].flatMap((module) =>
	Object.values(module).filter(isStruct)
);

/** Name to layout, in the order of the alphabet. */
export const STRUCTURES: ReadonlyMap<string, Struct> = new Map(
	[...OWN, ...ALL].map((layout) => [layout.name, layout] as const).sort(([a], [b]) => (a < b ? -1 : 1))
);

/** Structures that stand one after another where they stand at all: how many are shown when nobody says. */
export const USUAL_COUNT: Readonly<Record<string, number>> = {
	page_table: 512,
	grant_entry_v1: 64,
	mmu_update: 8,
	mmuext_op: 8,
	multicall_entry: 8,
	trap_info: 20,
	descriptor: 16,
	u32: 64
};
