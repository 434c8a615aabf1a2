/**
 * Taking the whole system into a snapshot, and putting it back. RAM goes by the frames that were written to since the last time
 * (MARK.CLEAN), with a note of the very words; the columns of the frame table by 4 KiB pieces that are compared; the rest is plain data of each part,
 * shared as far as it equals the snapshot before.
 *
 * Neither alters history: what changes beside the state itself (marks, front arrays, decoded blocks) nobody inside can see.
 */
import { Bug, PAGE_SIZE } from '../../../base';
import type { MachineParts } from '../../../hardware/machine';
import { MARK } from '../../../hardware/memory';
import type { SavedControl } from '../../../hypervisor/control';
import { memoryColumns } from '../../../hypervisor/mm/state';
import { restoreRest, saveRest, type HypervisorRest } from '../../../hypervisor/core/state';
import type { SavedToolstack } from '../../../toolstack/toolstack';
import type { SavedShell } from '../../../toolstack/xl/shell';
import type { SavedScripts, Scripts } from '../../consoles/input';
import type { SightingsState } from '../../network/sightings';
import type { System } from '../../system';
import { compareMaps, emptyMap, mapBytes, pageOf, withPages, type PageMap } from './page-map';
import { PageStore, ZERO_PAGE } from './pages';
import { Sharing } from './share';
import { Written, writtenWords } from './written';

/** What each part says of itself. */
interface Parts {
	readonly machine: MachineParts;
	readonly hypervisor: HypervisorRest;
	readonly control: SavedControl;
	readonly toolstack: SavedToolstack;
	readonly shell: SavedShell;
	readonly scripts: SavedScripts;
	readonly sightings: SightingsState;
}

/** The system at one moment, as plain data and numbers of pieces. It never changes. */
export interface Image {
	readonly pages: PageMap;
	/** Pieces of the columns, in their order. */
	readonly columns: readonly number[];
	readonly parts: Parts;
	/** What was written to RAM on the way here. */
	readonly written: Written;
	/** Bytes that it holds by itself, its pieces aside. */
	readonly bytes: number;
}

/** One piece of a column, where it lives. */
interface Cut {
	readonly bytes: Uint8Array;
	readonly words: Int32Array;
}

/** Takes images of one system and puts them back. */
export class Imager {
	readonly store = new PageStore();
	/** What RAM holds but for the frames in `memory.dirty`. */
	private pages: PageMap;
	private last: Image | null = null;
	private readonly cuts: readonly Cut[];

	/** The system's memory must have been marked clean when all of it was zero. */
	constructor(
		private readonly system: System,
		private readonly scripts: Scripts
	) {
		this.pages = emptyMap(system.machine.memory.frames);
		this.cuts = memoryColumns(system.hypervisor).flatMap(cutColumn);
	}

	/** What the system is now. */
	take(): Image {
		const { memory, cpu, recorder } = this.system.machine;
		const at = { icount: cpu.icount, seq: recorder.next };
		const written = new Written(at, this.last?.written ?? null, writtenWords(memory));
		const before = this.pages;
		this.pages = withPages(before, memory.dirty, (frame) => this.store.put(memory.ram, frame * PAGE_SIZE));
		memory.markDirtyClean();
		const sharing = new Sharing();
		const parts = sharing.share(this.saveParts(), this.last?.parts);
		const columns = this.takeColumns();
		const bytes = sharing.fresh + mapBytes(this.pages, before) + columns.length * 8 + written.bytes;
		return (this.last = { pages: this.pages, columns, parts, written, bytes });
	}

	/** Makes the system what it was. */
	restore(image: Image): void {
		this.restorePages(image.pages);
		image.columns.forEach((id, index) => {
			const { bytes } = this.cuts[index];
			bytes.set(this.store.get(id, bytes.length));
		});
		this.restoreParts(image.parts);
		this.last = image;
	}

	/** Every map whose pieces are in use beside those of kept images. */
	get current(): PageMap {
		return this.pages;
	}
	get currentColumns(): readonly number[] {
		return this.last?.columns ?? [];
	}
	get currentWritten(): Written | null {
		return this.last?.written ?? null;
	}

	private saveParts(): Parts {
		const { machine, hypervisor, control, toolstack, shell, sightings } = this.system;
		return {
			machine: machine.saveParts(),
			hypervisor: saveRest(hypervisor),
			control: control.save(),
			toolstack: toolstack.save(),
			shell: shell.save(),
			scripts: this.scripts.save(),
			sightings: sightings.save()
		};
	}

	/** In the order in which they refer to each other; then every appointment must have been made again. */
	private restoreParts(parts: Parts): void {
		const { machine, hypervisor, control, toolstack, shell, sightings } = this.system;
		machine.restoreParts(parts.machine);
		restoreRest(hypervisor, parts.hypervisor);
		control.restore(parts.control);
		toolstack.restore(parts.toolstack);
		shell.restore(parts.shell);
		this.scripts.restore(parts.scripts);
		sightings.restore(parts.sightings);
		machine.clock.checkRestored();
	}

	private takeColumns(): number[] {
		const before = this.last?.columns;
		return this.cuts.map(({ bytes, words }, index) => {
			const known = before?.[index] ?? ZERO_PAGE;
			return same(words, this.store.words(known, bytes.length)) ? known : this.store.put(bytes, 0, bytes.length);
		});
	}

	private restorePages(pages: PageMap): void {
		const { memory } = this.system.machine;
		if (pages.length !== this.pages.length) throw new Bug('a snapshot of another machine');
		const dirty = [...memory.dirty];
		for (const frame of dirty) this.restoreFrame(frame, pageOf(pages, frame));
		compareMaps(pages, this.pages, (frame) => {
			if ((memory.marks[frame] & MARK.CLEAN) !== 0) this.restoreFrame(frame, pageOf(pages, frame));
		});
		this.pages = pages;
		memory.markDirtyClean();
	}

	/** Of a frame with decoded code only what differs is written, so that the rest of the code stays decoded. */
	private restoreFrame(frame: number, id: number): void {
		const { memory } = this.system.machine;
		const at = frame * PAGE_SIZE;
		if ((memory.marks[frame] & MARK.CODE) === 0) return memory.copyIn(at, this.store.get(id));
		const words = new Int32Array(memory.ram.buffer, memory.ram.byteOffset + at, PAGE_SIZE >>> 2);
		const wanted = this.store.words(id);
		let first = 0;
		let last = words.length - 1;
		while (first <= last && words[first] === wanted[first]) first++;
		while (last > first && words[last] === wanted[last]) last--;
		if (first > last) return;
		memory.copyIn(at + first * 4, this.store.get(id).subarray(first * 4, (last + 1) * 4));
	}
}

/** A column in pieces of 4 KiB, the last of which may be shorter. */
function cutColumn(column: ArrayBufferView<ArrayBuffer>): Cut[] {
	if (column.byteLength % 4 !== 0)
		throw new Bug('a column that is no whole number of words', { bytes: column.byteLength });
	const cuts: Cut[] = [];
	for (let at = 0; at < column.byteLength; at += PAGE_SIZE) {
		const length = Math.min(PAGE_SIZE, column.byteLength - at);
		const place = column.byteOffset + at;
		cuts.push({
			bytes: new Uint8Array(column.buffer, place, length),
			words: new Int32Array(column.buffer, place, length >>> 2)
		});
	}
	return cuts;
}

function same(a: Int32Array, b: Int32Array): boolean {
	for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
	return true;
}
