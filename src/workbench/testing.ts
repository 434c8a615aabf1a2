/** Images for tests: our guests, and those of others where they have been fetched. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { serialize } from 'node:v8';
import { memoryColumns } from '../hypervisor/mm/state';
import { saveRest } from '../hypervisor/core/state';
import { Run, type RunOptions } from './run';
import type { ScenarioInput } from './scenario';
import type { StopSpec } from './stops';

/** The images that `scripts/fetch-guests.sh` leaves. */
export const GRUB = '.cache/grub/grub-i386-xen.bin';
export const hasGrub = existsSync(GRUB);
export const MACH = '.cache/gnumach/gnumach-1.8-xen-486';
export const hasMach = existsSync(MACH);

export const guestFile = (name: string): string => `src/guests/images/${name}.elf`;
export const hasGuest = (name: string): boolean => existsSync(guestFile(name));

/** Bytes of a guest or of a disk by name, or of a file by path. */
export function imageFile(name: string): Uint8Array {
	if (name.includes('/')) return readFileSync(name);
	const disk = `src/guests/disks/${name}.img`;
	return readFileSync(existsSync(disk) ? disk : guestFile(name));
}

/** A disk with files, domain 0's kernel that serves it, and a guest with a command line. */
export const SHARED_DISK = (cmdline: string): ScenarioInput => ({
	machine: { disks: [{ image: 'files' }] },
	dom0: { image: 'pocket-io', memoryMiB: 16, cmdline: 'run=serve' },
	domains: [{ name: 'guest', image: 'pocket-io', memoryMiB: 16, cmdline, disks: [{ target: '/dev/hda' }] }]
});

const hash = (bytes: ArrayBufferView<ArrayBuffer>): string =>
	createHash('sha256')
		.update(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength))
		.digest('hex');

/** Everything that a run is made of, as comparable plain data: RAM and large tables by their hashes. Nothing changes by it. */
export function stateOf(run: Run): Record<string, unknown> {
	const { machine, hypervisor, control, toolstack } = run.system;
	return {
		moment: run.moment,
		ram: hash(machine.memory.ram as Uint8Array<ArrayBuffer>),
		columns: memoryColumns(hypervisor).map(hash),
		machine: machine.saveParts(),
		hypervisor: saveRest(hypervisor),
		control: control.save(),
		toolstack: toolstack.save(),
		shell: run.system.shell.save(),
		sightings: run.system.sightings.save(),
		player: run.player.stateBeside,
		consoles: run.consoles.all().map(({ dom, bytes }) => [dom, Buffer.from(bytes).toString('latin1')])
	};
}

/** Whether two states of runs are the same; quick where they are. */
export const sameState = (a: unknown, b: unknown): boolean => serialize(a).equals(serialize(b));

/** Before the next instruction at a linear address, whoever executes it. */
export const stopAt = (address: number): StopSpec => ({ points: [{ id: 0, kind: 'address', address }] });

/** A run of one guest. */
export const runGuest = (
	image: string,
	domain: Partial<ScenarioInput['domains'][number]> = {},
	rest: Partial<ScenarioInput> = {},
	options: RunOptions = {}
): Run =>
	new Run({ ...rest, domains: [{ name: 'guest', image, ...domain }, ...(rest.domains ?? [])] }, imageFile, options);

/** Where the code of `hello` begins in its file: at its entry point, 0xc0001000. */
const HELLO_CODE = 0x2000;

/** A run of a guest that executes `code` from its first instruction on, at 0xc0001000: `hello` with other code. */
export function runCode(code: readonly number[], options: RunOptions = {}): Run {
	const image = imageFile('hello').slice();
	image.set(code, HELLO_CODE);
	return new Run({ domains: [{ name: 'guest', image: 'code' }] }, () => image, options);
}

/** The line of a guest's source, from 1, that holds `text` first: `lineOf('pocket/kernel/main.c', 'void kernel_main')`. */
export function lineOf(file: string, text: string): number {
	const source = readFileSync(new URL(`../guests/${file}`, import.meta.url), 'utf8');
	const line = source.split('\n').findIndex((candidate) => candidate.includes(text));
	if (line < 0) throw new Error(`${file} holds no line with ${text}`);
	return line + 1;
}
