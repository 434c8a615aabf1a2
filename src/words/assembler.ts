/**
 * What the assembler says of a line that it cannot read. It stands outside of the words that every page brings along: only who assembles
 * something loads it.
 */
import type { Said } from './views/said';

export type AssemblerWords = Said<
	| 'empty'
	| 'unexpected'
	| 'unknownMnemonic'
	| 'unknownName'
	| 'suggestion'
	| 'noMnemonic'
	| 'prefixAlone'
	| 'notForPrefix'
	| 'badNumber'
	| 'hexDigits'
	| 'tooLarge'
	| 'operandMissing'
	| 'unclosed'
	| 'scale'
	| 'tooManyRegisters'
	| 'notInAddress'
	| 'negativeRegister'
	| 'segmentTwice'
	| 'afterEnd'
	| 'operandCount'
	| 'operandKind'
	| 'together'
	| 'doesNotFit'
	| 'whichSize'
	| 'notEncodable'
	| 'tooFar'
	| 'or'
>;

/** In the language that is spoken. */
export { ASSEMBLER as said } from './en/assembler';
