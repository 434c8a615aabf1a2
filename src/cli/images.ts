/** Kernel images for the command line: by the name of one of our guests, or by path. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { readPcap } from '../workbench/network/pcap';
import { UsageError } from './arguments';

const FOLDER = join(import.meta.dirname, '..', 'guests', 'images');
/** No kernel that this machine could hold is larger. */
const LARGEST = 512 * 1024 * 1024;

export interface NamedImage {
	/** Shown name. */
	name: string;
	/** Absolute. */
	path: string;
	bytes: Uint8Array;
	/** One of our guests, named as such. */
	builtIn: boolean;
}

/** Names of our guests. */
export function guestNames(): string[] {
	try {
		return readdirSync(FOLDER)
			.filter((file) => file.endsWith('.elf'))
			.map((file) => file.slice(0, -4))
			.sort();
	} catch {
		return [];
	}
}

/** Why a file cannot be read or written, in words. */
export const fileReason = (error: unknown): string => {
	const { code, message } = error as NodeJS.ErrnoException;
	const known: Record<string, string> = {
		ENOENT: 'there is no such file',
		EACCES: 'it may not be read',
		EISDIR: 'it is a folder',
		ENOTDIR: 'a part of its path is not a folder'
	};
	return known[code ?? ''] ?? message;
};

/** The pcap of --inject, named apart from any image. Throws UsageError with the reason. */
export function readFrames(path: string): NamedImage {
	let bytes: Uint8Array;
	try {
		bytes = readFileSync(path);
	} catch (error) {
		throw new UsageError(`--inject: ${path}: ${fileReason(error)}`);
	}
	const { problem } = readPcap(bytes);
	if (problem) throw new UsageError(`--inject: ${path}: ${problem}`);
	return { name: `inject:${basename(path)}`, path: resolve(path), bytes, builtIn: false };
}

/** The bytes of IMAGE. Throws UsageError with the reason. */
export function readImage(image: string): NamedImage {
	const guests = guestNames();
	const path = guests.includes(image) ? join(FOLDER, `${image}.elf`) : resolve(image);
	if (guests.includes(image)) return { name: image, path, bytes: readFileSync(path), builtIn: true };
	try {
		const { size } = statSync(image);
		if (size > LARGEST) throw new UsageError(`${image}: ${size} bytes are too many for a kernel image`);
		return { name: basename(image), path, bytes: readFileSync(image), builtIn: false };
	} catch (error) {
		if (error instanceof UsageError) throw error;
		throw new UsageError(`${image}: ${fileReason(error)}; our guests are ${guests.join(', ') || 'not built'}`);
	}
}
