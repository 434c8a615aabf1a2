/** Progress files as they come into the page: chosen, a folder of them, or dropped. They are read here and go nowhere. */
import type { ProgressFile } from '../lessons/progress/file';

/** What a file looks like before it is read. */
export interface SomeFile {
	/** With its folders, where it came in one. */
	name: string;
	size: number;
	/** Milliseconds since 1970. */
	lastModified: number;
	text(): Promise<string>;
}

/** A file that could be read. */
export interface ClassFile extends ProgressFile {
	file: string;
	/** When it was written, milliseconds since 1970: as it says, or as the file system says. */
	written: number;
}

export interface Unread {
	file: string;
	reason: string;
}

/** Longer than this at a stretch, ms, and the page would feel stuck. */
const STRETCH = 12;

async function readOne(some: SomeFile): Promise<ClassFile> {
	const { LARGEST_FILE, readProgress } = await import('../lessons/progress/file');
	if (!/\.json$/i.test(some.name)) throw new Error('its name does not end in .json');
	if (some.size > LARGEST_FILE) throw new Error('it is too large to be a progress file');
	const read = readProgress(await some.text());
	return { ...read, file: some.name, written: read.exported ? Date.parse(read.exported) : some.lastModified };
}

/**
 * Reads files, and lets the page breathe in between.
 * @param progress is told how many are done
 */
export async function readFiles(
	files: readonly SomeFile[],
	progress: (done: number) => void
): Promise<{ read: ClassFile[]; unread: Unread[] }> {
	const read: ClassFile[] = [];
	const unread: Unread[] = [];
	let began = performance.now();
	for (const [index, some] of files.entries()) {
		try {
			read.push(await readOne(some));
		} catch (error) {
			unread.push({ file: some.name, reason: error instanceof Error ? error.message : String(error) });
		}
		if (performance.now() - began < STRETCH) continue;
		progress(index + 1);
		await new Promise((resolve) => setTimeout(resolve));
		began = performance.now();
	}
	progress(files.length);
	return { read, unread };
}

const named = (file: File, name: string): SomeFile => ({
	name,
	size: file.size,
	lastModified: file.lastModified,
	text: () => file.text()
});

/** What a file input holds, a folder's files with their paths in it. */
export const chosenFiles = (input: HTMLInputElement): SomeFile[] =>
	[...(input.files ?? [])].map((file) => named(file, file.webkitRelativePath || file.name));

const entriesOf = (reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> =>
	new Promise((resolve, reject) => reader.readEntries(resolve, reject));

async function filesIn(entry: FileSystemEntry): Promise<SomeFile[]> {
	const path = entry.fullPath.replace(/^\//, '');
	if (entry.isFile) {
		const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
		return [named(file, path)];
	}
	const reader = (entry as FileSystemDirectoryEntry).createReader();
	const found: SomeFile[] = [];
	// A reader gives a folder's entries in portions, until it gives none.
	for (let some = await entriesOf(reader); some.length > 0; some = await entriesOf(reader))
		for (const inner of some) found.push(...(await filesIn(inner)));
	return found;
}

/** What was dropped, folders opened. To be called while the drop is handled: later the browser has forgotten it. */
export async function droppedFiles(data: DataTransfer): Promise<SomeFile[]> {
	const entries = [...data.items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
	if (entries.length === 0) return [...data.files].map((file) => named(file, file.name));
	const found: SomeFile[] = [];
	for (const entry of entries) found.push(...(await filesIn(entry)));
	return found;
}
