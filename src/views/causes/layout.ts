/** What led to an event and what it led to, as one line of stations: the root at the top, the event in the middle, its effects below. */
import { chain, effects, type Link } from '../../trace/causes';
import { HOW_WORDS, rootText } from '../../trace/text/causes';
import { sentence } from '../../trace/text/sentence';
import type { TraceView } from '../../trace/view';
import { toneOfRing, TONE_NAMES, vcpuName, type Tone } from '../shared/rings';
import type { TwinLine } from '../shared/twin';
import { shortName } from '../score/words';
import { words } from '../../words';
import { count } from '../../words/numbers';
import { counted } from '../../words/plural';
import { fill } from '../../words/template';

const said = words.views.causes;

export interface Station {
	readonly seq: number;
	readonly part: 'cause' | 'self' | 'effect';
	/** How it is joined to the station that it belongs to, in a word or two; '' for the root. */
	readonly joint: string;
	readonly word: string;
	readonly text: string;
	readonly tone: Tone;
	/** Whose: `dom1 · guest kernel`. */
	readonly whose: string;
	/** Steps to the right: how far from the event its effects are. */
	readonly depth: number;
	/** Cycles since the event asked about; negative before it. */
	readonly since: number;
}

export interface CauseMarks {
	readonly stations: readonly Station[];
	/** What the root itself came from. */
	readonly root: string;
	/** How many effects are not shown, in words; '' where all are. */
	readonly more: string;
}

/** Effects shown, and how far they are indented at most. */
const SHOWN = 24;
/** Effects counted at most. */
const COUNTED = 1000;
const DEEPEST = 5;

function station(
	trace: TraceView,
	link: Link,
	part: Station['part'],
	joint: string,
	depth: number,
	from: number
): Station {
	const { seq } = link;
	const tone: Tone = trace.row(seq).lane === 'hardware' ? 'hw' : toneOfRing(trace.ring(seq));
	return {
		seq,
		part,
		joint,
		word: shortName(trace, seq),
		text: sentence(trace, seq),
		tone,
		whose: `${vcpuName(trace.dom(seq), trace.vcpu(seq))} · ${TONE_NAMES[tone]}`,
		depth: Math.min(DEEPEST, depth),
		since: trace.cycle(seq) - trace.cycle(from)
	};
}

/** @param seq the event asked about */
export function layout(trace: TraceView, seq: number): CauseMarks {
	if (seq < 0 || seq >= trace.length) return { stations: [], root: '', more: '' };
	const back = chain(trace, seq);
	const forward = effects(trace, seq, COUNTED);
	const depths = new Map([[seq, 0]]);
	const causes = back
		.map((link, index) => {
			// The word that joins a station to the one above it is that of the link from below.
			const above = back[index + 1];
			const joint = above ? HOW_WORDS[above.how].cause : '';
			return station(trace, link, index === 0 ? 'self' : 'cause', joint, 0, seq);
		})
		.reverse();
	const after = forward.slice(0, SHOWN).map((link) => {
		const depth = (depths.get(link.of) ?? 0) + 1;
		depths.set(link.seq, depth);
		return station(trace, link, 'effect', HOW_WORDS[link.how].effect, depth, seq);
	});
	return {
		stations: [...causes, ...after],
		root: rootText(trace, back[back.length - 1].seq),
		more: moreText(forward.length - SHOWN)
	};
}

/** How many effects are left out; '' where none are. */
const moreText = (left: number): string =>
	left <= 0 ? '' : counted(left + SHOWN < COUNTED ? said.more : said.moreAtLeast, left, { count: count(left) });

function lineOf({ part, joint, text: sentence }: Station): string {
	const template = said.lines[part === 'effect' && joint ? 'effectJoint' : part];
	return fill(template, { joint, sentence });
}

export const twin = ({ stations, root, more }: CauseMarks): TwinLine[] => [
	...(root ? [{ id: 'root', text: root, choosable: false }] : []),
	...stations.map((station) => ({ id: String(station.seq), text: lineOf(station) })),
	...(more ? [{ id: 'more', text: more, choosable: false }] : [])
];
