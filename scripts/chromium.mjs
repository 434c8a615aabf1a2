/**
 * Finds a Chromium for the browser tests, or installs one: Debian's package when run as root on Debian,
 * else Playwright's own. Returns the path of the executable, or undefined for Playwright's.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const CANDIDATES = [
	'/usr/bin/chromium',
	'/usr/bin/chromium-browser',
	'/usr/bin/google-chrome',
	'/usr/bin/google-chrome-stable'
];

const found = () => [process.env.CHROMIUM, ...CANDIDATES].find((path) => path && existsSync(path));

/** @type {(command: string, ...args: string[]) => boolean} */
const quietly = (command, ...args) =>
	spawnSync(command, args, {
		stdio: ['ignore', 'ignore', 'inherit'],
		env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
	}).status === 0;

/** How it is started everywhere: without what asks the network or the screen for anything. */
export const CHROMIUM_FLAGS = [
	'--no-sandbox',
	'--disable-gpu',
	'--disable-quic',
	'--no-first-run',
	'--disable-background-networking',
	'--disable-component-update',
	'--disable-sync'
];

export function chromium() {
	if (found()) return found();
	if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
		console.log('No Chromium found: installing Debian\u2019s package ...');
		quietly('apt-get', 'update');
		quietly('apt-get', 'install', '-y', '--no-install-recommends', 'chromium');
		if (found()) return found();
	}
	console.log('Installing Playwright\u2019s Chromium ...');
	if (!quietly('npx', 'playwright', 'install', 'chromium'))
		throw new Error('no Chromium: set CHROMIUM to the path of one');
	return undefined;
}
