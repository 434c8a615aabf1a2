/** What is known of a domain that crashed. */
import { KIND } from '../../trace/events';
import { sentence } from '../../trace/text/sentence';
import type { UserRegs } from '../../hypervisor/core/domain';
import type { Run } from '../run';
import { FIRST_USER_VECTOR } from '../../x86/exceptions';

/** Why a domain crashed, and how its processor stood. */
export interface CrashState {
	/** An index of CRASH_REASONS. */
	reason: number;
	/** The vcpu that ran, or the first where none did. */
	vcpu: number;
	eip: number;
	regs: UserRegs;
	/** The address of its last page fault, as it could read it. */
	cr2: number;
	/** The last exception before, in words; '' where the trace was not kept. */
	last: string;
}

/** The crash of domain `dom`, or null when it did not crash. */
export function crashOf(run: Run, dom: number): CrashState | null {
	const domain = run.system.hypervisor.domains.get(dom);
	if (!domain?.crash) return null;
	const { reason, vcpu, eip, regs } = domain.crash;
	const cr2 = (domain.vcpus[vcpu]?.pv.cr2 ?? 0) >>> 0;
	return { reason, vcpu, eip: eip >>> 0, regs, cr2, last: lastException(run, dom) };
}

function lastException(run: Run, dom: number): string {
	const { trace } = run;
	for (let seq = trace.length - 1; seq >= 0; seq--) {
		if (trace.dom(seq) === dom && trace.kind(seq) === KIND.trap && trace.arg(seq, 'vector') < FIRST_USER_VECTOR)
			return sentence(trace, seq);
	}
	return '';
}
