/**
 * Finds a tcpdump for the test that has it read our captures, or installs Debian's package when run as root on Debian. Where that is
 * not to be had it says so and ends well: the test then reports itself skipped.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const CANDIDATES = ['/usr/bin/tcpdump', '/usr/sbin/tcpdump', '/usr/local/sbin/tcpdump', '/opt/homebrew/bin/tcpdump'];

/** The path of a tcpdump, or undefined. */
export const tcpdump = () => [process.env.TCPDUMP, ...CANDIDATES].find((path) => path && existsSync(path));

/** @type {(...args: string[]) => void} */
const apt = (...args) =>
	void spawnSync('apt-get', args, {
		stdio: ['ignore', 'ignore', 'inherit'],
		env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
	});

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	if (!tcpdump() && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
		console.log('No tcpdump found: installing Debian\u2019s package ...');
		apt('update');
		apt('install', '-y', '--no-install-recommends', 'tcpdump');
	}
	console.log(`tcpdump: ${tcpdump() ?? 'there is none; the test with it will be skipped'}`);
}
