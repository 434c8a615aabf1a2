/**
 * Threads are the vcpus of all domains: one processor serves them all, so at most one is on it. A thread's number is made of the
 * domain's and the vcpu's and stays theirs: 101 is vcpu 0 of domain 1, 203 is vcpu 2 of domain 2.
 */
import type { Run } from '../workbench/run';
import { vcpuInWords, vcpuOnProcessor, vcpus, type VcpuId } from '../workbench/inspect/vcpus';
import { KIND } from '../trace/events';
import { hexNumber } from './hex';

/** The thread that there is when no domain has a vcpu: the processor itself. */
const PROCESSOR = 1;

const threadOf = ({ dom, vcpu }: VcpuId): number => dom * 100 + vcpu + 1;

/** The vcpu that a thread's number stands for, whether or not there is one. */
export const vcpuOf = (thread: number): VcpuId => ({ dom: Math.floor(thread / 100), vcpu: (thread - 1) % 100 });

export const sameVcpu = (a: VcpuId | null, b: VcpuId | null): boolean =>
	a !== null && b !== null && a.dom === b.dom && a.vcpu === b.vcpu;

/** Numbers of all threads, ascending; never none. */
export function threads(run: Run): number[] {
	const all = vcpus(run).map(threadOf);
	return all.length > 0 ? all.sort((a, b) => a - b) : [PROCESSOR];
}

/** The thread to look at: the vcpu on the processor, else the one that was on it last, else the first. */
export function currentThread(run: Run): number {
	const all = threads(run);
	const running = vcpuOnProcessor(run) ?? lastOnProcessor(run);
	const thread = running ? threadOf(running) : all[0];
	return all.includes(thread) ? thread : all[0];
}

/** Who left the processor last, as far as the trace tells. */
function lastOnProcessor(run: Run): VcpuId | null {
	const { trace } = run;
	for (let seq = Math.min(run.store.next, trace.length) - 1; seq >= 0; seq--) {
		if (trace.kind(seq) !== KIND.sched_switch) continue;
		return { dom: trace.arg(seq, 'prev_dom'), vcpu: trace.arg(seq, 'prev_vcpu') };
	}
	return null;
}

/** Where a packet means all threads. */
export const ALL_THREADS = -1;

/** A thread's number as packets write it: hexadecimal; 0 is any and -1 all. NaN for what is no number. */
export const parseThread = (text: string): number => (text === '-1' ? ALL_THREADS : hexNumber(text));

export const threadHex = (thread: number): string => thread.toString(16);

/** What `info threads` shows of a thread: `d1v0 pocket: running`. */
export function threadInWords(run: Run, thread: number): string {
	if (thread === PROCESSOR && vcpus(run).length === 0) return 'the processor, without any domain';
	const id = vcpuOf(thread);
	return `d${id.dom}v${id.vcpu} ${vcpuInWords(run, id)}`;
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const xml = (text: string): string => text.replace(/[&<>"]/g, (sign) => entities[sign]);

/** The document that `qXfer:threads:read` gives. */
export const threadsXml = (run: Run): string =>
	`<?xml version="1.0"?>\n<threads>\n${threads(run)
		.map((thread) => `<thread id="${threadHex(thread)}" core="0">${xml(threadInWords(run, thread))}</thread>\n`)
		.join('')}</threads>\n`;
