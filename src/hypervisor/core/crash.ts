/** Ending a domain that broke a rule: it, and nothing else, stops (xen/common/domain.c: domain_crash). */
import { SHUTDOWN } from '../../abi/structs/sched';
import { CRASH_REASONS, KIND, word } from '../../trace/events';
import { emptyRegs, type Domain } from './domain';
import type { Hypervisor } from './hypervisor';
import { log, logRegisters } from './log';
import { currentRegs } from './registers';
import { sleepVcpu } from '../sched/wake';

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
	hv.onDomainEnd?.(d);
}
