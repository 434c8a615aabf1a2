/** What may stand where the caret is in the text of a breakpoint: words of its grammar, symbols, files with lines, queries. */
import { EVENT_KINDS, EVENTS } from '../trace/events';
import { words } from '../words';
import { complete, matching, type Completion, type Option } from '../trace/query/complete';
import type { TraceView } from '../trace/view';
import { CONDITION_NAMES } from '../workbench/points/conditions';
import type { Names } from './breakpoint-line';
import { FIRST_WORDS } from './breakpoints';

/** No list that one reads is longer. */
const MOST = 60;

const ABOUT: Readonly<Record<string, string>> = {
	watch: 'memory that is written',
	rwatch: 'memory that is read',
	awatch: 'memory that is written or read',
	frame: 'any event about a machine frame',
	port: 'any event about an event channel',
	dom: 'a domain is given the processor'
};

const isTaken = (name: string): boolean => Object.hasOwn(EVENTS, name) || FIRST_WORDS.includes(name);

const starting = (options: readonly Option[], word: string): Option[] => matching(options, word).slice(0, MOST);

function symbols({ images, dom }: Names): Option[] {
	const doms = [dom, ...images.doms.filter((each) => each !== dom)];
	return doms.flatMap((each) =>
		images.of(each).symbols.all.map(({ name }) => ({
			label: name,
			// A symbol that has the name of something else is told apart by its distance.
			...(isTaken(name) && { apply: `${name}+0` }),
			detail: images.doms.length > 1 ? `symbol of domain ${each}` : 'symbol'
		}))
	);
}

const files = ({ images }: Names): Option[] =>
	images.doms.flatMap((dom) =>
		images.of(dom).debug.lines.files.map((file) => ({ label: `${file}:`, detail: 'source file' }))
	);

/** Lines of the file that have code, once its name and a colon stand there. */
function lines({ images }: Names, file: string, number: string): Option[] {
	const found = images.doms.flatMap((dom) => {
		const { debug } = images.of(dom);
		const [name] = debug.lines.filesLike(file);
		if (!name) return [];
		return debug.lines.linesOf(name).map((line) => {
			const [address] = debug.lines.addressesOf(name, line);
			return { label: String(line), detail: debug.functionsAt(address).at(-1)?.name ?? '' };
		});
	});
	return found.filter(({ label }) => label.startsWith(number)).slice(0, MOST);
}

/** Completes what stands before `at`; null where there is nothing to offer. */
export function completeBreakpoint(text: string, at: number, names: Names, trace?: TraceView): Completion | null {
	const before = text.slice(0, at);
	const condition = /\sif(?=\s|\(|\[)(.*)$/.exec(before);
	const word = /[\w.$/]*$/.exec(before)![0];
	const offer = (options: readonly Option[], from = at - word.length): Completion | null =>
		options.length > 0 ? { from, options } : null;
	if (condition) {
		const known = CONDITION_NAMES.map((label) => ({ label, detail: 'of the moment' }));
		return word === '' ? null : offer(starting([...known, ...symbols(names)], word));
	}
	const place = /(?:^|\s)([^\s:]+):(\d*)$/.exec(before);
	if (place) return offer(lines(names, place[1], place[2]), at - place[2].length);
	const first = /^\s*(\S*)/.exec(before)![1];
	const begun = before.trimStart().length > first.length;
	if (begun && first.split('|').every((kind) => kind === 'any' || Object.hasOwn(EVENTS, kind)))
		return complete(text, at, trace);
	if (begun && !/^\s*[ra]?watch\s+[^\s]*$/.test(before)) return null;
	if (word === '' && begun) return null;
	const offered = begun
		? []
		: [
				...FIRST_WORDS.map((label) => ({ label, detail: ABOUT[label] })),
				...EVENT_KINDS.map((label) => ({ label, detail: `event: ${words.events[label].title}` }))
			];
	return offer(starting([...offered, ...symbols(names), ...files(names)], word));
}
