/**
 * What Xen leaves to domain 0's user space, put together: builds domains, runs their consoles, and
 * runs xenstore. Start reading here.
 */
import { Bug } from '../base';
import type { Control, DomainStatus } from '../hypervisor/control';
import { KIND, word } from '../trace/events';
import { ConsoleRing, type SavedConsole } from './console';
import { buildDomain, startDomain, type BuiltDomain, type DomainConfig } from './domain-builder';
import { removeDomainTree, writeDomainTree, writeHostTree } from './initial-tree';
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
	/** Ends it and frees all it has. */
	destroy(): void;
}

interface SavedGuest {
	dom: number;
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
}

/** A domain with its daemons. */
class Guest implements GuestDomain {
	readonly name: string;
	outputBytes = 0;
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
		startDomain(this.control, this.built);
	}

	pause(): void {
		this.control.pause(this.dom);
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
			console: this.console && this.console.save(),
			consoleLocal: this.consoleLocal,
			xenstoreLocal: this.xenstoreLocal,
			outputBytes: this.outputBytes
		};
	}

	restore(saved: SavedGuest): void {
		if (saved.console) this.console?.restore(saved.console);
		this.outputBytes = saved.outputBytes;
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

/** Domain 0's user space: builds domains, and serves their consoles and xenstore. */
export class Toolstack {
	readonly xenstore: Xenstore;
	private readonly guests = new Map<number, Guest>();
	/** All that were ever created: a restored moment may know a domain that was destroyed later. */
	private readonly created = new Map<number, Guest>();

	constructor(
		private readonly control: Control,
		readonly sink: ConsoleSink
	) {
		this.xenstore = new Xenstore(control.recorder);
		writeHostTree(this.xenstore);
		control.onDomainEnd = (dom) => this.ended(dom);
	}

	/**
	 * Builds a domain (or the control domain, which has no entries of its own beside the host's), writes its xenstore entries, connects its console, and lets it run unless `paused`.
	 * @throws LoadError when the image is no guest that can run here or does not fit
	 */
	createDomain(config: DomainConfig & { readonly paused?: boolean }): GuestDomain {
		const built = buildDomain(this.control, config);
		const guest = new Guest(this, this.control, built, config);
		this.guests.set(guest.dom, guest);
		this.created.set(guest.dom, guest);
		if (!config.initial) writeDomainTree(this.xenstore, built, config);
		this.xenstore.introduce(guest.dom, guest.xenstoreRing, () => guest.notifyXenstore());
		if (!config.paused) guest.unpause();
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

	/** Ends a domain, running or not, and frees all it has. The control domain stays. */
	destroy(dom: number): void {
		const guest = this.guests.get(dom);
		if (!guest || guest.config.initial) return;
		guest.drainConsole();
		this.guests.delete(dom);
		this.xenstore.release(dom);
		removeDomainTree(this.xenstore, dom);
		guest.disconnect();
		this.control.destroyDomain(dom);
	}

	save(): SavedToolstack {
		return { xenstore: this.xenstore.save(), guests: [...this.guests.values()].map((guest) => guest.save()) };
	}

	/**
	 * Restores what `save` gave, after the hypervisor and the control port were restored. The domains must
	 * have been created by this toolstack: what an image says is not saved again.
	 */
	restore(saved: SavedToolstack): void {
		this.guests.clear();
		for (const state of saved.guests) {
			const guest = this.created.get(state.dom);
			if (!guest) throw new Bug('the toolstack never created this domain', { dom: state.dom });
			this.guests.set(state.dom, guest);
			guest.restore(state);
		}
		this.xenstore.restore(saved.xenstore, (dom) => {
			const guest = this.guests.get(dom)!;
			return { ring: guest.xenstoreRing, notify: () => guest.notifyXenstore() };
		});
	}

	private ended(dom: number): void {
		const guest = this.guests.get(dom);
		if (!guest) return;
		guest.drainConsole();
		this.xenstore.watches.special('@releaseDomain');
	}
}
