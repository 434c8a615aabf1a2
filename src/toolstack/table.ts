/** The domains as a table, such as xl and xentop print: the source of every list of them. */
import { SHUTDOWN } from '../abi/structs/sched';
import type { DomainStatus, DomainUse, VcpuUse } from '../hypervisor/control';
import { uuid } from './initial-tree';
import type { GuestDomain, Toolstack } from './toolstack';

/** One domain at this moment. Times in seconds of virtual time. */
export interface DomainRow {
	readonly dom: number;
	readonly name: string;
	readonly uuid: string;
	readonly memoryKiB: number;
	readonly maxMemoryKiB: number;
	/** Letters of `xl list`: running, blocked, paused, shut down, crashed, dying; a dash where it is not. */
	readonly state: string;
	readonly cpuSeconds: number;
	/** Since it was made. */
	readonly upSeconds: number;
	readonly vcpus: readonly VcpuRow[];
	/** SHUTDOWN_* (xen/include/public/sched.h), or null while it runs. */
	readonly shutdown: number | null;
	readonly disks: number;
	readonly vifs: number;
}

/** One virtual processor. */
export interface VcpuRow {
	readonly id: number;
	readonly online: boolean;
	readonly running: boolean;
	readonly blocked: boolean;
	readonly seconds: number;
}

const NOTHING: DomainUse = { pages: 0, maxPages: 0, paused: false, dying: false, vcpus: [] };
/** What xl prints of a domain that has no name in xenstore: one that domain 0's kernel made. */
const NO_NAME = '(null)';
const NO_UUID = '00000000-0000-0000-0000-000000000000';
const KIB_A_PAGE = 4;

/** Whoever asks runs in domain 0, so no other domain runs on the machine's one processor at that moment. */
const isRunning = (dom: number): boolean => dom === 0;

function letters(dom: number, { shutdown, crash }: DomainStatus, { vcpus, paused, dying }: DomainUse): string {
	const up = vcpus.filter(({ online }) => online);
	const over = shutdown !== null || crash !== null;
	const flags: [string, boolean][] = [
		['r', isRunning(dom)],
		['b', !isRunning(dom) && !over && up.length > 0 && up.every(({ blocked }) => blocked)],
		['p', paused && !over],
		['s', over],
		['c', crash !== null || shutdown === SHUTDOWN.crash],
		['d', dying]
	];
	return flags.map(([letter, is]) => (is ? letter : '-')).join('');
}

const vcpuRow = (dom: number, hz: number, { id, online, blocked, ran }: VcpuUse): VcpuRow => ({
	id,
	online,
	running: isRunning(dom) && id === 0,
	blocked: !isRunning(dom) && blocked,
	seconds: ran / hz
});

function rowOf({ control }: Toolstack, dom: number, name: string, guest?: GuestDomain): DomainRow {
	const { hz, now } = control;
	const use = control.use(dom) ?? NOTHING;
	const status = control.status(dom);
	const attached = guest?.attached ?? [];
	const count = (type: string): number => attached.filter(({ device }) => device.type === type).length;
	return {
		dom,
		name,
		uuid: guest && dom !== 0 ? uuid(dom, guest.config) : NO_UUID,
		memoryKiB: use.pages * KIB_A_PAGE,
		maxMemoryKiB: use.maxPages * KIB_A_PAGE,
		state: letters(dom, status, use),
		cpuSeconds: use.vcpus.reduce((sum, { ran }) => sum + ran, 0) / hz,
		upSeconds: (now - (guest?.createdAt ?? 0)) / hz,
		vcpus: use.vcpus.map((vcpu) => vcpuRow(dom, hz, vcpu)),
		shutdown: status.shutdown,
		disks: count('vbd'),
		vifs: count('vif')
	};
}

/** All domains, domain 0 first, those that the toolstack knows nothing of last; whether its kernel is a guest or it is only played. */
export function domainTable(stack: Toolstack): DomainRow[] {
	const others = stack.domains.filter(({ dom }) => dom !== 0);
	// One that xl destroyed, and that only waits for the processor to leave it, is told of no more.
	const strangers = stack.control.domains.filter(
		(dom) => dom !== 0 && !stack.domain(dom) && !stack.control.status(dom).dying
	);
	const own = stack.domain(0);
	return [
		rowOf(stack, 0, own?.name ?? 'Domain-0', own),
		...others.map((guest) => rowOf(stack, guest.dom, guest.name, guest)),
		...strangers.map((dom) => rowOf(stack, dom, NO_NAME))
	];
}
