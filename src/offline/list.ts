/** Every file of the site, as the build wrote it: `offline.json`. */
export interface FileList {
	/** Of the site: it changes with its sources. */
	readonly version: string;
	readonly files: readonly ListedFile[];
}

export interface ListedFile {
	/** From the root of the site; a page ends in `/`. */
	readonly path: string;
	/** SHA-256 of its bytes, hexadecimal. */
	readonly hash: string;
	readonly bytes: number;
}

export const LIST = 'offline.json';

/** Files that bear the hash of what they hold in their name: the same name is the same file for ever. */
export const isHashed = (path: string): boolean => path.startsWith('_app/immutable/');

export const totalBytes = ({ files }: FileList): number => files.reduce((sum, { bytes }) => sum + bytes, 0);

/** Under which path the list has what an address asks for. */
export const listedPath = (path: string): string => path.replace(/(^|\/)index\.html$/, '$1');
