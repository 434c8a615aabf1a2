/**
 * What Xen leaves to domain 0's user space, put together: builds domains, runs their consoles, and
 * runs xenstore. Start reading here.
 */
import { Bug } from '../base';
import { SHUTDOWN } from '../abi/structs/sched';
import type { Control, DomainStatus, ProgramAlarm } from '../hypervisor/control';
import { KIND, word } from '../trace/events';
import { ConsoleRing, type SavedConsole } from './console';
import { buildDomain, startDomain, type BuiltDomain, type DomainConfig, type EndActions } from './domain-builder';
import {
	attachedDevices,
	attachedDisk,
	attachedVif,
	configsOf,
	DeviceError,
	sameDevice,
	type Attached,
	type BackEnds,
	type Device,
	type DiskConfig,
	type VifConfig
} from './devices/config';
import { writeDevice } from './devices/entries';
import { Jobs, type Instant, type Job, type JobHost, type SavedJobs, type Step } from './devices/jobs';
import { LoadError } from './elf';
import { removeDomainTree, uuid, uuidBytes, writeConsoleTree, writeDomainTree, writeHostTree } from './initial-tree';
import { Client, type ClientEvent } from './xenstore/client';
import { domainTable, type DomainRow } from './table';
import { XenstoreRing } from './xenstore/ring';
import { Xenstore, type SavedXenstore } from './xenstore/server';
import { toBytes } from './xenstore/wire';

/** Takes what a domain's console says: from its ring, and from the hypervisor's console where it writes there. */
export type ConsoleSink = (dom: number, bytes: Uint8Array) => void;

/** A domain as its toolstack knows it. */
export interface GuestDomain {
	readonly dom: number;
	readonly name: string;
	readonly built: BuiltDomain;
	/** Alive, shut down or crashed. */
	readonly status: DomainStatus;
	/** Bytes that its console has said so far. */
	readonly outputBytes: number;
	/** Typed bytes that wait for room in its ring or lie there unread. */
	readonly unreadInput: number;
	/** Lets it run; for a domain created paused. */
	unpause(): void;
	pause(): void;
	/** Types on its console; a string's characters are bytes. */
	type(input: string | Uint8Array): void;
	/** Ends it and frees all it has; at once where it has no devices. */
	destroy(): void;
	/** What it was made from. */
	readonly config: DomainConfig;
	/** Its devices, in the order in which they came. */
	readonly attached: readonly Attached[];
	/** When it was made, cycles. */
	readonly createdAt: number;
}

/** What is asked of a new domain beside what it is. */
export interface Creation {
	/** Left paused, as `xl create -p` does. */
	readonly paused?: boolean;
	/** Waits for the back ends of its devices as long as it takes: their domain may still be starting. Else ten seconds. */
	readonly patient?: boolean;
}

interface SavedGuest {
	dom: number;
	/** Which of all that were ever created: two futures may have different domains of one number. */
	birth: number;
	attached: Attached[];
	paused: boolean;
	started: boolean;
	/** Null for the control domain, whose console the hypervisor has. */
	console: SavedConsole | null;
	consoleLocal: number;
	xenstoreLocal: number;
	outputBytes: number;
}

/** What `Toolstack.save` gives: plain data. */
export interface SavedToolstack {
	xenstore: SavedXenstore;
	guests: SavedGuest[];
	jobs: SavedJobs;
	events: ClientEvent[];
	alarm: ReturnType<ProgramAlarm['save']>;
}

/** Shutdown codes (xen/include/public/sched.h) that have an action of their own; a crash has one too. */
const ACTION_OF: Readonly<Record<number, keyof EndActions>> = {
	[SHUTDOWN.poweroff]: 'poweroff',
	[SHUTDOWN.reboot]: 'reboot',
	[SHUTDOWN.crash]: 'crash',
	[SHUTDOWN.watchdog]: 'watchdog'
};

/** A domain with its daemons. */
class Guest implements GuestDomain {
	readonly name: string;
	outputBytes = 0;
	attached: Attached[] = [];
	private started = false;
	/** Its creator, or who paused it since, has not let it run. */
	paused = true;
	readonly createdAt: number;
	/** Its place in `Toolstack.created`. */
	birth = 0;
	readonly xenstoreRing: XenstoreRing;
	/** Null for the control domain: its console is the hypervisor's own. */
	private readonly console: ConsoleRing | null;
	private consoleLocal: number;
	private xenstoreLocal: number;

	constructor(
		private readonly stack: Toolstack,
		private readonly control: Control,
		readonly built: BuiltDomain,
		readonly config: DomainConfig
	) {
		this.name = config.name;
		this.createdAt = control.now;
		this.console = config.initial ? null : this.connectConsole();
		this.xenstoreRing = new XenstoreRing(this.map(built.xenstoreMfn));
		this.consoleLocal = this.console ? control.bind(built.dom, built.consolePort, () => this.console?.service()) : 0;
		this.xenstoreLocal = control.bind(built.dom, built.xenstorePort, () => stack.xenstore.service(built.dom));
	}

	get dom(): number {
		return this.built.dom;
	}

	get status(): DomainStatus {
		return this.control.status(this.dom);
	}

	get unreadInput(): number {
		return this.console ? this.console.waiting + this.console.unread : this.control.unreadTyping;
	}

	unpause(): void {
		if (this.started) this.control.unpause(this.dom);
		else startDomain(this.control, this.built);
		this.started = true;
		this.paused = false;
	}

	pause(): void {
		this.control.pause(this.dom);
		this.paused = true;
	}

	type(input: string | Uint8Array): void {
		const bytes = typeof input === 'string' ? toBytes(input) : input;
		if (!this.console) return this.typeAtHost(bytes);
		this.console.type(bytes);
		this.control.kick(this.consoleLocal);
	}

	/** The line takes no time: what is typed there is with the hypervisor at once. */
	private typeAtHost(bytes: Uint8Array): void {
		this.typed(bytes.length);
		this.control.type(bytes);
	}

	/** Takes note of what the domain has said on a console that is not ours. */
	said(bytes: number): void {
		if (!this.console) this.outputBytes += bytes;
	}

	private connectConsole(): ConsoleRing {
		return new ConsoleRing(this.map(this.built.consoleMfn), {
			notify: () => this.control.notify(this.consoleLocal),
			output: (bytes) => this.output(bytes),
			typed: (count) => this.typed(count)
		});
	}

	private typed(count: number): void {
		this.control.recorder.record(KIND.console_input, word('of_dom', this.dom), word('bytes', count));
	}

	/** Takes the last words of a domain that ended. */
	drainConsole(): void {
		this.console?.drain();
	}

	notifyXenstore(): void {
		this.control.notify(this.xenstoreLocal);
	}

	destroy(): void {
		this.stack.destroy(this.dom);
	}

	/** Gives up ports and mappings. */
	disconnect(): void {
		if (this.console) this.control.close(this.consoleLocal);
		this.control.close(this.xenstoreLocal);
		if (this.console) this.control.unmap(this.built.consoleMfn);
		this.control.unmap(this.built.xenstoreMfn);
	}

	save(): SavedGuest {
		return {
			dom: this.dom,
			birth: this.birth,
			attached: [...this.attached],
			paused: this.paused,
			started: this.started,
			console: this.console && this.console.save(),
			consoleLocal: this.consoleLocal,
			xenstoreLocal: this.xenstoreLocal,
			outputBytes: this.outputBytes
		};
	}

	restore(saved: SavedGuest): void {
		if (saved.console) this.console?.restore(saved.console);
		this.outputBytes = saved.outputBytes;
		this.attached = [...saved.attached];
		this.paused = saved.paused;
		this.started = saved.started;
		this.consoleLocal = saved.consoleLocal;
		this.xenstoreLocal = saved.xenstoreLocal;
		if (this.console) this.control.rebind(this.consoleLocal, () => this.console?.service());
		this.control.rebind(this.xenstoreLocal, () => this.stack.xenstore.service(this.dom));
	}

	private output(bytes: Uint8Array): void {
		this.outputBytes += bytes.length;
		this.control.recorder.record(
			KIND.console_output,
			word('of_dom', this.dom),
			word('bytes', bytes.length),
			word('total', this.outputBytes)
		);
		this.stack.sink(this.dom, bytes);
	}

	private map(mfn: number): NonNullable<ReturnType<Control['map']>> {
		const page = this.control.map(this.built.dom, mfn);
		if (!page) throw new Bug('a new domain\u2019s ring page could not be mapped', { mfn });
		return page;
	}
}

const sameBytes = (a: Uint8Array | undefined, b: Uint8Array | undefined): boolean =>
	a === b || (a?.length === b?.length && a!.every((byte, index) => byte === b![index]));

/** Whether two domains of one number were made of the same at the same moment. */
function sameBirth(a: GuestDomain, b: GuestDomain): boolean {
	const { image, ramdisk, ...rest } = a.config;
	const { image: otherImage, ramdisk: otherRamdisk, ...otherRest } = b.config;
	return (
		a.createdAt === b.createdAt &&
		JSON.stringify([rest, a.built.frames]) === JSON.stringify([otherRest, b.built.frames]) &&
		sameBytes(image, otherImage) &&
		sameBytes(ramdisk, otherRamdisk)
	);
}

/** Domain 0's user space: builds domains, serves their consoles and xenstore, and sees to their devices. */
export class Toolstack {
	readonly xenstore: Xenstore;
	/** Its programs' own connection to xenstore. */
	readonly client: Client;
	/** Called when a job that takes time is done, with what went wrong. */
	onJobDone: (id: number, errors: readonly string[]) => void = () => {};
	/** Called when a domain has shut down or crashed. */
	onEnded: (dom: number) => void = () => {};
	private readonly jobs: Jobs;
	private readonly alarm: ProgramAlarm;
	private readonly guests = new Map<number, Guest>();
	/** All that were ever created: a restored moment may know a domain that was destroyed later. */
	private readonly created: Guest[] = [];

	constructor(
		readonly control: Control,
		readonly sink: ConsoleSink
	) {
		this.xenstore = new Xenstore(control.recorder);
		this.client = new Client(this.xenstore, control.recorder, 1, () => this.jobs.heard());
		this.alarm = control.alarm(() => this.jobs.wake());
		this.jobs = new Jobs(this.jobHost());
		writeHostTree(this.xenstore);
		control.onDomainEnd = (dom) => this.ended(dom);
	}

	/**
	 * Builds a domain (or the control domain, which has no entries of its own beside the host's), writes its xenstore entries, connects
	 * its console, and lets it run unless `paused`: at once where it has no devices, else when their back ends are ready. `jobOf` tells how far that is.
	 * @throws LoadError when the image is no guest that can run here or does not fit, or a device cannot be
	 */
	createDomain(config: DomainConfig & Creation): GuestDomain {
		// All that can be refused is refused before there is anything.
		attachedDevices(0, config, this.backEnds);
		const built = buildDomain(this.control, config);
		const guest = new Guest(this, this.control, built, config);
		this.guests.set(guest.dom, guest);
		this.remember(guest);
		guest.attached = attachedDevices(guest.dom, config, this.backEnds);
		if (!config.initial) {
			this.control.setHandle(guest.dom, uuidBytes(guest.dom, config));
			writeDomainTree(this.xenstore, built, config);
		}
		this.xenstore.introduce(guest.dom, guest.xenstoreRing, () => guest.notifyXenstore());
		const steps: Step[] = [{ do: 'add', type: 'vbd' }, { do: 'console' }, { do: 'add', type: 'vif' }];
		this.jobs.start(guest.dom, config.paused ? steps : [...steps, { do: 'unpause' }], config.patient);
		return guest;
	}

	/** Domain `dom` said something on the hypervisor's console. */
	said(dom: number, bytes: Uint8Array): void {
		this.guests.get(dom)?.said(bytes.length);
		this.sink(dom, bytes);
	}

	/** The domains that there are, the control domain too if it has a kernel, ended ones too until they are destroyed. */
	get domains(): readonly GuestDomain[] {
		return [...this.guests.values()];
	}

	domain(dom: number): GuestDomain | undefined {
		return this.guests.get(dom);
	}

	/** All domains as tables of them show them, domain 0 first. */
	table(): DomainRow[] {
		return domainTable(this);
	}

	/** Whether anything is under way that takes time, or for one domain. */
	busy(dom?: number): boolean {
		return this.jobs.busy(dom);
	}

	/** The last job that has begun for a domain and is not done, or 0. */
	jobOf(dom: number): number {
		return this.jobs.last(dom);
	}

	/** Ends a domain, running or not, and frees all it has: at once without devices, else when they are gone. The control domain stays. */
	destroy(dom: number): void {
		const guest = this.guests.get(dom);
		if (!guest || guest.config.initial) return;
		this.jobs.cancel(dom);
		if (guest.attached.length === 0) return this.end(guest);
		if (guest.status.alive) guest.pause();
		this.jobs.start(dom, [{ do: 'remove' }, { do: 'end' }]);
	}

	/** Adds a disk to a domain. @throws DeviceError where it cannot be */
	attachDisk(dom: number, config: DiskConfig): void {
		this.attach(attachedDisk(dom, config, this.backEnds));
	}

	/** Adds a network interface to a domain. @throws DeviceError where it cannot be */
	attachVif(dom: number, config: VifConfig): void {
		const taken = (this.guests.get(dom)?.attached ?? []).filter(({ device }) => device.type === 'vif');
		this.attach(attachedVif(dom, Math.max(-1, ...taken.map(({ device }) => device.devid)) + 1, config, this.backEnds));
	}

	/** Takes a device from a domain. @throws DeviceError where there is none */
	detach(device: Device): void {
		if (!this.guests.get(device.dom)?.attached.some((other) => sameDevice(other.device, device)))
			throw new DeviceError(`domain ${device.dom} has no ${device.type} ${device.devid}`);
		this.jobs.start(device.dom, [{ do: 'remove', only: device }]);
	}

	save(): SavedToolstack {
		return {
			xenstore: this.xenstore.save(),
			guests: [...this.guests.values()].map((guest) => guest.save()),
			jobs: this.jobs.save(),
			events: this.client.save(),
			alarm: this.alarm.save()
		};
	}

	/**
	 * Restores what `save` gave, after the hypervisor and the control port were restored. The domains must
	 * have been created by this toolstack: what an image says is not saved again.
	 */
	restore(saved: SavedToolstack): void {
		this.guests.clear();
		for (const state of saved.guests) {
			const guest = this.created.at(state.birth);
			if (!guest) throw new Bug('the toolstack never created this domain', { dom: state.dom });
			this.guests.set(state.dom, guest);
			guest.restore(state);
		}
		this.xenstore.restore(saved.xenstore, (dom) => {
			const guest = this.guests.get(dom)!;
			return { ring: guest.xenstoreRing, notify: () => guest.notifyXenstore() };
		});
		this.jobs.restore(saved.jobs);
		this.client.restore(saved.events);
		this.alarm.restore(saved.alarm);
	}

	/** The number of a back end's domain, by its name or number. */
	private readonly backEnds: BackEnds = (name = '0') => {
		const guest = this.domains.find((guest) => guest.name === name || String(guest.dom) === name);
		const dom = guest?.dom ?? (name === '0' || name === 'Domain-0' ? 0 : undefined);
		if (dom === undefined) throw new DeviceError(`there is no domain '${name}' that could serve a device`);
		if (!this.xenstore.isConnected(dom))
			throw new DeviceError(
				`domain ${dom} runs no kernel here, so nobody serves devices there: give the machine a domain 0 of its own, or name a driver domain (backend=NAME)`
			);
		return dom;
	};

	private attach(attached: Attached): void {
		const { device } = attached;
		const guest = this.guests.get(device.dom);
		if (!guest) throw new DeviceError(`there is no domain ${device.dom}`);
		if (guest.attached.some((other) => sameDevice(other.device, device)))
			throw new DeviceError(`domain ${device.dom} has a ${device.type} ${device.devid} already`);
		guest.attached = [...guest.attached, attached];
		this.jobs.start(device.dom, [{ do: 'add', type: device.type, only: device.devid }]);
	}

	/** What the jobs have of it. */
	private jobHost(): JobHost {
		const { control, client, alarm } = this;
		return {
			client,
			hz: control.hz,
			now: () => control.now,
			wakeAt: (cycle) => (cycle === 0 ? alarm.cancel() : alarm.set(cycle)),
			devicesOf: (dom, type) =>
				(this.guests.get(dom)?.attached ?? [])
					.map(({ device }) => device)
					.filter((device) => type === undefined || device.type === type),
			writeEntries: (device) => {
				const attached = this.guests.get(device.dom)?.attached.find((other) => sameDevice(other.device, device));
				if (attached) client.transaction((requests) => writeDevice(requests, attached));
			},
			removed: (device) => {
				const guest = this.guests.get(device.dom);
				if (guest) guest.attached = guest.attached.filter((other) => !sameDevice(other.device, device));
			},
			step: (job, step) => this.step(job, step),
			done: ({ id, errors }) => this.onJobDone(id, errors)
		};
	}

	/** Does a step of a job that takes no time. */
	private step(job: Job, step: Instant): void {
		if (step.do === 'restart') return this.restart(job, this.created[step.birth].config, step.attached);
		const guest = this.guests.get(job.dom);
		if (!guest) return;
		if (step.do === 'console' && guest.config.initial) return;
		if (step.do === 'console') writeConsoleTree(this.xenstore, guest.built);
		else if (step.do === 'unpause') guest.unpause();
		else this.end(guest);
	}

	/** The same domain by another number: it keeps its UUID, also where the configuration named none (xl: the domain's own configuration is kept). */
	private restart(job: Job, config: DomainConfig, attached: readonly Attached[]): void {
		const devices = { disks: configsOf(attached, 'vbd'), vifs: configsOf(attached, 'vif') };
		try {
			this.createDomain({ ...config, ...devices, uuid: uuid(job.dom, config), paused: false });
		} catch (error) {
			if (!(error instanceof LoadError)) throw error;
			job.errors.push(error.message);
		}
	}

	/** Keeps a new domain for moments to come back to; one made again in a replay takes the place of what it was. */
	private remember(guest: Guest): void {
		const known = this.created.findIndex((other) => other.dom === guest.dom && sameBirth(other, guest));
		guest.birth = known < 0 ? this.created.length : known;
		this.created[guest.birth] = guest;
	}

	private end(guest: Guest): void {
		this.forget(guest);
		this.control.destroyDomain(guest.dom);
	}

	/** Lets go of a domain that is to be destroyed, or that domain 0's kernel destroys. */
	private forget(guest: Guest): void {
		const { dom } = guest;
		guest.drainConsole();
		this.guests.delete(dom);
		this.xenstore.release(dom);
		removeDomainTree(this.xenstore, dom, guest.config);
		guest.disconnect();
	}

	/** A domain shut down or crashed. */
	private ended(dom: number): void {
		const guest = this.guests.get(dom);
		if (!guest) return;
		if (guest.status.dying) {
			// Domain 0's kernel destroyed it: nobody waits for its devices any more.
			this.jobs.cancel(dom);
			this.forget(guest);
			return this.onEnded(dom);
		}
		guest.drainConsole();
		this.xenstore.watches.special('@releaseDomain');
		this.actOn(guest);
		this.onEnded(dom);
	}

	/** Does what its configuration says of a domain that has ended, once it has left the processor. */
	private actOn({ dom, birth, attached, config, status }: Guest): void {
		const ending = status.crash ? 'crash' : ACTION_OF[status.shutdown ?? SHUTDOWN.poweroff];
		const action = (ending && config.actions?.[ending]) ?? 'preserve';
		if (action === 'preserve') return;
		const steps: Step[] = [{ do: 'settle' }, { do: 'remove' }, { do: 'end' }];
		const again: Step[] = [{ do: 'settle' }, { do: 'restart', birth, attached }];
		this.jobs.start(dom, action === 'restart' ? [...steps, ...again] : steps);
	}
}
