import { beforeEach, describe, expect, it } from 'vitest';
import { XENCONS_INTERFACE } from '../../../abi/structs/io';
import type { DomainUse } from '../../../hypervisor/control';
import { TestBackEnd } from '../../devices/testing';
import { FakeControl } from '../../fake-control';
import { makeImage } from '../../testing';
import { Toolstack } from '../../toolstack';
import { Shell } from '../shell';

// What the real tools printed (xl 4.17.7) is compared line by line; what depends on the host is what this test says of it.

const SECOND = 1_000_000;
const UUID = '11111111-2222-3333-4444-555555555555';
const CFG = `name = "lin"
kernel = "/guest/vmlinuz"
ramdisk = "/guest/domu.gz"
cmdline = "console=hvc0"
memory = 4
uuid = "${UUID}"
disk = [ "/dev/hda2,raw,xvda,w" ]
vif = [ "mac=00:16:3e:00:00:01" ]
`;
const LIST = 'Name                                        ID   Mem VCPUs\tState\tTime(s)\n';
const BLOCKS = 'Vdev  BE  handle state evt-ch ring-ref BE-path                       \n';
const NETS = 'Idx BE Mac Addr.         handle state evt-ch   tx-/rx-ring-ref BE-path                       \n';
const VCPUS = 'Name                                ID  VCPU   CPU State   Time(s) Affinity (Hard / Soft)\n';

let control: FakeControl;
let stack: Toolstack;
let back: TestBackEnd;
let shell: Shell;
let printed: string;

const files: Record<string, string> = {};

beforeEach(() => {
	control = new FakeControl();
	stack = new Toolstack(control, () => {});
	back = new TestBackEnd(stack);
	printed = '';
	files['b.cfg'] = CFG;
	const image = (name: string): Uint8Array => {
		if (name.includes('none')) throw new Error('there is no such file');
		return name.endsWith('.gz') ? new Uint8Array(100) : makeImage();
	};
	shell = new Shell({ stack, file: (name) => files[name], image }, (text) => (printed += text));
});

/** Types a line, lets it come to its end or wait, and says what it has printed behind its own echo. */
function xl(line: string): string {
	printed = '';
	shell.type(`${line}\n`);
	control.pass(SECOND / 10);
	expect(printed.startsWith(`# ${line}\n`)).toBe(true);
	return printed.slice(line.length + 3);
}

/** Both back ends of domain 1 go to a state. */
function backEnds(state: number, dom = 1): void {
	for (const [type, devid] of [
		['vbd', 51712],
		['vif', 0]
	] as const) {
		if (back.state(type, dom, devid).startsWith('!')) continue;
		back.setState(type, dom, devid, state);
		control.pass(SECOND / 10);
	}
}

const use = (more: Partial<DomainUse['vcpus'][number]> = {}, rest: Partial<DomainUse> = {}): DomainUse => ({
	pages: 200 * 256,
	maxPages: 200 * 256,
	paused: false,
	dying: false,
	vcpus: [{ id: 0, online: true, blocked: false, running: false, ran: 0, ...more }],
	...rest
});

/** The running guest of the recordings, with its number and what its drivers left in xenstore. */
function recorded(): void {
	xl('create -q b.cfg');
	backEnds(2);
	backEnds(4);
	control.uses.set(0, use({ running: true, ran: 107.8 * SECOND }, { pages: 640 * 256 }));
	control.uses.set(1, use({ blocked: true, ran: 4.7 * SECOND }));
	const keys = {
		'vbd/51712': ['state 4', 'event-channel 8', 'ring-ref 8'],
		'vif/0': ['state 4', 'tx-ring-ref 522', 'rx-ring-ref 523']
	};
	for (const [device, all] of Object.entries(keys))
		for (const key of all)
			stack.xenstore.write(`/local/domain/1/device/${device}/${key.split(' ')[0]}`, key.split(' ')[1]);
}

describe('the console of a domain', () => {
	beforeEach(recorded);
	/** What lies in the ring of its console. */
	const typed = (): string => {
		control.settle();
		const page = control.pages.get(stack.domain(1)!.built.consoleMfn)!;
		const { at } = XENCONS_INTERFACE;
		return String.fromCharCode(...page.read(at.in, page.read32(at.in_prod)));
	};

	it('has what is typed until ^], and then the shell goes on', () => {
		expect(xl('console lin')).toBe('');
		expect(shell.attached).toBe(1);
		shell.type('ls\nlist\n');
		shell.type('bye\x1ddomid lin\n');
		control.pass(SECOND / 10);
		expect([shell.attached, shell.busy, shell.status]).toEqual([null, false, 0]);
		expect(printed).toBe('# console lin\n# domid lin\n1\n');
		expect(typed()).toBe('ls\nlist\nbye');
	});

	it('has what was typed with the command, too: as where a file is read as commands', () => {
		shell.type('console 1\nls\n\x1dlist lin\n');
		control.pass(SECOND / 10);
		expect(typed()).toBe('ls\n');
		expect(printed).toContain('# list lin\n');
	});

	it('is kept by a restore, and left when the domain ends', () => {
		xl('console lin');
		const saved = structuredClone(shell.save());
		shell.type('\x1d');
		expect(shell.attached).toBeNull();
		shell.restore(saved);
		expect(shell.attached).toBe(1);
		control.shutdowns.set(1, 0);
		control.onDomainEnd(1);
		expect([shell.attached, shell.busy]).toEqual([null, false]);
	});

	it.each([
		['nosuch', 'nosuch is an invalid domain identifier (rc=-6)\n'],
		['0', 'xenconsole: Could not read tty from store: No such file or directory\n'],
		['-n 1 lin', 'xenconsole: Could not read tty from store: No such file or directory\n']
	])('is not to be had: %s', (words, text) => {
		expect(xl(`console ${words}`)).toBe(text);
		expect([shell.status, shell.attached]).toEqual([1, null]);
	});
});

describe('domains that domain 0\u2019s kernel made', () => {
	beforeEach(() => {
		recorded();
		control.strangers.push(7);
		control.uses.set(7, use({}, { pages: 512, paused: true }));
	});

	it('are listed without a name', () =>
		expect(xl('list 7')).toBe(
			`${LIST}(null)                                       7     2     1     --p---       0.0\n`
		));
	it('are listed no more while they only wait to be freed', () => {
		control.dying.add(7);
		expect(xl('list 7')).toContain('invalid domain identifier');
	});
	it.each(['pause 7', 'destroy 7'])('are not xl\u2019s: %s', (line) => {
		expect(xl(line)).toBe('libxl: error: domain 7 was made by domain 0\u0027s kernel, not by xl.\n');
		expect(shell.status).toBe(1);
	});
});

describe('lists print what the real tools print', () => {
	beforeEach(recorded);

	it('list', () =>
		expect(xl('xl list')).toBe(
			LIST +
				'Domain-0                                     0   640     1     r-----     107.8\n' +
				'lin                                          1   200     1     -b----       4.7\n'
		));
	it('list -v', () =>
		expect(xl('list -v')).toBe(
			'Name                                        ID   Mem VCPUs\tState\tTime(s)   UUID                            Reason-Code\tSecurity Label\n' +
				'Domain-0                                     0   640     1     r-----     107.8 00000000-0000-0000-0000-000000000000        -                -\n' +
				`lin                                          1   200     1     -b----       4.7 ${UUID}        -                -\n`
		));
	it('list -l', () => {
		const text = xl('list -l lin');
		expect(
			text.startsWith(
				'[\n    {\n        "domid": 1,\n        "config": {\n            "c_info": {\n                "type": "pv",\n'
			)
		).toBe(true);
		expect(text).toContain('                "type.pv": {\n\n                },\n');
		expect(
			text.endsWith(
				'            "on_reboot": "restart",\n            "on_soft_reset": "soft_reset"\n        }\n    }\n]\n\n'
			)
		).toBe(true);
		expect((JSON.parse(text) as { config: Record<string, unknown> }[])[0].config).toEqual({
			c_info: { type: 'pv', name: 'lin', domid: 4294967295, uuid: UUID, run_hotplug_scripts: 'True' },
			b_info: {
				max_vcpus: 1,
				avail_vcpus: [0],
				max_memkb: 204800,
				target_memkb: 204800,
				video_memkb: 0,
				sched_params: { sched: 'round-robin' },
				claim_mode: 'True',
				kernel: '/guest/vmlinuz',
				cmdline: 'console=hvc0',
				ramdisk: '/guest/domu.gz',
				'type.pv': {},
				arch_arm: {},
				arch_x86: { msr_relaxed: 'False' }
			},
			disks: [{ pdev_path: '/dev/hda2', vdev: 'xvda', format: 'raw', readwrite: 1, colo_restore_enable: 'False' }],
			nics: [{ devid: 0, mac: '00:16:3e:00:00:01', bridge: 'xenbr0', nictype: 'vif' }],
			on_reboot: 'restart',
			on_soft_reset: 'soft_reset'
		});
	});
	it('vcpu-list', () =>
		expect(xl('vcpu-list')).toBe(
			VCPUS +
				'Domain-0                             0     0    0   r--     107.8  all / all\n' +
				'lin                                  1     0    0   -b-       4.7  all / all\n'
		));
	it('block-list', () =>
		expect(xl('block-list lin')).toBe(
			`${BLOCKS}51712 0   1      4     8      8        /local/domain/0/backend/vbd/1/51712\n`
		));
	it('network-list', () =>
		expect(xl('network-list lin')).toBe(
			`${NETS}0   0  00:16:3e:00:00:01     0     4     -1   522/523         /local/domain/0/backend/vif/1/0\n`
		));
	it('uptime', () => {
		control.pass(233 * SECOND - (control.now % SECOND));
		expect(xl('uptime')).toMatch(/^Name {32}ID Uptime\nDomain-0 {29}0 {2}0:03:53\nlin {34}1 {2}0:03:5[0-3]\n$/);
	});
	it('domid and domname', () => {
		expect([xl('domid lin'), xl('domname 1')]).toEqual(['1\n', 'lin\n']);
		expect([xl('domid nosuch'), shell.status]).toEqual([
			"Can't get domid of domain name 'nosuch', maybe this domain does not exist.\n",
			1
		]);
	});
	it('states', () => {
		const state = (): string => xl('list lin').slice(LIST.length).split(/\s+/)[4];
		control.uses.set(1, use({ running: true }));
		expect(state()).toBe('------');
		control.uses.set(1, use({}, { paused: true }));
		expect(state()).toBe('--p---');
		control.uses.set(1, use({ blocked: true }, { paused: true }));
		expect(state()).toBe('-bp---');
		control.shutdowns.set(1, 0);
		expect(state()).toBe('---s--');
		expect(xl('list -v lin')).toContain(`${UUID}        0                -\n`);
		control.shutdowns.set(1, 3);
		expect(state()).toBe('---sc-');
	});
	it('info in its form', () => {
		const text = xl('info');
		expect(text).toMatch(/^host {19}: ringside\n/);
		expect(text).toContain('\ntotal_memory           : 64\nfree_memory            : 16\n');
		expect(text).toContain('\nxen_scheduler          : round-robin\nxen_pagesize           : 4096\n');
	});
	it('cpupool-list', () =>
		expect(xl('cpupool-list')).toBe(
			'Name               CPUs   Sched     Active   Domain count\nPool-0               1 round-robin       y          2\n'
		));
	it.each(['credit', 'credit2', 'rtds'])('sched-%s, of a policy that is not in use', (policy) => {
		expect([xl(`sched-${policy}`), shell.status]).toEqual(['', 0]);
		expect(xl(`sched-${policy} -d lin -w 512`)).toBe(
			`libxl: error: the scheduler is round-robin, which has nothing that sched-${policy} sets\n`
		);
		expect(shell.status).toBe(1);
	});
	it('xenstore-ls, in the order of making, with permissions or without', () => {
		expect(xl('xenstore-ls -f -p /local/domain/1/device/vif')).toBe(
			[
				'/local/domain/1/device/vif/0 = ""   (n1,r0)',
				'/local/domain/1/device/vif/0/backend = "/local/domain/0/backend/vif/1/0"   (n1,r0)',
				'/local/domain/1/device/vif/0/backend-id = "0"   (n1,r0)',
				'/local/domain/1/device/vif/0/state = "4"   (n1,r0)',
				'/local/domain/1/device/vif/0/handle = "0"   (n1,r0)',
				'/local/domain/1/device/vif/0/mac = "00:16:3e:00:00:01"   (n1,r0)',
				'/local/domain/1/device/vif/0/trusted = "1"   (n1,r0)',
				'/local/domain/1/device/vif/0/mtu = "1500"   (n0,r1)',
				'/local/domain/1/device/vif/0/tx-ring-ref = "522"   (n1,r0)',
				'/local/domain/1/device/vif/0/rx-ring-ref = "523"   (n1,r0)',
				''
			].join('\n')
		);
		stack.xenstore.write('/x/y', 'a\\b\n\x01');
		expect(xl('xenstore-ls')).toContain('\nx = ""\n y = "a\\\\b\\n\\001"\n');
	});
	it('a domain\u2019s own tree, as libxl makes it', () => {
		const keys = xl('xenstore-ls -f -p /local/domain/1')
			.split('\n')
			.map((line) => /^\/local\/domain\/1\/(\S+) = .* {3}\((.*)\)$/.exec(line))
			.filter((match) => match !== null)
			.map(([, key, perms]) => `${key} ${perms}`)
			.filter((line) => !/^(device\/v|console)/.test(line));
		expect(keys).toEqual([
			'vm n0,r1',
			'name n0,r1',
			'cpu n0,r1',
			'cpu/0 n0,r1',
			'cpu/0/availability n0,r1',
			'memory n0,r1',
			'memory/static-max n0,r1',
			'memory/target n0,r1',
			'memory/videoram n0,r1',
			'device n0,r1',
			'device/suspend n0,r1',
			'device/suspend/event-channel n1',
			'control n0,r1',
			'control/shutdown n1',
			'control/feature-poweroff n1',
			'control/feature-reboot n1',
			'control/feature-suspend n1',
			'control/sysrq n1',
			'control/platform-feature-multiprocessor-suspend n0,r1',
			'control/platform-feature-xs_reset_watches n0,r1',
			'data n1',
			'drivers n1',
			'feature n1',
			'attr n1',
			'error n1',
			'domid n0,r1',
			'store n0,r1',
			'store/port n0,r1',
			'store/ring-ref n0,r1'
		]);
	});
});

describe('creating and ending', () => {
	it('create says what it reads, and comes back when the devices are ready', () => {
		expect(xl('create b.cfg')).toBe('Parsing config from b.cfg\n');
		expect(shell.busy).toBe(true);
		backEnds(2);
		expect([shell.busy, shell.status, printed]).toEqual([false, 0, '# create b.cfg\nParsing config from b.cfg\n']);
		expect(control.log).toContain('unpause 1');
	});

	it('create -p leaves it paused: no ring keys, the scripts have run', () => {
		xl('create -p b.cfg');
		backEnds(2);
		control.uses.set(1, use({}, { paused: true }));
		expect(xl('list lin')).toBe(
			`${LIST}lin                                          1   200     1     --p---       0.0\n`
		);
		expect(xl('vcpu-list lin')).toBe(
			`${VCPUS}lin                                  1     0    0   ---       0.0  all / all\n`
		);
		expect(xl('block-list lin')).toBe(
			`${BLOCKS}51712 0   1      1     -1     -1       /local/domain/0/backend/vbd/1/51712\n`
		);
		expect(xl('network-list lin')).toBe(
			`${NETS}0   0  00:16:3e:00:00:01     0     1     -1    -1/-1          /local/domain/0/backend/vif/1/0\n`
		);
		xl('unpause lin');
		expect(control.log.at(-1)).toBe('unpause 1');
	});

	it('create fails in libxl\u2019s words when no back end comes, and the next command has waited for that', () => {
		xl('create b.cfg');
		shell.type('list\n');
		control.pass(30 * SECOND);
		expect(printed).toBe(
			'# create b.cfg\nParsing config from b.cfg\n' +
				'libxl: error: Domain 1:unable to add device with path /local/domain/0/backend/vbd/1/51712\n' +
				'libxl: error: Domain 1:unable to add vbd devices\n' +
				`# list\n${LIST}Domain-0                                     0     0     0     r-----       0.0\n`
		);
	});

	it.each([
		['create none.cfg', 'Failed to read config file: none.cfg: No such file or directory\n', 1],
		[
			'create bad.cfg',
			"Parsing config from bad.cfg\nbad.cfg:1: config parsing error near `lin': syntax error, unexpected IDENT, expecting STRING or NUMBER or '['\nFailed to parse config: Invalid argument\n",
			1
		],
		[`create b.cfg 'disk=["/img,raw,xvda"]'`, /names no disk of this machine/, 3],
		[`create b.cfg 'vif=["backend=net"]' disk=[]`, /no domain 'net'/, 3],
		[`create b.cfg 'kernel="none"'`, /none: there is no such file/, 1],
		['create b.cfg memory=0', /libxl: error: /, 3],
		['create', "'xl create' requires at least 1 argument.\n\n", 2],
		['create -z b.cfg', "option `z' not supported.\n", 2]
	])('%s is refused', (line, text, status) => {
		files['bad.cfg'] = 'name=lin\n';
		const said = xl(line);
		if (typeof text === 'string') expect(said).toBe(text);
		else expect(said).toMatch(text);
		expect([shell.status, stack.domains]).toEqual([status, []]);
	});

	it('a name is given once', () => {
		recorded();
		expect(xl('create -q b.cfg')).toBe('libxl: error: Domain with name "lin" already exists.\n');
	});

	it('shutdown asks by xenstore, and waits where it is told to', () => {
		recorded();
		expect(xl('shutdown -w lin')).toBe('Shutting down domain 1\nWaiting for 1 domains\n');
		expect(stack.xenstore.read('/local/domain/1/control/shutdown')).toBe('poweroff');
		expect(shell.busy).toBe(true);
		control.shutdowns.set(1, 0);
		control.onDomainEnd(1);
		expect(shell.busy).toBe(false);
		control.pass(SECOND / 10);
		backEnds(6);
		expect(stack.domains).toEqual([]);
	});

	it('reboot asks for that, and the domain comes again under a new number', () => {
		recorded();
		expect(xl('reboot lin')).toBe('Rebooting domain 1\n');
		expect(stack.xenstore.read('/local/domain/1/control/shutdown')).toBe('reboot');
		control.shutdowns.set(1, 1);
		control.onDomainEnd(1);
		control.pass(SECOND / 10);
		backEnds(6);
		backEnds(2, 2);
		expect(xl('domid lin')).toBe('2\n');
		expect(stack.xenstore.read(`/vm/${UUID}/name`)).toBe('lin');
	});

	it('destroy prints nothing', () => {
		recorded();
		expect(xl('destroy lin')).toBe('');
		backEnds(6);
		expect([shell.busy, shell.status, xl('list lin')]).toEqual([
			false,
			0,
			'lin is an invalid domain identifier (rc=-6)\n'
		]);
		expect(xl('destroy 0')).toBe('Cannot destroy privileged domain 0.\n\n');
	});
});

describe('devices while it runs', () => {
	beforeEach(recorded);

	it('a disk is attached and detached without a word', () => {
		expect(xl('block-attach lin /dev/hdb,raw,xvdb,r')).toBe('');
		back.setState('vbd', 1, 51728, 2);
		control.pass(SECOND / 10);
		expect([shell.busy, xl('block-list lin').split('\n').length]).toEqual([false, 4]);
		back.setState('vbd', 1, 51728, 4);
		expect(xl('block-detach lin xvdb')).toBe('');
		back.setState('vbd', 1, 51728, 6);
		control.pass(SECOND / 10);
		expect([shell.busy, shell.status, xl('block-list lin').split('\n').length]).toEqual([false, 0, 3]);
	});

	it('an interface is attached, and detached by its address', () => {
		xl('network-attach lin mac=00:16:3e:00:00:02 bridge=xenbr1');
		back.setState('vif', 1, 1, 2);
		control.pass(SECOND / 10);
		expect(xl('network-list lin')).toContain('1   0  00:16:3e:00:00:02     1     1     -1    -1/-1 ');
		xl('network-detach lin 00:16:3E:00:00:02');
		back.setState('vif', 1, 1, 6);
		control.pass(SECOND / 10);
		expect(xl('network-list lin').split('\n')).toHaveLength(3);
	});

	it.each([
		['block-detach lin xvdz', 'Error: Device xvdz not connected.\n', 1],
		['network-detach lin 7', 'Unknown device 7.\n', 1],
		['block-attach lin /dev/hda,raw,xvda', 'libxl: error: domain 1 has a vbd 51712 already\n', 1],
		['block-attach lin /dev/hdb', /no vdev specified/, 1],
		['block-attach lin', "'xl block-attach' requires at least 2 arguments.\n\n", 2],
		['console nosuch', 'nosuch is an invalid domain identifier (rc=-6)\n', 1],
		['domstate lin', 'command not implemented\n', 1]
	])('%s is refused', (line, text, status) => {
		const said = xl(line);
		if (typeof text === 'string') expect(said).toBe(text);
		else expect(said).toMatch(text);
		expect(shell.status).toBe(status);
	});
});

it('help names every command', () => {
	const text = xl('help');
	for (const name of ['create', 'list', 'block-attach', 'network-detach', 'xenstore-ls', 'uptime'])
		expect(text).toContain(name);
});

it('goes on after save and restore in the middle of a command', () => {
	xl('create b.cfg');
	shell.type('list\n');
	const { now } = control;
	const saved = structuredClone({ stack: stack.save(), shell: shell.save() });
	backEnds(2);
	const first = printed;
	printed = '';
	control.now = now;
	saved.stack.xenstore.connections = [];
	stack.restore(saved.stack);
	shell.restore(saved.shell);
	for (const [type, devid] of [
		['vbd', 51712],
		['vif', 0]
	] as const) {
		stack.xenstore.write(`/local/domain/0/backend/${type}/1/${devid}/state`, '2');
		control.pass(SECOND / 10);
	}
	expect(first.endsWith(printed)).toBe(true);
	expect(printed).toContain('# list\n');
});
