/** What the assembler says of a line that it cannot read. */
import type { AssemblerWords } from '../assembler';

export const ASSEMBLER: AssemblerWords = {
	empty: 'Write an instruction, such as mov eax, 1.',
	unexpected: '‘{what}’ cannot stand here.',
	unknownMnemonic: 'There is no instruction ‘{what}’.',
	unknownName: '‘{what}’ is no register and no number.',
	suggestion: '{problem} Did you mean ‘{what}’?',
	noMnemonic: 'Here the name of an instruction is missing.',
	prefixAlone: 'The prefix {what} needs an instruction behind it.',
	notForPrefix: 'The prefix {what} cannot stand before {mnemonic}.',
	badNumber: '‘{what}’ is no number.',
	hexDigits: 'A number in hexadecimal begins with 0x.',
	tooLarge: '‘{what}’ does not fit into 32 bits.',
	operandMissing: 'An operand is missing here.',
	unclosed: 'The closing ‘]’ is missing.',
	scale: 'An index may be taken times 1, 2, 4 or 8, not {what}.',
	tooManyRegisters: 'An address has one base and one index: ‘{what}’ is one register too many.',
	notInAddress: '{what} cannot be part of an address.',
	negativeRegister: 'A register cannot be subtracted in an address.',
	segmentTwice: 'The segment is named twice.',
	afterEnd: '‘{what}’ is left over behind the instruction.',
	operandCount: '{mnemonic} has another number of operands. It is written: {forms}.',
	operandKind: '{mnemonic} cannot have ‘{what}’ there. It is written: {forms}.',
	together: '{mnemonic} cannot have these operands together. It is written: {forms}.',
	doesNotFit: '{what} does not fit: {mnemonic} has {bits} bits for it here.',
	whichSize: 'How large is the memory operand? Write {sizes} before the ‘[’.',
	notEncodable: 'This cannot be encoded: {why}.',
	tooFar: '{what} is too far away for {mnemonic}.',
	or: '{one} or {other}'
};
