/** A control port without a hypervisor, for tests: frames are pages of plain memory, time is a counter. */
import type {
	Control,
	DomainStatus,
	DomainUse,
	HostUse,
	NewDomain,
	ProgramAlarm,
	SharedPage
} from '../hypervisor/control';
import { NullRecorder } from '../trace/events';
import { MemoryPage } from './testing';

/** The first frame given out. */
export const FIRST_FRAME = 0x1000;

/** An alarm that `FakeControl.pass` rings. */
class FakeAlarm implements ProgramAlarm {
	at = 0;

	constructor(private readonly ring: () => void) {}

	set(cycle: number): void {
		this.at = cycle;
	}

	cancel(): void {
		this.at = 0;
	}

	expire(): void {
		this.at = 0;
		this.ring();
	}

	save(): readonly [number, number] {
		return [this.at, 0];
	}

	restore([at]: readonly [number, number]): void {
		this.at = at;
	}
}

/** Does what `Control` says on plain memory, and keeps a log. */
export class FakeControl implements Control {
	readonly dom = 0;
	readonly recorder = new NullRecorder();
	readonly hz = 1_000_000;
	now = 1;
	private readonly alarms: FakeAlarm[] = [];
	onDomainEnd: (dom: number) => void = () => {};
	readonly pages = new Map<number, MemoryPage>();
	/** What happened, in order. */
	readonly log: string[] = [];
	context: DataView | null = null;
	readonly grants: [ref: number, to: number, mfn: number][] = [];
	/** Frames that may still be given out. */
	available = 0x10_0000;
	/** What domains have and do. */
	readonly uses = new Map<number, DomainUse>();
	/** Domains that have ended, and how (SHUTDOWN_*). */
	readonly shutdowns = new Map<number, number>();
	/** What pinTable answers. */
	pinResult = 0;
	private readonly handlers = new Map<number, () => void>();
	private due: number[] = [];
	private nextFrame = FIRST_FRAME;
	private nextPort = 1;
	private nextDomain = 1;

	/** What was typed at the machine's own console. */
	typed: number[] = [];

	get unreadTyping(): number {
		return this.typed.length;
	}

	type(bytes: Uint8Array): void {
		this.typed.push(...bytes);
	}

	permit(dom: number, what: string, first: number, count: number, allow: boolean): void {
		this.log.push(`${allow ? 'give' : 'take'} ${what} ${first}+${count} ${dom}`);
	}

	mapIrq(dom: number, irq: number): number {
		this.log.push(`give line ${irq} ${dom}`);
		return 0;
	}

	createDomain({ name }: NewDomain): number {
		this.log.push(`create ${name}`);
		return this.nextDomain++;
	}

	setHandle(dom: number): void {
		this.log.push(`handle ${dom}`);
	}

	destroyDomain(dom: number): void {
		this.log.push(`destroy ${dom}`);
	}

	pause(dom: number): void {
		this.log.push(`pause ${dom}`);
	}

	unpause(dom: number): void {
		this.log.push(`unpause ${dom}`);
	}

	/** Domains that are being destroyed. */
	readonly dying = new Set<number>();

	/** Domains that the toolstack did not make. */
	readonly strangers: number[] = [];
	get domains(): readonly number[] {
		return [0, ...this.strangers];
	}

	status(dom: number): DomainStatus {
		const shutdown = this.shutdowns.get(dom) ?? null;
		return { alive: shutdown === null, dying: this.dying.has(dom), shutdown, crash: null };
	}

	use(dom: number): DomainUse | undefined {
		return this.uses.get(dom);
	}

	host(): HostUse {
		return { pages: 16384, freePages: 4096, hz: this.hz, scheduler: 'round-robin' };
	}

	populate(_: number, count: number): number[] {
		return Array.from({ length: Math.min(count, this.available) }, () => this.nextFrame++);
	}

	sharedInfo(): number {
		return 0xfff;
	}

	frame(mfn: number): SharedPage {
		let page = this.pages.get(mfn);
		if (!page) this.pages.set(mfn, (page = new MemoryPage()));
		return page;
	}

	map(_: number, mfn: number): SharedPage {
		this.log.push(`map ${mfn}`);
		return this.frame(mfn);
	}

	unmap(mfn: number): void {
		this.log.push(`unmap ${mfn}`);
	}

	fillHypercallPage(mfn: number): void {
		this.log.push(`hypercall page ${mfn}`);
	}

	pinTable(): number {
		return this.pinResult;
	}

	setVcpuContext(_: number, context: DataView): number {
		this.context = context;
		return 0;
	}

	grant(_: number, ref: number, to: number, mfn: number): void {
		this.grants.push([ref, to, mfn]);
	}

	allocUnbound(): number {
		return this.nextPort++;
	}

	bind(_: number, port: number, handler: () => void): number {
		this.handlers.set(port + 100, handler);
		return port + 100;
	}

	rebind(port: number, handler: () => void): void {
		this.handlers.set(port, handler);
	}

	notify(port: number): void {
		this.log.push(`notify ${port}`);
	}

	kick(port: number): void {
		this.due.push(port);
	}

	close(port: number): void {
		this.handlers.delete(port);
	}

	alarm(ring: () => void): ProgramAlarm {
		const alarm = new FakeAlarm(ring);
		this.alarms.push(alarm);
		return alarm;
	}

	/** Lets `cycles` pass, with all that is due in them. */
	pass(cycles: number): void {
		const end = this.now + cycles;
		const next = (): FakeAlarm | undefined =>
			this.alarms.filter(({ at }) => at > 0 && at <= end).sort((a, b) => a.at - b.at)[0];
		for (let alarm = next(); alarm; alarm = next()) {
			this.now = Math.max(this.now, alarm.at);
			alarm.expire();
		}
		this.now = end;
	}

	/** Runs the handlers of all signalled ports. */
	settle(): void {
		for (const port of this.due.splice(0)) this.handlers.get(port)?.();
	}
}
