/**
 * Where kernels and disks come from: those that we build, served with the site, and images that the learner drops,
 * which are kept in the browser (by their SHA-256) so that a position's URL can find them again.
 */
import { openDB, type DBSchema } from 'idb';
import { diskNames, imageNames, loadImage } from '../images';
import { otherwise } from '../../trace/query/nearest';
import { fixed } from '../../words/numbers';
import { storage } from '../shell/storage.svelte';

/** Names of our own guests. */
export const GUESTS: readonly string[] = imageNames();
/** Names of the disks that come with the site. */
export const DISKS: readonly string[] = diskNames();
/** Whether an image comes with the site, by its name. */
export const isBuiltIn = (name: string): boolean => GUESTS.includes(name) || DISKS.includes(name);

export interface KeptImage {
	/** `sha256:` and 64 hexadecimal digits. */
	id: string;
	/** The file's name. */
	name: string;
	bytes: Uint8Array<ArrayBuffer>;
}

interface Kept extends DBSchema {
	images: { key: string; value: KeptImage };
}

/** No image that a page should hold is larger: a page and its worker have one each. */
const LARGEST_IMAGE = 512 << 20;
/** Nothing larger is kept for later visits. */
const LARGEST_KEPT = 128 << 20;

/** Images given to this page, by id: found here first, and where the browser keeps nothing. */
const given = new Map<string, KeptImage>();

const database = async () =>
	openDB<Kept>('ringside-images', 1, { upgrade: (db) => void db.createObjectStore('images', { keyPath: 'id' }) });

/** Reads a dropped file. @throws Error with what is wrong with it */
export async function takeImage(file: File): Promise<KeptImage> {
	if (file.size === 0) throw new Error(`${file.name} is empty: it has no bytes to load.`);
	if (file.size > LARGEST_IMAGE)
		throw new Error(
			`${file.name} has ${fixed(file.size / 2 ** 20, 0)} MiB; an image may have ${LARGEST_IMAGE / 2 ** 20}.`
		);
	let bytes: Uint8Array<ArrayBuffer>;
	try {
		bytes = new Uint8Array(await file.arrayBuffer());
	} catch {
		throw new Error(`${file.name} cannot be read. Is it a folder, or has it changed since?`);
	}
	const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
	const id = 'sha256:' + Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
	const image = { id, name: file.name, bytes };
	given.set(id, image);
	return image;
}

/** Takes an image from a file of a run, so that addresses and the launcher find it by its name there. */
export function giveImage(id: string, name: string, bytes: Uint8Array): void {
	given.set(id, { id, name, bytes: new Uint8Array(bytes) });
}

/** The name that an image came with, once it has been found. */
export const nameOfImage = (id: string): string | undefined => given.get(id)?.name;

/** Keeps an image that was of use for later visits. Without a place to keep it, this page still has it. */
export async function keep(id: string): Promise<void> {
	const image = given.get(id);
	if (!image || image.bytes.length > LARGEST_KEPT) return;
	try {
		await (await database()).put('images', image);
	} catch {
		// A private window: a later visit to the URL will ask for the file again.
		storage.refused = true;
	}
}

/** Name and bytes of an image by its name in a URL. @throws Error with what the learner can do about it */
export async function findImage(id: string): Promise<{ name: string; bytes: Uint8Array }> {
	if (id.startsWith('sha256:')) {
		const kept =
			given.get(id) ??
			(await database()
				.then((db) => db.get('images', id))
				.catch(() => undefined));
		if (!kept)
			throw new Error(
				'This address names an image that is not in this browser. Drop the same file here, then open the address again.'
			);
		given.set(id, kept);
		return kept;
	}
	if (!isBuiltIn(id)) throw new Error(`There is no image '${id}'${otherwise(id, [...GUESTS, ...DISKS], 'there are')}`);
	return { name: id, bytes: await loadImage(id) };
}
