/**
 * Questions put to the hypervisor by a guest without privileges beside another one, as tables: what is asked, the call, the answer
 * of Xen 4.17 to a 32-bit PV guest, and what is left in memory. The source of an answer is the function of Xen's that heads its table.
 */
import { expect, it } from 'vitest';
import { UNPRIVILEGED, type Privileges } from '../../core/domain';
import { pauseDomain } from '../../core/domains';
import { audit } from '../../mm/audit';
import { call, DATA, PAGES, poweroff, store, TinyGuest } from '../tiny-guest';

export const SELF = 0x7ff0;
export const IO = 0x7ff1;
export const XEN = 0x7ff2;
/** A number that no domain has. */
export const NOBODY = 77;
/** Addresses that are bad: in the hypervisor's area, and not mapped. */
export const FORBIDDEN = 0xf580_0000;
export const NOWHERE = 0x0090_0000;
/** The guest's tables, by page: mapped, and read-only. */
export const TABLES = { l3: 24, l2: 25, l1: 26, l2Top: 27 } as const;
/** A page that nothing else uses, and its address. */
export const SPARE = 9;
export const SPARE_AT = SPARE * 4096;
/** A page that no table maps. */
export const UNMAPPED = PAGES - 1;

/** What a control domain may do that does not have the machine's devices. */
export const CONTROL: Privileges = { control: true, hardware: false };
/** The other way round. */
export const DEVICES: Privileges = { control: false, hardware: true };

/** What a question is asked with. */
export class Scene {
	readonly guest: TinyGuest;
	readonly other: TinyGuest;
	private free = DATA + 0x100;

	constructor(privileges = UNPRIVILEGED) {
		this.guest = new TinyGuest(undefined, 1, privileges);
		this.other = new TinyGuest(this.guest.host);
		// It has tables and never runs.
		this.other.start([0xeb, 0xfe]);
		pauseDomain(this.other.hv, this.other.domain);
	}

	/** Numbers of the two domains. */
	get own(): number {
		return this.guest.domain.id;
	}
	get foreign(): number {
		return this.other.domain.id;
	}

	/** Writes words into the guest's data page; their address. */
	put(...words: number[]): number {
		const at = this.free;
		this.free += words.length * 4;
		this.guest.write32(at, ...words);
		return at;
	}

	/** A machine frame as an entry that maps it. */
	entry(page: number, flags = 7, of = this.guest): number {
		return ((of.mfn(page) << 12) | flags) >>> 0;
	}

	/** The machine address of an entry of one of the guest's tables. */
	slot(table: number, index: number, command = 0): number {
		return ((this.guest.mfn(table) << 12) | (index << 3) | command) >>> 0;
	}
}

type Words = (scene: Scene) => number[];
/** What is asked, the call's arguments, its answer, and what else is to be seen then. */
export type Question = [what: string, call: Words, answer: number, after?: (scene: Scene) => void];

/** Asks one question after the machine's start; the answer. */
export function put(scene: Scene, calls: readonly (readonly number[])[]): number[] {
	const { guest } = scene;
	guest.start([
		...calls.flatMap(([nr, ...args], index) => [...call(nr, ...args), ...store(DATA + index * 4)]),
		...poweroff()
	]);
	guest.run(40_000);
	expect(guest.domain.crash).toBeNull();
	expect(guest.domain.shutdownCode).toBe(0);
	return calls.map((_, index) => guest.read32(DATA + index * 4) | 0);
}

/** One test a question. */
export function questions(nr: number, table: readonly Question[], { privileges = UNPRIVILEGED } = {}): void {
	it.each(table)('%s', (_what, words, answer, after) => {
		const scene = new Scene(privileges);
		expect(put(scene, [[nr, ...words(scene)]])).toEqual([answer]);
		after?.(scene);
		expect(audit(scene.guest.hv)).toEqual([]);
	});
}
