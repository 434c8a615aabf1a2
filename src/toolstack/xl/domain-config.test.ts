import { describe, expect, it } from 'vitest';
import { readConfig, type DomainSettings } from './domain-config';

const BASE = 'name="lin"\nkernel="pocket"\n';
const read = (source: string) => readConfig(BASE + source, 'lin.cfg');
const settings = (source: string): DomainSettings => {
	const { settings, messages } = read(source);
	expect(settings, messages.join('\n')).not.toBeNull();
	return settings!;
};

describe('a domain of xl.cfg', () => {
	it('has what the file says', () => {
		expect(
			settings(`ramdisk = "/guest/domu.gz"
memory = 200
maxmem = 0x100
vcpus = 2
maxvcpus = 4
uuid = "11111111-2222-3333-4444-555555555555"
disk = [ "phy:/dev/hda2,xvda,w", 'format=raw,vdev=xvdb,access=r,target=/dev/hdb' ]
vif = [ "mac=00:16:3e:00:00:01,bridge=xenbr1", "" ]
extra = "run=hello"
root = "/dev/xvda"
on_poweroff = "preserve"
`)
		).toEqual({
			name: 'lin',
			kernel: 'pocket',
			ramdisk: '/guest/domu.gz',
			cmdline: 'root=/dev/xvda run=hello',
			memoryMiB: 200,
			maxMemoryMiB: 256,
			vcpus: 2,
			maxVcpus: 4,
			uuid: '11111111-2222-3333-4444-555555555555',
			disks: [
				{ target: '/dev/hda2', vdev: 'xvda', readonly: false },
				{ target: '/dev/hdb', vdev: 'xvdb', readonly: true }
			],
			vifs: [{ mac: '00:16:3e:00:00:01', bridge: 'xenbr1' }, {}],
			actions: { poweroff: 'preserve', reboot: 'restart', crash: 'destroy', watchdog: 'destroy' },
			driverDomain: false
		});
	});

	it('has xl\u2019s defaults for the rest', () => {
		expect(settings('')).toMatchObject({
			memoryMiB: 32,
			vcpus: 1,
			maxVcpus: 1,
			cmdline: '',
			disks: [],
			vifs: [],
			actions: { poweroff: 'destroy', reboot: 'restart', crash: 'destroy', watchdog: 'destroy' }
		});
	});

	it.each([
		['memory=64', 64],
		['memory=0x40', 64],
		['memory=0100', 64],
		['memory="64"', 64],
		['memory=" 64"', 64],
		['memory=1G', 1]
	])('%s is %i MiB', (source, memoryMiB) => expect(settings(source).memoryMiB).toBe(memoryMiB));
});

describe('what is only told', () => {
	it.each<[string, Partial<DomainSettings>, string[]]>([
		['memory="1G"\n', { memoryMiB: 32 }, ["lin.cfg:3: warning: parameter `memory' is not a valid number"]],
		[
			'memory=[1]\n',
			{ memoryMiB: 32 },
			["lin.cfg:3: warning: parameter `memory' is a list but should be a single value"]
		],
		['disk="x"\n', { disks: [] }, ["lin.cfg:3: warning: parameter `disk' is a single value but should be a list"]],
		['vif=["mac=zz"]\n', { vifs: [{}] }, ["vif: 'zz' is no MAC address; one is made up"]],
		['vif=["colour=red"]\n', { vifs: [{}] }, ["vif: unrecognized argument 'colour=red'"]],
		['vif=["rate=10Mb/s"]\n', { vifs: [{}] }, ['vif: rate= is ignored: nothing is held back here']],
		['cmdline="a"\nextra="b"\n', { cmdline: 'a' }, ['Warning: ignoring root= and extra= in favour of cmdline=']],
		[
			'bootloader="pygrub"\n',
			{},
			['bootloader= is ignored: there is no boot loader in domain 0: name the kernel by kernel=.']
		],
		['on_crash="coredump-destroy"\n', {}, ['on_crash="coredump-destroy" is done as "destroy": no core is written.']]
	])('%j', (source, wanted, messages) => {
		expect(read(source).messages).toEqual(messages);
		expect(settings(source)).toMatchObject(wanted);
	});
});

it.each(['unknown_key=1\n', 'pvh=1\n', 'memory=64\nmemory=32\n', 'vcpus=0\n', 'type="pv"\nbuilder="generic"\n'])(
	'%j passes in silence',
	(source) => expect(read(source)).toMatchObject({ messages: [], settings: { vcpus: 1, memoryMiB: 32 } })
);

describe('what is fatal', () => {
	it.each<[string, RegExp]>([
		['disk=["/dev/hda,raw"]\n', /no vdev specified in `\/dev\/hda,raw'/],
		['disk=["/dev/hda,raw,hdc,cdrom"]\n', /no CD-ROMs/],
		['disk=["/dev/hda,qcow2,xvda"]\n', /only format raw/],
		['disk=["/dev/hda,raw,xvda,backendtype=qdisk"]\n', /of type phy alone/],
		['vcpus=3\nmaxvcpus=2\n', /maxvcpus < vcpus/],
		['on_poweroff="sleep"\n', /Unknown on_poweroff action "sleep" specified/],
		['on_soft_reset="x"\n', /Unknown on_soft_reset action/],
		['builder="hvm"\ntype="pv"\n', /contradict/],
		['builder="hvm"\n', /Only PV guests/],
		['type=""\n', /not type="hvm"/],
		['type="pvh"\n', /Only PV guests/],
		['type="xx"\n', /Invalid domain type xx/],
		['uuid="1-2"\n', /Failed to parse UUID: 1-2/],
		['Memory=64\n', /lin\.cfg:3: .*lexical error/]
	])('%j', (source, reason) => {
		const { settings, messages } = read(source);
		expect(settings).toBeNull();
		expect(messages.join('\n')).toMatch(reason);
	});
	it('no name, and no kernel', () => {
		expect(readConfig('kernel="x"\n', 'x')).toEqual({ settings: null, messages: ['Domain name must be specified.'] });
		expect(readConfig('name="x"\n', 'x').messages[0]).toMatch(/No kernel is named/);
	});
});
