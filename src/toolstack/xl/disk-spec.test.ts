import { describe, expect, it } from 'vitest';
import { parseDisk } from './disk-spec';

const usual = { format: 'raw', readonly: false, cdrom: false };

describe('a disk of xl.cfg', () => {
	it.each<[string, Record<string, unknown>]>([
		['/dev/hda2,raw,xvda,w', { target: '/dev/hda2', vdev: 'xvda' }],
		['/dev/hda,,xvda', { target: '/dev/hda', vdev: 'xvda' }],
		['/dev/hda,raw,,w', { target: '/dev/hda', vdev: '' }],
		['/x,,xvda,,', { target: '/x', vdev: 'xvda' }],
		['/x,raw,xvda,', { target: '/x', vdev: 'xvda' }],
		[',raw,xvda,w', { target: '', vdev: 'xvda' }],
		['phy:/dev/hda,xvda,w', { target: '/dev/hda', vdev: 'xvda' }],
		['phy:/dev/hda,hda,r', { target: '/dev/hda', vdev: 'hda', readonly: true }],
		['tap:aio:/x,xvda,w', { target: '/x', vdev: 'xvda' }],
		['iscsi:x,xvda,w', { target: 'x', vdev: 'xvda', script: 'block-iscsi' }],
		['/x,raw,xvda,ro', { target: '/x', vdev: 'xvda', readonly: true }],
		['format=raw,vdev=xvda,access=rw,target=/dev/hda:5+6', { target: '/dev/hda:5+6', vdev: 'xvda' }],
		['vdev=xvda,backend=stor,target=/x', { target: '/x', vdev: 'xvda', backend: 'stor' }],
		['vdev=xvda,script=block-x,target=/a,b', { target: '/a,b', vdev: 'xvda', script: 'block-x' }],
		['vdev=hdc,cdrom,target=/x', { target: '/x', vdev: 'hdc', cdrom: true, readonly: true }],
		['/x,raw,hdc:cdrom,r', { target: '/x', vdev: 'hdc', cdrom: true, readonly: true }],
		[',empty,hdc,cdrom', { target: '', vdev: 'hdc', format: 'empty', cdrom: true, readonly: true }],
		['/x,qcow2,xvda', { target: '/x', vdev: 'xvda', format: 'qcow2' }],
		['/x,raw,xvda,w,backendtype=qdisk', { target: '/x', vdev: 'xvda', backendType: 'qdisk' }],
		['/x,raw,xvda,w,no-discard', { target: '/x', vdev: 'xvda', discard: false }],
		['/x,raw,xvda,direct-io-safe', { target: '/x', vdev: 'xvda' }]
	])('%s', (text, disk) => expect(parseDisk(text, 'x.cfg')).toEqual({ ...usual, ...disk }));

	it.each([
		['/dev/hda,raw', 'no vdev specified'],
		['', 'no vdev specified'],
		['target=/a,b,vdev=xvda', 'no vdev specified'],
		['vdev=xvda', 'no target specified (and device not removable)'],
		['/x,tap,xvda', "unknown value for format: near `tap'"],
		['/x,raw,xvda,x', "unknown value for access: near `x'"],
		['/x,raw,xvda,readonly', "unknown value for access: near `readonly'"],
		['/x,raw,xvda,w,extra', "too many positional parameters: near `extra'"],
		['vdev=xvda,bogus=1,target=/x', "unknown parameter: near `bogus=1,'"],
		['/x, raw , xvda , w', "unknown value for format: near `raw '"],
		['vdev=xvda,format=raw,readonly,target=/x', "target respecified: near `/x'"],
		['/x,raw,xvda,vdev=xvdb', "vdev respecified: near `xvdb'"]
	])('%j: %s', (text, reason) =>
		expect(parseDisk(text, 'x.cfg')).toEqual({
			error: `x.cfg: config parsing error in disk specification: ${reason} in \`${text}'`
		})
	);
});
