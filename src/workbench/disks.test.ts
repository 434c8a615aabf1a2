/** Disks of a scenario: checked, made from images, kept by snapshots at the price of what was written. */
import { describe, expect, it } from 'vitest';
import { IdeController } from '../hardware/devices/ide/controller';
import { jsonl } from '../trace/export/jsonl';
import { inspectWith } from './inspect';
import { Run } from './run';
import { parseScenario, type ScenarioInput } from './scenario';
import { imageFile, stateOf } from './testing';

type Disks = NonNullable<ScenarioInput['machine']>['disks'];

const IMAGE = new Uint8Array(512 * 20).map((_, at) => at >> 9);
const images = (name: string): Uint8Array => (name === 'disk' ? IMAGE : imageFile(name));
const scenario = (disks?: Disks): ScenarioInput => ({
	machine: { disks },
	domains: [{ name: 'guest', image: 'hello', memoryMiB: 8 }]
});
const run = (disks?: Disks): Run => new Run(scenario(disks), images);
const diskOf = (of: Run, number = 0) => of.system.machine.devices.get(IdeController).drive(number)?.disk;
const sector = (value: number, count = 1): Uint8Array => new Uint8Array(512 * count).fill(value);

describe('disks of a scenario', () => {
	it('are made from images by name, or empty, in the places that they have', () => {
		const made = run([{ image: 'disk', name: 'ONE' }, null, { image: '', sectors: 100, access: 'ro' }]);
		const [first, third] = [diskOf(made), diskOf(made, 2)];
		expect([first?.name, first?.sectors, first?.readOnly, first?.read(7, 1)[0]]).toEqual(['ONE', 20, false, 7]);
		expect([diskOf(made, 1), third?.sectors, third?.readOnly]).toEqual([undefined, 100, true]);
	});

	it('are read for a page without a change: how many sectors differ, and what is found there', () => {
		const made = run([{ image: 'disk', sectors: 5000 }, null, { image: '', sectors: 8 }]);
		diskOf(made)?.write(3, sector(9, 2), true);
		diskOf(made)?.write(19, sector(19), true);
		diskOf(made)?.write(4000, sector(1), false);
		const before = stateOf(made);
		expect(inspectWith(made, 'disks')).toEqual([
			{ number: 0, name: 'hda', model: 'RINGSIDE DISK', sectors: 5000, readOnly: false, changed: 3, waiting: 1 },
			{ number: 2, name: 'hdc', model: 'RINGSIDE DISK', sectors: 8, readOnly: false, changed: 0, waiting: 0 }
		]);
		expect(inspectWith(made, 'sectors', 0, 3, 3)).toEqual(new Uint8Array([...sector(9, 2), ...sector(5)]));
		const lengths = [0, 4000, 5000, 9000].map((lba) => inspectWith(made, 'sectors', 0, lba, 5000).length / 512);
		expect(lengths).toEqual([2048, 1000, 0, 0]);
		expect(() => inspectWith(made, 'sectors', 1, 0, 1)).toThrow('the machine has no disk hdb');
		expect(inspectWith(run(), 'disks')).toEqual([]);
		expect(stateOf(made)).toEqual(before);
	});

	it('have registers with the names of their standard, which a page reads without a change', () => {
		const made = run([{ image: 'disk' }]);
		const before = stateOf(made);
		const parts = inspectWith(made, 'deviceRegisters');
		expect(stateOf(made)).toEqual(before);
		const of = (device: string, part: string, name: string) => {
			const found = parts.find((each) => each.device === device && each.part === part);
			return found?.registers.find((register) => register.name === name);
		};
		const status = of('ide', 'primary master', 'Status');
		expect(status?.bits.filter(({ value }) => value !== 0).map(({ name }) => name)).toEqual(['DRDY', 'DSC']);
		expect(of('pci', 'ide', 'Vendor ID')?.value).toBe(0x8086);
		expect(of('io-apic', 'redirection table', 'IOREDTBL14')?.bits.map(({ name }) => name)).toEqual([
			'destination',
			'masked',
			'level',
			'remoteIRR',
			'activeLow',
			'logical',
			'deliveryMode',
			'vector'
		]);
		expect(parts.map(({ device, part }) => `${device}, ${part}`)).toContain('ide, primary bus master');
		expect(parts.some(({ part }) => part.startsWith('secondary'))).toBe(false);
	});

	it('without any there is no bus that nobody needs', () => {
		for (const disks of [undefined, [], [null, null]]) {
			const { devices } = run(disks).system.machine;
			const names = [...devices].map(([name]) => name);
			expect(names.filter((name) => /pci|isa|ide/.test(name))).toEqual([]);
		}
	});

	it.each([
		[{ image: '' }, 'machine.disks.0: a disk has an image, or a number of sectors'],
		[{ image: '', sectors: 1.5 }, 'machine.disks.0.sectors: sectors: a whole number'],
		[{ image: '', sectors: 0 }, 'machine.disks.0.sectors: sectors: 1 at least'],
		[{ image: 'disk', access: 'rw' }, 'machine.disks.0.access: access is ro or overlay'],
		[{ image: 'disk', name: 'Größe' }, 'machine.disks.0.name: a disk is named by 1 to 40 letters of ASCII'],
		[
			{ image: 'disk', badSectors: [{ lba: 3, on: 'all' }] },
			'machine.disks.0.badSectors.0.on: on is read, write or both'
		]
	])('%j is refused: %s', (disk, message) => {
		expect(() => parseScenario(scenario([disk] as unknown as Disks))).toThrow(message);
	});

	it('a fifth is one too many, and an image must fit its disk', () => {
		expect(() => parseScenario(scenario(Array(5).fill({ image: 'disk' }) as Disks))).toThrow('at most 4 disks');
		expect(() => run([{ image: 'disk', sectors: 10 }])).toThrow('has 10 sectors, and its image fills 20');
	});
});

describe('snapshots of a machine with a disk', () => {
	it('put its content back, and what was not flushed', () => {
		const made = run([{ image: 'disk', sectors: 1000 }]);
		const { player } = made;
		diskOf(made)?.write(3, sector(9), true);
		diskOf(made)?.write(900, sector(8), false);
		const snapshot = player.take('fixed');
		const before = stateOf(made);
		diskOf(made)?.write(3, sector(1, 200), true);
		diskOf(made)?.flush();
		player.stand(snapshot);
		expect(stateOf(made)).toEqual(before);
		diskOf(made)?.cutPower();
		expect([3, 4, 900].map((lba) => diskOf(made)?.read(lba, 1)[0])).toEqual([9, 4, 0]);
	});

	it('cost what was written since the last one, not what the disk holds', () => {
		const made = run([{ image: '', sectors: 131_072 }]);
		const disk = diskOf(made);
		for (let lba = 0; lba < 131_072; lba += 128) disk?.write(lba, sector(lba, 128), true);
		const first = made.player.take('fixed');
		expect(first.image.bytes).toBeGreaterThan(2 ** 26);
		const nothing = made.player.take('fixed').image.bytes;
		disk?.write(5, sector(5), true);
		const written = made.player.take('fixed').image.bytes - nothing;
		// A chunk, and the lists above it.
		expect(written).toBeGreaterThan(4096);
		expect(written).toBeLessThan(4096 + 12_000);
	});
});

it('a disk that nobody touches leaves the history of a guest as it is', () => {
	const [without, withOne] = [run(), run([{ image: 'disk' }])];
	for (const each of [without, withOne]) each.advance({}, 1_000_000);
	expect([...jsonl(withOne.trace)].join('')).toBe([...jsonl(without.trace)].join(''));
	expect(withOne.now).toEqual(without.now);
});
