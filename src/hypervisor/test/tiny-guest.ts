/**
 * A guest of 32 pages for tests on the real machine: page n lies at virtual address n * 4096. The test writes its
 * code as bytes; results are read from its memory.
 *
 *     page 0  kernel code      page 1  kernel data       page 2  boot stack (from the top)
 *     page 3  kernel stack for traps from ring 3          page 4  user code    page 5  user stack
 *     24 L3, 25 L2 of the first GiB, 26 its L1, 27 L2 of the last GiB: mapped read-only
 */
import {
	FLAT_RING1_CS,
	FLAT_RING1_DS,
	FLAT_RING3_CS,
	FLAT_RING3_DS,
	mfnToCr3,
	VCPU_GUEST_CONTEXT,
	VGCF_ONLINE,
	CPU_USER_REGS
} from '../../abi/structs/cpu';
import { Machine } from '../../hardware/machine';
import { EVENT_KINDS, type EventKind, type Recorder } from '../../trace/events';
import { boot } from '../core/boot';
import { UNPRIVILEGED, type Domain, type Vcpu } from '../core/domain';
import { createDomain, unpauseDomain } from '../core/domains';
import { Hypervisor } from '../core/hypervisor';
import { pinAtBuild } from '../mm/pinning';
import { setVcpuContext } from '../pv/vcpu-context';

export const PAGES = 32;
const [L3, L2, L1, L2_TOP] = [24, 25, 26, 27];
export const DATA = 0x1000;
export const STACK_TOP = 0x3000;
export const KERNEL_STACK_TOP = 0x4000;
export const USER_CODE = 0x4000;
export const USER_STACK_TOP = 0x6000;

export interface Recorded {
	kind: EventKind;
	args: number[];
	dom: number;
	cause: number;
	end?: number;
}

/** A recorder that keeps every event as an object. */
export class ListRecorder implements Recorder {
	dom = 0x7fff;
	vcpu = 0;
	cause = -1;
	readonly events: Recorded[] = [];
	private readonly open: number[] = [];
	get next(): number {
		return this.events.length;
	}
	/** Spans begun and not ended. */
	get openSpans(): number {
		return this.open.length;
	}
	record(kind: number, ...args: number[]): number {
		const cause = this.open.at(-1) ?? this.cause;
		this.events.push({ kind: EVENT_KINDS[kind], args, dom: this.dom, cause });
		return this.events.length - 1;
	}
	hold(kind: number): number {
		return this.record(kind);
	}
	settle(seq: number, _kind: number, ...args: number[]): void {
		this.events[seq].args = args;
	}
	begin(kind: number, ...args: number[]): number {
		const seq = this.record(kind, ...args);
		this.open.push(seq);
		return seq;
	}
	end(seq: number, result = 0): void {
		this.open.splice(this.open.indexOf(seq));
		this.events[seq].args.push(result);
		this.events[seq].end = this.events.length - 1;
	}
	of(kind: EventKind): Recorded[] {
		return this.events.filter((event) => event.kind === kind);
	}
}

/** Four bytes of a word, low first: an immediate or an address in code. */
export const le32 = (value: number): number[] => [0, 8, 16, 24].map((shift) => (value >>> shift) & 0xff);
/** mov $value, %reg (0 EAX … 7 EDI in the manual's order) */
export const mov = (reg: number, value: number): number[] => [0xb8 + reg, ...le32(value)];
/** mov %eax, address */
export const store = (address: number): number[] => [0xa3, ...le32(address)];
/** mov $nr, %eax; mov arguments to EBX, ECX, EDX, ESI, EDI; int $0x82 */
export const call = (nr: number, ...args: number[]): number[] => [
	...args.flatMap((arg, index) => mov([3, 1, 2, 6, 7][index], arg)),
	...mov(0, nr),
	0xcd,
	0x82
];
/** push $value */
export const push = (value: number): number[] => [0x68, ...le32(value)];
/** mov %esp, address */
export const storeEsp = (address: number): number[] => [0x89, 0x25, ...le32(address)];
/** int $vector */
export const int = (vector: number): number[] => [0xcd, vector];
/** mov $FLAT_RING1_DS, %ecx; mov %ecx, %ds: a kernel's first act, since the way to user code has nulled its segments. */
export const loadDs = [...mov(1, FLAT_RING1_DS), 0x8e, 0xd9];
/** iret */
export const IRET = 0xcf;
/** A loop without end, of many instructions for the time that one turn takes. */
export const FOREVER = [...new Array<number>(126).fill(0x90), 0xeb, 0x80];
/** push SS, ESP, EFLAGS, CS, EIP, EAX; iret hypercall: on to user code */
export const toUser = (eip: number, eflags = 0x202): number[] => [
	...[FLAT_RING3_DS, USER_STACK_TOP, eflags, FLAT_RING3_CS, eip, 0xaa].flatMap(push),
	...call(23)
];
/** One row of a trap table. */
export const trap = (vector: number, eip: number, flags = 0, cs: number = FLAT_RING1_CS): number[] => [
	vector,
	flags,
	cs & 0xff,
	cs >> 8,
	...le32(eip)
];
/** sched_op(SCHEDOP_shutdown, { reason at DATA + 0xff0 }) */
export const SHUTDOWN_ARGS = DATA + 0xff0;
export const poweroff = (): number[] => call(29, 2, SHUTDOWN_ARGS);

/** A booted machine for tiny guests; what they write by console_io is kept. */
export class TinyHost {
	readonly recorder = new ListRecorder();
	readonly machine: Machine;
	readonly hv: Hypervisor;
	readonly console: number[] = [];

	constructor(sliceMs = 10) {
		this.machine = new Machine({ ramBytes: 16 * 1024 * 1024, recorder: this.recorder });
		this.hv = new Hypervisor(this.machine, this.recorder, {
			sliceMs,
			scheduler: 'round-robin',
			wallClock: 1_000_000_000,
			consoleIo: (_dom, bytes) => this.console.push(...bytes)
		});
		boot(this.hv);
	}
}

export class TinyGuest {
	readonly recorder: ListRecorder;
	readonly machine: Machine;
	readonly hv: Hypervisor;
	readonly domain: Domain;
	readonly v: Vcpu;
	private readonly frames: number[];

	constructor(
		readonly host = new TinyHost(),
		vcpus = 1,
		privileges = UNPRIVILEGED
	) {
		({ recorder: this.recorder, machine: this.machine, hv: this.hv } = host);
		this.domain = createDomain(this.hv, { name: 'tiny', privileges, maxPages: PAGES, vcpus });
		this.hv.grants.create(this.hv, this.domain);
		this.v = this.domain.vcpus[0];
		this.frames = Array.from({ length: PAGES }, () => this.hv.heap.allocateDomainPage(this.domain));
	}

	/** Machine frame of page `page`. */
	mfn(page: number): number {
		return this.frames[page];
	}

	private entry(table: number, index: number, page: number, flags: number): void {
		const at = this.frames[table] * 4096 + index * 8;
		this.machine.memory.write32(at, (this.frames[page] << 12) | flags);
		this.machine.memory.write32(at + 4, this.frames[page] >>> 20);
	}

	/** Writes bytes at a guest virtual address below 128 KiB. */
	write(address: number, bytes: readonly number[]): void {
		bytes.forEach((byte, i) => {
			const at = address + i;
			this.machine.memory.write8(this.frames[at >> 12] * 4096 + (at & 0xfff), byte);
		});
	}
	write32(address: number, ...values: number[]): void {
		this.write(address, values.flatMap(le32));
	}
	read32(address: number): number {
		return this.machine.memory.read32(this.frames[address >> 12] * 4096 + (address & 0xfff));
	}

	/** A struct vcpu_guest_context: ring 1 at `eip` with the stack below `esp`, flat segments, the guest's page tables; not online. */
	context(eip: number, esp: number): DataView {
		const context = new DataView(new ArrayBuffer(VCPU_GUEST_CONTEXT.size));
		const at = VCPU_GUEST_CONTEXT.at;
		const regs = (name: keyof typeof CPU_USER_REGS.at, value: number): void =>
			context.setUint32(at.user_regs + CPU_USER_REGS.at[name], value, true);
		regs('eip', eip);
		regs('esp', esp);
		regs('eflags', 0x202);
		for (const name of ['ss', 'ds', 'es', 'fs', 'gs'] as const) regs(name, FLAT_RING1_DS);
		regs('cs', FLAT_RING1_CS);
		context.setUint32(at.ctrlreg + 12, mfnToCr3(this.frames[L3]), true);
		context.setUint32(at.kernel_ss, FLAT_RING1_DS, true);
		context.setUint32(at.kernel_sp, KERNEL_STACK_TOP, true);
		return context;
	}

	/** Builds the page tables and starts the kernel at address 0, ESP at the top of the boot stack. */
	start(code: readonly number[], set: (context: DataView) => void = () => {}): void {
		this.write(0, code);
		const tables = [L3, L2, L1, L2_TOP];
		for (let page = 0; page < PAGES; page++) this.entry(L1, page, page, tables.includes(page) ? 0x25 : 0x27);
		this.entry(L2, 0, L1, 0x27);
		this.entry(L3, 0, L2, 1);
		this.entry(L3, 3, L2_TOP, 1);
		const pinned = pinAtBuild(this.hv, this.domain, this.frames[L3]);
		if (pinned !== 0) throw new Error(`pin: ${pinned}`);
		const context = this.context(0, STACK_TOP);
		context.setUint32(VCPU_GUEST_CONTEXT.at.flags, VGCF_ONLINE, true);
		set(context);
		const started = setVcpuContext(this.hv, this.v, context);
		if (started !== 0) throw new Error(`setVcpuContext: ${started}`);
		unpauseDomain(this.hv, this.domain);
	}

	/** Runs until the domain has ended or `instructions` have passed. */
	run(instructions = 20_000): void {
		for (let left = instructions; left > 0 && this.domain.alive; left -= 200) this.machine.run(Math.min(left, 200));
	}
}
