/** Domains from creation to destruction (xen/common/domain.c). */
import { Bug } from '../../base';
import { SHUTDOWN } from '../../abi/structs/sched';
import { DOMID_FIRST_RESERVED, DOMID_IDLE } from '../../abi/structs/xen';
import { KIND, word } from '../../trace/events';
import { crashDomain, endDomain, tellEnd } from './crash';
import { ALL_PRIVILEGES, Domain, UNPRIVILEGED, Vcpu, type Privileges } from './domain';
import { resetPorts } from '../events/channels';
import type { Hypervisor } from './hypervisor';
import { MAX_VCPUS } from './layout';
import { INITIAL_GRANT_FRAMES } from '../grants/table';
import { addressSpaceFrames, createAddressSpace } from '../mm/address-space';
import { log } from './log';
import { relinquishPart, relinquishRest, type Enough } from '../mm/relinquish';
import { shareXenPageWithGuest } from '../mm/sharing';
import { setDomainPaused, sleepVcpu } from '../sched/wake';
import { setUpcallMask } from '../events/shared-info';
import { cycleOf, updateTimeInfo, updateWallClock } from '../time/clock';
import { DEFAULT_PERIOD_NS } from '../time/time-scale';

/** What there is to choose about a new domain. */
export interface DomainSpec {
	/** For people; after its number unless said. */
	readonly name?: string;
	/** None unless said. */
	readonly privileges?: Privileges;
	/** Most pages that it may own. */
	readonly maxPages: number;
	/** Virtual processors, 1 unless said, at most MAX_VCPUS. */
	readonly vcpus?: number;
	/** They are made later (`makeVcpus`). */
	readonly vcpusLater?: boolean;
	/** The highest port that it may open; as many as its ABI has unless said. */
	readonly maxPort?: number;
	/** Its number; the next free one unless said. */
	readonly id?: number;
}

/** The free number that follows the last one given out: a number that was in use comes back as late as can be (domctl.c: rover). */
function nextNumber(hv: Hypervisor): number {
	do hv.lastDomain = hv.lastDomain + 1 < DOMID_FIRST_RESERVED ? hv.lastDomain + 1 : 1;
	while (hv.domains.has(hv.lastDomain));
	return hv.lastDomain;
}

/** Frames of its own that the hypervisor needs for a domain that is made for so many vcpus: shared_info, the address space, grants. */
export const framesFor = (vcpus: number): number => 1 + addressSpaceFrames(vcpus) + INITIAL_GRANT_FRAMES;

/**
 * Creates a domain that owns nothing but its shared_info, with its vcpus down and itself paused.
 * Every upcall is masked (start of day).
 */
export function createDomain(hv: Hypervisor, spec: DomainSpec): Domain {
	const { vcpus = 1 } = spec;
	if (vcpus > MAX_VCPUS) throw new Bug('more vcpus than a domain can have', { vcpus });
	const id: number = spec.id ?? nextNumber(hv);
	const page = hv.heap.allocate();
	const d = new Domain(id, spec.name ?? `d${id}`, spec.privileges ?? UNPRIVILEGED, page, hv.machine, vcpus);
	d.mm.maxPages = spec.maxPages;
	if (spec.maxPort !== undefined) d.events.maxPort = spec.maxPort;
	hv.domains.set(id, d);
	shareXenPageWithGuest(hv, page, d);
	createAddressSpace(hv, d, vcpus);
	if (!spec.vcpusLater) makeVcpus(hv, d);
	updateWallClock(hv, d);
	hv.recorder.record(KIND.domain_create, word('of_dom', id), word('pages', spec.maxPages));
	log(hv, `Domain ${id} (${d.name}) created, at most ${spec.maxPages} pages`);
	return d;
}

/** Makes those of its vcpus that there are not yet, all down. */
export function makeVcpus(hv: Hypervisor, d: Domain): void {
	while (d.vcpus.length < d.maxVcpus) addVcpu(hv, d);
}

function addVcpu(hv: Hypervisor, d: Domain): void {
	const v = new Vcpu(d, d.vcpus.length);
	v.sched.runstateSince = hv.machine.clock.now;
	v.time.periodicPeriod = cycleOf(hv, DEFAULT_PERIOD_NS);
	v.time.periodicLast = hv.machine.clock.now;
	d.vcpus.push(v);
	setUpcallMask(hv, v, true);
	updateTimeInfo(hv, v);
}

/** What the first domain has where it runs a kernel. */
export interface FirstDomain {
	/** The most pages that it may have. */
	readonly pages: number;
	readonly vcpus: number;
}

/**
 * The first domain, which controls the others and has the devices. Programs outside are its user space (`../control.ts`). Without a kernel
 * they are all of it, and it gets neither vcpus nor pages; with one it waits, paused, until they have built it.
 */
export function createControlDomain(hv: Hypervisor, kernel?: FirstDomain): Domain {
	const { pages: maxPages, vcpus } = kernel ?? { pages: 0, vcpus: 0 };
	const d = createDomain(hv, { id: 0, name: 'Domain-0', privileges: ALL_PRIVILEGES, maxPages, vcpus });
	if (kernel) hv.grants.create(hv, d);
	else d.paused = false;
	return d;
}

/** A domain stops by its own will, with a SHUTDOWN_* code (xen/include/public/sched.h). */
export function shutdownDomain(hv: Hypervisor, d: Domain, code: number): void {
	if (!d.alive) return;
	if (code === SHUTDOWN.crash) return crashDomain(hv, d, 'guest called crash');
	if (code === SHUTDOWN.watchdog)
		hv.inContext(d.id, 0, () => hv.recorder.record(KIND.domain_shutdown, word('of_dom', d.id), word('reason', code)));
	else hv.recorder.record(KIND.domain_shutdown, word('of_dom', d.id), word('reason', code));
	log(hv, `Domain ${d.id} (${d.name}) shut down, code ${code}`);
	endDomain(hv, d, code);
}

/** Keeps every vcpu of the domain off the processor until `unpauseDomain`. */
export const pauseDomain = (hv: Hypervisor, d: Domain): void => setDomainPaused(hv, d, true);
/** Lets the vcpus run again that nothing else holds back. */
export const unpauseDomain = (hv: Hypervisor, d: Domain): void => setDomainPaused(hv, d, false);

/** Whether a vcpu of the domain is on a processor. */
const isRunning = (d: Domain): boolean => d.vcpus.some((v) => v.pcpu !== null);

/**
 * Destroys a domain: it stops, its channels close, its memory goes back. While it is on the processor, the
 * last part waits until the processor has left it.
 */
export function destroyDomain(hv: Hypervisor, d: Domain): void {
	if (destroyInPart(hv, d, () => false)) return;
	hv.reaping = true;
	for (const v of d.vcpus) v.pcpu?.requestReschedule();
}

/**
 * The same for a hypercall, which may be given back to its guest (domain_kill): as much as is enough for now.
 * @returns whether the domain is gone
 */
export function destroyInPart(hv: Hypervisor, d: Domain, enough: Enough): boolean {
	if (hv.domains.get(d.id) !== d) return true;
	if (!d.dying) {
		d.dying = true;
		for (const v of d.vcpus) sleepVcpu(hv, v);
		tellEnd(hv, d);
	}
	return !isRunning(d) && reap(hv, d, enough);
}

/** Frees the domains that were destroyed while they ran; called once the processor runs another. */
export function reapDomains(hv: Hypervisor): void {
	hv.reaping = false;
	for (const d of [...hv.domains.values()]) if (d.dying && !isRunning(d)) reap(hv, d, () => false);
}

/** @returns whether it was all */
function reap(hv: Hypervisor, d: Domain, enough: Enough): boolean {
	const done = hv.inContext(DOMID_IDLE, 0, () => {
		resetPorts(hv, d);
		if (!hv.grants.destroy(hv, d, enough) || !relinquishPart(hv, d, enough)) return false;
		relinquishRest(hv, d);
		return true;
	});
	if (done) hv.domains.delete(d.id);
	return done;
}
