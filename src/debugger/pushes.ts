/** What a straight stretch of assembly has pushed: where nothing else tells how far up the return address lies. */
import type { CodeLine } from '../moments';
import { GENERAL_REGISTERS } from '../x86/registers';

/** A stretch that moves ESP further than this, in words, is none that can be followed. */
const MOST_WORDS = 512;

/**
 * Follows code from a label up to `pc` as if it ran straight on.
 * @returns operands of the pushes that have not been popped, last first; '' for room made by SUB ESP; null where ESP cannot be followed
 */
export function pushesUpTo(pc: number, code: readonly CodeLine[]): string[] | null {
	const pushed: string[] = [];
	for (const line of code) {
		if (line.address >= pc) break;
		const [, operation, operand] = /^(\S+)\s*(.*)$/.exec(line.text)!;
		if (operation === 'push') pushed.push(operand);
		else if (operation === 'pushad') pushed.push(...GENERAL_REGISTERS);
		else if (operation === 'pop' && pushed.length > 0) pushed.pop();
		else if (operation === 'popad' && pushed.length >= GENERAL_REGISTERS.length)
			pushed.length -= GENERAL_REGISTERS.length;
		else if ((operation === 'add' || operation === 'sub') && operand.startsWith('esp, ')) {
			const words = Number(operand.slice(5)) / 4;
			if (!Number.isInteger(words) || words > MOST_WORDS) return null;
			if (operation === 'sub') pushed.push(...Array<string>(words).fill(''));
			else if (words <= pushed.length) pushed.length -= words;
			else return null;
		} else if (/^pop/.test(operation) || /^esp\b/.test(operand)) return null;
	}
	return pushed.reverse();
}
