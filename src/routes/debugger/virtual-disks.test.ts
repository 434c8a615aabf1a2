import { expect, it } from 'vitest';
import { disksText, readDisks } from './virtual-disks';

it('disks are read as they are typed, and named in their order', () => {
	expect(readDisks(' /dev/hda  /dev/hdb:0+64,ro /dev/hdc1,sda1,rw ')).toEqual([
		{ target: '/dev/hda', vdev: 'xvda' },
		{ target: '/dev/hdb:0+64', vdev: 'xvdb', readonly: true },
		{ target: '/dev/hdc1', vdev: 'sda1' }
	]);
	expect(readDisks('')).toEqual([]);
});

it('what is no disk is said', () => {
	expect(readDisks('/dev/hda,xvda,ro,more')).toContain("'/dev/hda,xvda,ro,more' is no virtual disk");
	expect(readDisks(',xvda')).toContain('is no virtual disk');
});

it.each(['', '/dev/hda', '/dev/hda,ro /dev/hdb', '/dev/hda,xvdz,ro'])('‘%s’ comes back as it was typed', (text) =>
	expect(disksText(readDisks(text) as Parameters<typeof disksText>[0])).toBe(text)
);
