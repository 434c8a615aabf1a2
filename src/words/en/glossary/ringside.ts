/** Words of these pages: what is recorded, how it is drawn, how one goes through it. */
import type { Glossary } from '../../glossary';

export const RINGSIDE = {
	'native-escape': {
		term: 'the escape into TypeScript',
		also: ['`0F 3F`'],
		group: 'ringside',
		says: 'The two bytes at which this hypervisor stops being x86 code. Each gate leads to a stub `0F 3F n`; there the emulated processor, in ring 0, calls the hypervisor, which is written in TypeScript.',
		source: 'src/hypervisor/core/entry.ts',
		related: ['gate', 'hypervisor', 'cost-profile']
	},
	pocket: {
		term: 'pocket',
		also: ['`pocket`', 'teaching kernel'],
		group: 'ringside',
		says: 'Our teaching kernel: a small Unix-like kernel in C, paravirtualized for Xen, with processes, fork and pipes. Its command line says what it does.',
		related: ['guest', 'paravirtualized']
	},
	scenario: {
		term: 'scenario',
		also: ['scenarios'],
		group: 'ringside',
		says: 'What decides a run: the machine, its domains with their kernels and command lines, and what is typed. The same scenario always gives the same run.',
		related: ['run', 'trace']
	},
	run: {
		term: 'run (of a machine)',
		group: 'ringside',
		says: 'What a machine did from its first instruction on. Time in it is counted, not measured, so it can be made again exactly.',
		related: ['scenario', 'trace', 'cycle']
	},
	trace: {
		term: 'trace',
		also: ['traces'],
		not: ['no trace', 'a trace'],
		group: 'ringside',
		says: 'The list of all events of a run. Every picture, number and sentence of a page is read from it, or from the machine that stands at one of its events.',
		related: ['event', 'run', 'query']
	},
	event: {
		term: 'recorded event',
		also: ['recorded events', 'seq'],
		group: 'ringside',
		says: 'One thing that happened and was recorded: a trap, a hypercall, an answer. Its number in the order of the run is its seq. (An event of Xen’s comes by an event channel.)',
		related: ['trace', 'span', 'cause', 'event-channel']
	},
	span: {
		term: 'span',
		also: ['spans'],
		group: 'ringside',
		says: 'An event that lasts, such as a hypercall: it has a beginning, an end, and events inside.',
		related: ['event', 'cause']
	},
	cause: {
		term: 'cause of an event',
		also: ['caused by'],
		group: 'ringside',
		says: 'The recorded event that led to another: the write to the fault, the fault to the bounce. The keys `[` and `]` go to cause and effect.',
		related: ['event', 'span']
	},
	moment: {
		term: 'moment of a run',
		also: ['step’s moment'],
		group: 'ringside',
		says: 'A place in a run: after so many instructions and so many events. The machine can be brought to any of them.',
		related: ['snapshot', 'event', 'seek']
	},
	query: {
		term: 'query',
		also: ['queries', 'query language'],
		group: 'ringside',
		says: 'A line that names events: `hypercall refused dom=1 #1` is the first refused hypercall of dom1. Lessons name their moments so, and the debugger stops at them.',
		related: ['trace', 'moment']
	},
	decision: {
		term: 'decision',
		also: ['decisions'],
		group: 'ringside',
		says: 'A question that the hypervisor asked itself, with its answer. Each is asked at one place of its source, and that place can be shown.',
		related: ['validation', 'overrule']
	},
	overrule: {
		term: 'overrule',
		also: ['overruled', 'overrules'],
		group: 'ringside',
		says: 'To turn a no of the hypervisor into a yes by hand, and see what the question was good for.',
		related: ['decision', 'future']
	},
	score: {
		term: 'the score',
		group: 'ringside',
		says: 'The picture of a run over time: one line is the processor, and it crosses between staves as it changes ring and domain.',
		related: ['stave', 'mark'],
		taught: { lesson: '01-four-rings', at: 'first-instruction' }
	},
	stave: {
		term: 'stave',
		also: ['staves'],
		group: 'ringside',
		says: 'One horizontal band of the score: a ring of a domain, Xen’s ring 0 under them, and the hardware at the bottom.',
		related: ['score', 'ring']
	},
	mark: {
		term: 'mark of the score',
		also: ['marks in the score'],
		group: 'ringside',
		says: 'A sign on the line of the score: one event that can be opened, or several that are too close to be shown apart.',
		related: ['score', 'event']
	},
	'text-twin': {
		term: 'text twin',
		also: ['text twins'],
		group: 'ringside',
		says: 'The same picture as an ordered list of sentences. It shares the picture’s selection.',
		related: ['score']
	},
	'two-truths': {
		term: 'two truths',
		also: ['the two truths'],
		group: 'ringside',
		says: 'The picture that puts side by side what the guest believes and what the machine does, at one instruction.',
		related: ['moment'],
		taught: { lesson: '01-four-rings', at: 'after-popf' }
	},
	'trap-path': {
		term: 'trap path',
		group: 'ringside',
		says: 'The picture of one way into a handler: the gate, the privilege check, the change of stack, the words that the processor pushed.',
		related: ['gate', 'tss', 'trap'],
		taught: { lesson: '01-four-rings', at: 'cli' }
	},
	cycle: {
		term: 'cycle',
		also: ['cycles'],
		group: 'ringside',
		says: 'The unit of time here. Cycles are not measured on a processor: each kind of event has a price in a table, and the machine adds them up.',
		related: ['cost-profile', 'run']
	},
	'cost-profile': {
		term: 'cost profile',
		also: ['cost profiles', 'cost table'],
		group: 'ringside',
		says: 'The table of prices in cycles for one generation of processors, each with its source; some are estimates and say so.',
		related: ['cycle']
	},
	snapshot: {
		term: 'snapshot',
		also: ['snapshots'],
		group: 'ringside',
		says: 'The machine’s whole state at one moment, as far as it changed. To go back, the nearest earlier one is restored and the rest is run again.',
		related: ['seek', 'moment']
	},
	seek: {
		term: 'seek',
		also: ['reverse-continue'],
		group: 'ringside',
		says: 'To go to any moment, by a snapshot and a replay. To advance is the way forward to a stop, and reverse-continue the way back to the latest moment at which a stop holds.',
		related: ['snapshot', 'point', 'moment']
	},
	point: {
		term: 'breakpoint',
		also: ['breakpoints', 'watchpoint', 'watchpoints'],
		group: 'ringside',
		says: 'What a run stops at: an address, a range that is watched, or an event that a query names. While it is armed the source calls it a point.',
		related: ['query', 'seek']
	},
	future: {
		term: 'future',
		also: ['futures', 'timeline', 'timelines'],
		not: ['in future', 'in the future'],
		group: 'ringside',
		says: 'What follows from a moment. Whoever changes something in the past makes another future, and the old one is kept beside it.',
		related: ['moment', 'overrule']
	},
	inspector: {
		term: 'inspector',
		also: ['inspectors'],
		group: 'ringside',
		says: 'What reads a share of the machine at the present moment, as plain data, and leaves nothing changed in it.',
		related: ['moment', 'snapshot']
	}
} as const satisfies Glossary;
