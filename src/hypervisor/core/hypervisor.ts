/**
 * The hypervisor: what runs in ring 0. It owns every frame, decides every request of a guest, and
 * says which virtual processor runs. Its parts are functions over this record; read `boot.ts`,
 * `entry.ts` and `hypercalls.ts` next.
 */
import { Bug, PAGE_SIZE } from '../../base';
import { Fault } from '../../hardware/cpu/fault';
import type { Machine } from '../../hardware/machine';
import { KIND, type Recorder, word } from '../../trace/events';
import type { Domain, Vcpu } from './domain';
import { accessOk, copyFromGuest, copyToGuest, readGuestWords } from './guest-memory';
import { continueHypercall } from '../calls/dispatch';
import { LDT_BYTES, ldtVirt } from './layout';
import type { AddressSpaces } from '../mm/address-space';
import { DOMID_SELF, type GuestAccess, type Mm, type MmProcessor } from '../mm/context';
import { handleLdtFault } from '../mm/descriptors';
import type { FrameHeap } from '../mm/heap';
import type { FrameTable } from '../mm/frame-table';
import { answerTaken, noOverrides, type Overrides } from './overrides';
import { Pcpu } from './pcpu';
import { processorOf } from './processor';
import type { Scheduler } from '../sched/scheduler';
import { GrantState } from '../grants/state';
import { irqDisagreements } from '../irqs/audit';
import { IrqLines } from '../irqs/lines';
import { restoreHypervisor, saveHypervisor, type HypervisorState } from './state';
import { timeScale, type TimeScale } from '../time/time-scale';
import { VECTOR } from '../../x86/exceptions';

/** What a scenario may choose about the hypervisor. */
export interface HypervisorOptions {
	/** Time slice in milliseconds. */
	readonly sliceMs: number;
	/** Name of the scheduling policy. */
	readonly scheduler: string;
	/** Wall-clock time of boot, seconds since 1970. */
	readonly wallClock: number;
	/** Receives what is written to the hypervisor's own console by CONSOLEIO_write; `domain` wrote it. */
	readonly consoleIo: (domain: number, bytes: Uint8Array) => void;
}

/** One page of Xen's own, mapped in every address space at `virt` for ring 0 only. */
export interface XenPage {
	readonly virt: number;
	readonly mfn: number;
	readonly writable: boolean;
	readonly executable: boolean;
}

/** A handler of one hypercall: unsigned 32-bit arguments in, signed result out (-errno on refusal). */
export type Handler = (
	hv: Hypervisor,
	v: Vcpu,
	arg1: number,
	arg2: number,
	arg3: number,
	arg4: number,
	arg5: number
) => number;

/** A row of the table of hypercalls. */
export interface Hypercall {
	readonly handler: Handler;
	/** Its first argument is a sub-operation. */
	readonly hasOp: boolean;
}

/** What is of the whole machine. `boot` fills in what is declared with `!`. */
export class Hypervisor {
	/** Every domain by number. */
	readonly domains = new Map<number, Domain>();
	/** Its processors, and the one on which its code runs now (Xen: this_cpu): `enter` sets it. */
	readonly pcpus: readonly Pcpu[];
	pcpu: Pcpu;
	/** Who owns each frame and what it is used as; the free ones (`mm/`). */
	frames!: FrameTable;
	heap!: FrameHeap;
	sched!: Scheduler;
	/** State of grant tables. */
	readonly grants = new GrantState();
	/** The machine's interrupt lines, and whose they are. */
	readonly irqs = new IrqLines();
	/** Xen's own pages, in address order; `boot` fills it and `initXenMappings` maps it. */
	readonly xenPages: XenPage[] = [];
	/** CR3 (a physical address) of the address space that holds nothing but Xen. */
	idleCr3 = 0;
	/** While above zero, `ask` records refusals only: whole tables are being validated. */
	quiet = 0;
	/** The types of frames whose contents matter (`mm/`). */
	tables!: Mm['tables'];
	/** Xen's own page tables and each domain's (`mm/`). */
	spaces!: AddressSpaces;
	/** The hypercalls by number; set by `boot`. */
	calls!: readonly (Hypercall | undefined)[];
	/** How time-stamp counts become nanoseconds. */
	readonly timeScale: TimeScale;
	/** Told of each domain that shut down, crashed or was destroyed: what VIRQ_DOM_EXC tells a control domain. */
	onDomainEnd: ((domain: Domain) => void) | null = null;
	/** The last number that was given out to a domain of which none was said. */
	lastDomain = 0;
	/** Set when a domain was destroyed while it ran. */
	reaping = false;
	/** Bytes typed at the machine's own console that nobody has read yet. */
	consoleInput: number[] = [];
	/** What has been switched off by hand. */
	overrides: Overrides = noOverrides();

	constructor(
		readonly machine: Machine,
		readonly recorder: Recorder,
		readonly options: HypervisorOptions
	) {
		this.timeScale = timeScale(machine.clock.profile.hz);
		this.pcpus = [new Pcpu(machine.cpu, machine.lapic, recorder)];
		this.pcpu = this.pcpus[0];
	}

	/**
	 * Records a decision and returns its answer, or the other one where it has been overruled by hand (overrides.ts). `a` and `b` are the
	 * two values that the row of question `check` (src/trace/events/checks) names.
	 */
	ask(check: number, answer: boolean, a = 0, b = 0): boolean {
		if (answer && this.quiet > 0) return true;
		this.recorder.record(
			KIND.check,
			word('check', check),
			word('passed', answer ? 1 : 0),
			word('a', a >>> 0),
			word('b', b >>> 0)
		);
		return answerTaken(this, check, answer, a, b);
	}

	/** The processor as memory management needs it. */
	readonly processor: MmProcessor = processorOf(this);
	/** Guest memory as memory management needs it. */
	readonly guest: GuestAccess = {
		accessible: (address, length) => accessOk(this, address, length),
		read: (address, length) => copyFromGuest(this, address, length),
		words: (address, into) => readGuestWords(this, address, into),
		write: (address, bytes) => copyToGuest(this, address, bytes)
	};

	/** Gives a long batch back to the guest, to be called again with `args`. */
	continueHypercall(_v: Vcpu, args: readonly number[]): number {
		return continueHypercall(this, args);
	}

	irqDisagreements(): string[] {
		return irqDisagreements(this);
	}

	/** The domain whose kernel has the machine's devices; none where programs outside play it. */
	get hardwareDomain(): Domain | undefined {
		for (const d of this.domains.values()) if (d.privileges.hardware && !d.played) return d;
		return undefined;
	}

	/** Physical address of Xen's own page at linear address `virt`. */
	xenPage(virt: number): number {
		const page = this.xenPages.find((candidate) => candidate.virt === virt);
		if (!page) throw new Bug('no such page of the hypervisor', { virt });
		return page.mfn * PAGE_SIZE;
	}

	/**
	 * Runs `body(...args)`, which loads descriptors of the running vcpu: a page of its LDT that is not mapped yet
	 * is mapped, as the page-fault handler does for the guest's own loads. Throws the Fault otherwise.
	 */
	withDescriptors<Args extends unknown[], T>(body: (...args: Args) => T, ...args: Args): T {
		for (;;) {
			try {
				return body(...args);
			} catch (error) {
				if (!(error instanceof Fault) || error.vector !== VECTOR.PF) throw error;
				const v = this.pcpu.current;
				const offset = error.address - (v ? ldtVirt(v.id) : 0);
				if (!v || offset < 0 || offset >= LDT_BYTES || !handleLdtFault(this, v, offset)) throw error;
			}
		}
	}

	/** Runs `body` with events stamped as of vcpu `vcpu` of domain `dom`. */
	inContext<T>(dom: number, vcpu: number, body: () => T): T {
		const { recorder } = this;
		const { dom: domBefore, vcpu: vcpuBefore } = recorder;
		recorder.dom = dom;
		recorder.vcpu = vcpu;
		try {
			return body();
		} finally {
			recorder.dom = domBefore;
			recorder.vcpu = vcpuBefore;
		}
	}

	/** Runs `body` with event `seq` as the cause of what it records outside spans. */
	causedBy<T>(seq: number, body: () => T): T {
		const before = this.recorder.cause;
		this.recorder.cause = seq;
		try {
			return body();
		} finally {
			this.recorder.cause = before;
		}
	}

	/** Its state beside the machine's, as plain data (state.ts). */
	save(): HypervisorState {
		return saveHypervisor(this);
	}

	/** Puts back what `save` gave, after the machine has been restored. */
	restore(state: HypervisorState): void {
		restoreHypervisor(this, state);
	}

	/** The domain `id`, with DOMID_SELF standing for the caller's own. */
	domain(id: number, self: Domain | null = null): Domain | undefined {
		return id === DOMID_SELF && self ? self : this.domains.get(id);
	}
}
