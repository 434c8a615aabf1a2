import { Chunks, CHUNK, type ChunkTree } from './chunks';

/** Bytes of a sector. */
export const SECTOR = 512;
const CHUNK_SECTORS = CHUNK / SECTOR;

/** Whether sectors may be written. What is written lies over the image, which never changes. */
export type DiskAccess = 'ro' | 'overlay';

/** Sectors that cannot be read, or written, for good. */
export interface BadSectors {
	readonly lba: number;
	/** 1 unless said. */
	readonly count?: number;
	readonly on: 'read' | 'write' | 'both';
}

/** What a disk is made from. */
export interface DiskOptions {
	/** What it says when it is identified: 40 letters of ASCII at most. */
	readonly name?: string;
	/** Its first bytes; zeros follow. A last sector that is not whole is filled up with zeros. */
	readonly image?: Uint8Array;
	/** How many sectors it has; as many as the image fills unless said. */
	readonly sectors?: number;
	/** `overlay` unless said. */
	readonly access?: DiskAccess;
	readonly badSectors?: readonly BadSectors[];
}

/** What was written to a disk. */
export interface DiskState {
	/** What reads find. */
	readonly content: ChunkTree;
	/** What would be found after the power had failed. */
	readonly durable: ChunkTree;
	/** Sectors in which the two differ, ascending. */
	readonly unflushed: Float64Array;
}

/** Most sectors of a disk: what 48 bits can number. */
export const MOST_SECTORS = 2 ** 48;

/**
 * The medium of a disk: whole sectors over an image that never changes, and the write cache above it. A sector that was written is durable
 * once it has been flushed, or was written through; `cutPower` loses the others.
 */
export class Disk {
	readonly name: string;
	readonly sectors: number;
	readonly readOnly: boolean;
	private readonly image: Uint8Array;
	private readonly bad: readonly BadSectors[];
	private readonly content = new Chunks();
	private readonly durable = new Chunks();
	private readonly unflushed = new Set<number>();
	/** The state, until something is written. */
	private saved: DiskState | null = null;

	/** @throws RangeError for a disk without sectors, or with fewer than its image fills */
	constructor({ name = 'RINGSIDE DISK', image = new Uint8Array(), sectors, access, badSectors = [] }: DiskOptions) {
		const filled = Math.ceil(image.length / SECTOR);
		this.sectors = sectors ?? filled;
		if (this.sectors < 1)
			throw new RangeError(`the disk ${name} has no sectors: give an image, or a number of sectors`);
		if (this.sectors > MOST_SECTORS) throw new RangeError(`the disk ${name} has more than 2^48 sectors`);
		if (this.sectors < filled)
			throw new RangeError(`the disk ${name} has ${this.sectors} sectors, and its image fills ${filled}`);
		this.name = name;
		this.image = image;
		this.readOnly = access === 'ro';
		this.bad = badSectors;
	}

	/** `count` sectors from `lba` on, all of which must exist: a copy. */
	read(lba: number, count: number): Uint8Array {
		return this.readFrom(this.content, lba, count);
	}

	/**
	 * Writes whole sectors from `lba` on, all of which must exist.
	 * @param through whether they are durable at once
	 */
	write(lba: number, bytes: Uint8Array, through: boolean): void {
		this.saved = null;
		const count = bytes.length / SECTOR;
		this.writeTo(this.content, lba, bytes);
		if (through) this.settle(lba, count, bytes);
		else for (let n = 0; n < count; n++) this.unflushed.add(lba + n);
	}

	/** Makes sectors durable. With nothing else unflushed the two trees become one again. */
	private settle(lba: number, count: number, bytes: Uint8Array): void {
		for (let n = 0; n < count; n++) this.unflushed.delete(lba + n);
		if (this.unflushed.size === 0) this.durable.become(this.content.share());
		else this.writeTo(this.durable, lba, bytes);
	}

	// --- the cache -----------------------------------------------------------------------------------------

	/** How many sectors are not durable. */
	get waiting(): number {
		return this.unflushed.size;
	}

	/** Sectors that are not durable, ascending. */
	get unflushedSectors(): readonly number[] {
		return [...this.unflushed].sort((a, b) => a - b);
	}

	/**
	 * Makes sectors durable, in ascending order up to the first that cannot be written. That one is given up: reads find what was there before
	 * it, and the next flush goes on behind it.
	 * @returns its number, or -1 if all are durable
	 */
	flush(): number {
		this.saved = null;
		for (const lba of this.bad.length > 0 ? this.unflushedSectors : []) {
			if (this.isBad(lba, 'write')) {
				this.giveUp(lba);
				return lba;
			}
			this.settle(lba, 1, this.read(lba, 1));
		}
		this.unflushed.clear();
		this.durable.become(this.content.share());
		return -1;
	}

	private giveUp(lba: number): void {
		this.unflushed.delete(lba);
		this.writeTo(this.content, lba, this.readFrom(this.durable, lba, 1));
	}

	/** The power fails: what is not durable is gone, but for those sectors that the drive had written by itself. */
	cutPower(survives: (lba: number) => boolean = () => false): void {
		this.saved = null;
		for (const lba of this.unflushedSectors) if (survives(lba)) this.settle(lba, 1, this.read(lba, 1));
		this.unflushed.clear();
		this.content.become(this.durable.share());
	}

	// --- faults --------------------------------------------------------------------------------------------

	/** The first of `count` sectors from `lba` on that does not exist or cannot be read or written, and -1 if there is none. */
	firstBad(lba: number, count: number, on: 'read' | 'write'): number {
		const end = Math.min(lba + count, this.sectors);
		if (this.bad.length > 0) for (let at = lba; at < end; at++) if (this.isBad(at, on)) return at;
		return lba + count > this.sectors ? Math.max(lba, this.sectors) : -1;
	}

	/** What is in the cache can be read, whatever lies beneath. */
	private isBad(lba: number, on: 'read' | 'write'): boolean {
		if (on === 'read' && this.unflushed.has(lba)) return false;
		return this.bad.some(
			(bad) => (bad.on === on || bad.on === 'both') && bad.lba <= lba && lba < bad.lba + (bad.count ?? 1)
		);
	}

	// --- the whole -----------------------------------------------------------------------------------------

	/** All that reads find now, to be saved as an image. */
	export(): Uint8Array {
		return this.read(0, this.sectors);
	}

	/** In how many sectors reads find something else than the image has. */
	get changedSectors(): number {
		let count = 0;
		for (const [number, chunk] of this.content.entries())
			for (let at = 0; at < CHUNK; at += SECTOR) if (this.differs(chunk, at, number * CHUNK + at)) count++;
		return count;
	}

	/** Whether a sector of a chunk differs from the image's at `first`. */
	private differs(chunk: Uint8Array, at: number, first: number): boolean {
		for (let n = 0; n < SECTOR; n++) if (chunk[at + n] !== (this.image[first + n] ?? 0)) return true;
		return false;
	}

	/** Bytes of the chunks in which something was written. */
	get overlayBytes(): number {
		return this.content.count * CHUNK;
	}

	/** Costs nothing while nothing is written, and a copy of no chunk otherwise. */
	save(): DiskState {
		return (this.saved ??= {
			content: this.content.share(),
			durable: this.durable.share(),
			unflushed: Float64Array.from(this.unflushedSectors)
		});
	}

	restore(state: DiskState): void {
		this.content.become(state.content);
		this.durable.become(state.durable);
		this.unflushed.clear();
		for (const lba of state.unflushed) this.unflushed.add(lba);
		this.saved = state;
	}

	// --- chunks --------------------------------------------------------------------------------------------

	private readFrom(chunks: Chunks, lba: number, count: number): Uint8Array {
		const bytes = new Uint8Array(count * SECTOR);
		for (const { chunk, at, from, length } of pieces(lba, count)) {
			const changed = chunks.get(chunk);
			const first = chunk * CHUNK + at;
			bytes.set(changed ? changed.subarray(at, at + length) : this.image.subarray(first, first + length), from);
		}
		return bytes;
	}

	private writeTo(chunks: Chunks, lba: number, bytes: Uint8Array): void {
		for (const { chunk, at, from, length } of pieces(lba, bytes.length / SECTOR)) {
			const made = new Uint8Array(CHUNK);
			const before = chunks.get(chunk) ?? this.image.subarray(chunk * CHUNK, (chunk + 1) * CHUNK);
			if (length < CHUNK) made.set(before);
			made.set(bytes.subarray(from, from + length), at);
			chunks.set(chunk, made);
		}
	}
}

/** The parts of a stretch of sectors that lie in one chunk each: at which byte of it, and of the stretch. */
function* pieces(lba: number, count: number): Generator<{ chunk: number; at: number; from: number; length: number }> {
	for (let done = 0; done < count;) {
		const within = (lba + done) % CHUNK_SECTORS;
		const sectors = Math.min(count - done, CHUNK_SECTORS - within);
		yield {
			chunk: Math.floor((lba + done) / CHUNK_SECTORS),
			at: within * SECTOR,
			from: done * SECTOR,
			length: sectors * SECTOR
		};
		done += sectors;
	}
}
