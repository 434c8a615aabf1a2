/** Where in RAM that lies which may be asked about, and how its value reads. */
import { hex, hex8, PAGE_SIZE } from '../../base';
import { XENCONS_INTERFACE } from '../../abi/structs/io';
import { XENSTORE_INTERFACE } from '../../abi/structs/xenstore';
import { portOps } from '../../hypervisor/events/ports';
import { entryAddress } from '../../hypervisor/mm/entries';
import type { Run } from '../run';
import { translate } from '../inspect/page-walk';
import { RING_INDICES, type WhoTarget } from './words';
import { PTE_A, PTE_D } from '../../x86/paging';

import { words } from '../../words/late';
import { fill } from '../../words/template';

const said = words.who;
const { errors } = said;

/** A stretch of RAM whose value is asked about. */
export interface Place {
	readonly physical: number;
	readonly length: number;
	/** Bits that count, a mask a byte; all where left out. */
	readonly mask?: readonly number[];
	/** The value in words. */
	read(bytes: readonly number[]): string;
}

/** Most bytes that can be asked about at once. */
const MOST_ASKED = 4096;
/** Accessed and dirty, which the processor sets by itself. */
const WITHOUT_AD = [~(PTE_A | PTE_D) & 0xff, ...Array.from({ length: 7 }, () => 0xff)];

/** Bytes in words: a word as a number, others one by one. */
export const bytesText = (bytes: readonly number[]): string => {
	if (bytes.length === 4) return `0x${wordOf(bytes, 0)}`;
	const shown = bytes.slice(0, 16).map((byte) => byte.toString(16).padStart(2, '0'));
	return shown.join(' ') + (bytes.length > shown.length ? ' …' : '');
};
const wordOf = (bytes: readonly number[], at: number): string =>
	hex8(bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24));
const entryText = (bytes: readonly number[]): string => `0x${wordOf(bytes, 4)}${wordOf(bytes, 0)}`;
const numberText = (bytes: readonly number[]): string => String(Number.parseInt(wordOf(bytes, 0), 16));
const bitText =
	(bit: number, states: readonly [clear: string, set: string]) =>
	(bytes: readonly number[]): string =>
		states[(bytes[0] >>> bit) & 1];

/** An entry of a page table. */
export const entryPlace = (physical: number): Place => ({ physical, length: 8, mask: WITHOUT_AD, read: entryText });

type Of<K extends WhoTarget['kind']> = Extract<WhoTarget, { kind: K }>;

function memoryPlaces(run: Run, { space, address, length }: Of<'memory'>): Place[] {
	const { size } = run.system.machine.memory;
	if (!Number.isInteger(length) || length < 1 || length > MOST_ASKED)
		throw new RangeError(fill(errors.length, { most: MOST_ASKED, length }));
	if (!Number.isInteger(address) || address < 0 || address + length > 2 ** 32)
		throw new RangeError(fill(errors.address, { address }));
	const found: Place[] = [];
	for (let done = 0; done < length;) {
		const at = address + done;
		const count = Math.min(length - done, PAGE_SIZE - (at % PAGE_SIZE));
		const physical = space === 'physical' ? at : translate(run, at);
		if (physical < 0) throw new RangeError(fill(errors.unmapped, { address: hex(at) }));
		if (physical + count > size) throw new RangeError(fill(errors.beyond, { address: hex(physical) }));
		found.push({ physical, length: count, read: bytesText });
		done += count;
	}
	return found;
}

function portPlace(run: Run, { dom, port, bit }: Of<'port'>): Place {
	const domain = run.system.hypervisor.domains.get(dom);
	if (!domain || domain.played) throw new RangeError(fill(errors.domain, { dom }));
	const ops = portOps(domain);
	if (!Number.isInteger(port) || port < 0 || port >= ops.ports) throw new RangeError(fill(errors.port, { port }));
	const place = ops.bit(domain, port, bit);
	if (!place) throw new RangeError(fill(errors.word, { port, dom }));
	const { pending, notPending, masked, open } = said.values;
	const states = bit === 'pending' ? ([notPending, pending] as const) : ([open, masked] as const);
	return {
		physical: place.word + (place.bit >>> 3),
		length: 1,
		mask: [1 << (place.bit & 7)],
		read: bitText(place.bit & 7, states)
	};
}

function ringPlace(run: Run, { dom, ring, index }: Of<'ring'>): Place {
	const built = run.system.toolstack.domain(dom)?.built;
	if (!built || (ring === 'console' && built.consoleMfn === 0)) throw new RangeError(fill(errors.rings, { dom }));
	const names: readonly string[] = RING_INDICES[ring] ?? [];
	if (!names.includes(index)) throw new RangeError(fill(errors.index, { ring, names: names.join(', '), index }));
	const base = (ring === 'console' ? built.consoleMfn : built.xenstoreMfn) * PAGE_SIZE;
	const layout: Readonly<Record<string, number>> = ring === 'console' ? XENCONS_INTERFACE.at : XENSTORE_INTERFACE.at;
	return { physical: base + layout[index], length: 4, read: numberText };
}

function ptePlace(run: Run, { mfn, index }: Of<'pte'>): Place {
	const { frames } = run.system.machine.memory;
	if (!Number.isInteger(mfn) || mfn < 0 || mfn >= frames) throw new RangeError(fill(errors.frame, { mfn, frames }));
	if (!Number.isInteger(index) || index < 0 || index > 511) throw new RangeError(fill(errors.entry, { index }));
	return entryPlace(entryAddress(mfn, index));
}

/** The stretches of RAM that a target means now. @throws RangeError where there is none */
export function placesOf(
	run: Run,
	target: Exclude<WhoTarget, { kind: 'register' | 'frame' | 'disk' | 'wire' }>
): Place[] {
	switch (target.kind) {
		case 'memory':
			return memoryPlaces(run, target);
		case 'pte':
			return [ptePlace(run, target)];
		case 'port':
			return [portPlace(run, target)];
		case 'ring':
			return [ringPlace(run, target)];
	}
}

/** Whether the bits that count are the same. */
export const sameValue = (place: Place, a: readonly number[], b: readonly number[]): boolean =>
	a.every((byte, index) => ((byte ^ b[index]) & (place.mask?.[index] ?? 0xff)) === 0);
