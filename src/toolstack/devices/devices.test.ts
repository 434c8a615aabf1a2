import { beforeEach, describe, expect, it } from 'vitest';
import type { DomainConfig } from '../domain-builder';
import { FakeControl } from '../fake-control';
import { makeImage } from '../testing';
import { Toolstack, type GuestDomain } from '../toolstack';
import { backingOf, physicalDevice } from './backing';
import { listing, TestBackEnd } from './testing';
import { vdevNumber } from './vdev';

let control: FakeControl;
let stack: Toolstack;
let back: TestBackEnd;

beforeEach(() => {
	control = new FakeControl();
	stack = new Toolstack(control, () => {});
	back = new TestBackEnd(stack);
});

const SECOND = 1_000_000;
const image = makeImage();
const create = (config: Partial<DomainConfig> & { paused?: boolean; patient?: boolean }): GuestDomain =>
	stack.createDomain({ name: 'lin', image, pages: 1024, ...config });
const disk = { target: '/dev/hda2', vdev: 'xvda' };
const vif = { mac: '00:16:3e:00:00:01' };
const VBD = '/local/domain/0/backend/vbd/1/51712';
const VIF = '/local/domain/0/backend/vif/1/0';
const settle = (): void => control.pass(SECOND / 10);
const started = (): boolean => control.log.includes('unpause 1');

describe('the numbers of virtual disks', () => {
	it.each([
		['xvda', 51712],
		['xvdb', 51728],
		['xvda2', 51714],
		['xvdp15', 51967],
		['xvdq', (1 << 28) | (16 << 8)],
		['xvda16', (1 << 28) | 16],
		['xvdaa', (1 << 28) | (26 << 8)],
		['hda', 768],
		['hdb1', 833],
		['hdc', 5632],
		['hdd', 5696],
		['sda', 2048],
		['sdb3', 2067],
		['d1p2', 51730],
		['51712', 51712],
		['0xca00', 51712]
	])('%s', (name, number) => expect(vdevNumber(name)).toBe(number));
	it.each(['', 'xvd', 'xvda0', 'hde', 'sdq', 'hda64', 'sda16', 'vda', 'xvda256', 'xvd1', '4294967296'])(
		'%j is none',
		(name) => expect(vdevNumber(name)).toBeNull()
	);
});

describe('what stands behind a disk', () => {
	it.each([
		['/dev/hda', '3:0'],
		['hda', '3:0'],
		['/dev/hdb', '3:40'],
		['/dev/hda2', '3:2'],
		['/dev/hdc', '16:0'],
		['/dev/hdd1', '16:41'],
		['/dev/hda:63+2048', '3:0'],
		['/dev/ram0', '1:0'],
		['/dev/ram1:8+8', '1:1']
	])('%s is %s', (target, numbers) => expect(physicalDevice(backingOf(target)!)).toBe(numbers));
	it.each([
		'',
		'/dev/sda',
		'/dev/hde',
		'/dev/hda64',
		'/dev/hda:5',
		'/dev/hda:5+0',
		'/dev/hda1:5+1',
		'/dev/ram',
		'/img/disk'
	])('%j is nothing', (target) => expect(backingOf(target)).toBeNull());
	it('may be a stretch of sectors', () =>
		expect(backingOf('/dev/hdb:63+2048')).toMatchObject({
			disk: 1,
			partition: 0,
			stretch: { start: 63, count: 2048 }
		}));
});

describe('a domain with a disk and an interface', () => {
	it('has the entries that libxl writes, in its order and with its permissions', () => {
		create({ disks: [disk], vifs: [vif] });
		back.setState('vbd', 1, 51712, 2);
		settle();
		const front = '/local/domain/1/device/vbd/51712';
		expect(listing(stack, front)).toEqual(
			[
				['backend', VBD],
				['backend-id', '0'],
				['state', '1'],
				['virtual-device', '51712'],
				['device-type', 'disk'],
				['trusted', '1'],
				['protocol', 'x86_32-abi']
			].map(([key, value]) => `${front}/${key} = "${value}"   (n1,r0)`)
		);
		expect(stack.xenstore.permissionsOf('/local/domain/1/device/vbd')).toEqual(['n0', 'r1']);
		const rows = [
			['frontend', front],
			['params', '/dev/hda2'],
			['script', '/etc/xen/scripts/block'],
			['frontend-id', '1'],
			['online', '1'],
			['removable', '0'],
			['bootable', '1'],
			['state', '2'],
			['dev', 'xvda'],
			['type', 'phy'],
			['mode', 'w'],
			['device-type', 'disk'],
			['discard-enable', '1'],
			['specification', 'xen'],
			['physical-device', '3:2'],
			['physical-device-path', '/dev/hda2'],
			['hotplug-status', 'connected']
		];
		expect(listing(stack, VBD)).toEqual(rows.map(([key, value]) => `${VBD}/${key} = "${value}"   (n0,r1)`));
		const copy = '/libxl/1/device/vbd/51712';
		const copied = [['frontend', front], ['backend', VBD], ...rows.slice(1, -3)];
		expect(listing(stack, copy)).toEqual(
			copied.map(([key, value]) => `${copy}/${key} = "${key === 'state' ? 1 : value}"   (n0)`)
		);
	});

	it('gets its interface after its disk and its console', () => {
		create({ disks: [disk], vifs: [vif] });
		expect(stack.xenstore.read('/local/domain/1/console/type')).toBeUndefined();
		back.setState('vbd', 1, 51712, 2);
		settle();
		expect(stack.xenstore.list('/local/domain/0/backend')).toEqual(['vbd', 'console', 'vif']);
		expect(started()).toBe(false);
		back.setState('vif', 1, 0, 2);
		settle();
		expect(started()).toBe(true);
		const front = '/local/domain/1/device/vif/0';
		expect(listing(stack, front)).toEqual([
			`${front}/backend = "${VIF}"   (n1,r0)`,
			`${front}/backend-id = "0"   (n1,r0)`,
			`${front}/state = "1"   (n1,r0)`,
			`${front}/handle = "0"   (n1,r0)`,
			`${front}/mac = "00:16:3e:00:00:01"   (n1,r0)`,
			`${front}/trusted = "1"   (n1,r0)`,
			`${front}/mtu = "1500"   (n0,r1)`
		]);
		expect(stack.xenstore.list(VIF).map((key) => [key, stack.xenstore.read(`${VIF}/${key}`)])).toEqual([
			['frontend', front],
			['frontend-id', '1'],
			['online', '1'],
			['state', '2'],
			['script', '/etc/xen/scripts/vif-bridge'],
			['mac', '00:16:3e:00:00:01'],
			['bridge', 'xenbr0'],
			['handle', '0'],
			['type', 'vif'],
			['hotplug-status', 'connected']
		]);
		expect(stack.xenstore.read('/libxl/1/device/vif/0/hotplug-status')).toBe('');
	});

	it('has more keys of its interface, folders among them, where the back end finds them with the others', () => {
		create({ vifs: [{ ...vif, keys: { 'rx-flip': '1', 'rules/0': 'tx drop' } }] });
		settle();
		expect(stack.xenstore.list(VIF).slice(-2)).toEqual(['rx-flip', 'rules']);
		expect(listing(stack, VIF)).toContain(`${VIF}/rules/0 = "tx drop"   (n0,r1)`);
	});

	it('stays paused until the back end waits and the script has run', () => {
		create({ disks: [disk] });
		settle();
		expect(stack.xenstore.read(`${VBD}/physical-device`)).toBeUndefined();
		back.setState('vbd', 1, 51712, 2);
		expect([started(), stack.busy(1)]).toEqual([false, true]);
		settle();
		expect([started(), stack.busy(1), stack.xenstore.read(`${VBD}/hotplug-status`)]).toEqual([
			true,
			false,
			'connected'
		]);
	});

	it('is ready but not started when created paused', () => {
		create({ disks: [disk], paused: true });
		back.setState('vbd', 1, 51712, 2);
		settle();
		expect([started(), stack.busy(1)]).toEqual([false, false]);
	});

	it('is given up when no back end comes within ten seconds, with all that it had', () => {
		const done: (readonly string[])[] = [];
		stack.onJobDone = (_, errors) => done.push(errors);
		create({ disks: [disk] });
		control.pass(9.9 * SECOND);
		expect(done).toEqual([]);
		control.pass(20 * SECOND);
		expect(done).toEqual([[`Domain 1:unable to add device with path ${VBD}`, 'Domain 1:unable to add vbd devices']]);
		expect(stack.domains).toEqual([]);
		expect(listing(stack, '/local/domain')).toEqual([
			'/local/domain/0 = ""   (n0)',
			'/local/domain/0/name = "Domain-0"   (n0)',
			'/local/domain/0/domid = "0"   (n0)'
		]);
		expect(listing(stack, '/libxl')).toEqual([]);
	});

	it('waits on where its creator is patient', () => {
		create({ disks: [disk], patient: true });
		control.pass(100 * SECOND);
		expect(stack.busy(1)).toBe(true);
		back.setState('vbd', 1, 51712, 2);
		settle();
		expect(started()).toBe(true);
	});

	it('tells both ends of all keys of a device at once, each once', () => {
		back.watch('backend', 'bus');
		back.events.length = 0;
		create({ disks: [disk] });
		back.receive();
		const paths = back.events.map(([path]) => path);
		expect(paths.slice(0, 3)).toEqual([
			'backend/vbd/1/51712',
			'backend/vbd/1/51712/frontend',
			'backend/vbd/1/51712/params'
		]);
		expect(new Set(paths).size).toBe(paths.length);
		expect(paths).toHaveLength(15);
	});

	it('may have its back end in a driver domain', () => {
		create({ name: 'storage', driverDomain: true });
		const storage = new TestBackEnd(stack, 1);
		create({ disks: [{ ...disk, backend: 'storage' }] });
		storage.setState('vbd', 2, 51712, 2);
		settle();
		const at = '/local/domain/1/backend/vbd/2/51712';
		expect(stack.xenstore.permissionsOf(at)).toEqual(['n1', 'r2']);
		expect(stack.xenstore.permissionsOf('/local/domain/2/device/vbd/51712')).toEqual(['n2', 'r1']);
		expect(stack.xenstore.read('/local/domain/2/device/vbd/51712/backend-id')).toBe('1');
		expect(stack.xenstore.read(`${at}/hotplug-status`)).toBe('connected');
	});
});

describe('a device that cannot be', () => {
	it.each<[string, Partial<DomainConfig>, RegExp]>([
		['a name that is none', { disks: [{ ...disk, vdev: 'vda' }] }, /'vda' is no name of a virtual disk/],
		['nothing behind it', { disks: [{ ...disk, target: '/img/x' }] }, /xvda: '\/img\/x' names no disk/],
		['the same name twice', { disks: [disk, disk] }, /two disks are both called 'xvda'/],
		['no such back end', { vifs: [{ backend: 'net' }] }, /no domain 'net'/]
	])('%s: nothing is left', (_, config, reason) => {
		expect(() => create(config)).toThrow(reason);
		expect([stack.domains, stack.xenstore.list('/local/domain')]).toEqual([[], ['0']]);
	});

	it('where domain 0 has no kernel, that is said', () => {
		const alone = new Toolstack(new FakeControl(), () => {});
		expect(() => alone.createDomain({ name: 'lin', image, pages: 1024, disks: [disk] })).toThrow(
			/domain 0 runs no kernel here/
		);
		expect(alone.domains).toEqual([]);
	});
});

describe('while a domain runs', () => {
	let guest: GuestDomain;
	beforeEach(() => {
		guest = create({ disks: [disk], vifs: [vif] });
		for (const [type, devid] of [
			['vbd', 51712],
			['vif', 0]
		] as const) {
			back.setState(type, 1, devid, 2);
			settle();
			back.setState(type, 1, devid, 4);
		}
	});

	it('a disk can be attached and detached: offline, closing, and gone with its folders', () => {
		stack.attachDisk(1, { target: 'hdb', vdev: 'xvdb', readonly: true });
		back.setState('vbd', 1, 51728, 2);
		settle();
		const at = '/local/domain/0/backend/vbd/1/51728';
		expect(
			['mode', 'discard-enable', 'params', 'physical-device'].map((key) => stack.xenstore.read(`${at}/${key}`))
		).toEqual(['r', '0', '/dev/hdb', '3:40']);
		back.setState('vbd', 1, 51728, 4);
		stack.detach(guest.attached[2].device);
		expect([stack.xenstore.read(`${at}/online`), back.state('vbd', 1, 51728)]).toEqual(['0', '5']);
		expect(stack.xenstore.list('/local/domain/1/device/vbd')).toEqual(['51712', '51728']);
		settle();
		back.setState('vbd', 1, 51728, 6);
		settle();
		expect(stack.xenstore.list('/local/domain/1/device/vbd')).toEqual(['51712']);
		expect(stack.xenstore.list('/local/domain/0/backend/vbd/1')).toEqual(['51712']);
		expect(stack.xenstore.list('/libxl/1/device/vbd')).toEqual(['51712']);
		expect(guest.attached).toHaveLength(2);
	});

	it('the last device of its kind takes the emptied folders with it', () => {
		stack.detach(guest.attached[1].device);
		back.setState('vif', 1, 0, 6);
		settle();
		expect(stack.xenstore.list('/local/domain/0/backend')).toEqual(['vbd', 'console']);
		expect(stack.xenstore.list('/local/domain/1/device')).toEqual(['suspend', 'vbd']);
	});

	it('interfaces get the next number, and an address of their own', () => {
		stack.attachVif(1, {});
		expect(stack.xenstore.read('/local/domain/1/device/vif/1/mac')).toBe('00:16:3e:01:00:01');
	});

	it('a device is refused twice, and its removal where there is none', () => {
		expect(() => stack.attachDisk(1, disk)).toThrow(/has a vbd 51712 already/);
		expect(() => stack.detach({ type: 'vbd', dom: 1, devid: 1, backend: 0 })).toThrow(/has no vbd 1/);
	});

	it('a back end that does not close is waited for no longer than ten seconds', () => {
		stack.detach(guest.attached[0].device);
		control.pass(11 * SECOND);
		expect(stack.xenstore.read(VBD)).toBeUndefined();
	});

	it('its end takes the front ends away at once and all else once the back ends have closed', () => {
		guest.destroy();
		expect(control.log).toContain('pause 1');
		expect(stack.xenstore.list('/local/domain/1/device')).toEqual(['suspend']);
		expect([back.state('vbd', 1, 51712), back.state('vif', 1, 0)]).toEqual(['5', '5']);
		expect(stack.domains).toHaveLength(1);
		for (const [type, devid] of [
			['vbd', 51712],
			['vif', 0]
		] as const)
			back.setState(type, 1, devid, 6);
		settle();
		expect(stack.domains).toEqual([]);
		expect(control.log.at(-1)).toBe('destroy 1');
		expect([stack.xenstore.list('/local/domain/0'), stack.xenstore.list('/libxl')]).toEqual([['name', 'domid'], []]);
	});

	it('destroyed while a disk is on its way, it ends as well', () => {
		stack.attachDisk(1, { target: 'hdb', vdev: 'xvdb' });
		guest.destroy();
		for (const [type, devid] of [
			['vbd', 51712],
			['vbd', 51728],
			['vif', 0]
		] as const)
			back.setState(type, 1, devid, 6);
		settle();
		expect([stack.domains, stack.busy()]).toEqual([[], false]);
	});
});

describe('a domain that has ended', () => {
	const actions = { poweroff: 'destroy', reboot: 'restart', crash: 'preserve', watchdog: 'destroy' } as const;
	const end = (dom: number, shutdown: number): void => {
		control.shutdowns.set(dom, shutdown);
		control.onDomainEnd(dom);
		control.pass(SECOND);
	};

	it.each([
		['is left as it is where nothing is said', undefined, 0, [1]],
		['is destroyed', actions, 0, []],
		['is made again under a new number', actions, 1, [2]],
		['is kept', actions, 3, [1]]
	] as const)('%s', (_, said, shutdown, left) => {
		create({ actions: said });
		end(1, shutdown);
		expect(stack.domains.map(({ dom }) => dom)).toEqual(left);
	});

	it('comes again with the devices that it had, at their addresses', () => {
		create({ actions, disks: [disk], vifs: [{}] });
		for (const [type, devid] of [
			['vbd', 51712],
			['vif', 0]
		] as const) {
			back.setState(type, 1, devid, 2);
			settle();
		}
		control.shutdowns.set(1, 1);
		control.onDomainEnd(1);
		settle();
		for (const [type, devid] of [
			['vbd', 51712],
			['vif', 0]
		] as const)
			back.setState(type, 1, devid, 6);
		settle();
		back.setState('vbd', 2, 51712, 2);
		settle();
		expect(stack.xenstore.read('/local/domain/2/device/vif/0/mac')).toBe('00:16:3e:00:00:01');
		expect(stack.xenstore.list('/local/domain')).toEqual(['0', '2']);
	});
});

it('goes on after save and restore, wherever the work stood', () => {
	create({ disks: [disk] });
	back.setState('vbd', 1, 51712, 2);
	const { now } = control;
	const saved = structuredClone(stack.save());
	// The test's own ring is no part of what a toolstack can give back.
	saved.xenstore.connections = saved.xenstore.connections.filter(({ dom }) => dom !== 0);
	settle();
	expect(started()).toBe(true);
	control.log.length = 0;
	control.now = now;
	stack.restore(saved);
	expect(stack.xenstore.read(`${VBD}/hotplug-status`)).toBeUndefined();
	settle();
	expect([started(), stack.xenstore.read(`${VBD}/hotplug-status`)]).toEqual([true, 'connected']);
});
