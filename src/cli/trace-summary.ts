/** What a file with a trace holds, in lines for people. */
import { EVENT_KINDS } from '../trace/events';
import { domainName, titleOf } from '../trace/text/names';
import { sentence } from '../trace/text/sentence';
import { isCall, valueName } from '../trace/values';
import type { TraceView } from '../trace/view';
import type { OpenedTrace } from '../workbench/files/trace-file';
import { count, significant } from '../words/numbers';

const line = (name: string, value: string): string => `  ${name.padEnd(13)} ${value}`;
const counted = (depth: number, name: string, amount: number, note = ''): string =>
	`${' '.repeat(depth * 4)}${name.padEnd(44 - depth * 4)} ${count(amount).padStart(12)}${note && `  ${note}`}`;

/** Names with how often they come, the most frequent first. */
function ranked(names: Iterable<string>): [string, number][] {
	const counts = new Map<string, number>();
	for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
	return [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
}

function* callNames(view: TraceView, kind: string): Generator<string> {
	for (let seq = 0; seq < view.length; seq++)
		if (isCall(view, seq) && view.kindName(seq) === kind) yield valueName(view, seq, 'nr');
}

function* kindNames(view: TraceView): Generator<string> {
	for (let seq = 0; seq < view.length; seq++) yield EVENT_KINDS[view.kind(seq)];
}

function domainsOf({ view, names }: OpenedTrace): string {
	const met = new Set<number>();
	for (let seq = 0; seq < view.length; seq++) met.add(view.dom(seq));
	const sorted = [...met].sort((a, b) => a - b);
	return sorted.map((dom) => domainName(dom) + (names[dom] ? ` (${names[dom]})` : '')).join(', ') || 'none';
}

function spanOf({ view, hz }: OpenedTrace, ofTheFile: boolean): string {
	if (view.length === 0) return 'none';
	const [first, last] = [view.cycle(0), view.cycle(view.length - 1)];
	const seconds = (last - first) / hz;
	const retired = view.icount(view.length - 1) - view.icount(0);
	const instructions = view.partial ? '' : `, ${count(retired)} instructions`;
	return `${count(last - first)} cycles, ${significant(seconds, 4)} s at ${significant(hz / 1e9, 3)} GHz${ofTheFile ? '' : ' (assumed)'}${instructions}`;
}

const KINDS: Readonly<Record<OpenedTrace['kind'], string>> = {
	ringside: 'a file of Ringside',
	jsonl: 'JSON lines of a trace',
	xentrace: 'records of xentrace',
	unknown: 'no trace'
};

function runLines({ file }: OpenedTrace): string[] {
	if (!file?.lines || !file.scenario) return [];
	const { timelines, timeline, moment } = file.lines;
	const stands = `${count(moment.icount)} instructions, on ${timelines.find(({ id }) => id === timeline)?.name || timeline}`;
	return [
		line('scenario', file.scenario.name),
		line(
			'timelines',
			timelines
				.map(({ id, name }) => `${id} ${name} (${count(file.traces.traces.get(id)?.length ?? 0)} events)`)
				.join('; ')
		),
		line('stands at', stands),
		line('notes', file.desk === undefined ? 'none' : 'yes')
	];
}

function recordLines({ xentrace }: OpenedTrace): string[] {
	if (!xentrace) return [];
	return [
		line('processors', xentrace.cpus.join(', ')),
		line('lost', `${count(xentrace.lost)} records`),
		line('records', count(xentrace.records)),
		...xentrace.byRecord.map(({ name, count: amount, shown }) => counted(1, name, amount, shown ? '' : 'counted only'))
	];
}

/** The summary. @param file name of the file */
export function summaryLines(file: string, opened: OpenedTrace): string[] {
	const { view, kind } = opened;
	const events = ranked(kindNames(view)).flatMap(([name, amount]) => {
		const calls = name === 'hypercall' || name === 'subcall' ? ranked(callNames(view, name)) : [];
		return [counted(1, name, amount), ...calls.map(([call, times]) => counted(2, call, times))];
	});
	return [
		`${file}: ${KINDS[kind]}`,
		...runLines(opened),
		line('domains', domainsOf(opened)),
		line('time', spanOf(opened, opened.file !== null)),
		...recordLines(opened),
		line('events', count(view.length)),
		...events
	];
}

/** One event on one line: number, cycle, who, kind, and what it means. */
export function eventLine(view: TraceView, seq: number): string {
	const who = `${domainName(view.dom(seq))}/${view.vcpu(seq)}`;
	const kind = titleOf(view, seq);
	return `${seq}\t${view.cycle(seq)}\t${who}\t${kind}\t${sentence(view, seq)}`;
}
