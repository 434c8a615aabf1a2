/**
 * Packets between domains, and to the wire: a driver domain or domain 0 joins the virtual cards of others by a bridge. The cards are
 * the scenario's; rules and rates are written into the back ends' folders before anything runs, where a toolstack would put them.
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
		vifs: [{ mac: mac(i + 2), backend: 'net' }]
	}));
	const net = { name: 'net', image: 'pocket-io', memoryMiB: MIB, cmdline: 'run=serve', driverDomain: true };
	const run = new Run({ domains: [net, ...guests] }, imageFile, options);
	keys.forEach((of, i) => {
		for (const [key, value] of Object.entries(of)) run.system.toolstack.xenstore.write(`${backPath(i + 2)}/${key}`, value);
	});
	return run;
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

	it('have the addresses that they were told', () => {
		const run = makeRun(['run=serve ip=192.168.7.1/16', 'run=sh ping 192.168.7.1 1 ; ifconfig ip=192.168.9.9/16']);
		runOut(run);
		expect(said(run, 3)).toContain('ping: 1 asked, 1 answered');
		expect(said(run, 3)).toContain('vif0  192.168.9.9/16, 00:16:3e:00:00:03, mtu 1500, up, receives copies');
	});
});
