/**
 * Changing the past: one thing is made different at an instruction boundary, and the run goes on from there by its own
 * rules. A change is recorded as a `change` event, so the moment before it is (icount, seq) and the one after
 * (icount, seq + 1); what it sets off has that event as its cause.
 *
 * - **Registers** take any value; EIP must lie in the code segment. Of EFLAGS only those bits may differ which POPF could
 *   change in the ring that the processor is in: no more power than the code that runs has itself.
 * - **Memory** may be any RAM, the hypervisor's own too, whatever the page tables permit.
 * - **Page-table entries** change as memory does. Nobody is asked and nobody is told: the TLB goes on translating by what it
 *   holds, and the frame table counts what was there before. Of an L3 the processor walks a copy, which the
 *   hypervisor renews at the next load of CR3.
 * - **A pending bit** that is set is set as the hypervisor does it: with the selector and the upcall flag, and the vcpu is
 *   woken; so is a mask that is taken away from a pending port. Otherwise just the bit changes.
 * - **Checks, flushes, events** are overruled when their time comes (src/hypervisor/core/overrides.ts).
 */
import { hex, PAGE_SIZE } from '../../base';
import { changeableFlags } from '../../hardware/cpu/stack';
import type { Domain } from '../../hypervisor/core/domain';
import { CHANNEL } from '../../hypervisor/events/records';
import { clearPortPending, maskPort, portOps } from '../../hypervisor/events/ports';
import { clearPortMask, setPortPending } from '../../hypervisor/events/channels';
import { entryAddress } from '../../hypervisor/mm/entries';
import { isTable, TYPE } from '../../hypervisor/mm/frame-table';
import { dropKey } from '../../hypervisor/core/overrides';
import {
	CHECK,
	FINAL_CHECKS,
	FRAME_TYPES,
	HAND_CHANGES,
	KIND,
	word,
	type AfterFirst,
	type CheckName,
	type WordsOf
} from '../../trace/events';
import { MOST_BYTES, MOST_TIMES, type Change } from '../log';
import { translate } from '../inspect/page-walk';
import type { System } from '../system';
import { ENTRIES, L3_ENTRIES } from '../../x86/paging';
import { GENERAL_REGISTERS, REGISTER_NAMES, CS } from '../../x86/registers';
import { FLAG_NAMES, TF } from '../../x86/flags';
import { words } from '../../words';

export { describeChange } from './change-words';

type Kind = Change['kind'];
type Of<K extends Kind> = Extract<Change, { kind: K }>;

/** How one kind of change is judged, recorded and made. */
interface Row<K extends Kind> {
	/** What is wrong with it at this moment, or null. */
	check(system: System, change: Of<K>): string | null;
	/** The last three arguments of its `change` event: domain, where, value. */
	words(system: System, change: Of<K>): AfterFirst<WordsOf<'change'>>;
	apply(system: System, change: Of<K>): void;
}

/** Number of each kind in HAND_CHANGES. */
const NUMBER: Readonly<Record<Kind, number>> = {
	register: HAND_CHANGES.indexOf('register'),
	memory: HAND_CHANGES.indexOf('memory'),
	pte: HAND_CHANGES.indexOf('page-table entry'),
	port: HAND_CHANGES.indexOf('event channel bit'),
	skip_check: HAND_CHANGES.indexOf('check skipped'),
	turn_answer: HAND_CHANGES.indexOf('answer turned'),
	skip_flush: HAND_CHANGES.indexOf('flush skipped'),
	drop_event: HAND_CHANGES.indexOf('event dropped')
};

const isWord = (value: number): boolean => Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff;
const notWord = (what: string, value: number): string | null =>
	isWord(value) ? null : `${what} must be a number from 0 to 0xffffffff, not ${value}`;
const notTimes = (times: number): string | null =>
	Number.isInteger(times) && times >= 1 && times <= MOST_TIMES
		? null
		: `how often must be a whole number from 1 to ${MOST_TIMES}, not ${times}`;
const currentDom = (system: System): number => system.machine.recorder.dom;

/** The domain, or what is wrong with its number. */
const domainOf = (system: System, dom: number): Domain | string =>
	system.hypervisor.domains.get(dom) ?? `there is no domain ${dom}`;

// --- registers -------------------------------------------------------------------------------------------------

function wrongFlags({ machine: { cpu } }: System, value: number): string | null {
	const bad = ((cpu.getEflags() ^ value) & ~changeableFlags(cpu, true)) >>> 0;
	if (bad === 0) return null;
	const names = FLAG_NAMES.filter(({ mask }) => (bad & mask) !== 0).map(({ name }) => name);
	return `eflags: ring ${cpu.cpl} cannot change ${names.join(', ') || `the reserved bits ${hex(bad)}`} (what POPF may change there, may be changed)`;
}

const register: Row<'register'> = {
	check(system, { name, value }) {
		const { cpu } = system.machine;
		if (!REGISTER_NAMES.includes(name)) return `there is no register '${String(name)}': ${REGISTER_NAMES.join(', ')}`;
		const wrong = notWord(name, value);
		if (wrong) return wrong;
		if (name === 'eip' && value > cpu.seg[CS].limit >>> 0)
			return `eip: ${hex(value)} lies outside the code segment, whose limit is ${hex(cpu.seg[CS].limit)}`;
		return name === 'eflags' ? wrongFlags(system, value) : null;
	},
	words: (system, { name, value }) => [
		word('of_dom', currentDom(system)),
		word('where', REGISTER_NAMES.indexOf(name)),
		word('value', value)
	],
	apply({ machine: { cpu, engine } }, { name, value }) {
		const number = REGISTER_NAMES.indexOf(name);
		// The engine may stand within a block of instructions that it has decoded: it looks anew.
		const redirects = name === 'eip' || (name === 'eflags' && ((cpu.getEflags() ^ value) & TF) !== 0);
		if (redirects) engine.restore({ position: 0, start: 0, physical: 0, code32: true });
		if (number < GENERAL_REGISTERS.length) cpu.s[number << 1] = value | 0;
		else if (name === 'eip') cpu.eip = value | 0;
		else cpu.setEflags(value | 0);
	}
};

// --- memory ------------------------------------------------------------------------------------------------------

/** The physical pieces of a change of memory, or what is wrong with it. */
function pieces(
	system: System,
	{ space, address, bytes }: Of<'memory'>
): [pa: number, bytes: readonly number[]][] | string {
	const { memory } = system.machine;
	const found: [number, readonly number[]][] = [];
	for (let done = 0; done < bytes.length;) {
		const at = address + done;
		const count = Math.min(bytes.length - done, PAGE_SIZE - (at % PAGE_SIZE));
		const physical = space === 'physical' ? at : at > 0xffff_ffff ? -1 : translate({ system }, at);
		if (physical < 0) return `no page is mapped at linear address ${hex(at)} at this moment`;
		if (physical + count > memory.size)
			return `physical address ${hex(physical + count - 1)} lies beyond the machine's memory, which ends at ${hex(memory.size)}`;
		if (!memory.holds(physical, count)) return `a device lies over the memory at physical address ${hex(physical)}`;
		found.push([physical, bytes.slice(done, done + count)]);
		done += count;
	}
	return found;
}

const memory: Row<'memory'> = {
	check(system, change) {
		const { address, bytes } = change;
		const wrong = notWord('the address', address);
		if (wrong) return wrong;
		if (bytes.length < 1 || bytes.length > MOST_BYTES)
			return `between 1 and ${MOST_BYTES} bytes can be changed at once`;
		const odd = bytes.find((byte) => !Number.isInteger(byte) || byte < 0 || byte > 255);
		if (odd !== undefined) return `a byte is a number from 0 to 255, not ${odd}`;
		const found = pieces(system, change);
		return typeof found === 'string' ? found : null;
	},
	words: (system, { address, bytes }) => [
		word('of_dom', currentDom(system)),
		word('where', address),
		word('value', bytes.length)
	],
	apply(system, change) {
		for (const [pa, bytes] of pieces(system, change) as [number, number[]][])
			bytes.forEach((byte, index) => system.machine.memory.write8(pa + index, byte));
	}
};

const pte: Row<'pte'> = {
	check({ hypervisor: { frames } }, { mfn, index, low, high }) {
		if (!Number.isInteger(mfn) || mfn < 0 || !frames.exists(mfn))
			return `there is no frame ${mfn}: the machine has ${frames.size}`;
		if (!isTable(frames.type[mfn]) || frames.typeCount[mfn] === 0)
			return `frame ${hex(mfn)} is no page table now: it is used as ${frames.typeCount[mfn] === 0 ? 'nothing' : FRAME_TYPES[frames.type[mfn]]}`;
		const entries = frames.type[mfn] === TYPE.l3 ? L3_ENTRIES : ENTRIES;
		if (!Number.isInteger(index) || index < 0 || index >= entries)
			return `the table in frame ${hex(mfn)} has the entries 0 to ${entries - 1}, and no ${index}`;
		return notWord('the low half', low) ?? notWord('the high half', high);
	},
	words: ({ hypervisor: { frames } }, { mfn, index }) => [
		word('of_dom', frames.owner[mfn]),
		word('where', mfn),
		word('value', index)
	],
	apply(system, { mfn, index, low, high }) {
		system.machine.memory.write32(entryAddress(mfn, index), low | 0);
		system.machine.memory.write32(entryAddress(mfn, index) + 4, high | 0);
	}
};

// --- event channels ------------------------------------------------------------------------------------------------

const portBit: Row<'port'> = {
	check(system, { dom, port, bit }) {
		const domain = domainOf(system, dom);
		if (typeof domain === 'string') return domain;
		if (domain.played) return `domain ${dom} is the toolstack's: it has no shared_info with pending bits`;
		if (bit !== 'pending' && bit !== 'masked') return `a port has a pending and a masked bit, and no '${String(bit)}'`;
		const channel = domain.events.channels[port];
		if (channel === undefined || channel.state === CHANNEL.closed) return `port ${port} of domain ${dom} is not open`;
		return portOps(domain).bit(domain, port, bit) === null
			? `port ${port} of domain ${dom} has no event word yet: its event array does not reach so far`
			: null;
	},
	words: (_system, { dom, port, bit, set }) => [
		word('of_dom', dom),
		word('where', port),
		word('value', (bit === 'masked' ? 2 : 0) | (set ? 1 : 0))
	],
	apply({ hypervisor }, { dom, port, bit, set }) {
		const domain = hypervisor.domains.get(dom) as Domain;
		if (bit === 'pending') (set ? setPortPending : clearPortPending)(hypervisor, domain, port);
		else (set ? maskPort : clearPortMask)(hypervisor, domain, port);
	}
};

// --- what is overruled when its time comes ---------------------------------------------------------------------------

const add = <Key>(counts: Map<Key, number>, key: Key, count: number): void =>
	void counts.set(key, (counts.get(key) ?? 0) + count);

const skipCheck: Row<'skip_check'> = {
	check(_system, { check, times }) {
		if (!Object.hasOwn(CHECK, check)) return `the hypervisor asks no question named '${check}'`;
		const final = FINAL_CHECKS.get(check as CheckName);
		return final ? `${check} cannot be overruled: ${words.finals[final]}` : notTimes(times);
	},
	words: (system, { check, times }) => [
		word('of_dom', currentDom(system)),
		word('where', CHECK[check as CheckName]),
		word('value', times)
	],
	apply: ({ hypervisor }, { check, times }) => add(hypervisor.overrides.skipChecks, check as CheckName, times)
};

const turnAnswer: Row<'turn_answer'> = {
	check(_system, { check, nth }) {
		if (!Object.hasOwn(CHECK, check)) return `the hypervisor asks no question named '${check}'`;
		return notTimes(nth);
	},
	words: (system, { check, nth }) => [
		word('of_dom', currentDom(system)),
		word('where', CHECK[check as CheckName]),
		word('value', nth)
	],
	apply: ({ hypervisor }, { check, nth }) => void hypervisor.overrides.turnAnswers.set(check as CheckName, nth)
};

const skipFlush: Row<'skip_flush'> = {
	check: (_system, { times }) => notTimes(times),
	words: (system, { times }) => [word('of_dom', currentDom(system)), word('where', 0), word('value', times)],
	apply({ hypervisor }, { times }) {
		hypervisor.overrides.skipFlushes += times;
	}
};

const dropEvent: Row<'drop_event'> = {
	check(system, { dom, port, times }) {
		const domain = domainOf(system, dom);
		if (typeof domain === 'string') return domain;
		const { ports } = portOps(domain);
		if (!Number.isInteger(port) || port < 1 || port >= ports)
			return `ports go from 1 to ${ports - 1}; there is no ${port}`;
		return notTimes(times);
	},
	words: (_system, { dom, port, times }) => [word('of_dom', dom), word('where', port), word('value', times)],
	apply: ({ hypervisor }, { dom, port, times }) => add(hypervisor.overrides.dropEvents, dropKey(dom, port), times)
};

const ROWS: { readonly [K in Kind]: Row<K> } = {
	register,
	memory,
	pte,
	port: portBit,
	skip_check: skipCheck,
	turn_answer: turnAnswer,
	skip_flush: skipFlush,
	drop_event: dropEvent
};

const rowOf = (change: Change): Row<Kind> | undefined => ROWS[change.kind] as Row<Kind> | undefined;

/** Why the change cannot be made at this moment, in one line; null where it can. */
export const checkChange = (system: System, change: Change): string | null => {
	const row = rowOf(change);
	return row ? row.check(system, change) : `there is no change of the kind '${String(change.kind)}'`;
};

/**
 * Makes the change, between two instructions.
 * @returns the seq of its `change` event
 * @throws RangeError with `checkChange`'s reason, with nothing changed
 */
export function applyChange(system: System, change: Change): number {
	const wrong = checkChange(system, change);
	const row = rowOf(change);
	if (wrong !== null || !row) throw new RangeError(wrong ?? 'no such change');
	const { hypervisor } = system;
	const seq = hypervisor.recorder.record(KIND.change, word('what', NUMBER[change.kind]), ...row.words(system, change));
	hypervisor.overrides.last = seq;
	hypervisor.causedBy(seq, () => row.apply(system, change));
	return seq;
}
