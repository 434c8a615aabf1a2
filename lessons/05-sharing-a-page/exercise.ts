import { GTF_permit_access, GTF_readonly } from '$src/abi/structs/grant';
import { frame } from '$src/words/numbers';
import {
	exercise,
	littleEndian,
	no,
	type Exercises,
	type Outcome,
	type Posed,
	type Values,
	type Variant,
	type Verdict
} from '$lesson/exercise';

/** What the entry shall do, and which frame the task speaks of. */
interface Entry extends Variant {
	readonly ask: 'write' | 'read' | 'other' | 'foreign';
	/** A frame of the run, as a fact. */
	readonly of: string;
}

const PAGE = 'value(mfn, [mapped])';
const TABLE = 'value(mfn, frame_type type=l2_page_table owner=2 #1)';
/** A frame of the mapper's own, into which it has the page copied. */
const MAPPERS = 'value(to_mfn, [copied])';

const GRANTER = 2;
const MAPPER = 1;
const BYTES = 8;

const ATTEMPT = 'grant_entry op=map_grant_ref dom=1 after([written])';
const WRITABLE = `${ATTEMPT} #1`;
const READ_ONLY = `${ATTEMPT} #2`;

/** Questions about an entry, in the order in which they are asked. */
const QUESTIONS = [
	'grant_permits',
	'grant_names_domain',
	'grant_writable',
	'frame_exists',
	'frame_owner',
	'type_compatible'
];

/** What came of an attempt to map: the question that was answered no, or '' where all were answered yes. */
const refusedBy = (run: Outcome<Entry>, attempt: string): string =>
	QUESTIONS.find((name) => run.find(`check name=${name} !passed inside(${attempt})`) >= 0) ?? '';
const mapped = (run: Outcome<Entry>, attempt: string): boolean => run.fact(`value(result, ${attempt})`) === 0;
const frameOf = (run: Outcome<Entry>, attempt: string): number => run.fact(`value(mfn, grant_map inside(${attempt}))`);

/** The entry gives the page, to be written or only to be read. */
function gives(run: Outcome<Entry>, attempt: string): Verdict {
	const at = run.find(attempt);
	const wanted = Number(run.given.frame);
	if (!mapped(run, attempt)) return no(refusedBy(run, attempt) || 'refused', at);
	const found = frameOf(run, attempt);
	const told = { frame: frame(wanted), found: frame(found) };
	if (found !== wanted) return no('other-frame', at, told);
	return { solved: true, reply: `${run.variant.ask}-done`, at, places: told };
}

/** To be read, and not to be written because the entry says so. */
function givesToRead(run: Outcome<Entry>): Verdict {
	const at = run.find(WRITABLE);
	if (mapped(run, WRITABLE)) return no('writable', at);
	const by = refusedBy(run, WRITABLE);
	if (by === 'type_compatible') return no('type', at);
	return gives(run, READ_ONLY);
}

/** The entry gives the page to nobody who asks here, for the reason asked for. */
function refuses(run: Outcome<Entry>, question: string): Verdict {
	const at = run.find(WRITABLE);
	if (mapped(run, WRITABLE) || mapped(run, READ_ONLY)) return no('accepted', at);
	const by = refusedBy(run, WRITABLE);
	if (by !== question) return no(by || 'refused', at);
	if (run.variant.ask === 'other') {
		const named = run.fact(`value(a, check name=${question} inside(${WRITABLE}))`);
		if (named !== 0) return no('third', at, { named });
	}
	return { solved: true, reply: `${run.variant.ask}-done`, at };
}

const CHECKS: Readonly<Record<Entry['ask'], (run: Outcome<Entry>) => Verdict>> = {
	write: (run) => gives(run, WRITABLE),
	read: givesToRead,
	other: (run) => refuses(run, 'grant_names_domain'),
	foreign: (run) => refuses(run, 'frame_owner')
};

const hex = (value: number): string => `0x${value.toString(16)}`;
const entry = (flags: number, domid: number, mfn: number): Values => ({
	flags: hex(flags),
	domid: String(domid),
	frame: hex(mfn)
});

function solved({ variant, given }: Posed<Entry>): Values {
	const mfn = Number(given.frame);
	switch (variant.ask) {
		case 'write':
			return entry(GTF_permit_access, MAPPER, mfn);
		case 'read':
			return entry(GTF_permit_access | GTF_readonly, MAPPER, mfn);
		case 'other':
			return entry(GTF_permit_access, 0, mfn);
		case 'foreign':
			return entry(GTF_permit_access, MAPPER, mfn);
	}
}

export const exercises: Exercises = {
	'write-a-grant': exercise<Entry>({
		at: 'read-lent',
		variants: [
			{ ask: 'write', of: PAGE },
			{ ask: 'read', of: TABLE },
			{ ask: 'other', of: PAGE },
			{ ask: 'foreign', of: MAPPERS }
		],
		facts: ({ of }) => ({
			frame: of,
			page: PAGE,
			flags: 'value(a, check name=grant_permits inside([too-much]))',
			domid: 'value(a, check name=grant_names_domain inside([too-much]))',
			entry: `value(arg1, [table-mapped]) + ${BYTES} * value(ref, [read-mapped])`
		}),
		places: ({ given }) => ({ frame: frame(Number(given.frame)), page: frame(Number(given.page)) }),
		/** The entry as the granter's kernel has just written it. */
		controls: ({ given }) => ({
			flags: { kind: 'number', bits: 32, start: given.flags, means: 'grant_entry_v1.flags' },
			domid: { kind: 'number', bits: 32, start: given.domid, means: 'grant_entry_v1.domid' },
			frame: { kind: 'number', bits: 32, start: given.page }
		}),
		change: ({ numbers }, { given }) => [
			{
				kind: 'memory',
				space: 'linear',
				address: Number(given.entry),
				bytes: [...littleEndian(numbers.flags, 2), ...littleEndian(numbers.domid, 2), ...littleEndian(numbers.frame, 4)]
			}
		],
		check: (run) => CHECKS[run.variant.ask](run),
		solution: solved,
		slips({ variant, given }) {
			const mfn = Number(given.frame);
			const slip = (values: Values, reply: string): { values: Values; reply: string } => ({ values, reply });
			const usual = [
				slip(entry(0, MAPPER, mfn), 'grant_permits'),
				slip(entry(GTF_permit_access, MAPPER, 0xf_ffff), 'frame_exists')
			];
			switch (variant.ask) {
				case 'write':
					return [
						...usual,
						slip(entry(GTF_permit_access | GTF_readonly, MAPPER, mfn), 'grant_writable'),
						slip(entry(GTF_permit_access, GRANTER, mfn), 'grant_names_domain')
					];
				case 'read':
					return [
						...usual,
						slip(entry(GTF_permit_access, MAPPER, mfn), 'type'),
						slip(entry(GTF_permit_access, MAPPER, Number(given.page)), 'writable'),
						slip(entry(GTF_permit_access | GTF_readonly, MAPPER, Number(given.page)), 'other-frame')
					];
				case 'other':
					return [
						...usual,
						slip(entry(GTF_permit_access, MAPPER, mfn), 'accepted'),
						slip(entry(GTF_permit_access, 3, mfn), 'third')
					];
				case 'foreign':
					return [
						...usual,
						slip(entry(GTF_permit_access, MAPPER, Number(given.page)), 'accepted'),
						slip(entry(GTF_permit_access | GTF_readonly, MAPPER, mfn), 'grant_writable')
					];
			}
		}
	})
};
