/**
 * A bench for memory management alone: RAM, a frame table and domains, without a processor. Page tables
 * are drawn as text:
 *
 *     l3 top:  0=low 3=high
 *     l2 low:  0=leaf
 *     l2 high:
 *     l1 leaf: 0=page+w 1=page 2=leaf
 *
 * Each line is a frame of the domain: level, name, and its entries as `slot=frame`, present; then
 * letters: w writable, u user, n no-execute, s superpage, g global, c cache-disabled, a accessed, d dirty.
 * A name that has no line of its own is a plain page. `#123` is frame 123, whoever has it.
 */
import { Clock } from '../../../hardware/clock';
import { PhysicalMemory } from '../../../hardware/memory';
import { CHECK_NAMES, KIND, NullRecorder, type CheckName } from '../../../trace/events';
import { Domain, UNPRIVILEGED, Vcpu } from '../../core/domain';
import type { AddressSpaces } from '../address-space';
import { createAddressSpace, initXenMappings } from '../address-space';
import { audit } from '../audit';
import { HYPERVISOR_VIRT_START, type Mm, type XenMapping } from '../context';
import { entryAddress } from '../entries';
import type { FrameTable } from '../frame-table';
import type { FrameHeap } from '../heap';
import { initMemory } from '../init';
import { shareXenPageWithGuest } from '../sharing';

/** A decision as the trace shows it. */
export interface Asked {
	readonly name: CheckName;
	readonly passed: boolean;
}

class BenchRecorder extends NullRecorder {
	readonly events: number[][] = [];
	override record(...words: number[]): number {
		this.events.push(words);
		return this.next++;
	}
	override begin(...words: number[]): number {
		return this.record(...words);
	}
}

const FLAG_BITS: Record<string, [low: number, high: number]> = {
	w: [2, 0],
	u: [4, 0],
	c: [0x10, 0],
	a: [0x20, 0],
	d: [0x40, 0],
	s: [0x80, 0],
	g: [0x100, 0],
	n: [0, 0x8000_0000]
};

/** Frames of I/O memory at the bottom of the bench's RAM. */
export const IO_FRAMES = 4;

export class Bench implements Mm {
	readonly machine: { readonly memory: PhysicalMemory };
	readonly recorder = new BenchRecorder();
	readonly domains = new Map<number, Domain>();
	readonly pcpu = { current: null as Vcpu | null, reloadSegments: false };
	frames!: FrameTable;
	heap!: FrameHeap;
	tables!: Mm['tables'];
	spaces!: AddressSpaces;
	readonly xenPages: readonly XenMapping[] = [];
	idleCr3 = 0;
	quiet = 0;
	readonly asked: Asked[] = [];
	/** What was flushed: 'cr3 ...', 'all', 'page ...'. */
	readonly flushes: string[] = [];
	/** Bytes moved or cleared, call by call. */
	readonly moves: number[] = [];
	/** The guest's address space as calls see it: 64 KiB at address 0. */
	readonly scratch = new Uint8Array(0x1_0000);
	readonly processor = {
		nx: true,
		loadCr3: (address: number): void => void this.flushes.push(`cr3 ${address.toString(16)}`),
		flushAll: (): void => void this.flushes.push('all'),
		flushPage: (address: number): void => void this.flushes.push(`page ${address.toString(16)}`),
		validated: (): void => {},
		moved: (bytes: number): void => void this.moves.push(bytes),
		time: 0
	};
	readonly guest = {
		accessible: (address: number, length: number): boolean => address + length <= HYPERVISOR_VIRT_START,
		read: (address: number, length: number): DataView | null =>
			address + length <= this.scratch.length
				? new DataView(this.scratch.slice(address, address + length).buffer)
				: null,
		words: (address: number, into: Uint32Array): boolean => {
			const view = this.guest.read(address, into.byteLength);
			if (view) new Uint8Array(into.buffer).set(new Uint8Array(view.buffer));
			return view !== null;
		},
		write: (address: number, bytes: Uint8Array): boolean => {
			if (address + bytes.length > this.scratch.length) return false;
			this.scratch.set(bytes, address);
			return true;
		}
	};

	constructor(frames = 256) {
		this.machine = { memory: new PhysicalMemory(frames * 4096) };
		initMemory(this, IO_FRAMES);
		initXenMappings(this);
	}

	ask(check: number, answer: boolean, a = 0, b = 0): boolean {
		if (answer && this.quiet > 0) return true;
		this.asked.push({ name: CHECK_NAMES[check], passed: answer });
		this.recorder.record(KIND.check, check, answer ? 1 : 0, a, b);
		return answer;
	}

	/** The refusals since the last call, and forgets all. */
	refusals(): CheckName[] {
		const names = this.asked.filter(({ passed }) => !passed).map(({ name }) => name);
		this.asked.length = 0;
		return names;
	}

	addDomain(id: number, { privileges = UNPRIVILEGED, maxPages = 128 } = {}): Domain {
		const shared = this.heap.allocate();
		const d = new Domain(id, `d${id}`, privileges, shared, { clock: new Clock(), recorder: this.recorder });
		d.mm.maxPages = maxPages;
		this.domains.set(id, d);
		shareXenPageWithGuest(this, shared, d);
		d.vcpus.push(new Vcpu(d, 0));
		createAddressSpace(this, d);
		return d;
	}

	page(d: Domain): number {
		const frame = this.heap.allocateDomainPage(d);
		if (frame < 0) throw new Error('bench out of pages');
		return frame;
	}

	/** Draws page tables into fresh frames of `d`; returns the frames by name. */
	draw(d: Domain, picture: string, known: Record<string, number> = {}): Record<string, number> {
		const lines = picture
			.trim()
			.split('\n')
			.map((line) => line.trim())
			.filter(Boolean);
		const names: Record<string, number> = { ...known };
		const frame = (name: string): number =>
			name.startsWith('#') ? Number(name.slice(1)) : (names[name] ??= this.page(d));
		for (const line of lines) frame(line.split(/[\s:]+/)[1]);
		for (const line of lines) {
			const [head, entries] = line.split(':');
			const table = frame(head.split(/\s+/)[1]);
			for (const entry of (entries ?? '').trim().split(/\s+/).filter(Boolean)) {
				const [slot, target] = entry.split('=');
				const [name, flags = ''] = target.split('+');
				this.poke(table, Number(slot), ...this.entry(frame(name), flags));
			}
		}
		return names;
	}

	/** An entry for a frame with flag letters, present unless they have a minus. */
	entry(frame: number, flags = ''): [low: number, high: number] {
		let low = (frame << 12) | (flags.includes('-') ? 0 : 1);
		let high = Math.floor(frame / 0x10_0000);
		for (const letter of flags.replace('-', '')) {
			low |= FLAG_BITS[letter][0];
			high |= FLAG_BITS[letter][1];
		}
		return [low >>> 0, high >>> 0];
	}

	/** Writes an entry straight into RAM: as a guest would whose page is still plain memory. */
	poke(table: number, slot: number, low: number, high: number): void {
		this.machine.memory.write32(entryAddress(table, slot), low);
		this.machine.memory.write32(entryAddress(table, slot) + 4, high);
	}

	peek(table: number, slot: number): [low: number, high: number] {
		return [
			this.machine.memory.read32(entryAddress(table, slot)),
			this.machine.memory.read32(entryAddress(table, slot) + 4)
		];
	}

	/** Puts 32-bit words into guest memory. */
	words(address: number, ...values: number[]): void {
		const view = new DataView(this.scratch.buffer);
		values.forEach((value, i) => view.setUint32(address + i * 4, value, true));
	}

	word(address: number): number {
		return new DataView(this.scratch.buffer).getUint32(address, true);
	}

	/** Counts, types that count, and flags of every frame: what a refused request must leave alone. */
	snapshot(): string {
		const f = this.frames;
		const rows: string[] = [];
		for (let i = 0; i < f.size; i++) {
			const type = f.typeCount[i] > 0 ? f.type[i] : 0;
			const flags = f.typeCount[i] > 0 ? f.flags[i] : f.flags[i] & ~1;
			rows.push(
				`${i}: owner ${f.owner[i]} type ${type} x${f.typeCount[i]} refs ${f.refCount[i]} flags ${flags} linear ${f.linear[i]}`
			);
		}
		return rows.join('\n');
	}

	audit(): string[] {
		return audit(this);
	}
}

/** The smallest address space: one page mapped at 0, and the L2 that the hypervisor needs. */
export const SMALL = `
	l3 top:  0=low 3=high
	l2 low:  0=leaf
	l2 high:
	l1 leaf: 0=page+w 1=page 2=leaf 3=low 4=top`;
