/** Files are dropped without a word about what they are. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { diskKind, isDisk } from './disk-kind';

const FILES = new Uint8Array(readFileSync('src/guests/disks/files.img'));
const KERNEL = new Uint8Array(readFileSync('src/guests/images/hello.elf'));

/** A disk whose first sector ends as a boot sector does. */
function bootable(...types: number[]): Uint8Array {
	const bytes = new Uint8Array(4096);
	bytes.set([0x55, 0xaa], 510);
	types.forEach((type, n) => (bytes[446 + n * 16 + 4] = type));
	return bytes;
}

it('a file system says its name, a disk its partitions', () => {
	expect(diskKind(FILES).words).toBe('ext2, named files');
	expect(diskKind(bootable(0x83)).words).toBe('MBR, 1 partition');
	expect(diskKind(bootable(0x83, 0x82)).words).toBe('MBR, 2 partitions');
	expect(diskKind(bootable()).kind).toBe('boot');
	const garbled = bootable(0x83);
	garbled[446] = 0x12;
	expect(diskKind(garbled).kind).toBe('boot');
	const cd = new Uint8Array(40_000);
	cd.set(Buffer.from('CD001'), 16 * 2048 + 1);
	expect(diskKind(cd).kind).toBe('iso');
});

it('ext3 and ext4 are told from ext2 by their features', () => {
	const journaled = FILES.slice();
	journaled[1024 + 92] |= 4;
	expect(diskKind(journaled).words).toBe('ext3, named files');
	journaled[1024 + 96] |= 0x40;
	expect(diskKind(journaled).words).toBe('ext4, named files');
});

it('zeros are an empty disk, and what nobody knows is said to be that', () => {
	expect(diskKind(new Uint8Array(4096)).kind).toBe('empty');
	expect(diskKind(new Uint8Array(4096).fill(7)).kind).toBe('unknown');
	expect(diskKind(new Uint8Array()).kind).toBe('empty');
});

it('a kernel is no disk whatever it is called, and a file named as disks are is one', () => {
	expect([isDisk('hello.elf', KERNEL), isDisk('hello.img', KERNEL), isDisk('grub.bin', KERNEL)]).toEqual([
		false,
		false,
		false
	]);
	expect([
		isDisk('files.bin', FILES),
		isDisk('zeros.img', new Uint8Array(512)),
		isDisk('zeros', new Uint8Array(512))
	]).toEqual([true, true, false]);
});
