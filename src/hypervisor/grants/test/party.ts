/**
 * Two or three guests that share pages, on the real machine. Each makes its calls by `int $0x82` in ring 1, and reads and
 * writes by its own instructions through its own page tables; after every call the auditor must be content.
 */
import { HYPERCALLS } from '../../../abi/hypercalls';
import type { Struct } from '../../../abi/layout';
import { FLAT_RING1_CS } from '../../../abi/structs/cpu';
import {
	GNTMAP_host_map,
	GNTTAB_COPY,
	GNTTAB_MAP_GRANT_REF,
	GNTTAB_TRANSFER,
	GNTTAB_UNMAP_AND_REPLACE,
	GNTTAB_UNMAP_GRANT_REF,
	GNTTABOP,
	GRANT_ENTRY_V1,
	GTF_permit_access
} from '../../../abi/structs/grant';
import { REG } from '../../../hardware/layout';
import type { Hypervisor } from '../../core/hypervisor';
import { pauseDomain, unpauseDomain } from '../../core/domains';
import { audit } from '../../mm/audit';
import { STACK_TOP, TinyGuest, TinyHost } from '../../test/tiny-guest';
import { setTrap } from '../../pv/trap-table';
import { entryAt } from '../table';

/** At 0 `int $0x82`, at 4 `mov %ebx, (%eax)`, at 8 `mov (%eax), %ebx`, each with a loop behind; at 12 the loop for page faults. */
const CODE = [0xcd, 0x82, 0xeb, 0xfe, 0x89, 0x18, 0xeb, 0xfe, 0x8b, 0x18, 0xeb, 0xfe, 0xeb, 0xfe];
const [STORE, LOAD, FAULTED] = [4, 8, 12];
const REGISTERS = [REG.EBX, REG.ECX, REG.EDX, REG.ESI, REG.EDI] as const;

/** Where requests lie in a guest: page 6 and those behind. */
export const REQUESTS = 0x6000;
/** Addresses that an L1 table covers and nothing is mapped at: the pages behind the guest's 32. */
export const slot = (n: number): number => 0x4_0000 + n * 0x1000;
/** The page that holds the guest's only L1 table. */
export const L1_PAGE = 26;

/** Fields of a request by name. */
export type Fields = Readonly<Record<string, number>>;

/** A request as bytes. A field of a struct inside is `source.ref`; 64-bit fields take numbers below 2^53. */
export function requestBytes(layout: Struct<string>, fields: Fields): Uint8Array {
	const view = new DataView(new ArrayBuffer(layout.size));
	const put = (struct: Struct<string>, base: number, prefix: string): void => {
		for (const { name, type, offset, size } of struct.fields) {
			if (typeof type === 'object' && 'fields' in type) {
				put(type, base + offset, `${prefix}${name}.`);
				continue;
			}
			const value = fields[prefix + name] ?? 0;
			if (size === 2) view.setUint16(base + offset, value, true);
			else view.setUint32(base + offset, value % 2 ** 32, true);
			if (size === 8) view.setUint32(base + offset + 4, Math.floor(value / 2 ** 32), true);
		}
	};
	put(layout, 0, '');
	return new Uint8Array(view.buffer);
}

const OP_NUMBERS = {
	map: [GNTTABOP.map_grant_ref, GNTTAB_MAP_GRANT_REF],
	unmap: [GNTTABOP.unmap_grant_ref, GNTTAB_UNMAP_GRANT_REF],
	replace: [GNTTABOP.unmap_and_replace, GNTTAB_UNMAP_AND_REPLACE],
	copy: [GNTTABOP.copy, GNTTAB_COPY],
	transfer: [GNTTABOP.transfer, GNTTAB_TRANSFER]
} as const;

/** A guest that grants and maps. */
export class Party {
	readonly guest: TinyGuest;
	readonly hv: Hypervisor;

	constructor(
		readonly host: TinyHost,
		vcpus = 1
	) {
		this.guest = new TinyGuest(host, vcpus);
		this.hv = host.hv;
		this.guest.start(CODE);
		this.bringIn();
	}

	get dom(): number {
		return this.guest.domain.id;
	}
	get table(): ReturnType<Hypervisor['grants']['table']> {
		return this.hv.grants.table(this.guest.domain);
	}
	mfn(page: number): number {
		return this.guest.mfn(page);
	}

	/** Writes entry `ref`, as the guest could itself: the frame is its to write. */
	grant(ref: number, to: number, frame: number, flags: number = GTF_permit_access): void {
		const at = entryAt(this.table, ref);
		this.host.machine.memory.write32(at, (flags | (to << 16)) >>> 0);
		this.host.machine.memory.write32(at + GRANT_ENTRY_V1.at.frame, frame);
	}
	/** Flags of entry `ref`. */
	flags(ref: number): number {
		return this.host.machine.memory.read16(entryAt(this.table, ref));
	}
	/** The frame that entry `ref` names. */
	frame(ref: number): number {
		return this.host.machine.memory.read32(entryAt(this.table, ref) + GRANT_ENTRY_V1.at.frame);
	}

	/** A hypercall, from ring 1. @returns its result, signed */
	ask(nr: number, ...args: number[]): number {
		const { cpu } = this.host.machine;
		this.bringIn();
		cpu.eip = 0;
		cpu.s[REG.EAX * 2] = nr;
		REGISTERS.forEach((register, index) => (cpu.s[register * 2] = args[index] ?? 0));
		this.runTo(2);
		const problems = audit(this.hv);
		if (problems.length > 0) throw new Error(problems.slice(0, 5).join('; '));
		return cpu.s[REG.EAX * 2];
	}

	/** grant_table_op(cmd, uop, count) */
	grantOp(cmd: number, uop: number, count: number): number {
		return this.ask(HYPERCALLS.grant_table_op.nr, cmd, uop, count);
	}

	/** Puts requests at REQUESTS and makes the call. @returns the statuses; throws unless the call returns 0 */
	requests(cmd: number, layout: Struct<string>, list: readonly Fields[]): number[] {
		list.forEach((fields, i) => this.guest.write(REQUESTS + i * layout.size, [...requestBytes(layout, fields)]));
		const result = this.grantOp(cmd, REQUESTS, list.length);
		if (result !== 0) throw new Error(`grant_table_op ${cmd}: ${result}`);
		return list.map((_, i) => this.signed16(REQUESTS + i * layout.size + layout.at.status));
	}

	/** One request. @returns its status */
	one(op: keyof typeof OP_NUMBERS, fields: Fields): number {
		const [cmd, layout] = OP_NUMBERS[op];
		return this.requests(cmd, layout, [fields])[0];
	}

	/** Maps; @returns the handle, or the status below zero */
	map(dom: number, ref: number, host_addr: number, flags: number = GNTMAP_host_map): number {
		const status = this.one('map', { dom, ref, host_addr, flags });
		return status < 0 ? status : this.guest.read32(REQUESTS + GNTTAB_MAP_GRANT_REF.at.handle);
	}
	unmap(handle: number, host_addr: number, dev_bus_addr = 0): number {
		return this.one('unmap', { handle, host_addr, dev_bus_addr });
	}

	/** The word at an address, read by the guest; null where it faults. */
	load(address: number): number | null {
		return this.access(LOAD, address, 0) ? this.host.machine.cpu.s[REG.EBX * 2] >>> 0 : null;
	}
	/** Whether the guest can write a word there. */
	store(address: number, value: number): boolean {
		return this.access(STORE, address, value);
	}

	/** The L1 entry of an address. */
	pte(address: number): { low: number; high: number } {
		const at = this.mfn(L1_PAGE) * 4096 + (address >>> 12) * 8;
		const { memory } = this.host.machine;
		return { low: memory.read32(at) >>> 0, high: memory.read32(at + 4) >>> 0 };
	}
	/** The machine address of the L1 entry of an address. */
	pteAddress(address: number): number {
		return this.mfn(L1_PAGE) * 4096 + (address >>> 12) * 8;
	}
	/** update_va_mapping with a flush of the page */
	updateVa(address: number, low: number): number {
		return this.ask(HYPERCALLS.update_va_mapping.nr, address, low, 0, 2);
	}

	/** Lets this guest alone run. */
	bringIn(): void {
		const { hv, guest } = this;
		for (const d of hv.domains.values()) if (d.vcpus.length > 0 && d !== guest.domain) pauseDomain(hv, d);
		unpauseDomain(hv, guest.domain);
		const { machine } = this.host;
		for (let i = 0; i < 200 && (hv.pcpu.current !== guest.v || machine.cpu.cpl !== 1); i++) machine.run(20);
		if (hv.pcpu.current !== guest.v) throw new Error(`domain ${this.dom} does not run`);
	}

	private signed16(address: number): number {
		const at = this.mfn(address >> 12) * 4096 + (address & 0xfff);
		return (this.host.machine.memory.read16(at) << 16) >> 16;
	}

	private access(eip: number, address: number, value: number): boolean {
		const { cpu } = this.host.machine;
		this.bringIn();
		setTrap(this.hv, this.guest.v, 14, { cs: FLAT_RING1_CS, eip: FAULTED, dpl: 0, masks: false });
		cpu.esp = STACK_TOP;
		cpu.eip = eip;
		cpu.s[REG.EAX * 2] = address;
		cpu.s[REG.EBX * 2] = value;
		return this.runTo(eip + 2) === eip + 2;
	}

	/** Runs until the guest is in the loop at `eip`, or at the one for page faults; @returns which */
	private runTo(eip: number): number {
		const { machine } = this.host;
		for (let i = 0; i < 4000 && this.guest.domain.alive; i++) {
			machine.run(1);
			const here = this.hv.pcpu.current === this.guest.v && machine.cpu.cpl === 1;
			if (here && (machine.cpu.eip === eip || machine.cpu.eip === FAULTED)) return machine.cpu.eip;
		}
		throw new Error(`domain ${this.dom} did not come back`);
	}
}

/** Two guests on one machine; the second one maps what the first one grants. */
export function pair(): { granter: Party; mapper: Party; hv: Hypervisor } {
	const host = new TinyHost();
	const granter = new Party(host);
	const mapper = new Party(host);
	return { granter, mapper, hv: host.hv };
}
