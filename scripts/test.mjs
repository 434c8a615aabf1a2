// The whole test run, each step with its time; stops at the first step that fails.
import { spawnSync } from 'node:child_process';
import { chromium } from './chromium.mjs';
import { gdb } from './gdb.mjs';

// Vite tells at length that the config's imports have no file extensions; TypeScript wants them so.
process.env.VITE_CONFIG_NATIVE_IGNORE_WARNING = 'true';
const STEPS = [
	['guests of others', 'bash', 'scripts/fetch-guests.sh'],
	['xenalyze', 'node', 'scripts/xenalyze.mjs'],
	['tcpdump', 'node', 'scripts/tcpdump.mjs'],
	['types', 'npm', 'run', '-s', 'types'],
	['lint', 'npm', 'run', '-s', 'lint'],
	['import rules', 'npm', 'run', '-s', 'imports'],
	['guests rebuilt and compared', 'bash', 'scripts/build-guests.sh', '--check'],
	['disks rebuilt and compared', 'bash', 'scripts/build-disks.sh', '--check'],
	['unit tests, guests, lessons', 'npm', 'run', '-s', 'unit'],
	['build', 'npm', 'run', '-s', 'build', '--', '--logLevel', 'warn'],
	['browser tests', 'npm', 'run', '-s', 'e2e'],
	['a walk in Firefox', 'npm', 'run', '-s', 'firefox']
];

const only = process.argv.slice(2);
const executable = chromium();
if (executable) process.env.CHROMIUM = executable;
const debuggerPath = gdb();
if (debuggerPath) process.env.GDB = debuggerPath;

let passed = 0;
for (const [name, command, ...args] of STEPS) {
	if (only.length && !only.some((word) => name.includes(word))) continue;
	console.log(`\n--- ${name}`);
	const start = Date.now();
	const { status } = spawnSync(command, args, { stdio: 'inherit' });
	const seconds = ((Date.now() - start) / 1000).toFixed(1);
	if (status !== 0) {
		console.error(`\n${name}: failed after ${seconds} s`);
		console.log(`steps: ${passed} passed, 1 failed`);
		process.exit(1);
	}
	passed++;
	console.log(`${name}: ${seconds} s`);
}
console.log(`\nsteps: ${passed} passed, 0 failed`);
