/**
 * What GDB has set (Z and z packets), and the events that `monitor stop` names, as stop points of a run. GDB takes all away at each stop and sets
 * them again when it goes on.
 *
 * A watched range is followed twice: through the page tables of the domain for which it was set, whatever they will map there; and in
 * the physical memory that it lies in now, so that a write by the hypervisor or through another mapping is noticed too.
 */
import { PAGE_SIZE } from '../base';
import type { Run } from '../workbench/run';
import type { StopPoint } from '../workbench/stops';
import { physicalOf } from './memory';
import { vcpuOf } from './threads';

/** The types of the Z packet, by their number: what a stop reply calls them. */
const TYPES = [
	{ reason: 'swbreak', access: null },
	{ reason: 'hwbreak', access: null },
	{ reason: 'watch', access: 'write' },
	{ reason: 'rwatch', access: 'read' },
	{ reason: 'awatch', access: 'access' }
] as const;

/** A breakpoint or watchpoint of GDB. */
export interface GdbBreakpoint {
	readonly kind: 'gdb';
	readonly type: number;
	readonly address: number;
	/** Bytes of a watched range. */
	readonly length: number;
	/** The thread that was chosen when it was set. */
	readonly thread: number;
}

/** The same, or an event to stop at. */
export type Breakpoint = GdbBreakpoint | { readonly kind: 'event'; readonly query: string };

/** Ids of a breakpoint's points: its own, and the next one for the physical side of a watched range, piece by piece. */
const SIDES = 2;

/** All that is set now, by number. */
export class Breakpoints {
	private readonly set = new Map<number, Breakpoint>();
	private next = 1;
	/** For which thread a watched range was set first: it stays that one's, whichever is chosen when it is set again. */
	private readonly threads = new Map<string, number>();
	/** The only domain whose instructions are stopped at; null for all. */
	scope: number | null = null;

	static knows(type: number): boolean {
		return type >= 0 && type < TYPES.length;
	}

	/** Sets one; a second one that is the same changes nothing. */
	add(breakpoint: Breakpoint): number {
		const known = this.find(breakpoint);
		if (known !== undefined) return known;
		this.set.set(this.next, breakpoint.kind === 'gdb' ? this.ofItsThread(breakpoint) : breakpoint);
		return this.next++;
	}

	private ofItsThread(one: GdbBreakpoint): GdbBreakpoint {
		const thread = this.threads.get(keyOf(one)) ?? one.thread;
		this.threads.set(keyOf(one), thread);
		return { ...one, thread };
	}

	/** Takes one away; false where there was none. */
	remove(breakpoint: Breakpoint): boolean {
		const known = this.find(breakpoint);
		return known !== undefined && this.set.delete(known);
	}

	/** Takes away the event with this number; false where there was none. */
	removeEvent(id: number): boolean {
		return this.set.get(id)?.kind === 'event' && this.set.delete(id);
	}

	/** Events to stop at, with their numbers. */
	events(): [id: number, query: string][] {
		return [...this.set].flatMap(([id, one]) => (one.kind === 'event' ? [[id, one.query] as [number, string]] : []));
	}

	/** GDB has gone: its breakpoints go with it, and so do the events. */
	clear(): void {
		this.set.clear();
		this.threads.clear();
		this.scope = null;
	}

	private find(wanted: Breakpoint): number | undefined {
		const key = keyOf(wanted);
		for (const [id, one] of this.set) if (keyOf(one) === key) return id;
		return undefined;
	}

	/** The one that a point belongs to. */
	ofPoint(point: number | undefined): Breakpoint | undefined {
		return point === undefined ? undefined : this.set.get(Math.floor(point / SIDES));
	}

	/** Whether an instruction at `address` of domain `dom` is to be stopped at. */
	at(address: number, dom: number): Breakpoint | undefined {
		if (this.scope !== null && this.scope !== dom) return undefined;
		return [...this.set.values()].find((one) => one.kind === 'gdb' && isCode(one.type) && one.address === address);
	}

	/** What the run is to stop at now that it goes on, as memory is mapped at this moment. */
	points(run: Run): StopPoint[] {
		const set = new Set([...this.set.values()].map(keyOf));
		for (const key of this.threads.keys()) if (!set.has(key)) this.threads.delete(key);
		return [...this.set].flatMap(([id, one]) => this.pointsOf(run, id * SIDES, one));
	}

	/** Those of them that watch memory. */
	watches(run: Run): StopPoint[] {
		return this.points(run).filter((point) => point.kind === 'watch');
	}

	private pointsOf(run: Run, id: number, one: Breakpoint): StopPoint[] {
		if (one.kind === 'event') return [{ id, kind: 'event', query: one.query }];
		const { type, address, length, thread } = one;
		const { access } = TYPES[type];
		const scoped = this.scope === null ? {} : { dom: this.scope };
		if (access === null) return [{ id, kind: 'address', address, ...scoped }];
		const watch = { kind: 'watch', length, access } as const;
		const { dom } = vcpuOf(thread);
		const linear: StopPoint = { ...watch, id, space: 'linear', address, condition: `dom == ${dom}` };
		const physical = physicalPieces(run, thread, address, length);
		return [linear, ...physical.map((piece): StopPoint => ({ ...watch, ...piece, id: id + 1, space: 'physical' }))];
	}
}

/** The stretches of physical memory that a linear range lies in now: pages next to each other need not be so there. */
function physicalPieces(
	run: Run,
	thread: number,
	address: number,
	length: number
): { address: number; length: number }[] {
	const pieces = [];
	for (let at = address; at < address + length;) {
		const bytes = Math.min(address + length - at, PAGE_SIZE - (at % PAGE_SIZE));
		const physical = physicalOf(run, thread, at);
		if (physical >= 0) pieces.push({ address: physical, length: bytes });
		at += bytes;
	}
	return pieces;
}

const keyOf = (one: Breakpoint): string =>
	one.kind === 'event' ? `event ${one.query}` : `${one.type},${one.address},${one.length}`;

export const isCode = (type: number): boolean => TYPES[type].access === null;

/** How a stop reply tells that `one` was hit; '' for what GDB has no word for. */
export function reasonOf(one: Breakpoint): string {
	if (one.kind === 'event') return '';
	const { reason, access } = TYPES[one.type];
	return access === null ? `${reason}:;` : `${reason}:${one.address.toString(16)};`;
}
