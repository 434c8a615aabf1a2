/** Counts again who uses which entry: every use of an active entry is a mapping by handle, for copies are over before a call ends. */
import { DOMID_INVALID } from '../../abi/structs/xen';
import { kindsOf, noPins, type GrantTable, type Mapping, type Pins } from './table';

/** @returns one sentence for each disagreement between entries in use and handles */
export function disagreements(tables: ReadonlyMap<number, GrantTable>): string[] {
	const problems: string[] = [];
	const counted = new Map<string, Pins>();
	for (const [dom, table] of tables) {
		for (const [handle, mapping] of table.mappings) {
			const granted = tables.get(mapping.dom)?.active.get(mapping.ref);
			if (mapping.dom === DOMID_INVALID) continue;
			if (granted?.domid !== dom || granted.mfn !== mapping.mfn)
				problems.push(`handle ${handle} of domain ${dom} is of ${placeOf(mapping)}, which is not in use so`);
			const pins = counted.get(placeOf(mapping)) ?? noPins();
			for (const kind of kindsOf(mapping.flags)) pins[kind]++;
			counted.set(placeOf(mapping), pins);
		}
		problems.push(...lostHandles(dom, table));
	}
	for (const [dom, table] of tables) {
		for (const [ref, { pins }] of table.active) {
			const there = counted.get(placeOf({ dom, ref }));
			if (JSON.stringify(pins) !== JSON.stringify(there))
				problems.push(`${placeOf({ dom, ref })} counts ${JSON.stringify(pins)}, ${JSON.stringify(there)} are there`);
		}
	}
	return problems;
}

const placeOf = ({ dom, ref }: Pick<Mapping, 'dom' | 'ref'>): string => `entry ${ref} of domain ${dom}`;

/** Every handle is free once, or names a mapping. */
function lostHandles(dom: number, table: GrantTable): string[] {
	const free = table.free.flat();
	const all = new Set([...free, ...table.mappings.keys()]);
	const whole = all.size === table.handles && free.length + table.mappings.size === table.handles;
	return whole
		? []
		: [`domain ${dom} has ${table.handles} handles, ${free.length} free, ${table.mappings.size} in use`];
}
