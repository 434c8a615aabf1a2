import { XENMEM } from '$src/abi/structs/mm';
import { HYPERCALLS } from '$src/abi/hypercalls';
import { VCPUOP } from '$src/abi/structs/sched';
import { highOf, lowOf } from '$src/trace/wide';
import { address, frame } from '$src/words/numbers';
import { frameOf, PTE_P, PTE_RW } from '$src/x86/paging';
import {
	exercise,
	littleEndian,
	no,
	type Exercises,
	type Outcome,
	type Posed,
	type Variant,
	type Verdict
} from '$lesson/exercise';

// --- one call, in registers ------------------------------------------------------------------------------------------

/** XENVER_pagesize (xen/include/public/version.h). */
const PAGE_SIZE_QUESTION = 7;

/** A call by its number and its first argument, which says what is asked. */
interface Question extends Variant {
	readonly ask: 'page-size' | 'largest-frame' | 'is-up';
	readonly nr: number;
	readonly op: number;
}

const NEXT_CALL = 'hypercall after([written]) #1';

function answered(run: Outcome<Question>): Verdict {
	const at = run.find(NEXT_CALL);
	const { nr, op } = run.variant;
	const result = run.fact(`value(result, ${NEXT_CALL})`);
	const asked = run.fact(`value(nr, ${NEXT_CALL})`);
	const told = { nr: asked, result, hex: `0x${(result >>> 0).toString(16)}` };
	if (run.find(`check name=hypercall_known !passed inside(${NEXT_CALL})`) >= 0) return no('unknown', at, told);
	if (asked !== nr) return no(asked === run.given.kernels ? 'same-call' : 'other-call', at, told);
	if (run.fact(`value(arg1, ${NEXT_CALL})`) !== op) return no('other-question', at, told);
	if (result < 0) return no('refused', at, told);
	return { solved: true, reply: `${run.variant.ask}-done`, at, places: told };
}

const asking = ({ nr, op }: Pick<Question, 'nr' | 'op'>): { eax: string; ebx: string; ecx: string; edx: string } => ({
	eax: String(nr),
	ebx: String(op),
	ecx: '0',
	edx: '0'
});

// --- one pair, in memory ------------------------------------------------------------------------------------------------

/** Which of the 32 pages is meant (from 1), what is to become of it, and another page whose frame is to be used. */
interface Update extends Variant {
	readonly ask: 'read-only' | 'unmap' | 'other-frame';
	readonly page: number;
	readonly other: number;
}

const single = (page: number): string => `hypercall name=update_va_mapping after([version]) #${page}`;
const entryOf = (page: number): string => `value(old, pte_write inside([batch]) #${page})`;
const CALL = 'hypercall name=mmu_update after([written]) #1';
const BYTES = 8;

const frameIn = (entry: number | bigint): number => frameOf(lowOf(entry), highOf(entry));

function updated(run: Outcome<Update>): Verdict {
	const { given, variant, numbers } = run;
	const call = run.find(CALL);
	const told = {
		frame: frame(Number(given.table)),
		index: Number(given.index),
		named: frame(Number(numbers.ptr >> 12n)),
		at: Number((numbers.ptr & 0xfffn) >> 3n)
	};
	const by = ['mmu_command', 'frame_exists', 'frame_owner', 'l1_flags', 'l1_target_owner', 'type_compatible'].find(
		(check) => run.find(`check name=${check} !passed inside(${CALL})`) >= 0
	);
	if (run.fact(`value(result, ${CALL})`) < 0) return no(by ?? 'refused', call, told);
	const written = run.find(`pte_write inside(${CALL})`);
	if (written < 0) return no('nothing', call, told);
	const there = run.fact(`value(mfn, pte_write inside(${CALL}))`);
	if (there !== given.table) return no('other-table', written, told);
	if (run.fact(`value(index, pte_write inside(${CALL}))`) !== given.index) return no('other-entry', written, told);
	return bits(run, written, told) ?? { solved: true, reply: `${variant.ask}-done`, at: written, places: told };
}

/** What is wrong with the entry that was written, or null. */
function bits({ variant, given, numbers }: Outcome<Update>, at: number, told: Verdict['places']): Verdict | null {
	const low = lowOf(numbers.val);
	const present = (low & PTE_P) !== 0;
	if (variant.ask === 'unmap') return present ? no('still-present', at, told) : null;
	if (!present) return no('absent', at, told);
	const wanted = frameIn(variant.ask === 'other-frame' ? given.other : given.entry);
	if (frameIn(numbers.val) !== wanted) return no('wrong-frame', at, { ...told, wanted: frame(wanted) });
	const writable = (low & PTE_RW) !== 0;
	if (variant.ask === 'read-only') return writable ? no('writable', at, told) : null;
	return writable ? null : no('not-writable', at, told);
}

const pointer = ({ given }: Posed<Update>): bigint => BigInt(given.table) * 4096n + BigInt(BYTES) * BigInt(given.index);
const hex = (value: bigint): string => `0x${value.toString(16)}`;

function value({ variant, given }: Posed<Update>): bigint {
	const entry = BigInt(given.entry);
	if (variant.ask === 'unmap') return 0n;
	return variant.ask === 'read-only' ? entry & ~BigInt(PTE_RW) : BigInt(given.other) | BigInt(PTE_RW);
}

export const exercises: Exercises = {
	'ask-another-question': exercise<Question>({
		at: 'version-trap',
		variants: [
			{ ask: 'page-size', nr: HYPERCALLS.xen_version.nr, op: PAGE_SIZE_QUESTION },
			{ ask: 'largest-frame', nr: HYPERCALLS.memory_op.nr, op: XENMEM.maximum_ram_page },
			{ ask: 'is-up', nr: HYPERCALLS.vcpu_op.nr, op: VCPUOP.is_up }
		],
		facts: () => ({ kernels: 'value(nr, [version])' }),
		places: () => ({}),
		controls: ({ given }) => ({
			eax: { kind: 'number', bits: 32, start: given.kernels, means: 'multicall_entry.op' },
			ebx: { kind: 'number', bits: 32, start: 0 },
			ecx: { kind: 'number', bits: 32, start: 0 },
			edx: { kind: 'number', bits: 32, start: 0 }
		}),
		change: ({ numbers }) =>
			(['eax', 'ebx', 'ecx', 'edx'] as const).map((name) => ({
				kind: 'register',
				name,
				value: Number(numbers[name])
			})),
		check: answered,
		solution: ({ variant }) => asking(variant),
		slips: ({ variant: { nr, op } }) => [
			{ values: asking({ nr: 999, op }), reply: 'unknown' },
			{ values: asking({ nr, op: op + 1 }), reply: 'other-question' },
			{ values: asking({ nr: HYPERCALLS.sched_op.nr, op: 0 }), reply: 'other-call' }
		]
	}),
	'one-pair': exercise<Update>({
		at: 'batch-trap',
		variants: [
			{ ask: 'read-only', page: 5, other: 6 },
			{ ask: 'other-frame', page: 18, other: 3 },
			{ ask: 'unmap', page: 27, other: 9 },
			{ ask: 'read-only', page: 12, other: 30 },
			{ ask: 'other-frame', page: 9, other: 22 }
		],
		facts: ({ page, other }) => ({
			address: `value(arg1, ${single(page)})`,
			table: `value(mfn, pte_write inside(${single(page)}))`,
			index: `value(index, pte_write inside(${single(page)}))`,
			entry: entryOf(page),
			other: entryOf(other),
			from: `value(arg1, ${single(other)})`
		}),
		places: ({ given }) => ({
			address: address(Number(given.address)),
			from: address(Number(given.from)),
			frame: frame(frameIn(given.other))
		}),
		controls: ({ given }) => ({
			ptr: { kind: 'number', bits: 64, start: '', means: 'mmu_update.ptr' },
			val: { kind: 'entry', start: given.entry }
		}),
		/** The first pair of the array, which is all that the call is to look at. */
		change: ({ numbers }, _posed, { regs }) => [
			{
				kind: 'memory',
				space: 'linear',
				address: regs.ebx,
				bytes: [...littleEndian(numbers.ptr, BYTES), ...littleEndian(numbers.val, BYTES)]
			},
			{ kind: 'register', name: 'ecx', value: 1 }
		],
		check: updated,
		solution: (posed) => ({ ptr: hex(pointer(posed)), val: hex(value(posed)) }),
		slips: (posed) => {
			const [ptr, val] = [pointer(posed), value(posed)];
			const slip = (ptr: bigint, val: bigint, reply: string) => ({ values: { ptr: hex(ptr), val: hex(val) }, reply });
			const wrong = { 'read-only': 'writable', 'other-frame': 'wrong-frame', unmap: 'still-present' };
			return [
				slip(ptr + 8n, val, 'other-entry'),
				slip(0x1000n, val, 'frame_owner'),
				slip(BigInt(posed.given.address), val, 'frame_exists'),
				slip(ptr, BigInt(posed.given.entry), wrong[posed.variant.ask])
			];
		}
	})
};
