import { highOf, joined, lowOf } from '$src/trace/wide';
import { address, frame } from '$src/words/numbers';
import { frameOf, PTE_A, PTE_G, PTE_P, PTE_RW, PTE_US } from '$src/x86/paging';
import {
	exercise,
	littleEndian,
	no,
	type Exercises,
	type Given,
	type Outcome,
	type Posed,
	type Variant,
	type Verdict
} from '$lesson/exercise';

/** What Xen is to make of the entry, and which frame the task speaks of. */
interface Entry extends Variant {
	readonly ask: 'ring-3' | 'foreign' | 'look' | 'table' | 'unknown-bits';
	/** A frame of the run, as a fact. */
	readonly of: string;
}

/** The kernel's own page, which the address maps before and after. */
const PAGE = 'value(new, [restored-entry]) / 4096';
const L2 = 'value(mfn, frame_type type=l2_page_table owner=1 #1)';
const L3 = 'value(mfn, frame_type type=l3_page_table owner=1 #1)';

const frameIn = (given: Given, name: string): number => Math.floor(Number(given[name]));
const entryOf = (mfn: number, flags: number): string => `0x${joined((mfn << 12) | flags, mfn >>> 20).toString(16)}`;

/** The entry that was asked for, and Xen's answer. */
function answer(run: Outcome<Entry>): {
	call: number;
	refused: boolean;
	by: string;
	written: number;
	entry: number;
	mfn: number;
} {
	const call = run.find('hypercall name=mmu_update dom=1 after([written]) #1');
	const no = (check: string): boolean =>
		run.find(`check name=${check} !passed inside(hypercall name=mmu_update dom=1 after([written]) #1)`) >= 0;
	const by = ['l1_flags', 'l1_target_owner', 'frame_exists', 'type_compatible', 'linear_read_only'].find(no) ?? '';
	const refused = run.fact('value(result, hypercall name=mmu_update dom=1 after([written]) #1)') < 0;
	const val = run.numbers.entry;
	const [low, high] = [Number(val & 0xffff_ffffn), Number(val >> 32n)];
	const written = run.find('pte_write inside(hypercall name=mmu_update dom=1 after([written]) #1) last');
	return { call, refused, by, written, entry: low, mfn: frameOf(low, high) };
}

/** An entry that Xen is to accept: of the frame asked for, with these bits and without those. */
function accepted(run: Outcome<Entry>, must: number, mustNot: number): Verdict {
	const { call, refused, by, written, entry, mfn } = answer(run);
	const wanted = frameIn(run.given, 'frame');
	const told = { frame: frame(wanted), found: frame(mfn) };
	if (refused) return no(by || 'refused', call, told);
	if ((entry & PTE_P) === 0) return no('absent', written, told);
	if (mfn !== wanted) return no('other-frame', written, told);
	if ((entry & must) !== must) return no('right-missing', written, told);
	if ((entry & mustNot) !== 0) return no('right-too-many', written, told);
	return { solved: true, reply: `${run.variant.ask}-done`, at: written, places: told };
}

/** An entry that Xen is to refuse, by the question named. */
function refusedBy(run: Outcome<Entry>, check: string): Verdict {
	const { call, refused, by, written, mfn } = answer(run);
	const told = { frame: frame(frameIn(run.given, 'frame')), found: frame(mfn) };
	if (!refused) return no('accepted', written >= 0 ? written : call, told);
	if (by !== check) return no('other-reason', call, told);
	if (run.variant.ask === 'table' && mfn !== frameIn(run.given, 'frame')) return no('other-table', call, told);
	return { solved: true, reply: `${run.variant.ask}-done`, at: call, places: told };
}

const CHECKS: Readonly<Record<Entry['ask'], (run: Outcome<Entry>) => Verdict>> = {
	'ring-3': (run) => accepted(run, PTE_US, PTE_RW),
	look: (run) => accepted(run, PTE_P, 0),
	foreign: (run) => refusedBy(run, 'l1_target_owner'),
	table: (run) => refusedBy(run, 'type_compatible'),
	'unknown-bits': (run) => refusedBy(run, 'l1_flags')
};

const USUAL = PTE_P | PTE_A;

function solved({ variant, given }: Posed<Entry>): string {
	const mfn = frameIn(given, 'frame');
	switch (variant.ask) {
		case 'ring-3':
			return entryOf(mfn, USUAL | PTE_US);
		case 'look':
			return entryOf(mfn, USUAL);
		case 'foreign':
			return entryOf(frameIn(given, 'foreign'), USUAL);
		case 'table':
			return entryOf(mfn, USUAL | PTE_RW);
		case 'unknown-bits':
			return entryOf(mfn, USUAL | PTE_G);
	}
}

export const exercises: Exercises = {
	'write-an-entry': exercise<Entry>({
		at: 'refused-trap',
		variants: [
			{ ask: 'ring-3', of: PAGE },
			{ ask: 'foreign', of: PAGE },
			{ ask: 'look', of: L2 },
			{ ask: 'table', of: L3 },
			{ ask: 'unknown-bits', of: PAGE }
		],
		facts: ({ of }) => ({
			frame: of,
			asked: 'value(val, mmu_entry inside([refused]))',
			foreign: 'value(mfn, frame_type owner=2 #1)',
			address: '0xc0000000 + 4096 * value(index, [read-only-entry])'
		}),
		places: ({ given }) => ({ frame: frame(frameIn(given, 'frame')), address: address(Number(given.address)) }),
		controls: ({ given }) => ({ entry: { kind: 'entry', start: given.asked } }),
		/** The second half of the one pair that the kernel has ready. */
		change: ({ numbers }, _posed, { regs }) => [
			{ kind: 'memory', space: 'linear', address: regs.ebx + 8, bytes: littleEndian(numbers.entry, 8) }
		],
		check: (run) => CHECKS[run.variant.ask](run),
		solution: (posed) => ({ entry: solved(posed) }),
		slips({ variant, given }) {
			const mfn = frameIn(given, 'frame');
			const foreign = frameIn(given, 'foreign');
			if (variant.ask === 'ring-3')
				return [
					{ values: { entry: entryOf(mfn, USUAL) }, reply: 'right-missing' },
					{ values: { entry: entryOf(mfn, USUAL | PTE_US | PTE_RW) }, reply: 'right-too-many' },
					{ values: { entry: entryOf(mfn, PTE_US) }, reply: 'absent' },
					{ values: { entry: entryOf(foreign, USUAL | PTE_US) }, reply: 'l1_target_owner' }
				];
			if (variant.ask === 'look')
				return [
					{ values: { entry: entryOf(mfn, USUAL | PTE_RW) }, reply: 'type_compatible' },
					{ values: { entry: entryOf(lowOf(given.asked) >>> 12, USUAL) }, reply: 'other-frame' }
				];
			if (variant.ask === 'table')
				return [
					{ values: { entry: entryOf(mfn, USUAL) }, reply: 'accepted' },
					{ values: { entry: entryOf(lowOf(given.asked) >>> 12, USUAL | PTE_RW) }, reply: 'other-table' },
					{ values: { entry: entryOf(foreign, USUAL | PTE_RW) }, reply: 'other-reason' }
				];
			return [
				{ values: { entry: entryOf(mfn, USUAL) }, reply: 'accepted' },
				{
					values: { entry: entryOf(frameOf(lowOf(given.asked), highOf(given.asked)), USUAL | PTE_RW) },
					reply: 'other-reason'
				}
			];
		}
	})
};
