/**
 * Where hostile tests happen: one machine with an innocent guest, which works and whose memory is known, beside a
 * guest that does what it likes. `check` asks all that must hold whatever that guest has done.
 */
import { SEGMENT_LIMIT_END } from '../core/layout';
import type { Domain } from '../core/domain';
import { CHANNEL } from '../events/records';
import { destroyDomain } from '../core/domains';
import { privateL3 } from '../mm/address-space';
import { audit } from '../mm/audit';
import { isRunnable } from '../sched/wake';
import type { RoundRobin } from '../sched/round-robin';
import { type SegmentRegister } from '../../hardware/cpu/segment-register';
import { call, DATA, PAGES, TinyGuest, TinyHost } from './tiny-guest';
import { TYPE_CODE, TYPE_EXPAND_DOWN } from '../../x86/descriptors';
import { IF, IOPL, VM } from '../../x86/flags';

/** Pages of the innocent guest with known contents; the others are its code, data, stack and tables. */
const KEPT_PAGES = [6, 7, 8, 15, 16, 22, 23];
/** Counts at DATA, and gives the processor away: SCHEDOP_yield. */
const INNOCENT = [0xff, 0x05, DATA & 0xff, DATA >> 8, 0, 0, ...call(29, 0, 0)];

export class World {
	readonly host: TinyHost;
	readonly innocent: TinyGuest;
	private readonly kept: Map<number, Uint8Array>;
	private readonly rows: string;

	/** @param sliceMs time slice */
	constructor(sliceMs = 1) {
		this.host = new TinyHost(sliceMs);
		this.innocent = new TinyGuest(this.host);
		for (const page of KEPT_PAGES)
			this.innocent.write32(page << 12, ...Array.from({ length: 1024 }, (_, i) => i ^ page));
		this.innocent.start([...INNOCENT, 0xeb, 0x100 - INNOCENT.length - 2]);
		this.host.machine.run(2000);
		this.host.recorder.events.length = 0;
		this.kept = new Map(this.innocentPages().map((page) => [page, this.contents(page).slice()]));
		this.rows = this.frameRows();
	}

	/** Frames that nobody has while only the innocent guest is there. */
	get available(): number {
		return this.host.hv.heap.available;
	}

	/** How often the innocent guest has gone around. */
	get work(): number {
		return this.innocent.read32(DATA);
	}

	private contents(page: number): Uint8Array {
		return this.host.machine.memory.bytes(this.innocent.mfn(page) * 4096, 4096);
	}

	private innocentPages(): number[] {
		return Array.from({ length: PAGES }, (_, page) => page).filter((page) => page !== 1);
	}

	/** Owner, type and counts of the innocent guest's frames. */
	private frameRows(): string {
		const f = this.host.hv.frames;
		return Array.from({ length: PAGES }, (_, page) => this.innocent.mfn(page))
			.map((mfn) => [f.owner[mfn], f.type[mfn], f.typeCount[mfn], f.refCount[mfn], f.flags[mfn]].join())
			.join(' ');
	}

	/** Steps on to a moment at which a guest or the idle loop is about to run, not the hypervisor. */
	settle(): void {
		const { hv, machine } = this.host;
		for (let i = 0; i < 5 && machine.cpu.cpl === 0 && hv.pcpu.current !== null; i++) machine.run(1);
	}

	/** What is wrong: sentences, none if all is as it must be. */
	check(counts = true): string[] {
		this.settle();
		return [
			...(counts ? audit(this.host.hv).slice(0, 5) : []),
			...innocence(this),
			...processor(this.host),
			...scheduling(this.host),
			...channels(this.host)
		];
	}

	/** Differences in what the innocent guest has. */
	damage(): string[] {
		const wrong: string[] = [];
		if (!this.innocent.domain.alive) wrong.push('the innocent domain ended');
		if (this.frameRows() !== this.rows) wrong.push(`its frames: ${this.frameRows()} were ${this.rows}`);
		for (const [page, before] of this.kept) {
			if (Buffer.compare(before, this.contents(page)) !== 0) wrong.push(`its page ${page} changed`);
		}
		return wrong;
	}

	/** Ends a domain, lets the processor leave it, and says what is missing then. */
	destroy(d: Domain, available: number): string[] {
		const { hv, machine, recorder } = this.host;
		destroyDomain(hv, d);
		for (let i = 0; i < 50 && hv.domains.has(d.id); i++) machine.run(100);
		recorder.events.length = 0;
		const wrong = this.check();
		if (hv.domains.has(d.id)) wrong.push('the domain is still there');
		if (this.available !== available) wrong.push(`${this.available} frames are free, there were ${available}`);
		return wrong;
	}
}

const innocence = (world: World): string[] => world.damage();

/** The processor is with a guest, with nothing half done, and no segment reaches into the hypervisor. */
function processor(host: TinyHost): string[] {
	const { hv, machine, recorder } = host;
	const { cpu } = machine;
	const wrong: string[] = [];
	if (cpu.shutdown) wrong.push('the processor has shut down');
	if (hv.pcpu.inside || !hv.pcpu.call.done || hv.quiet !== 0) wrong.push('the hypervisor left something half done');
	if (recorder.openSpans !== 0) wrong.push(`${recorder.openSpans} spans are open`);
	const running = hv.pcpu.current;
	if ((cpu.cpl === 0) !== (running === null)) wrong.push(`ring ${cpu.cpl} with ${running ? 'a guest' : 'nobody'}`);
	if (running && !running.domain.alive) wrong.push('a dead domain runs');
	const cr3 = running ? privateL3(hv, running) : hv.idleCr3;
	if (cpu.cr3 >>> 0 !== cr3 >>> 0) wrong.push(`CR3 is ${cpu.cr3}, not ${cr3}`);
	if (hv.spaces.loaded !== running) wrong.push('another address space is loaded');
	if (!running) return wrong;
	const eflags = cpu.getEflags();
	if ((eflags & (VM | IOPL | IF)) !== IF) wrong.push(`EFLAGS ${eflags.toString(16)} with IOPL, VM or without IF`);
	cpu.seg.forEach((segment, index) => {
		const end = reach(segment);
		if (end > SEGMENT_LIMIT_END)
			wrong.push(`segment ${index} (${segment.selector.toString(16)}) reaches ${end.toString(16)}`);
	});
	return wrong;
}

/** One past the highest linear address that a loaded segment reaches; 0 for an unusable one. */
export function reach(segment: SegmentRegister): number {
	if (!segment.usable) return 0;
	const base = segment.base >>> 0;
	const limit = segment.limit >>> 0;
	if ((segment.type & (TYPE_CODE | TYPE_EXPAND_DOWN)) !== TYPE_EXPAND_DOWN) return base + limit + 1;
	const top = segment.db === 1 ? 0xffff_ffff : 0xffff;
	if (limit >= top) return 0;
	const [first, last] = [base + limit + 1, base + top];
	// All of it beyond the wrap, or none.
	if (first >= 0x1_0000_0000) return last - 0x1_0000_0000 + 1;
	return last + 1;
}

/** The scheduler knows exactly those who can run, each once. */
function scheduling({ hv }: TinyHost): string[] {
	const { queue, running } = (hv.sched as RoundRobin).save();
	const known = [...queue, ...(running ? [running] : [])].map(String);
	const runnable = [...hv.domains.values()].flatMap((d) => d.vcpus.filter(isRunnable).map((v) => `${d.id},${v.id}`));
	const same = known.length === runnable.length && runnable.every((name) => known.includes(name));
	return same ? [] : [`scheduler: ${known.join(' ')}; runnable: ${runnable.join(' ')}`];
}

/** Both ends of each connection name each other; VIRQ ports and vcpus agree. */
function channels({ hv }: TinyHost): string[] {
	const wrong: string[] = [];
	for (const d of hv.domains.values()) {
		d.events.channels.forEach((channel, port) => {
			if (channel.state === CHANNEL.interdomain) {
				const far = hv.domains.get(channel.remoteDom)?.events.channels[channel.remotePort];
				if (far?.state !== CHANNEL.interdomain || far.remoteDom !== d.id || far.remotePort !== port)
					wrong.push(`port ${port} of domain ${d.id} has no other end`);
			}
			if (channel.state === CHANNEL.virq && !d.vcpus.some((v) => v.events.virqPort[channel.virq] === port))
				wrong.push(`port ${port} of domain ${d.id} is no vcpu's VIRQ ${channel.virq}`);
		});
		for (const v of d.vcpus)
			v.events.virqPort.forEach((port, virq) => {
				if (port !== 0 && d.events.channels[port]?.state !== CHANNEL.virq) wrong.push(`VIRQ ${virq} has port ${port}`);
			});
	}
	return wrong;
}
