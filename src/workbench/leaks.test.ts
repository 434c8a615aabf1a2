/** What a hundred domains leave behind that came and went in one run, with disks and network cards that domain 0's kernel served: nothing. */
import { beforeAll, describe, expect, it } from 'vitest';
import { CHANNEL } from '../hypervisor/events/records';
import { audit } from '../hypervisor/mm/audit';
import { Run } from './run';
import { imageFile } from './testing';

const MIB_PAGES = 256;
const DOMAINS = 100;
const MS = 2_400_000;
const IMAGE = imageFile('pocket-io');

/** How a domain spends its life, and after how many milliseconds the toolstack ends it; by turns. */
const LIVES = [
	{ what: 'is destroyed while its front ends look for their back ends', cmdline: 'run=sleep 9000', ms: 1 },
	{ what: 'is destroyed in the middle of reading its disk', cmdline: 'run=cksum /dev/xvda', ms: 10 },
	{ what: 'is destroyed in the middle of sending', cmdline: 'run=throughput send 10.0.0.100 4000 1500', ms: 5 },
	{ what: 'has powered off by itself', cmdline: 'run=say bye', ms: 20 },
	{ what: 'has its disk taken away first', cmdline: 'run=sleep 9000', ms: 16, detach: true }
];

const domain0 = (): Run =>
	new Run(
		{
			machine: { disks: [{ image: '', sectors: 65536 }], ramMiB: 96, network: { cards: 1 } },
			dom0: { image: 'pocket-io', memoryMiB: 16, cmdline: 'run=serve bridge=1 ip=10.0.0.100' },
			domains: []
		},
		imageFile,
		{ snapshots: 0, keepTrace: false, keepConsoles: true }
	);

/** Makes domain `n`, lets it live its life, and waits until it is gone. */
function live(run: Run, n: number): void {
	const { toolstack } = run.system;
	const { cmdline, ms, detach } = LIVES[n % LIVES.length];
	const wait = (time: number): void => void run.advance({ cycle: run.now + Math.round(time * MS) });
	const { dom } = toolstack.createDomain({
		name: `guest${n}`,
		image: IMAGE,
		pages: 8 * MIB_PAGES,
		cmdline,
		disks: [{ target: `/dev/hda:${(n % 16) * 4096}+4096`, vdev: 'xvda' }],
		vifs: [{}]
	});
	// Another moment of it each time.
	wait(ms + (n % 7) / 3);
	if (detach) {
		toolstack.detach({ type: 'vbd', dom, devid: 51712, backend: 0 });
		wait(3);
	}
	toolstack.destroy(dom);
	for (let tries = 0; toolstack.domain(dom); tries++) {
		if (tries > 100) throw new Error(`domain ${dom} is not gone`);
		wait(1);
	}
	wait(3);
}

/** All that could be left over, as plain data. */
function holdings({ system }: Run): Record<string, unknown> {
	const { hypervisor: hv, toolstack, control } = system;
	const { xenstore, jobs, guests } = toolstack.save();
	const names = ({ children }: typeof xenstore.root): unknown => children.map(([name, child]) => [name, names(child)]);
	const host = hv.domains.get(0)!;
	const { frames } = hv;
	const table = hv.grants.table(host);
	return {
		free: hv.heap.available,
		frames: Array.from({ length: frames.size }, (_, mfn) => [
			frames.owner[mfn],
			frames.refCount[mfn],
			frames.typeCount[mfn],
			frames.typeCount[mfn] > 0 ? frames.type[mfn] : 0
		]).join(';'),
		domains: [...hv.domains.keys()],
		spaces: [...hv.spaces.domains.keys()],
		grantTables: [...hv.grants.tables.keys()],
		hostMaps: [...table.mappings.values()],
		hostLends: [...table.active.entries()],
		handles: table.handles,
		toolstackMaps: [...hv.grants.mapped],
		ports: host.events.channels.map(({ state }) => state).filter((state) => state !== CHANNEL.closed).length,
		due: control.save().due.length,
		store: names(xenstore.root),
		watches: xenstore.watches.length,
		connections: xenstore.connections.length,
		jobs: jobs.jobs,
		guests: guests.map(({ dom }) => dom)
	};
}

describe('a hundred domains with disk and network', () => {
	let run: Run;
	let [before, after]: Record<string, unknown>[] = [];
	const wrong = new Set<string>();

	beforeAll(() => {
		run = domain0();
		// Domain 0's kernel takes for itself what its first guests make it need, and keeps it.
		for (let n = 0; n < LIVES.length; n++) live(run, n);
		before = holdings(run);
		for (let n = LIVES.length; n < LIVES.length + DOMAINS; n++) {
			live(run, n);
			if (n % 5 === 0) for (const finding of audit(run.system.hypervisor)) wrong.add(finding);
		}
		after = holdings(run);
	}, 240_000);

	it('each have done something in domain 0 before they went', () => {
		const text = run.consoles.text(0);
		const served = text.match(/blkback: domain \d+'s disk 51712: \d+ requests served/g) ?? [];
		expect(served.length).toBeGreaterThan(DOMAINS / 2);
		expect(text.match(/netback: vif\d+\.0 connected/g)!.length).toBeGreaterThan(DOMAINS / 2);
	});

	it('leave no frame, reference, grant, port, key or watch behind', () => {
		expect(run.system.toolstack.table().map(({ dom }) => dom)).toEqual([0]);
		expect({ ...after, frames: '' }).toEqual({ ...before, frames: '' });
		expect(after.frames === before.frames).toBe(true);
	});

	it('leave every count right', () => expect([...wrong]).toEqual([]));

	it('leave domain 0\u2019s back ends as they were: one more guest is served', () => {
		const { dom } = run.system.toolstack.createDomain({
			name: 'last',
			image: IMAGE,
			pages: 8 * MIB_PAGES,
			cmdline: 'run=sh mkfs /dev/xvda ; write /a hello ; cat /a ; ping 10.0.0.100 1',
			disks: [{ target: '/dev/hda:0+4096', vdev: 'xvda' }],
			vifs: [{}]
		});
		run.advance({}, 100_000_000);
		expect(run.consoles.text(dom)).toContain('hello');
		expect(run.consoles.text(dom)).toContain('ping: 1 asked, 1 answered');
		expect(audit(run.system.hypervisor)).toEqual([]);
	});
});
