/**
 * Watch points: who touches certain bytes. The frames in which they lie are marked (src/hardware/memory.ts), so every
 * access to them is heard of, whoever makes it; the guest cannot tell.
 *
 * A linear range is followed through the page tables: the entries that its translation rests on are watched too, and it is
 * translated anew when one of them was written to (from the next instruction on) and when CR3 was loaded.
 */
import { hex, PAGE_SIZE } from '../../base';
import { MARK } from '../../hardware/memory';
import type { StopPoint } from '../stops';
import type { System } from '../system';
import { CS } from '../../x86/registers';

/** Most bytes of one watch point. */
export const MOST_WATCHED = 64 * 1024;
/** Bytes of a page-table entry (PAE). */
const ENTRY_BYTES = 8;

export type WatchPoint = Extract<StopPoint, { kind: 'watch' }>;

/**
 * Who touched: a guest's or Xen's own instruction; the processor when it walks page tables, or delivers an interrupt or fault;
 * the hypervisor's native code; what was due by the clock, a device or a daemon of domain 0.
 */
export type Toucher = 'instruction' | 'walk' | 'delivery' | 'hypervisor' | 'appointment';

/** An access to watched bytes, as it was made. */
export interface Hit {
	/** The point's number. */
	readonly point: number;
	readonly write: boolean;
	/** The watched bytes that lie together in RAM and were touched. */
	readonly physical: number;
	readonly length: number;
	/** Before the instruction (or step) that touched them, and after it. */
	readonly before: readonly number[];
	readonly after: readonly number[];
	readonly by: Toucher;
	readonly cpl: number;
	/** Of the instruction that executed, as an offset in CS and as a linear address; of the next one, between instructions. */
	readonly eip: number;
	readonly linear: number;
	readonly dom: number;
	readonly vcpu: number;
	/** Instructions retired and events recorded when it was touched. */
	readonly icount: number;
	readonly seq: number;
}

/** A stretch of RAM that a point means now. */
interface Range {
	readonly point: WatchPoint;
	readonly from: number;
	/** Exclusive. */
	readonly to: number;
}

/** What is wrong with a watch point, or null. */
export function checkWatch({
	address,
	length,
	space
}: Pick<WatchPoint, 'address' | 'length' | 'space'>): string | null {
	if (!(Number.isInteger(address) && address >= 0 && address <= 0xffff_ffff)) return `there is no address ${address}`;
	if (!(Number.isInteger(length) && length >= 1 && length <= MOST_WATCHED))
		return `a watch point has from 1 to ${MOST_WATCHED} bytes, not ${length}`;
	if (space === 'linear' && address + length > 2 ** 32)
		return `${length} bytes at ${hex(address)} reach beyond the address space`;
	return null;
}

const wants = (point: WatchPoint, write: boolean): boolean =>
	point.access === 'access' || (point.access === 'write') === write;

/** Watches a machine while it is armed. */
export class Watches {
	/** What has been touched since it was asked last, by the point's number. */
	private touched = new Map<number, Hit>();
	private ranges: Range[] = [];
	/** Page-table entries that translations rest on: physical addresses. */
	private trail = new Set<number>();
	private marked: number[] = [];
	/** A page-table entry was written to. */
	private stale = false;
	/** The machine is only being looked at. */
	private looking = false;

	/** @param stop asks the machine to stop after the present instruction */
	constructor(
		private readonly system: System,
		private readonly points: readonly WatchPoint[],
		private readonly stop: () => void
	) {}

	arm(): void {
		const { machine } = this.system;
		machine.memory.watcher = (pa, length, write) => this.heard(pa, length, write);
		if (this.points.some(({ access }) => access !== 'write')) machine.memory.announceReads(true);
		if (this.points.some(({ space }) => space === 'linear')) machine.cpu.mmu.onSpace = () => this.translate();
		this.translate();
	}

	disarm(): void {
		const { machine } = this.system;
		machine.memory.watcher = null;
		machine.memory.announceReads(false);
		machine.cpu.mmu.onSpace = null;
		this.unmark();
		this.touched.clear();
	}

	/** What has been touched since the last time; the machine must stand between instructions. */
	take(): Hit[] {
		if (this.stale) this.translate();
		const hits = [...this.touched.values()].map((hit) => ({ ...hit, after: this.bytes(hit.physical, hit.length) }));
		this.touched.clear();
		return hits;
	}

	// --- where -------------------------------------------------------------------------------------------

	private translate(): void {
		this.stale = false;
		this.looking = true;
		this.unmark();
		this.trail.clear();
		this.ranges = this.points.flatMap((point) => this.rangesOf(point));
		for (const { from, to, point } of this.ranges) {
			for (let pfn = from >>> 12; pfn <= (to - 1) >>> 12; pfn++)
				this.mark(pfn, point.access === 'write' ? MARK.WRITE : MARK.WRITE | MARK.READ);
		}
		for (const at of this.trail) this.mark(at >>> 12, MARK.WRITE);
		this.looking = false;
	}

	private rangesOf(point: WatchPoint): Range[] {
		const { address, length, space } = point;
		const { size } = this.system.machine.memory;
		if (space === 'physical') {
			const to = Math.min(size, address + length);
			return address < to ? [{ point, from: address, to }] : [];
		}
		const ranges: Range[] = [];
		for (let at = address; at < address + length; at = at - (at % PAGE_SIZE) + PAGE_SIZE) {
			const seen = this.system.machine.cpu.mmu.inspect(at | 0);
			for (const entry of seen.entries) if (entry.level < 3) this.trail.add(entry.at);
			const bytes = Math.min(address + length - at, PAGE_SIZE - (at % PAGE_SIZE));
			if (seen.physical >= 0 && seen.physical + bytes <= size)
				ranges.push({ point, from: seen.physical, to: seen.physical + bytes });
		}
		return ranges;
	}

	private mark(pfn: number, bits: number): void {
		const { memory } = this.system.machine;
		for (const bit of [MARK.WRITE, MARK.READ]) if ((bits & bit) !== 0) memory.mark(pfn, bit);
		this.marked.push(pfn);
	}

	private unmark(): void {
		for (const pfn of this.marked) this.system.machine.memory.unmark(pfn, MARK.WRITE | MARK.READ);
		this.marked = [];
	}

	// --- who ---------------------------------------------------------------------------------------------

	private heard(pa: number, length: number, write: boolean): void {
		if (this.looking) return;
		if (write && !this.stale) this.noteTables(pa, length);
		for (const range of this.ranges) {
			if (pa >= range.to || pa + length <= range.from || !wants(range.point, write)) continue;
			this.note(range, write);
		}
	}

	private noteTables(pa: number, length: number): void {
		for (const at of this.trail) {
			if (pa >= at + ENTRY_BYTES || pa + length <= at) continue;
			this.stale = true;
			this.stop();
			return;
		}
	}

	/** The last access counts; what the bytes were before, the first one tells. */
	private note({ point, from, to }: Range, write: boolean): void {
		const known = this.touched.get(point.id);
		const before = known?.physical === from ? known.before : this.bytes(from, to - from);
		const { machine, hypervisor } = this.system;
		const { cpu, clock, engine, recorder } = machine;
		const executing = engine.executing;
		const by: Toucher = cpu.mmu.walker.committing
			? 'walk'
			: clock.keeping
				? 'appointment'
				: executing === null
					? 'delivery'
					: hypervisor.pcpu.inside
						? 'hypervisor'
						: 'instruction';
		const eip = executing?.eip ?? cpu.eip;
		this.touched.set(point.id, {
			point: point.id,
			write,
			physical: from,
			length: to - from,
			before,
			after: before,
			by,
			cpl: cpu.cpl,
			eip,
			linear: (cpu.seg[CS].base + eip) >>> 0,
			dom: recorder.dom,
			vcpu: recorder.vcpu,
			icount: executing?.icount ?? cpu.icount,
			seq: recorder.next
		});
		this.stop();
	}

	private bytes(from: number, length: number): number[] {
		const { memory } = this.system.machine;
		return [...memory.ram.subarray(from, from + length)];
	}
}
