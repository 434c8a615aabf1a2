/** What `monitor` tells about a moment, as plain text. */
import { DOMID_IDLE } from '../abi/structs/xen';
import { hex, hex8 } from '../base';
import { queryAll } from '../trace/query';
import { domainName } from '../trace/text/names';
import { sentence } from '../trace/text/sentence';
import type { WalkStep } from '../moments';
import { describeChange } from '../workbench/time/change-words';
import { isChange, type LogEntry } from '../workbench/log';
import { walk } from '../workbench/inspect/page-walk';
import { topTable, vcpuOnProcessor } from '../workbench/inspect/vcpus';
import { toHex } from './hex';
import type { Session } from './session';
import { threadInWords, threads, vcpuOf } from './threads';

/** Events listed when no number is given, and at most. */
export const FEW = 10;
export const MANY = 1000;

/** A line an event, with what has not happened yet at this moment marked. */
export function lines({ run }: Session, seqs: readonly number[]): string {
	const now = run.store.next;
	return seqs
		.map((seq) => {
			const { trace } = run;
			const who = trace.dom(seq) === DOMID_IDLE ? 'idle' : domainName(trace.dom(seq));
			return `${seq >= now ? '>' : ' '}${String(seq).padStart(7)}  icount ${trace.icount(seq)}  ${who}  ${sentence(trace, seq)}\n`;
		})
		.join('');
}

/** Events up to now that `wanted` holds for, the last `count` of them. */
export function last(session: Session, count: number, wanted: (seq: number) => boolean): number[] {
	const found: number[] = [];
	for (let seq = Math.min(session.run.store.next, session.run.trace.length) - 1; seq >= 0; seq--) {
		if (found.length >= count) break;
		if (wanted(seq)) found.unshift(seq);
	}
	return found;
}

/** The last events, or those that a query names. @throws QueryError */
export function events(session: Session, text: string): string {
	const { run } = session;
	const any = (): boolean => true;
	if (text === '') return lines(session, last(session, FEW, any)) || 'Nothing has been recorded.\n';
	const all = queryAll(run.trace, text);
	if (all.length === 0) return `No event matches ${text}.\n`;
	const shown = all.slice(0, MANY);
	const rest = all.length > shown.length ? `and ${all.length - shown.length} more\n` : '';
	return lines(session, shown) + rest;
}

const rights = (step: WalkStep): string =>
	[step.writable ? 'writable' : 'read-only', step.user ? 'user' : 'supervisor', step.noExecute ? 'no execute' : '']
		.filter((word) => word !== '')
		.join(', ');

/** The walk for a linear address, a line a level. */
export function pageWalk({ run, thread }: Session, address: number): string {
	const top = topTable(run, vcpuOf(thread));
	if (top < 0) return `Thread ${thread} has no page tables.\n`;
	const found = walk(run, address, top);
	const steps = found.steps.map(
		(step) =>
			`  level ${step.level}: table in frame ${hex(step.tableMfn)}, entry ${step.index} = 0x${hex8(step.entryHigh)}${hex8(step.entryLow)}, ` +
			`${step.present ? (step.level === 3 ? 'present' : rights(step)) : 'not present'}\n`
	);
	const end =
		found.physical < 0
			? 'not mapped\n'
			: `physical ${hex(found.physical)}, frame ${hex(Math.floor(found.physical / 4096))}` +
				`${found.pfn < 0 ? '' : `, page ${hex(found.pfn)} of ${domainName(found.owner)}`}\n`;
	return `${hex(address, 8)}, top table at ${hex(top)}\n${steps.join('')}  ${end}`;
}

/** Sixteen bytes a line, as hexadecimal and as text. */
export function dump(address: number, bytes: Uint8Array): string {
	let text = '';
	for (let at = 0; at < bytes.length; at += 16) {
		const row = bytes.subarray(at, at + 16);
		const letters = Array.from(row, (byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '.')).join('');
		text += `${hex(address + at, 8)}  ${toHex(row).replace(/../g, '$& ').padEnd(48)} ${letters}\n`;
	}
	return text;
}

/** A line a domain, a line a vcpu. */
export function domains({ run }: Session): string {
	const { hypervisor, guests } = run.system;
	const rows = [...hypervisor.domains.values()].filter((domain) => domain.vcpus.length > 0);
	return rows
		.map((domain) => {
			const own = threads(run).filter((thread) => vcpuOf(thread).dom === domain.id);
			const words = own.map((thread) => `  thread ${thread}: ${threadInWords(run, thread)}\n`);
			const guest = guests.some((one) => one.dom === domain.id) ? '' : ' (not of the scenario)';
			return `domain ${domain.id}: ${domain.name}${guest}, ${domain.mm.totalPages} pages\n${words.join('')}`;
		})
		.join('');
}

/** Where the run stands. */
export function moment({ run, debuggee }: Session): string {
	const running = vcpuOnProcessor(run);
	const future = run.trace.length - run.store.next;
	return (
		`icount ${run.icount}, cycle ${run.now}, ${run.store.next} events recorded` +
		`${future > 0 ? `, ${future} more are known of the future` : ''}\n` +
		`on the processor: ${running ? `d${running.dom}v${running.vcpu}` : 'nobody'}, ring ${run.system.machine.cpu.cpl}\n` +
		`history begins at icount ${debuggee.first}\n`
	);
}

const entryInWords = (entry: LogEntry): string =>
	isChange(entry)
		? describeChange(entry.change)
		: `${JSON.stringify(entry.text)} is typed on the console of dom${entry.dom}`;

/** All futures, the current one marked. */
export const timelines = ({ run }: Session): string =>
	run.timelines
		.map(({ id, parent, at, entry }) => {
			const what = entry ? `parts from ${parent} at icount ${at.icount}: ${entryInWords(entry)}` : 'from the beginning';
			return `${id === run.timeline ? '*' : ' '} ${id}  ${what}\n`;
		})
		.join('');
