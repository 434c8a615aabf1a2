// The whole test run, each step with its time; stops where a step fails. What uses one processor and needs nothing of what runs beside it
// runs two at a time: its words come when it is done.
import { spawn } from 'node:child_process';
import { chromium } from './chromium.mjs';
import { gdb } from './gdb.mjs';

// Vite tells at length that the config's imports have no file extensions; TypeScript wants them so.
process.env.VITE_CONFIG_NATIVE_IGNORE_WARNING = 'true';
const STEPS = [
	['guests of others', 'bash', 'scripts/fetch-guests.sh'],
	['xenalyze', 'node', 'scripts/xenalyze.mjs'],
	['tcpdump', 'node', 'scripts/tcpdump.mjs'],
	['types', 'npm', 'run', '-s', 'types'],
	['guests rebuilt and compared', 'bash', 'scripts/build-guests.sh', '--check'],
	['lint', 'npm', 'run', '-s', 'lint'],
	['import rules', 'npm', 'run', '-s', 'imports'],
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

/** Steps that run beside the one before them. Lint is none of them: it reads what the types' step has written. */
const BESIDE = new Set(['guests rebuilt and compared', 'import rules', 'disks rebuilt and compared']);

/** @typedef {{ name: string, ok: boolean, seconds: string, output: string }} Outcome */

/**
 * Runs a step; what it says is shown as it comes, or kept until it is done.
 * @type {(step: string[], shown: boolean) => Promise<Outcome>}
 */
const run = ([name, command, ...args], shown) =>
	new Promise((resolve) => {
		const start = Date.now();
		const output = /** @type {Buffer[]} */ ([]);
		const step = spawn(command, args, { stdio: shown ? 'inherit' : ['ignore', 'pipe', 'pipe'] });
		for (const stream of [step.stdout, step.stderr]) stream?.on('data', (part) => output.push(part));
		/** @type {(ok: boolean) => void} */
		const end = (ok) =>
			resolve({
				name,
				ok,
				seconds: ((Date.now() - start) / 1000).toFixed(1),
				output: Buffer.concat(output).toString()
			});
		step.on('error', (error) => {
			output.push(Buffer.from(`${error.message}\n`));
			end(false);
		});
		step.on('close', (status) => end(status === 0));
	});

const wanted = STEPS.filter(([name]) => only.length === 0 || only.some((word) => name.includes(word)));
/** @type {string[][][]} */
const groups = [];
for (const step of wanted) {
	if (BESIDE.has(step[0]) && groups.length > 0) groups[groups.length - 1].push(step);
	else groups.push([step]);
}

let passed = 0;
for (const group of groups) {
	const alone = group.length === 1;
	console.log(`\n--- ${group.map(([name]) => name).join(', and beside it ')}`);
	const outcomes = await Promise.all(group.map((step) => run(step, alone)));
	for (const { name, ok, seconds, output } of outcomes) {
		if (output) process.stdout.write(`${output.trimEnd()}\n`);
		console.log(`${name}: ${ok ? '' : 'failed after '}${seconds} s`);
	}
	passed += outcomes.filter(({ ok }) => ok).length;
	const failed = outcomes.filter(({ ok }) => !ok);
	if (failed.length === 0) continue;
	console.error(`\n${failed.map(({ name }) => name).join(', ')}: failed`);
	console.log(`steps: ${passed} passed, ${failed.length} failed`);
	process.exit(1);
}
console.log(`\nsteps: ${passed} passed, 0 failed`);
