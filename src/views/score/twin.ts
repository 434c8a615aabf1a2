/** The score in words: what the stretch in sight holds altogether, then event by event about the chosen one. */
import { userLane, kernelLane, HARDWARE, XEN } from '../../trace/lanes';
import { Tally } from '../../trace/tally';
import { sentence } from '../../trace/text/sentence';
import { count, timeText } from '../../words/numbers';
import { domainName } from '../shared/rings';
import type { TwinLine } from '../shared/twin';
import type { ScoreState } from './layout';
import { COUNTED, slotWords, wordOf } from './words';
import { words as language } from '../../words';
import { fill } from '../../words/template';

const said = language.views.score.twin;

/** At most this many events are told one by one. */
const TOLD = 60;
/** Of more domains than these, what several did is told together. */
const EACH_DOMAIN = 6;
/** Of fewer events in sight nothing is summed up. */
const SUMMED_FROM = 200;

const percent = (share: number): string =>
	share > 0 && share < 0.005 ? said.little : fill(said.percent, { percent: Math.round(share * 100) });

/** Who had the processor, and how often what happened, in the stretch in sight. */
function summary({ trace, stretch, end, known, hz = 0 }: ScoreState): TwinLine[] {
	const tally = Tally.of(trace);
	const limit = Math.min(known, tally.length);
	const [fromCycle, toCycle] = [Math.max(0, stretch.from), Math.min(stretch.to, end)];
	const reader = tally.reader();
	const { seq: from, counts, times } = structuredClone(reader.at(fromCycle, 0, limit));
	const to = reader.at(toCycle, 0, limit);
	if (to.seq - from < SUMMED_FROM) return [];
	const line = (id: string, text: string): TwinLine => ({ id, text, choosable: false });
	const span = toCycle - fromCycle;
	const lines = [
		line(
			'all',
			fill(hz > 0 ? said.sightTime : said.sight, {
				from: count(Math.round(fromCycle)),
				to: count(Math.round(toCycle)),
				time: hz > 0 ? timeText(span, hz) : '',
				events: count(to.seq - from)
			})
		)
	];
	const lanes: [number, string][] = [
		...tally.domains.flatMap((dom, place): [number, string][] => [
			[userLane(place), fill(said.user, { dom: domainName(dom) })],
			[kernelLane(place), fill(said.kernel, { dom: domainName(dom) })]
		]),
		[XEN, said.xen],
		[HARDWARE, said.hw]
	];
	const shares = lanes
		.map(([lane, name]): [number, string] => [((to.times[lane] ?? 0) - (times[lane] ?? 0)) / span, name])
		.filter(([share]) => share > 0);
	const many = tally.domains.length > EACH_DOMAIN;
	const named = many ? [...shares].sort(([a], [b]) => b - a).slice(0, EACH_DOMAIN) : shares;
	const told = named.map(([share, who]) => fill(said.share, { who, percent: percent(share) }));
	if (named.length < shares.length) {
		const rest = shares.reduce((sum, [share]) => sum + share, 0) - named.reduce((sum, [share]) => sum + share, 0);
		told.push(fill(said.share, { who: said.others, percent: percent(rest) }));
	}
	lines.push(line('time', fill(said.shares, { shares: told.join(', ') })));
	const { words } = slotWords(tally);
	/** What several domains did, by what it is called. */
	const together = new Map<string, { number: number; doms: Set<number>; first: number }>();
	for (const [slot, { place, ring }] of tally.slots.entries()) {
		const word = words[slot];
		const number = to.counts[slot] - (counts[slot] ?? 0);
		if (!word || word.rank < COUNTED || number === 0) continue;
		const first = tally.first(slot, from, to.seq, counts[slot] ?? 0);
		if (first < 0) continue;
		if (many && place >= 0) {
			const sum = together.get(word.name) ?? { number: 0, doms: new Set<number>(), first };
			together.set(word.name, sum);
			sum.number += number;
			sum.doms.add(place);
			sum.first = Math.min(sum.first, first);
			continue;
		}
		const template = place < 0 ? said.counted : ring > 0 ? said.countedRing : said.countedOf;
		const text = fill(template, {
			count: count(number),
			what: word.name,
			dom: place < 0 ? '' : domainName(tally.domains[place]),
			ring,
			first: sentence(trace, first)
		});
		lines.push({ id: String(first), text });
	}
	for (const [what, { number, doms, first }] of together)
		lines.push({
			id: String(first),
			text: fill(said.countedTogether, { count: count(number), what, doms: doms.size, first: sentence(trace, first) })
		});
	return lines;
}

/** Lines of the text twin; the id of a line that can be chosen is its event's seq. */
export function twin(state: ScoreState): TwinLine[] {
	const { trace, chosen, stretch, known } = state;
	const middle = chosen >= 0 ? chosen : trace.seqAtCycle(stretch.from);
	const list: number[] = [];
	for (let seq = middle; seq >= 0 && list.length < TOLD / 2; seq--)
		if (seq < known && (wordOf(trace, seq) || seq === chosen)) list.unshift(seq);
	for (let seq = middle + 1; seq < known && list.length < TOLD; seq++) if (wordOf(trace, seq)) list.push(seq);
	const lines = summary(state);
	const told = new Set(lines.map((line) => line.id));
	return [
		...lines,
		...list.filter((seq) => !told.has(String(seq))).map((seq) => ({ id: String(seq), text: sentence(trace, seq) }))
	];
}
