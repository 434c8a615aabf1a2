/**
 * The auditor: counts again, from the contents of memory and from what the hypervisor knows it holds,
 * every reference and every type of every frame, and compares. It trusts no count of the frame table.
 */
import { FRAME_TYPES } from '../../trace/events';
import { descriptorEntry, perDomainArea } from './address-space';
import { DOMID_IO, DOMID_SELF, DOMID_XEN, type Mm } from './context';
import { entryAddress, entryFrame, FIRST_XEN_SLOT, isPresent, isWritable } from './entries';
import { FLAG, isTable, TYPE } from './frame-table';
import { privateL3, sanitiseL3 } from './address-space';
import type { Vcpu } from '../core/domain';
import { ENTRIES, L3_ENTRIES } from '../../x86/paging';

/** What the recount finds. */
interface Tally {
	readonly refs: Uint32Array;
	readonly types: Uint32Array;
	readonly problems: string[];
	/** L1 entries that map another domain's frame, by `lendingKey`. */
	readonly foreign: Map<string, number>;
}

/** @returns one sentence for each disagreement; empty when every count is right */
export function audit(mm: Mm): string[] {
	const [refs, types] = [new Uint32Array(mm.frames.size), new Uint32Array(mm.frames.size)];
	const tally: Tally = { refs, types, problems: [], foreign: new Map() };
	countOwnership(mm, tally);
	for (let frame = 0; frame < mm.frames.size; frame++) countTable(mm, tally, frame);
	countVcpus(mm, tally);
	countToolstack(mm, tally);
	countGrants(mm, tally);
	compare(mm, tally);
	countReservations(mm, tally);
	tally.problems.push(...(mm.irqDisagreements?.() ?? []));
	return tally.problems;
}

/** One use of a frame, which must have the type that the use depends on. */
function use(mm: Mm, tally: Tally, frame: number, type: number, by: string): void {
	if (frame >= mm.frames.size) {
		tally.problems.push(`${by} refers to frame ${frame}, which does not exist`);
		return;
	}
	tally.refs[frame]++;
	if (type === TYPE.none) return;
	tally.types[frame]++;
	if (mm.frames.type[frame] !== type) {
		tally.problems.push(
			`${by} uses frame ${frame} as ${FRAME_TYPES[type]}, but it is ${FRAME_TYPES[mm.frames.type[frame]]}`
		);
	}
}

/** The allocator's references, pins, and Xen's own type on pages that it shares. */
function countOwnership(mm: Mm, tally: Tally): void {
	const f = mm.frames;
	for (let frame = 0; frame < f.size; frame++) {
		if (f.owner[frame] === DOMID_IO) tally.refs[frame]++;
		if (f.has(frame, FLAG.allocated)) {
			tally.refs[frame]++;
			if (f.has(frame, FLAG.xenHeap)) tally.types[frame]++;
		}
		if (f.has(frame, FLAG.pinned)) use(mm, tally, frame, f.type[frame], `the pin of frame ${frame}`);
		if (mm.heap.isFreeFrame(frame) !== f.refCount[frame] < 1) {
			tally.problems.push(
				`frame ${frame} has ${f.refCount[frame]} references and is ${mm.heap.isFreeFrame(frame) ? '' : 'not '}in the heap`
			);
		}
	}
}

/** Every entry of a validated table. */
function countTable(mm: Mm, tally: Tally, table: number): void {
	const f = mm.frames;
	const type = f.type[table];
	if (!isTable(type) || f.typeCount[table] === 0) return;
	if (!f.has(table, FLAG.validated)) {
		tally.problems.push(`frame ${table} counts as ${FRAME_TYPES[type]} without being validated`);
		return;
	}
	const entries = type === TYPE.l3 ? L3_ENTRIES : f.has(table, FLAG.xenL2) ? FIRST_XEN_SLOT : ENTRIES;
	for (let i = 0; i < entries; i++) countEntry(mm, tally, table, type, i);
	if (f.has(table, FLAG.xenL2)) checkXenSlots(mm, tally, table);
}

function countEntry(mm: Mm, tally: Tally, table: number, type: number, index: number): void {
	const low = mm.machine.memory.read32(entryAddress(table, index));
	const frame = entryFrame(low, mm.machine.memory.read32(entryAddress(table, index) + 4));
	if (!isPresent(low)) return;
	const by = `entry ${index} of ${FRAME_TYPES[type]} ${table}`;
	if (type === TYPE.l1) {
		if (mm.frames.isIo(frame)) return;
		use(mm, tally, frame, isWritable(low) ? TYPE.writable : TYPE.none, by);
		noteForeign(mm, tally, table, frame, isWritable(low));
		return;
	}
	if (type === TYPE.l2 && frame === table) return;
	const linear = type === TYPE.l2 && frame < mm.frames.size && mm.frames.type[frame] === TYPE.l2;
	if (linear && isWritable(low)) tally.problems.push(`${by} is a writable linear map`);
	use(mm, tally, frame, linear ? TYPE.l2 : type - 1, by);
	if (type === TYPE.l3 && mm.frames.has(frame, FLAG.xenL2) !== (index === 3)) {
		tally.problems.push(`${by}: the hypervisor's slots are in the wrong L2`);
	}
}

/** The hypervisor's slots of an L2 must be those of the template. */
function checkXenSlots(mm: Mm, tally: Tally, table: number): void {
	const { memory } = mm.machine;
	for (let i = FIRST_XEN_SLOT; i < ENTRIES; i++) {
		const own = mm.spaces.domains.get(mm.frames.owner[table])?.l1s[perDomainArea(i)];
		const wanted = own ?? memory.read32(entryAddress(mm.spaces.xenL2, i)) >>> 12;
		if (memory.read32(entryAddress(table, i)) >>> 12 !== wanted)
			tally.problems.push(`slot ${i} of L2 ${table} is not the hypervisor's`);
	}
}

/** CR3s, descriptor tables, moved vcpu_infos, what the FIFO event channels hold, and pages for the ends of interrupts. */
function countVcpus(mm: Mm, tally: Tally): void {
	for (const d of mm.domains.values()) {
		if (d.events.eoiPage !== null)
			use(mm, tally, d.events.eoiPage, TYPE.writable, `the page for ends of interrupts of d${d.id}`);
		for (const v of d.vcpus) {
			const name = `d${d.id}v${v.id}`;
			if (v.mm.guestTable !== null) use(mm, tally, v.mm.guestTable, TYPE.l3, `CR3 of ${name}`);
			for (const frame of v.mm.gdtFrames) use(mm, tally, frame, TYPE.segDesc, `the GDT of ${name}`);
			for (const frame of v.mm.ldtFrames) if (frame !== null) use(mm, tally, frame, TYPE.segDesc, `the LDT of ${name}`);
			if (v.events.vcpuInfoRegistered) use(mm, tally, v.events.vcpuInfo.mfn, TYPE.writable, `the vcpu_info of ${name}`);
			checkDescriptorMaps(mm, tally, v, name);
		}
	}
	for (const d of mm.domains.values())
		for (const frame of d.events.fifoFrames) use(mm, tally, frame, TYPE.writable, `the event queues of d${d.id}`);
	const { loaded } = mm.spaces;
	if (loaded?.mm.guestTable) checkPrivateL3(mm, tally, loaded);
}

/** The per-domain area shows exactly the descriptor frames that are held. */
function checkDescriptorMaps(mm: Mm, tally: Tally, v: Vcpu, name: string): void {
	const space = mm.spaces.domains.get(v.domain.id);
	if (!space) return;
	const mapped = (page: number): number => mm.machine.memory.read32(descriptorEntry(space, v.id, page)) >>> 12;
	for (let page = 0; page < 14; page++) {
		if (mapped(page) !== (v.mm.gdtFrames[page] ?? mm.spaces.zeroPage))
			tally.problems.push(`GDT page ${page} of ${name} shows frame ${mapped(page)}`);
	}
	for (let page = 0; page < 16; page++) {
		if (mapped(16 + page) !== (v.mm.ldtFrames[page] ?? 0))
			tally.problems.push(`LDT page ${page} of ${name} shows frame ${mapped(16 + page)}`);
	}
}

/** What the processor walks is what the guest's L3 says. */
function checkPrivateL3(mm: Mm, tally: Tally, v: Vcpu): void {
	const { memory } = mm.machine;
	for (let slot = 0; slot < L3_ENTRIES; slot++) {
		const wanted = sanitiseL3(memory.read32(entryAddress(v.mm.guestTable!, slot)));
		if (memory.read32(privateL3(mm, v) + slot * 8) !== wanted)
			tally.problems.push(`entry ${slot} of the L3 in use differs from the guest's`);
	}
}

/** Pages that the toolstack maps: one plain and one writable reference each time. */
function countToolstack(mm: Mm, tally: Tally): void {
	for (const [frame, times] of mm.grants?.mapped ?? []) {
		for (let i = 0; i < times; i++) use(mm, tally, frame, TYPE.writable, 'the toolstack');
	}
}

const lendingKey = (mapper: number, frame: number, writable: boolean): string =>
	`domain ${mapper} maps frame ${frame} ${writable ? 'writable' : 'read-only'}`;

/** Notes an L1 entry that names a frame of another owner's. */
function noteForeign(mm: Mm, tally: Tally, table: number, frame: number, writable: boolean): void {
	const mapper = mm.frames.owner[table];
	if (mapper === mm.frames.owner[frame]) return;
	const key = lendingKey(mapper, frame, writable);
	tally.foreign.set(key, (tally.foreign.get(key) ?? 0) + 1);
}

/** What devices hold by grant; and behind each entry that names another's frame there is a grant that was mapped. */
function countGrants(mm: Mm, tally: Tally): void {
	const granted = new Map<string, number>();
	for (const { mapper, mfn, writable, host, device } of mm.grants?.lendings() ?? []) {
		const key = lendingKey(mapper, mfn, writable);
		if (host) granted.set(key, (granted.get(key) ?? 0) + 1);
		if (device) use(mm, tally, mfn, writable ? TYPE.writable : TYPE.none, `a device of domain ${mapper}`);
	}
	// A control domain needs no grant, and one that runs may write such entries into anybody's tables.
	const byGrantOnly = ![...mm.domains.values()].some((d) => d.privileges.control && d.vcpus.length > 0);
	for (const [key, entries] of byGrantOnly ? tally.foreign : []) {
		const grants = granted.get(key) ?? 0;
		if (entries > grants) tally.problems.push(`${key} by ${entries} entries, by ${grants} grants`);
	}
	tally.problems.push(...(mm.grants?.disagreements() ?? []));
}

function compare(mm: Mm, tally: Tally): void {
	const f = mm.frames;
	for (let frame = 0; frame < f.size; frame++) {
		if (f.refCount[frame] !== tally.refs[frame]) {
			tally.problems.push(
				`frame ${frame} (owner ${f.owner[frame]}) counts ${f.refCount[frame]} references, ${tally.refs[frame]} are there`
			);
		}
		if (f.typeCount[frame] !== tally.types[frame]) {
			tally.problems.push(
				`frame ${frame} counts ${f.typeCount[frame]} uses as ${FRAME_TYPES[f.type[frame]]}, ${tally.types[frame]} are there`
			);
		}
	}
}

/** A domain's pages are those it owns, beside the ones that Xen shares with it. */
function countReservations(mm: Mm, tally: Tally): void {
	const f = mm.frames;
	const pages = new Map<number, number>();
	for (let frame = 0; frame < f.size; frame++) {
		const owner = f.owner[frame];
		if (owner >= DOMID_SELF && owner !== DOMID_XEN) continue;
		if (!f.has(frame, FLAG.xenHeap)) pages.set(owner, (pages.get(owner) ?? 0) + 1);
	}
	for (const d of mm.domains.values()) {
		const owned = pages.get(d.id) ?? 0;
		if (owned !== d.mm.totalPages)
			tally.problems.push(`domain ${d.id} counts ${d.mm.totalPages} pages and owns ${owned}`);
	}
}
