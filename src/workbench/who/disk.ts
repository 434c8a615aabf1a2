/**
 * Who last wrote bytes of a disk: the command, found in the trace, which tells what each one moved. What stood there before and after is read
 * from the disk as it was then.
 */
import { KIND } from '../../trace/events';
import type { TraceView } from '../../trace/view';
import { words } from '../../words/late';
import { fill } from '../../words/template';
import { diskAt } from '../inspect/disks';
import type { Point } from '../moment';
import type { Run } from '../run';
import type { Task } from '../task';
import { bytesText } from './places';
import { driveName, type Onward, type WhoTarget, type Write } from './words';

const said = words.who;
const SECTOR = 512;

export type DiskTarget = Extract<WhoTarget, { kind: 'disk' }>;
type Steps<T> = Generator<void, T, void>;
type Found = Write & { readonly idle: number; readonly same?: boolean };

/** Events that are looked at between two looks at the allowance. */
const EVENTS_AT_ONCE = 1 << 16;

/** What moved data: a piece that the drive moved by itself, or a block that went through its port. */
const MOVES = new Set<number>([KIND.disk_dma, KIND.disk_data]);

/** A command's event, where what was recorded later names it; -1 for one that nothing names. */
const commandOf = (trace: TraceView, seq: number): number => {
	const by = trace.cause(seq);
	return by >= 0 && trace.kind(by) === KIND.disk_command ? by : -1;
};

const lbaOf = (trace: TraceView, seq: number): number => Number(trace.value(seq, 'lba'));

/** All pieces that a command moved, as far as event `until`, in their order. */
function piecesOf(trace: TraceView, command: number, until: number): number[] {
	const found: number[] = [];
	for (let seq = command + 1; seq < until; seq++)
		if (MOVES.has(trace.kind(seq)) && trace.cause(seq) === command) found.push(seq);
	return found;
}

/** The address in memory that byte `offset` of sector `lba` came from or went to by DMA in a command; -1 where it went another way. */
export function dmaAddress(trace: TraceView, command: number, until: number, lba: number, offset: number): number {
	const pieces = piecesOf(trace, command, until).filter((seq) => trace.kind(seq) === KIND.disk_dma);
	if (pieces.length === 0) return -1;
	let left = (lba - lbaOf(trace, pieces[0])) * SECTOR + offset;
	for (const piece of pieces) {
		const bytes = trace.arg(piece, 'bytes');
		if (left >= 0 && left < bytes) return trace.arg(piece, 'address') + left;
		left -= bytes;
	}
	return -1;
}

/** Where in a disk byte `address` of memory came from by the DMA of event `seq`; null where that event did not bring it. */
export function dmaSource(trace: TraceView, seq: number, address: number): { lba: number; offset: number } | null {
	const from = trace.arg(seq, 'address');
	if (trace.kind(seq) !== KIND.disk_dma || address < from || address >= from + trace.arg(seq, 'bytes')) return null;
	const command = commandOf(trace, seq);
	const pieces =
		command < 0 ? [seq] : piecesOf(trace, command, seq + 1).filter((at) => trace.kind(at) === KIND.disk_dma);
	const before = pieces.slice(0, -1).reduce((sum, piece) => sum + trace.arg(piece, 'bytes'), 0);
	const at = before + address - from;
	return { lba: lbaOf(trace, pieces[0]) + Math.floor(at / SECTOR), offset: at % SECTOR };
}

/** Whether event `seq` tells of data that went to a sector of a disk. */
const reaches = (trace: TraceView, seq: number, disk: number, lba: number): boolean => {
	if (!MOVES.has(trace.kind(seq)) || trace.arg(seq, 'disk') !== disk || trace.arg(seq, 'to_host') !== 0) return false;
	const from = lbaOf(trace, seq);
	return lba >= from && lba < from + Math.ceil(trace.arg(seq, 'bytes') / SECTOR);
};

/** @throws RangeError for a place that the disk does not have */
export function checkDisk(run: Run, { disk, lba, offset, length }: DiskTarget): void {
	const medium = diskAt(run, disk);
	if (!medium) throw new RangeError(fill(said.errors.disk, { disk: driveName(disk) }));
	const whole = [lba, offset, length].every((value) => Number.isInteger(value) && value >= 0);
	if (!whole || lba >= medium.sectors) throw new RangeError(fill(said.errors.sector, { lba, sectors: medium.sectors }));
	if (length < 1 || offset + length > SECTOR) throw new RangeError(fill(said.errors.within, { offset, length }));
}

/** The search for the last command before a moment that changed bytes of a sector. */
export class DiskSearch {
	constructor(
		private readonly run: Run,
		private readonly target: DiskTarget,
		private readonly wait: <R>(task: Task<R>) => Steps<R>,
		private readonly spend: (instructions: number) => Steps<void>,
		private readonly mostIdle: number
	) {}

	*before(here: Point): Steps<Found & { readonly onward: Onward | null }> {
		const { trace } = this.run;
		let idle = 0;
		let value = yield* this.read(here);
		for (let end = here.seq; ;) {
			const seq = yield* this.last(end);
			if (seq < 0) return { ...this.nobody(value), idle };
			const command = commandOf(trace, seq);
			const after = this.ended(seq, command, here);
			const before = this.standBefore(command < 0 ? seq : (piecesOf(trace, command, seq + 1)[0] ?? seq));
			value = yield* this.read(after);
			const old = yield* this.read(before);
			const same = old === value;
			end = command < 0 ? seq : command;
			if (same && ++idle < this.mostIdle) continue;
			const writer = { by: 'disk' as const, event: seq, command };
			return {
				before,
				after,
				writer,
				old,
				new: value,
				idle,
				onward: this.onward(seq, command, before),
				...(same && { same })
			};
		}
	}

	private nobody(value: string): Found & { readonly onward: null } {
		return { before: null, after: null, writer: { by: 'nobody' }, old: value, new: value, idle: 0, onward: null };
	}

	/** The last event before `end` that tells of data for the sector; -1 when there is none. */
	private *last(end: number): Steps<number> {
		const { trace } = this.run;
		const { disk, lba } = this.target;
		for (let seq = end - 1; seq >= 0; seq--) {
			if ((seq & (EVENTS_AT_ONCE - 1)) === 0) yield* this.spend(EVENTS_AT_ONCE);
			if (reaches(trace, seq, disk, lba)) return seq;
		}
		return -1;
	}

	/** Right after the end of its command, or the present moment if that has not come. */
	private ended(seq: number, command: number, here: Point): Point {
		const { trace } = this.run;
		for (let at = seq + 1; at < here.seq; at++)
			if (trace.kind(at) === KIND.disk_done && trace.cause(at) === command)
				return { icount: trace.icount(at), seq: at + 1 };
		return here;
	}

	private standBefore(seq: number): Point {
		return { icount: this.run.trace.icount(seq), seq };
	}

	/** The bytes at a moment, in words. */
	private *read(at: Point): Steps<string> {
		const { run } = this;
		const { disk, lba, offset, length } = this.target;
		yield* this.wait(run.seeking(at));
		return bytesText([...(diskAt(run, disk)?.read(lba, 1) ?? []).slice(offset, offset + length)]);
	}

	/** Who wrote the memory that the bytes came from, asked just before they were moved. */
	private onward(seq: number, command: number, at: Point): Onward | null {
		const { trace } = this.run;
		const { lba, offset, length } = this.target;
		if (command < 0 || trace.kind(seq) !== KIND.disk_dma) return null;
		const address = dmaAddress(trace, command, seq + 1, lba, offset);
		if (address < 0) return null;
		return { target: { kind: 'memory', space: 'physical', address, length }, at };
	}
}

/** Who wrote the sector that DMA brought into memory, asked just before it did. */
export function sourceOnDisk(trace: TraceView, event: number, address: number, length: number): Onward | null {
	const source = dmaSource(trace, event, address);
	if (!source || trace.arg(event, 'to_host') !== 1) return null;
	const target: DiskTarget = {
		kind: 'disk',
		disk: trace.arg(event, 'disk'),
		...source,
		length: Math.min(length, SECTOR - source.offset)
	};
	return { target, at: { icount: trace.icount(event), seq: event } };
}
