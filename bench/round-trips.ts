/**
 * Round trips into the hypervisor: a tiny guest makes one kind of them for ever, and counts at `COUNT` in its memory. Each is
 * measured by turns with every event recorded and with none kept; and how much of the heap it takes with none kept.
 *
 *     npx tsx bench/round-trips.ts [seconds a turn, 0.2] [turns, 3] [part of a name]
 */
import { Hypervisor } from '../src/hypervisor/core/hypervisor';
import { boot } from '../src/hypervisor/core/boot';
import {
	call,
	DATA,
	int,
	IRET,
	le32,
	loadDs,
	mov,
	store,
	toUser,
	trap,
	TinyGuest,
	USER_CODE,
	type TinyHost
} from '../src/hypervisor/test/tiny-guest';
import { FLAT_RING1_CS, FLAT_RING3_DS } from '../src/abi/structs/cpu';
import { EVTCHNOP } from '../src/abi/structs/events';
import {
	GNTCOPY_source_gref,
	GNTMAP_host_map,
	GNTTAB_COPY,
	GNTTAB_MAP_GRANT_REF,
	GNTTAB_UNMAP_GRANT_REF,
	GNTTABOP,
	GTF_permit_access
} from '../src/abi/structs/grant';
import { SHARED_INFO, VCPU_INFO } from '../src/abi/structs/xen';
import { HYPERCALLS } from '../src/abi/hypercalls';
import { bindIpi } from '../src/hypervisor/events/channels';
import { writeGrantEntry } from '../src/hypervisor/grants/table';
import { requestBytes } from '../src/hypervisor/grants/test/party';
import { Machine } from '../src/hardware/machine';
import { TraceStore } from '../src/trace/store';
import { figure, median, seconds, table } from './measure';

const COUNT = DATA + 0x100;
const TRAPS = DATA + 0x200;
/** A page that nothing else uses, one that holds a batch, and addresses where nothing is mapped: one is for shared_info. */
const [SPARE, BATCH, NOWHERE, INFO] = [6, 0x7000, 0x30_000, 0x20_000];
/** Kernel code after its start. */
const HANDLER = 0x800;
const DOMID_SELF = 0x7ff0;
const BATCH_SIZE = 100;
/** A grant of the guest to itself. */
const REF = 8;
/** Present, accessed, dirty, user; and writable. */
const [READ_ONLY, WRITABLE] = [0x65, 0x67];

const { nr: XEN_VERSION } = HYPERCALLS.xen_version;

/** incl COUNT */
const count = [0xff, 0x05, ...le32(COUNT)];
/** The code for ever: at its end, jmp to its start. */
const loop = (...code: number[][]): number[] => {
	const body = [...code.flat(), ...count];
	return [...body, 0xe9, ...le32(-(body.length + 5))];
};

/** The guest's page table entry of the spare page. */
const entryOf = (guest: TinyGuest, flags: number): number[] => [
	(guest.mfn(SPARE) << 12) | flags,
	guest.mfn(SPARE) >>> 20
];

/** set_trap_table, then ring 3 with `user` for ever. */
function inUser(guest: TinyGuest, row: number[], handler: number[], user: number[]): number[] {
	guest.write(TRAPS, [...row, ...trap(0, 0)]);
	guest.write(HANDLER, handler);
	// mov $FLAT_RING3_DS, %ecx; mov %ecx, %ds
	const start = [...mov(1, FLAT_RING3_DS), 0x8e, 0xd9];
	guest.write(USER_CODE, [...start, ...loop(user)]);
	return [...loadDs, ...call(HYPERCALLS.set_trap_table.nr, TRAPS), ...toUser(USER_CODE)];
}

interface Trip {
	readonly name: string;
	/** What one turn of the loop does. */
	readonly perLoop: number;
	/** How many guests make it, all the same; 1 unless said. */
	readonly guests?: number;
	/** Prepares the guest's memory. @returns the kernel's code */
	code(guest: TinyGuest): number[];
}

const hypercall = (name: string, ...args: number[]): Trip => ({
	name,
	perLoop: 1,
	code: () => loop(call(HYPERCALLS[name.split(' ')[0] as keyof typeof HYPERCALLS].nr, ...args))
});

/** movb, movl $0, address */
const clearByte = (address: number): number[] => [0xc6, 0x05, ...le32(address), 0];
const clear = (address: number): number[] => [0xc7, 0x05, ...le32(address), ...le32(0)];
/** mov from, %eax; mov %eax, to */
const move = (from: number, to: number): number[] => [0xa1, ...le32(from), ...store(to)];

/** Sends on a channel to itself for ever; the handler consumes the event. */
function toItself(guest: TinyGuest): number[] {
	guest.write32(DATA, bindIpi(guest.hv, guest.domain, 0));
	const { evtchn_upcall_pending, evtchn_upcall_mask, evtchn_pending_sel } = VCPU_INFO.at;
	const consume = [evtchn_pending_sel, SHARED_INFO.at.evtchn_pending].flatMap((at) => clear(INFO + at));
	const unmask = clearByte(INFO + evtchn_upcall_mask);
	guest.write(HANDLER, [...clearByte(INFO + evtchn_upcall_pending), ...consume, ...unmask, IRET]);
	const info = ((guest.domain.sharedInfo << 12) | WRITABLE) >>> 0;
	return [
		...call(HYPERCALLS.update_va_mapping.nr, INFO, info, 0, 0),
		...call(HYPERCALLS.set_callbacks.nr, FLAT_RING1_CS, HANDLER, FLAT_RING1_CS, HANDLER),
		...unmask,
		...loop(call(HYPERCALLS.event_channel_op.nr, EVTCHNOP.send, DATA))
	];
}

/** Grants the spare page to the guest itself. */
function grantSpare(guest: TinyGuest): void {
	writeGrantEntry(guest.hv, guest.domain, REF, GTF_permit_access, guest.domain.id, guest.mfn(SPARE));
}

/** Maps the grant and unmaps it, by the handle that it got. */
function mapAndUnmap(guest: TinyGuest): number[] {
	grantSpare(guest);
	const [mapping, unmapping] = [BATCH, BATCH + 0x100];
	const map = { host_addr: NOWHERE, flags: GNTMAP_host_map, ref: REF, dom: guest.domain.id };
	guest.write(mapping, [...requestBytes(GNTTAB_MAP_GRANT_REF, map)]);
	guest.write(unmapping, [...requestBytes(GNTTAB_UNMAP_GRANT_REF, { host_addr: NOWHERE })]);
	return loop(
		call(HYPERCALLS.grant_table_op.nr, GNTTABOP.map_grant_ref, mapping, 1),
		move(mapping + GNTTAB_MAP_GRANT_REF.at.handle, unmapping + GNTTAB_UNMAP_GRANT_REF.at.handle),
		call(HYPERCALLS.grant_table_op.nr, GNTTABOP.unmap_grant_ref, unmapping, 1)
	);
}

/** Copies 64 bytes of the granted page to a page of the guest's own. */
function copyByGrant(guest: TinyGuest): number[] {
	grantSpare(guest);
	const source = { 'source.ref': REF, 'source.domid': guest.domain.id };
	const dest = { 'dest.ref': guest.mfn(SPARE + 2), 'dest.domid': DOMID_SELF };
	const request = requestBytes(GNTTAB_COPY, { ...source, ...dest, len: 64, flags: GNTCOPY_source_gref });
	for (let i = 0; i < BATCH_SIZE; i++) guest.write(BATCH + i * GNTTAB_COPY.size, [...request]);
	return loop(call(HYPERCALLS.grant_table_op.nr, GNTTABOP.copy, BATCH, BATCH_SIZE));
}

const TRIPS: readonly Trip[] = [
	hypercall('xen_version (version)', 0, 0),
	hypercall('sched_op (yield)', 0, 0),
	{ ...hypercall('sched_op (yield)', 0, 0), name: 'the same to another domain', guests: 2 },
	{
		name: 'update_va_mapping',
		perLoop: 2,
		code: (guest) =>
			loop(
				...[READ_ONLY, WRITABLE].map((flags) =>
					call(HYPERCALLS.update_va_mapping.nr, SPARE << 12, ...entryOf(guest, flags), 0)
				)
			)
	},
	{
		name: 'mmu_update, each of 100',
		perLoop: BATCH_SIZE,
		code(guest) {
			const place = [guest.mfn(26) * 4096 + SPARE * 8, 0];
			for (let i = 0; i < BATCH_SIZE; i++)
				guest.write32(BATCH + i * 16, ...place, ...entryOf(guest, i % 2 === 0 ? READ_ONLY : WRITABLE));
			return loop(call(HYPERCALLS.mmu_update.nr, BATCH, BATCH_SIZE, 0, DOMID_SELF));
		}
	},
	{
		name: 'multicall, each of 100',
		perLoop: BATCH_SIZE,
		code(guest) {
			for (let i = 0; i < BATCH_SIZE; i++) guest.write32(BATCH + i * 32, XEN_VERSION);
			return loop(call(HYPERCALLS.multicall.nr, BATCH, BATCH_SIZE));
		}
	},
	{ name: 'event channel: send, upcall, iret', perLoop: 1, code: toItself },
	{ name: 'grant: map and unmap', perLoop: 1, code: mapAndUnmap },
	{ name: 'grant: copy, each of 100', perLoop: BATCH_SIZE, code: copyByGrant },
	// mov %cr0, %eax
	{ name: 'privileged instruction, emulated', perLoop: 1, code: () => loop([0x0f, 0x20, 0xc0]) },
	{
		name: 'page fault, bounce, iret',
		perLoop: 1,
		// mov NOWHERE, %eax in ring 3. The handler: add $4, %esp; addl $5, (%esp); iret: over it.
		code: (guest) =>
			inUser(guest, trap(14, HANDLER), [0x83, 0xc4, 4, 0x83, 0x04, 0x24, 5, IRET], [0xa1, ...le32(NOWHERE)])
	},
	{
		name: 'int 0x80 by its own gate',
		perLoop: 1,
		code: (guest) => inUser(guest, trap(0x80, HANDLER, 3), [IRET], int(0x80))
	},
	{
		name: 'int 0x81, bounced',
		perLoop: 1,
		code: (guest) => inUser(guest, trap(0x81, HANDLER, 3), [IRET], int(0x81))
	}
];

/** A booted machine whose guests make `trip` for ever. */
class Traveller {
	readonly store: TraceStore;
	readonly machine: Machine;
	private readonly guests: readonly TinyGuest[];

	constructor(
		private readonly trip: Trip,
		keep: boolean
	) {
		this.store = new TraceStore(undefined, keep);
		this.machine = new Machine({ ramBytes: 16 * 1024 * 1024, recorder: this.store });
		const { cpu, clock } = this.machine;
		this.store.attach({ now: () => clock.now, icount: () => cpu.icount, ring: () => cpu.cpl });
		const hv = new Hypervisor(this.machine, this.store, {
			sliceMs: 10,
			scheduler: 'round-robin',
			wallClock: 1_000_000_000,
			consoleIo: () => {}
		});
		boot(hv);
		// The recorder is another than the tests' own, which is all that a host adds.
		const host = { machine: this.machine, hv, recorder: this.store } as unknown as TinyHost;
		this.guests = Array.from({ length: trip.guests ?? 1 }, () => new TinyGuest(host));
		for (const guest of this.guests) guest.start(trip.code(guest));
	}

	/** Trips made so far. */
	get made(): number {
		return this.guests.reduce((sum, guest) => sum + guest.read32(COUNT), 0) * this.trip.perLoop;
	}

	/** Throws away what was recorded, so that turns do not differ by the length of the trace. */
	private forget(): void {
		const { dom, vcpu } = this.store;
		this.store.rewind();
		this.store.truncate();
		Object.assign(this.store, { dom, vcpu });
	}

	/** Runs for about `atLeast` seconds. @returns trips a second, events a trip and bytes an event */
	async turn(atLeast: number): Promise<Turn> {
		this.forget();
		const from = this.made;
		const end = performance.now() + atLeast * 1000;
		const took = await seconds(() => {
			while (performance.now() < end) this.machine.run(20_000);
		});
		const made = this.made - from;
		if (made === 0 || !this.guests.every(({ domain }) => domain.alive))
			throw new Error(`${this.trip.name}: the guest does not run`);
		const { next, view } = this.store;
		return {
			trips: made / took,
			events: next / made,
			bytes: view.bytes / view.length
		};
	}

	/** Bytes of the heap that a trip takes: the median of short stretches, since the collector makes a few of them too small. */
	heap(): number {
		const stretch = (): number => {
			const [made, used] = [this.made, process.memoryUsage().heapUsed];
			this.machine.run(200);
			return (process.memoryUsage().heapUsed - used) / (this.made - made);
		};
		return median(Array.from({ length: 101 }, stretch));
	}
}

interface Turn {
	trips: number;
	events: number;
	bytes: number;
}

/** Bytes a trip that are the odd object of a caller's, or the collector's own. */
const LITTLE = 64;

/** Says in words which trips make objects. */
function tellHeap(heaps: readonly (readonly [name: string, bytes: number])[]): void {
	const list = (trips: typeof heaps): string =>
		trips.map(([name, bytes]) => `${name} (${figure(bytes)})`).join('; ') || 'none';
	console.log(`\nBytes of heap a trip, up to ${LITTLE}: ${list(heaps.filter(([, bytes]) => bytes <= LITTLE))}.`);
	console.log(`More, so that objects are made: ${list(heaps.filter(([, bytes]) => bytes > LITTLE))}.`);
}

async function measureRoundTrips(atLeast = 0.2, turns = 3, only = ''): Promise<void> {
	const rows: string[][] = [];
	const heaps: [string, number][] = [];
	for (const trip of TRIPS.filter(({ name }) => name.includes(only))) {
		const [on, off] = [new Traveller(trip, true), new Traveller(trip, false)];
		const [recording, bare]: [Turn[], Turn[]] = [[], []];
		for (let turn = -2; turn < turns; turn++) {
			const [a, b] = [await on.turn(atLeast), await off.turn(atLeast)];
			if (turn < 0) continue;
			recording.push(a);
			bare.push(b);
		}
		const best = (all: Turn[]): number => Math.max(...all.map(({ trips }) => trips));
		heaps.push([trip.name, off.heap()]);
		const middle = (all: Turn[]): number => median(all.map(({ trips }) => trips));
		rows.push([
			trip.name,
			figure(best(recording) / 1000),
			figure(middle(recording) / 1000),
			figure(best(bare) / 1000),
			figure(middle(bare) / 1000),
			(best(recording) / best(bare)).toFixed(2),
			recording[0].events.toFixed(1),
			recording[0].bytes.toFixed(1),
			heaps[heaps.length - 1][1].toFixed(0)
		]);
	}
	table(
		[
			'thousands a second',
			'recording: best',
			'median',
			'not: best',
			'median',
			'ratio',

			'events each',
			'bytes an event',
			'heap bytes each'
		],
		rows
	);
	tellHeap(heaps);
}

const [atLeast, turns, only] = process.argv.slice(2);
await measureRoundTrips(Number(atLeast ?? 0.2), Number(turns ?? 3), only);
