/**
 * Packets between domains, and to the wire: a driver domain or domain 0 joins the virtual cards of others by a bridge. The cards are
 * the scenario's, with rules and rates as keys of the back ends' folders.
 */
import { describe, expect, it } from 'vitest';
import { audit } from '../hypervisor/mm/audit';
import { KIND } from '../trace/events';
import { Run } from '../workbench/run';
import { imageFile } from '../workbench/testing';

/** No story here needs more; a bound for one that would never end. */
const MOST_INSTRUCTIONS = 200_000_000;
const MIB = 8;

/** Keys that go into the back end's folder of a guest's card, by the guest's place. */
type Keys = Readonly<Record<string, string>>;

const mac = (dom: number): string => `00:16:3e:00:00:0${dom}`;
const backPath = (front: number, back = 1): string => `/local/domain/${back}/backend/vif/${front}/0`;
const frontPath = (front: number): string => `/local/domain/${front}/device/vif/0`;

/** Domain 1 is the driver domain; each command line is a domain with one card, from domain 2 on: 10.0.0.2 and so on. */
function makeRun(commands: readonly string[], keys: readonly Keys[] = [], options = { snapshots: 0 }): Run {
	const guests = commands.map((cmdline, i) => ({
		name: `guest${i}`,
		image: 'pocket-io',
		memoryMiB: MIB,
		cmdline,
		vifs: [{ mac: mac(i + 2), backend: 'net', keys: keys[i] }]
	}));
	const net = { name: 'net', image: 'pocket-io', memoryMiB: MIB, cmdline: 'run=serve', driverDomain: true };
	return new Run({ domains: [net, ...guests] }, imageFile, options);
}

/** Runs until nobody has anything left to do; who serves waits for ever. */
function runOut(run: Run): Run {
	const { cause } = run.advance({}, MOST_INSTRUCTIONS);
	expect(cause).toBe('stuck');
	expect(audit(run.system.hypervisor)).toEqual([]);
	return run;
}

/** Runs until the domain has said `text`. */
function runUntil(run: Run, dom: number, text: string): void {
	for (let budget = MOST_INSTRUCTIONS; !run.consoles.text(dom).includes(text); budget -= 20_000) {
		expect(budget).toBeGreaterThan(0);
		run.advance({}, 20_000);
	}
}

const said = (run: Run, dom: number): string[] => run.consoles.text(dom).trim().split('\n');
/** What it said, with times left out. */
const timeless = (run: Run, dom: number): string[] =>
	said(run, dom).map((line) => line.replace(/\d+ us\b/, 'N us').replace(/, \d+ KB\/s/, ''));
/** What the driver domain counted of a guest's card when it went. */
const counted = (run: Run, front: number): string | undefined =>
	said(run, 1).findLast((line) => line.startsWith(`netback: vif${front}.0 sent`));

describe('two domains over a driver domain', () => {
	it('find each other by ARP, and one answers what the other asks', () => {
		const run = runOut(makeRun(['run=serve', 'run=ping 10.0.0.2 3']));
		expect(timeless(run, 3)).toEqual([
			'pocket: up, in ring 1 of xen-3.0-x86_32p; run=ping',
			'vif0: up, 10.0.0.3, mtu 1500',
			'ping: 56 bytes from 10.0.0.2, number 1, N us',
			'ping: 56 bytes from 10.0.0.2, number 2, N us',
			'ping: 56 bytes from 10.0.0.2, number 3, N us',
			'ping: 3 asked, 3 answered',
			'vif0: down',
			'pocket: process 1 is done, status 0; power off'
		]);
	});

	it('leave the auditor content after each hypercall', () => {
		const run = makeRun(['run=serve receive=flip', 'run=ping 10.0.0.2 1'], [{ 'rx-flip': '1' }]);
		let hypercalls = 0;
		while (run.advance({ kinds: [KIND.hypercall] }).cause !== 'stuck') {
			hypercalls++;
			expect(audit(run.system.hypervisor)).toEqual([]);
		}
		expect(hypercalls).toBeGreaterThan(500);
		expect(said(run, 3)).toContain('ping: 1 asked, 1 answered');
	});

	it('exchange datagrams; who has no such port, and who is not there, is told', () => {
		const script = ['udpsend 10.0.0.2 7 hello over there', 'udpsend 10.0.0.2 8 anybody', 'ping 10.0.0.99 4'];
		const run = runOut(makeRun(['run=udpecho', `run=sh ${script.join(' ; ')}`]));
		expect(said(run, 3).filter((line) => /^udpsend|^ping/.test(line))).toEqual([
			'udpsend: 10.0.0.2 says: hello over there',
			'udpsend: nobody has this port there',
			'ping: 10.0.0.99: no answer',
			'ping: 10.0.0.99: no answer',
			'ping: 10.0.0.99: no such host',
			'ping: 10.0.0.99: no answer',
			'ping: 4 asked, 0 answered'
		]);
		expect(said(run, 2)).toContain('udpecho: 16 bytes from 10.0.0.3 port 49153');
	});

	it('send what may be of any length, and more is sent when that has come to rest', () => {
		const run = runOut(makeRun(['run=post take', 'run=post 10.0.0.2 18 10.0.0.2 1472 10.0.0.255 1 10.0.0.2 1473']));
		// Its card is announced and the other one asked for, 42 bytes each; then three datagrams, with 42 bytes of headers. The fourth is too long.
		expect(counted(run, 3)).toContain(`sent 5 (${42 + 42 + 60 + 1514 + 43} bytes)`);
		expect(said(run, 3)).toContain('post ADDRESS BYTES [ADDRESS BYTES ...], or post take');
	});

	it('have the addresses that they were told', () => {
		const run = makeRun(['run=serve ip=192.168.7.1/16', 'run=sh ping 192.168.7.1 1 ; ifconfig ip=192.168.9.9/16']);
		runOut(run);
		expect(said(run, 3)).toContain('ping: 1 asked, 1 answered');
		expect(said(run, 3)).toContain('vif0  192.168.9.9/16, 00:16:3e:00:00:03, mtu 1500, up, receives copies');
	});
});

/** Copies, transfers and hypercalls while datagrams flow, beside the same with none. */
function costOf(run: Run): { copies: number; transfers: number; hypercalls: number } {
	const { grant_copy, grant_transfer, hypercall } = KIND;
	return { copies: run.count(grant_copy), transfers: run.count(grant_transfer), hypercalls: run.count(hypercall) };
}

describe('a stream of datagrams', () => {
	const stream = (mtu: number, count: number, flip: boolean): Run => {
		const how = flip ? ' receive=flip' : '';
		const keys: Keys = flip ? { 'rx-flip': '1' } : {};
		return runOut(
			makeRun([`run=throughput receive${how}`, `run=throughput send 10.0.0.2 ${count} ${mtu}${how}`], [keys, keys])
		);
	};

	it.each([
		[1500, 1472],
		[552, 524]
	])('arrives whole in packets of %i bytes, copied', (mtu, bytes) => {
		const run = stream(mtu, 64, false);
		const all = 64 * bytes;
		expect(timeless(run, 2)).toContain(`throughput: received 64 datagrams of ${bytes} bytes, ${all} in all, N us`);
		expect(timeless(run, 2)).toContain('throughput: 0 of them damaged');
		expect(timeless(run, 3)).toContain(`throughput: sent 64 datagrams of ${bytes} bytes, ${all} in all, N us`);
		expect(said(run, 3)).toContain('throughput: 64 arrived');
		expect(said(run, 1)).toContain('netback: vif2.0 connected, copies');
	});

	it('arrives whole in pages that change hands; each costs a transfer and no second copy', () => {
		const few = { copied: costOf(stream(1500, 8, false)), flipped: costOf(stream(1500, 8, true)) };
		const run = stream(1500, 64, true);
		expect(said(run, 1)).toContain('netback: vif2.0 connected, flips pages');
		expect(timeless(run, 2)).toContain('throughput: received 64 datagrams of 1472 bytes, 94208 in all, N us');
		expect(timeless(run, 2)).toContain('throughput: 0 of them damaged');
		expect(said(run, 3)).toContain('throughput: 64 arrived');
		const flipped = costOf(run);
		const copied = costOf(stream(1500, 64, false));
		// 56 datagrams more and 7 answers: head and rest of each datagram are fetched, an answer is all head; then one more
		// copy each, or a page.
		expect(copied.copies - few.copied.copies).toBe(56 * 3 + 7 * 2);
		expect(flipped.copies - few.flipped.copies).toBe(56 * 2 + 7);
		expect(flipped.transfers - few.flipped.transfers).toBe(56 + 7);
		expect(copied.transfers).toBe(0);
		expect(flipped.hypercalls - few.flipped.hypercalls).toBeGreaterThan(copied.hypercalls - few.copied.hypercalls);
	});

	it('is held to the rate that the toolstack wrote, and loses nothing by it', () => {
		const commands = ['run=throughput receive', 'run=throughput send 10.0.0.2 32 1500'];
		const time = (run: Run): number => Number(/sent 32 .*, (\d+) us/.exec(run.consoles.text(3))?.[1]);
		const slow = runOut(makeRun(commands, [{}, { rate: '3000,5000' }]));
		expect(said(slow, 3)).toContain('throughput: 32 arrived');
		// 32 frames of 1,514 bytes, two or three in each 5 ms
		expect(time(slow)).toBeGreaterThan(50_000);
		expect(time(slow)).toBeLessThan(100_000);
		expect(counted(slow, 3)).toMatch(/held back (9|1\d)$/);
		expect(time(runOut(makeRun(commands)))).toBeLessThan(10_000);
	});
});

describe('rules', () => {
	const OWN = { 'rules/0': 'tx match ip.src != 10.0.0.3 drop', 'rules/1': 'tx match arp.src != 10.0.0.3 drop' };
	const commands = ['run=udpecho', 'run=sh spoof 10.0.0.77 10.0.0.2 3 ; ping 10.0.0.2 1'];

	it('stop who speaks in another\u2019s name, and nobody else', () => {
		const run = runOut(makeRun(commands, [{}, OWN]));
		expect(said(run, 3)).toContain('spoof: sent');
		expect(said(run, 3)).toContain('ping: 1 asked, 1 answered');
		expect(run.consoles.text(2)).not.toContain('from 10.0.0.77');
		expect(counted(run, 3)).toContain('by rules 3 and 0');
	});

	it('are what stops him: without them he is believed', () => {
		const run = runOut(makeRun(commands));
		expect(said(run, 2).filter((line) => line.includes('from 10.0.0.77'))).toHaveLength(3);
		expect(counted(run, 3)).toContain('by rules 0 and 0');
	});

	it('choose what a domain hears, in the order of their numbers', () => {
		const rules = {
			'rules/10': 'rx match ip.src == 10.0.0.0/24 and icmp.type == 8 drop',
			'rules/2': 'rx match ip.src == 10.0.0.3 and length > 1000 accept'
		};
		const run = runOut(makeRun(['run=serve', 'run=sh ping 10.0.0.2 2 ; ping 10.0.0.2 2 1000'], [rules]));
		expect(said(run, 3).filter((line) => line.includes('asked'))).toEqual([
			'ping: 2 asked, 0 answered',
			'ping: 2 asked, 2 answered'
		]);
	});

	it.each([
		['tx match ip.srk == 1.2.3.4 drop', '0: no such field'],
		['tx match ip.src = 1.2.3.4 drop', '0: no such comparison'],
		['tx match ip.src == 1.2.3 drop', '0: not a value for this field'],
		['tx match udp.dst == seven drop', '0: not a value for this field'],
		['tx match ip.src == 1.2.3.4', '0: neither accept nor drop'],
		['both drop', '0: neither tx nor rx'],
		['tx drop now', '0: more than a rule']
	])('that cannot be read let nothing pass, and say why: %s', (rule, reason) => {
		const run = runOut(makeRun(['run=serve', 'run=ping 10.0.0.2 1'], [{}, { 'rules/0': rule }]));
		expect(said(run, 3)).toContain('ping: 1 asked, 0 answered');
		expect(run.system.toolstack.xenstore.read(`${backPath(3)}/rules-error`)).toBe(reason);
		expect(said(run, 1)).toContain(`netback: vif3.0: rule ${reason}`);
	});

	it('may change while packets flow', () => {
		const run = makeRun(['run=serve', 'run=ping 10.0.0.2 60']);
		runUntil(run, 3, 'number 5,');
		const store = run.system.toolstack.xenstore;
		store.write(`${backPath(3)}/rules/0`, 'tx match ip.proto == 1 drop');
		runUntil(run, 3, 'no answer');
		store.remove(`${backPath(3)}/rules/0`);
		runOut(run);
		const answered = Number(/60 asked, (\d+) answered/.exec(run.consoles.text(3))?.[1]);
		expect(answered).toBeGreaterThan(50);
		expect(answered).toBeLessThan(60);
	});
});

/** What each attack is answered, and what the back end says of it; the answers are statuses of slots. */
const ATTACKS: Record<string, readonly [answers: string, broken?: string]> = {
	sound: ['0'],
	'no-grant': ['-1'],
	'no-grant-ever': ['-1'],
	'not-granted-to-it': ['-1'],
	'beyond-page': ['-1'],
	'beyond-numbers': ['-1'],
	'too-short': ['-1'],
	'too-long': ['-1'],
	'parts-of-nothing': ['-1 -1'],
	'second-without-grant': ['-1 -1'],
	'offload-not-offered': ['-1 1'],
	'no-end': ['-1 nothing for 1', 'a packet without an end'],
	'many-parts': [`${'-1 '.repeat(18)}nothing for 22 nothing for 1`, 'a packet without an end'],
	'extras-without-end': [`-1 ${'1 '.repeat(17)}nothing for 13`, 'a packet without an end'],
	'index-of-requests': ['nothing for 1 nothing for 1', 'its tx index is beyond the ring'],
	'index-goes-back': ['nothing for 1 nothing for 1', 'its tx index is beyond the ring'],
	'index-of-pages': ['nothing for 1', 'its rx index is beyond the ring'],
	'page-without-grant': ['-1'],
	'page-only-to-read': ['-1'],
	'flood-of-events': ['0'],
	'flood-of-packets': ['0']
};

describe('a front end that does what none should', () => {
	it.each(Object.entries(ATTACKS))('%s: is answered, and its neighbours notice nothing', (name, [answers, broken]) => {
		const run = runOut(
			makeRun(['run=serve', 'run=sh ping 10.0.0.99 1 ; ping 10.0.0.2 20', `run=sleep 4000 vif-attack=${name}`])
		);
		expect(said(run, 4)).toContain(`hostile: ${name}: ${answers}`);
		expect(said(run, 1).filter((line) => line.includes('not served'))).toEqual(
			broken ? [`netback: vif4.0: ${broken}; not served any more`] : []
		);
		expect(said(run, 3)).toContain('ping: 20 asked, 20 answered');
	});
});

describe('a front end that takes pages, and offers no place for them', () => {
	it.each(['page-without-grant', 'page-only-to-read'])('%s: the page is lost, and the back end has another', (name) => {
		const flips = { 'rx-flip': '1' };
		const commands = [
			'run=serve receive=flip',
			'run=sh ping 10.0.0.99 1 ; ping 10.0.0.2 20 receive=flip',
			`run=sleep 4000 receive=flip vif-attack=${name}`
		];
		const run = makeRun(commands, [flips, flips, flips]);
		const pages = run.system.hypervisor.domains.get(1)!.mm.totalPages;
		runOut(run);
		expect(said(run, 4)).toContain(`hostile: ${name}: -1`);
		expect(said(run, 3)).toContain('ping: 20 asked, 20 answered');
		expect(run.system.hypervisor.domains.get(1)!.mm.totalPages).toBe(pages);
	});
});

describe('a back end that goes away', () => {
	it.each(['', ' receive=flip'])('and starts again: the card comes back, and nothing is lost but packets%s', (how) => {
		const keys = { 'rx-flip': '1' };
		const run = makeRun(['run=serve', `run=ping 10.0.0.2 40${how}`], [keys, keys]);
		runUntil(run, 3, 'number 5,');
		for (let times = 0; times < 3; times++) {
			run.system.toolstack.xenstore.write(`${backPath(3)}/state`, '1');
			run.advance({}, 300_000);
		}
		runOut(run);
		expect(said(run, 3).filter((line) => line === 'vif0: up, 10.0.0.3, mtu 1500').length).toBeGreaterThan(2);
		const answered = Number(/40 asked, (\d+) answered/.exec(run.consoles.text(3))?.[1]);
		expect(answered).toBeGreaterThan(30);
		expect(said(run, 1).filter((line) => line.startsWith('netback: vif3.0 connected')).length).toBeGreaterThan(2);
	});

	it('for good: the card is unplugged, and who sends is told', () => {
		const run = makeRun(['run=serve', 'run=ping 10.0.0.2 8']);
		runUntil(run, 3, 'number 2,');
		const store = run.system.toolstack.xenstore;
		store.write(`${backPath(3)}/online`, '0');
		store.write(`${backPath(3)}/state`, '5');
		runUntil(run, 3, 'vif0: down');
		run.advance({}, 200_000);
		expect([store.read(`${frontPath(3)}/state`), store.read(`${backPath(3)}/state`)]).toEqual(['6', '6']);
		store.remove(frontPath(3));
		store.remove(backPath(3));
		runOut(run);
		expect(said(run, 3)).toContain('ping: 10.0.0.2: no network');
	});
});

describe('a card that the toolstack attaches and detaches', () => {
	it('comes and goes while its domain runs', () => {
		const run = makeRun(['run=serve', 'run=sh ping 10.0.0.2 1 ; sleep 400 ; ping 10.0.0.77 1 ; ifconfig']);
		const { toolstack } = run.system;
		runUntil(run, 3, '1 answered');
		toolstack.attachVif(3, { mac: '00:16:3e:00:00:77', backend: 'net' });
		runUntil(run, 3, 'vif1: up, 10.0.0.119, mtu 1500');
		const attached = toolstack.domain(3)!.attached.find(({ device }) => device.devid === 1)!;
		expect(toolstack.xenstore.read('/local/domain/3/device/vif/1/state')).toBe('4');
		toolstack.detach(attached.device);
		runUntil(run, 3, 'vif1: down');
		runOut(run);
		expect(toolstack.xenstore.read('/local/domain/3/device/vif/1/state')).toBeUndefined();
		expect(toolstack.xenstore.read('/local/domain/1/backend/vif/3/1/state')).toBeUndefined();
		expect(said(run, 3).filter((line) => /^vif1 /.test(line))).toEqual([]);
	});
});

describe('several who send at once', () => {
	it('get equal parts of the back end, and lose nothing', () => {
		const commands = ['run=throughput receive', 'run=throughput receive'];
		for (const receiver of [2, 3]) commands.push(`run=throughput send 10.0.0.${receiver} 200`);
		const run = runOut(makeRun(commands));
		const times = [4, 5].map((dom) => Number(/sent 200 .*, (\d+) us/.exec(run.consoles.text(dom))?.[1]));
		expect(Math.max(...times) / Math.min(...times)).toBeLessThan(1.5);
		for (const dom of [4, 5]) expect(said(run, dom)).toContain('throughput: 200 arrived');
	});
});

describe('a domain that dies in mid-stream', () => {
	it.each(['', ' receive=flip'])('costs its neighbours nothing, and leaves nothing behind%s', (how) => {
		const keys = { 'rx-flip': '1' };
		const run = makeRun(
			['run=udpecho', 'run=ping 10.0.0.2 30', `run=throughput send 10.0.0.2 900 1500 7${how}`],
			[keys, keys, keys]
		);
		runUntil(run, 2, '1472 bytes from 10.0.0.4');
		run.advance({}, 100_000);
		run.system.toolstack.destroy(4);
		expect(audit(run.system.hypervisor)).toEqual([]);
		runOut(run);
		expect(said(run, 3)).toContain('ping: 30 asked, 30 answered');
		expect(run.system.hypervisor.domains.get(4)).toBeUndefined();
		expect(counted(run, 4)).toBeDefined();
	});
});
