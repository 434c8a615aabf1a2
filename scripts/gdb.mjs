/**
 * Finds a GDB for the tests that drive `ringside gdb`, or installs Debian's package when run as root on Debian. Returns its path, or
 * undefined: those tests then report themselves skipped.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const CANDIDATES = ['/usr/bin/gdb', '/usr/local/bin/gdb', '/opt/homebrew/bin/gdb'];

const found = () => [process.env.GDB, ...CANDIDATES].find((path) => path && existsSync(path));

/** @type {(command: string, ...args: string[]) => boolean} */
const quietly = (command, ...args) =>
	spawnSync(command, args, {
		stdio: ['ignore', 'ignore', 'inherit'],
		env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
	}).status === 0;

export function gdb() {
	if (!found() && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
		console.log('No GDB found: installing Debian\u2019s package ...');
		quietly('apt-get', 'update');
		quietly('apt-get', 'install', '-y', '--no-install-recommends', 'gdb');
	}
	if (!found()) console.log('There is no GDB: tests with it will be skipped.');
	return found();
}
