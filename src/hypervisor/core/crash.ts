/**
 * Ending a domain that broke a rule: it, and nothing else, stops (xen/common/domain.c: domain_crash). The one exception is the hardware
 * domain's kernel: with its drivers gone Xen would restart the machine (xen/common/shutdown.c: hwdom_shutdown). Here the machine stands still
 * instead: every other domain is paused as it is, and can be looked at.
 */
import { SHUTDOWN } from '../../abi/structs/sched';
import { VIRQ } from '../../abi/structs/xen';
import { CRASH_REASONS, KIND, word } from '../../trace/events';
import { emptyRegs, type Domain } from './domain';
import type { Hypervisor } from './hypervisor';
import { log, logRegisters } from './log';
import { currentRegs } from './registers';
import { sendGlobalVirq } from '../events/channels';
import { setDomainPaused, sleepVcpu } from '../sched/wake';

export type CrashReason = (typeof CRASH_REASONS)[number];

/** Crashes `d`: records why and where, and takes its vcpus off the scheduler. It stays until destroyed. */
export function crashDomain(hv: Hypervisor, d: Domain, reason: CrashReason): void {
	if (!d.alive) return;
	const running = d.vcpus.find((v) => v.pcpu !== null);
	const regs = running?.pcpu ? currentRegs(running.pcpu) : { ...(d.vcpus[0]?.regs ?? emptyRegs()) };
	d.crash = { reason: CRASH_REASONS.indexOf(reason), vcpu: running?.id ?? 0, eip: regs.eip, regs };
	hv.recorder.record(KIND.domain_crash, word('of_dom', d.id), word('reason', d.crash.reason), word('eip', regs.eip));
	log(hv, `Domain ${d.id} (${d.name}) crashed: ${reason}`);
	logRegisters(hv, regs);
	endDomain(hv, d, SHUTDOWN.crash);
}

/** Gives a domain its shutdown code and stops its vcpus; the toolstack is told. */
export function endDomain(hv: Hypervisor, d: Domain, code: number): void {
	d.shutdownCode ??= d.announcedCode ?? code;
	for (const v of d.vcpus) sleepVcpu(hv, v);
	if (d === hv.hardwareDomain) stopHost(hv, d);
	tellEnd(hv, d);
}

/** Tells the programs of the control domain, and its kernel if that has asked to be told. */
export function tellEnd(hv: Hypervisor, d: Domain): void {
	hv.onDomainEnd?.(d);
	sendGlobalVirq(hv, VIRQ.DOM_EXC);
}

function stopHost(hv: Hypervisor, hardware: Domain): void {
	log(hv, `Hardware domain ${hardware.crash ? 'crashed' : 'has shut down'}: the machine stands still`);
	for (const d of hv.domains.values()) if (d !== hardware) setDomainPaused(hv, d, true);
}
