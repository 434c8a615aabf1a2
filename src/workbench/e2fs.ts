/** For tests: file systems seen from outside, by Debian's e2fsprogs, where this machine has them. Each answers null where it has not. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Said {
	readonly status: number | null;
	readonly text: string;
}

/** Runs one of the programs, which lie where only root's path leads. */
function program(name: string, words: readonly string[]): Said | null {
	const env = { ...process.env, PATH: `${process.env.PATH}:/sbin:/usr/sbin` };
	const { error, status, stdout, stderr } = spawnSync(name, words, { encoding: 'utf8', env });
	return error ? null : { status, text: stdout + stderr };
}

function inFolder<T>(work: (folder: string) => T): T {
	const folder = mkdtempSync(join(tmpdir(), 'ringside-e2fs-'));
	try {
		return work(folder);
	} finally {
		rmSync(folder, { recursive: true });
	}
}

/** An image of so many KiB that mke2fs made, with one file in it. */
export const mke2fs = (kib: number, name: string, text: string): Uint8Array | null =>
	inFolder((folder) => {
		const [root, image] = [join(folder, 'root'), join(folder, 'disk.img')];
		mkdirSync(root);
		writeFileSync(join(root, name), text);
		const said = program('mke2fs', ['-q', '-t', 'ext2', '-d', root, image, `${kib}k`]);
		if (!said) return null;
		if (said.status !== 0) throw new Error(`mke2fs: ${said.text}`);
		return readFileSync(image);
	});

/** What e2fsck finds wrong, '' for nothing. */
export const e2fsck = (image: Uint8Array): string | null =>
	inFolder((folder) => {
		const file = join(folder, 'disk.img');
		writeFileSync(file, image);
		const said = program('e2fsck', ['-fn', file]);
		if (!said) return null;
		return said.status === 0 && !/wrong|Fix\?|Clear\?/.test(said.text) ? '' : said.text;
	});

/** A file of the image as debugfs reads it. */
export const dumped = (image: Uint8Array, path: string): Uint8Array | null =>
	inFolder((folder) => {
		const [file, out] = [join(folder, 'disk.img'), join(folder, 'out')];
		writeFileSync(file, image);
		const said = program('debugfs', ['-R', `dump ${path} ${out}`, file]);
		return said && readFileSync(out);
	});
