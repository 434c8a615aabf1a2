/**
 * What disks hold in the end, in files: where one is asked for, and the image's own where it was given `,rw`. A file is written once, when
 * the run is over, and as a whole: beside it first, then in its place, so that there is never half of one.
 */
import { accessSync, constants, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { diskAt } from '../workbench/inspect/disks';
import type { Run } from '../workbench/run';
import { UsageError, type RunArguments } from './arguments';
import { fileReason } from './images';

/** A file that takes a disk's content. */
interface Target {
	readonly option: string;
	readonly file: string;
	readonly disk: number;
}

export class DiskFiles {
	private readonly targets: readonly Target[];

	/** Throws UsageError where a file could not be written in the end, or two disks would go into one. */
	constructor({ disks, savedDisks }: RunArguments, run: Run) {
		const back = disks.flatMap(({ file, back }, disk) => (back ? [{ option: '--disk', file, disk }] : []));
		this.targets = [...back, ...savedDisks.map((saved) => ({ option: '--save-disk', ...saved }))];
		const taken = new Set<string>();
		for (const target of this.targets) {
			const { option, file, disk } = target;
			if (!diskAt(run, disk)) throw new UsageError(`${option}: the machine has no disk hd${'abcd'[disk]}`);
			if (taken.has(resolve(file))) throw new UsageError(`${option}: ${file}: two disks would be written to it`);
			taken.add(resolve(file));
			checkWritable(target);
		}
	}

	/** Writes them all. @returns what went wrong, a line each */
	finish(run: Run): string[] {
		return this.targets.flatMap(({ option, file, disk }) => {
			try {
				replaceFile(file, diskAt(run, disk)!.export());
				return [];
			} catch (error) {
				return [`${option}: ${file} was not written: ${fileReason(error)}`];
			}
		});
	}
}

function checkWritable({ option, file }: Target): void {
	try {
		const there = statSync(file, { throwIfNoEntry: false });
		if (there && !there.isFile()) throw new UsageError(`${option}: ${file}: it is no file`);
		if (there) accessSync(file, constants.W_OK);
		accessSync(dirname(resolve(file)), constants.W_OK);
	} catch (error) {
		if (error instanceof UsageError) throw error;
		throw new UsageError(`${option}: ${file} cannot be written: ${(error as Error).message}`);
	}
}

/** Puts bytes in the place of a file, whole or not at all; it keeps its mode. */
function replaceFile(file: string, bytes: Uint8Array): void {
	const beside = `${file}.${process.pid}.new`;
	try {
		const mode = statSync(file, { throwIfNoEntry: false })?.mode;
		writeFileSync(beside, bytes, { flag: 'wx', ...(mode !== undefined && { mode }) });
		renameSync(beside, file);
	} catch (error) {
		rmSync(beside, { force: true });
		throw error;
	}
}
