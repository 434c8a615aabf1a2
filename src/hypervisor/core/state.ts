/**
 * The hypervisor's state beside RAM, as plain data: it can be cloned, sent to another thread, and kept. A state is
 * taken between instructions, so nothing is half done in it. Restoring keeps the objects of domains and vcpus that
 * exist on both sides, since others refer to them.
 */
import { DOMID_IDLE } from '../../abi/structs/xen';
import { copyPlain } from '../../base';
import { Domain, Vcpu, type Privileges } from './domain';
import type { SavedGrants } from '../grants/state';
import type { Hypervisor } from './hypervisor';
import type { IrqLines } from '../irqs/lines';
import type { Part, PartState } from './part';
import type { PcpuState } from './pcpu';
import { restoreMemory, restoreMemoryRest, saveMemory, saveMemoryRest, type MmRest, type MmState } from '../mm/state';

/** The core's own fields of a record, and each room's part. */
interface RecordState {
	readonly own: PartState;
	readonly parts: Readonly<Record<string, PartState>>;
}

/** A domain and its vcpus as plain data. */
export interface DomainState extends RecordState {
	readonly id: number;
	readonly name: string;
	readonly privileges: Privileges;
	readonly sharedInfo: number;
	readonly vcpus: readonly RecordState[];
}

/** What `saveRest` gives: everything but the columns of memory management (mm/state.ts). */
export interface HypervisorRest {
	readonly domains: readonly DomainState[];
	readonly pcpus: readonly PcpuState[];
	readonly fields: PartState;
	readonly memory: MmRest;
	readonly grants: SavedGrants;
	readonly irqs: ReturnType<IrqLines['save']>;
	readonly sched: unknown;
}

/** What `saveHypervisor` gives. */
export interface HypervisorState extends HypervisorRest {
	readonly memory: MmState;
}

/** Plain fields of the hypervisor itself. */
const FIELDS = ['overrides', 'lastDomain', 'reaping', 'consoleInput'] as const;
/** Parts of a domain and of a vcpu, and their fields that are not state of their own. */
const DOMAIN_PARTS = ['time', 'events', 'mm', 'pv'] as const;
const DOMAIN_LINKS = ['id', 'name', 'privileges', 'sharedInfo', 'vcpus', ...DOMAIN_PARTS];
const VCPU_PARTS = ['sched', 'time', 'events', 'mm', 'pv'] as const;
const VCPU_LINKS = ['domain', 'id', 'pcpu', ...VCPU_PARTS];

function saveRecord<Name extends string>(
	record: Readonly<Record<Name, Part>>,
	parts: readonly Name[],
	links: readonly string[]
): RecordState {
	const own = Object.entries(record).filter(([key]) => !links.includes(key));
	return {
		own: copyPlain(Object.fromEntries(own)),
		parts: Object.fromEntries(parts.map((name) => [name, record[name].save()]))
	};
}

function restoreRecord<Name extends string>(
	record: Readonly<Record<Name, Part>>,
	parts: readonly Name[],
	state: RecordState
): void {
	Object.assign(record, copyPlain(state.own));
	for (const name of parts) record[name].restore(state.parts[name]);
}

const saveDomain = (d: Domain): DomainState => ({
	...saveRecord(d, DOMAIN_PARTS, DOMAIN_LINKS),
	id: d.id,
	name: d.name,
	privileges: copyPlain(d.privileges),
	sharedInfo: d.sharedInfo,
	vcpus: d.vcpus.map((v) => saveRecord(v, VCPU_PARTS, VCPU_LINKS))
});

/** All but the columns of memory management, for whoever keeps these by other means. */
export function saveRest(hv: Hypervisor): HypervisorRest {
	return {
		domains: [...hv.domains.values()].map(saveDomain),
		pcpus: hv.pcpus.map((pcpu) => pcpu.save()),
		fields: copyPlain(Object.fromEntries(FIELDS.map((field) => [field, hv[field]]))),
		memory: saveMemoryRest(hv),
		grants: hv.grants.save(),
		irqs: hv.irqs.save(),
		sched: copyPlain(hv.sched.save())
	};
}

/** Everything that the hypervisor knows; the machine's own state is saved by the machine. */
export const saveHypervisor = (hv: Hypervisor): HypervisorState => ({ ...saveRest(hv), memory: saveMemory(hv) });

function restoreDomain(hv: Hypervisor, state: DomainState): void {
	const known = hv.domains.get(state.id);
	const same = known?.name === state.name && known.sharedInfo === state.sharedInfo;
	const d = same ? known : new Domain(state.id, state.name, copyPlain(state.privileges), state.sharedInfo, hv.machine);
	restoreRecord(d, DOMAIN_PARTS, state);
	d.vcpus.length = state.vcpus.length;
	state.vcpus.forEach((vcpu, id) => {
		d.vcpus[id] ??= new Vcpu(d, id);
		restoreRecord(d.vcpus[id], VCPU_PARTS, vcpu);
	});
	hv.domains.set(state.id, d);
}

/** Puts the hypervisor back into a state of the same scenario. The machine, RAM included, was restored before. */
export function restoreHypervisor(hv: Hypervisor, state: HypervisorState): void {
	restoreDomains(hv, state);
	restoreMemory(hv, state.memory);
	restoreParts(hv, state);
}

/** The same for what `saveRest` gave; the columns of memory management have been written back. */
export function restoreRest(hv: Hypervisor, state: HypervisorRest): void {
	restoreDomains(hv, state);
	restoreMemoryRest(hv, state.memory);
	restoreParts(hv, state);
}

const vcpuOf =
	(hv: Hypervisor) =>
	(dom: number, vcpu: number): Vcpu =>
		hv.domains.get(dom)!.vcpus[vcpu];

function restoreDomains(hv: Hypervisor, state: HypervisorRest): void {
	const ids = new Set(state.domains.map((d) => d.id));
	for (const id of [...hv.domains.keys()]) if (!ids.has(id)) hv.domains.delete(id);
	for (const d of state.domains) restoreDomain(hv, d);
	Object.assign(hv, copyPlain(state.fields));
	hv.pcpus.forEach((pcpu, index) => pcpu.restore(state.pcpus[index], vcpuOf(hv)));
}

function restoreParts(hv: Hypervisor, state: HypervisorRest): void {
	hv.grants.restore(state.grants);
	hv.irqs.restore(state.irqs);
	hv.sched.restore(state.sched, vcpuOf(hv));
	hv.recorder.dom = hv.pcpu.current?.domain.id ?? DOMID_IDLE;
	hv.recorder.vcpu = hv.pcpu.current?.id ?? 0;
	hv.recorder.cause = -1;
}
