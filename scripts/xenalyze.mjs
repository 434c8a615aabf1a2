/**
 * Finds Debian's xenalyze for the tests, or fetches it: an installed one; else from the package xen-utils-common, unpacked
 * to .cache/xenalyze, which needs apt-get and dpkg and no root. Where that is not to be had it says why and ends well: the
 * tests that need it then report themselves skipped. The package may differ from machine to machine; the program reads its
 * file and writes to standard output, nothing else.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FETCHED = join(ROOT, '.cache/xenalyze/xenalyze');
const PACKAGE = 'xen-utils-common';

/** @type {(command: string, args: string[], cwd?: string) => { ok: boolean, said: string }} */
const quietly = (command, args, cwd = ROOT) => {
	const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8' });
	const said = error ? error.message : `${stdout}${stderr}`.trim().split('\n').at(-1);
	return { ok: status === 0, said: said ?? '' };
};

/** @type {(path: string) => boolean} */
const works = (path) => existsSync(path) && quietly(path, ['--usage']).ok;

/** The path of a xenalyze that runs here, or undefined. */
export const xenalyze = () => [process.env.XENALYZE, '/usr/bin/xenalyze', FETCHED].find((path) => path && works(path));

/** Fetches the package and takes the program out of it. @returns {string} why that failed, or '' */
function fetchIt() {
	for (const tool of ['apt-get', 'dpkg']) if (!quietly(tool, ['--version']).ok) return `there is no ${tool} here`;
	mkdirSync(join(FETCHED, '..'), { recursive: true });
	const work = mkdtempSync(join(FETCHED, '..', 'fetch.'));
	try {
		// apt's sandbox user cannot write below every home; downloading as the caller is enough here.
		const download = () =>
			quietly('apt-get', ['-q', '-o', `APT::Sandbox::User=${userInfo().username}`, 'download', PACKAGE], work);
		let outcome = download();
		if (!outcome.ok && process.getuid?.() === 0) {
			// The package lists may be missing or old.
			quietly('apt-get', ['-q', 'update']);
			outcome = download();
		}
		if (!outcome.ok) return `apt-get could not download ${PACKAGE} (${outcome.said})`;
		const file = readdirSync(work).find((name) => name.endsWith('.deb'));
		if (!file) return 'apt-get left no package';
		const unpacked = quietly('dpkg', ['-x', join(work, file), join(work, 'root')]);
		if (!unpacked.ok) return `the package could not be unpacked (${unpacked.said})`;
		const program = ['usr/bin', 'usr/sbin', 'usr/lib/xen-4.17/bin']
			.map((folder) => join(work, 'root', folder, 'xenalyze'))
			.find((path) => existsSync(path));
		if (!program) return 'the package holds no xenalyze';
		renameSync(program, FETCHED);
		return works(FETCHED) ? '' : 'it does not run here';
	} finally {
		rmSync(work, { recursive: true, force: true });
	}
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	const reason = xenalyze() ? '' : fetchIt();
	console.log(reason ? `xenalyze: ${reason}; tests with it will be skipped` : `xenalyze: ${xenalyze()}`);
}
