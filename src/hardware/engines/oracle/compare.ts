/** Compares what the host and the emulated processor made of a case. */
import { CODE, type Case, type Result } from './oracle';
import { Random, sequenceCase, singleCase } from './cases';
import { Subject } from './subject';
import { VECTOR } from '../../../x86/exceptions';
import { AF, CF, DF, OF, PF, RF, SF, TF, ZF } from '../../../x86/flags';
import { GENERAL_REGISTERS } from '../../../x86/registers';

const FLAGS = CF | PF | AF | ZF | SF | TF | DF | OF | RF;

const hex = (value: number): string => (value >>> 0).toString(16);

/** Linear addresses where either side keeps memory of its own: what a case does there says nothing. */
const isPrivate = (address: number): boolean =>
	(address >= 0x0800_0000 && address < 0x0900_0000) || (address >= 0xd000_0000 && address < 0xe000_0000);

const PREFIXES = [0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3];
const CMPS = [0xa6, 0xa7];
const ACCESS_FAULTS: readonly number[] = [VECTOR.SS, VECTOR.GP, VECTOR.PF, VECTOR.AC];

/** Whether the instruction at `eip` is CMPS, behind its prefixes. */
function isCompareString(test: Case, eip: number): boolean {
	let at = eip - CODE;
	while (PREFIXES.includes(test.code[at])) at++;
	return CMPS.includes(test.code[at]);
}

/**
 * Whether both ended at a CMPS that may read neither of its operands. Which it reads first the manual leaves open: Zen 5 begins
 * at ESI, earlier ones and ours at EDI. So which fault it was tells nothing; that there was one, and nothing changed, does.
 */
const faultedInCompareString = (test: Case, host: Result, ours: Result): boolean =>
	host.eip === ours.eip &&
	ACCESS_FAULTS.includes(host.trap) &&
	ACCESS_FAULTS.includes(ours.trap) &&
	isCompareString(test, host.eip);

/** What differs, one line each; empty where the two agree. */
export function differences(test: Case, host: Result, ours: Result): string[] {
	if (isPrivate(ours.cr2) || isPrivate(host.cr2)) return [];
	const lines: string[] = [];
	const note = (name: string, a: number, b: number): void => {
		if (a >>> 0 !== b >>> 0) lines.push(`${name}: host ${hex(a)}, ours ${hex(b)}`);
	};
	note('EIP', host.eip, ours.eip);
	const open = faultedInCompareString(test, host, ours);
	if (!open) note('vector', host.trap, ours.trap);
	// The manual has RF set in the image of a trap between two iterations (SDM vol. 3, 17.3.1.1); AMD's Zen 5, under KVM, has it clear.
	const seen = host.trap === VECTOR.DB && host.eip === CODE ? FLAGS & ~RF : FLAGS;
	note('EFLAGS', host.eflags & seen, ours.eflags & seen);
	// The host's ENTER, PUSHA and POPA have moved some words before they fault; ours commit as a whole or not at all.
	if (/ENTER|PUSHA|POPA/.test(test.text) && host.trap === VECTOR.PF) return lines;
	GENERAL_REGISTERS.forEach((name, r) => note(name.toUpperCase(), host.regs[r], ours.regs[r]));
	if (!open) {
		note('error code', host.error, ours.error);
		note('CR2', host.cr2, ours.cr2);
	}
	note('memory', host.hash, ours.hash);
	return lines;
}

/** Runs `count` random cases on both and returns a report of each difference. */
export function fuzz(
	run: (cases: readonly Case[]) => Result[],
	kind: 'single' | 'sequence',
	count: number,
	seed: number
): string[] {
	const random = new Random(seed);
	const cases = Array.from({ length: count }, () => (kind === 'single' ? singleCase(random) : sequenceCase(random)));
	const subject = new Subject();
	const host = run(cases);
	return cases.flatMap((test, n) => {
		const lines = differences(test, host[n], subject.run(test));
		return lines.length === 0 ? [] : [[test.text, ...lines].join('\n  ')];
	});
}
