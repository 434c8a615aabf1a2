/**
 * Finds a Firefox for the walk through the site in one, or installs Debian's package when run as root on Debian. Returns its path, or
 * undefined: the walk is then skipped, and says so.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const CANDIDATES = [
	'/usr/bin/firefox-esr',
	'/usr/bin/firefox',
	'/usr/local/bin/firefox',
	'/Applications/Firefox.app/Contents/MacOS/firefox'
];

const found = () => [process.env.FIREFOX, ...CANDIDATES].find((path) => path && existsSync(path));

/** @type {(command: string, ...args: string[]) => boolean} */
const quietly = (command, ...args) =>
	spawnSync(command, args, {
		stdio: ['ignore', 'ignore', 'inherit'],
		env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
	}).status === 0;

export function firefox() {
	if (!found() && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
		console.log('No Firefox found: installing Debian\u2019s package ...');
		quietly('apt-get', 'update');
		quietly('apt-get', 'install', '-y', '--no-install-recommends', 'firefox-esr');
	}
	return found();
}
