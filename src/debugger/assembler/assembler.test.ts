/** What is assembled is what was written: everything that iced decodes is put back together, and mistakes are told with their places. */
import { beforeAll, describe, expect, it } from 'vitest';
import { decode } from '../../x86/decode';
import { loadIced, type Iced } from '../decode';
import { Assembler } from './assembler';

const AT = 0xc000_1000;
let assembler: Assembler;
let iced: Iced;

beforeAll(async () => {
	[assembler, iced] = await Promise.all([Assembler.load(), loadIced()]);
});

const hex = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');

/** The bytes, as text; the problem with the piece of text that it is about. */
function assembled(text: string, address = AT): string {
	const made = assembler.assemble(text, address);
	if ('bytes' in made) return hex(made.bytes);
	const { at, length, says } = made.problem;
	return `${text.slice(at, at + length)}| ${says}`;
}

/** One instruction as text in NASM's syntax, the number of its encoding, and its length; null for none. */
function read(bytes: Uint8Array): { text: string; code: number; length: number; evex: boolean } | null {
	const { Decoder, DecoderOptions, Formatter, FormatterSyntax, Code, EncodingKind } = iced;
	const decoder = new Decoder(32, bytes, DecoderOptions.None);
	decoder.ip = BigInt(AT);
	const instruction = decoder.decode();
	const formatter = new Formatter(FormatterSyntax.Nasm);
	try {
		if (instruction.code === Code.INVALID) return null;
		formatter.hexPrefix = '0x';
		formatter.hexSuffix = '';
		formatter.usePseudoOps = false;
		return {
			// A prefix that changes nothing there: the selector has 16 bits anyway.
			text: formatter.format(instruction).replace(/^o16 (?=(?:lldt|ltr|verr|verw|lmsw|mov [c-gs]s,))/, ''),
			code: instruction.code,
			length: instruction.length,
			evex: instruction.encoding === EncodingKind.EVEX
		};
	} finally {
		formatter.free();
		instruction.free();
		decoder.free();
	}
}

const TAIL = [0x12, 0x34, 0x56, 0x78, 0x11, 0x22, 0x33, 0x44];
/** Registers, and memory of several kinds: base; base and index; base and displacement of 8 and 32 bits; none. */
const MODRM = [
	...Array.from({ length: 8 }, (_, reg) => [0xc0 | (reg << 3) | 3]),
	...Array.from({ length: 8 }, (_, reg) => [(reg << 3) | 3]),
	[0x44, 0x8e, 0xf0],
	[0x8d, 0x10, 0x20, 0x30, 0x40],
	[0x05, 0x00, 0x10, 0x00, 0xc0],
	[0x04, 0x24]
];
/** Prefixes that choose another instruction or another operand. */
const PREFIXES = [[], [0x66], [0xf2], [0xf3], [0xf0], [0x64]];

/** Every opcode of a map with every ModRM of the list. */
function* ofMap(...map: number[]): Generator<Uint8Array> {
	for (const prefix of PREFIXES)
		for (let opcode = 0; opcode < 0x100; opcode++)
			for (const modrm of MODRM) yield Uint8Array.from([...prefix, ...map, opcode, ...modrm, ...TAIL].slice(0, 15));
}

/** What cannot be written so that these bytes, or others with the same meaning, come out. */
const UNREADABLE = [
	// A branch of 16 bits, and what only a prefix tells.
	/\b(?:o16|a16|o32|a32|bnd|notrack|xacquire|xrelease|pt|pn)\b/,
	/^(?:call|j\w+|loop\w*|xbegin) (?:short |near |word )*word 0x|^retf?w/,
	// EVEX decorations.
	/\{/,
	// The FPU's other direction, as NASM alone writes it; VIA's PadLock, of which REP is a part.
	/^f\w+ to /,
	/^repn?e? (?:x|ccs_|undoc|montmul)/,
	// Prefixes that mean nothing there, or what another one means.
	/^rep retf?w?$|^repne (?!cmps|scas)/,
	// A size that this formatter leaves out, or says in another way.
	/^o?1?6? ?push 0x[0-9A-F]{1,4}$|\bword far\b/,
	// Hints that are reserved, which nobody writes with operands.
	/^(?:o16 )?nop [^,]+,/
];

/** Written with a register of 16 bits they get a prefix that changes nothing. */
const SHORT_SELECTOR = /^(?:arpl|lldt|ltr|verr|verw|lmsw) /;

/** `xchg al,bl` and `xchg bl,al` are one and the same, and so are SAL and SHL. */
const inOrder = (text: string): string =>
	text
		.replace(/^sal /, 'shl ')
		.replace(
			/^(xchg|test) (\w+),(\w+)$/,
			(_, name: string, ...two: string[]) => `${name} ${two.slice(0, 2).sort().join()}`
		);

/** What was read from `bytes`, assembled and read again, where it differs. */
function differs(bytes: Uint8Array): string | null {
	const first = read(bytes);
	if (first === null || UNREADABLE.some((form) => form.test(first.text))) return null;
	const made = assembler.assemble(first.text, AT);
	if ('problem' in made) return `${hex(bytes)}: ${first.text}: ${made.problem.says}`;
	const again = read(made.bytes);
	const most = first.length + (SHORT_SELECTOR.test(first.text) ? 1 : 0);
	if (again && inOrder(again.text) === inOrder(first.text) && made.bytes.length <= most) return null;
	return `${hex(bytes)}: ${first.text}: became ${hex(made.bytes)}: ${again?.text}`;
}

describe('everything that is decoded can be written', () => {
	it.each([
		['one byte', []],
		['0F', [0x0f]],
		['0F 38', [0x0f, 0x38]],
		['0F 3A', [0x0f, 0x3a]],
		['VEX', [0xc5, 0xe8]],
		['VEX, 256 bits', [0xc5, 0xed]],
		['VEX, map 0F 38', [0xc4, 0xe2, 0x69]]
	])('opcodes of %s', (_name, map) => {
		const wrong = [...ofMap(...map)].flatMap((bytes) => differs(bytes) ?? []);
		expect(wrong.slice(0, 40)).toEqual([]);
	});
});

it('what the emulated processor knows, it reads as it was written', () => {
	const seen = new Set<string>();
	for (const bytes of [...ofMap(), ...ofMap(0x0f)]) {
		const row = decode(bytes, 0, bytes.length, true);
		const first = read(bytes);
		if ('why' in row || first === null || UNREADABLE.some((form) => form.test(first.text))) continue;
		const made = assembler.assemble(first.text, AT);
		if (!('bytes' in made)) throw new Error(`${first.text}: ${made.problem.says}`);
		const again = decode(made.bytes, 0, made.bytes.length, true);
		if ('why' in again) throw new Error(`${first.text}: ${hex(made.bytes)} is ${again.why}`);
		expect([first.text, again.length]).toEqual([first.text, made.bytes.length]);
		seen.add(first.text.split(' ')[0]);
	}
	expect(seen.size).toBeGreaterThan(150);
});

describe('an instruction becomes bytes', () => {
	it.each([
		['cli', 'fa'],
		['SMSW EBX', '0f 01 e3'],
		['mov ebx, cr3', '0f 20 db'],
		['mov cr0, eax ; back again', '0f 22 c0'],
		['sgdt [0xc0101010]', '0f 01 05 10 10 10 c0'],
		['int 0x82', 'cd 82'],
		['mov eax, 5', 'b8 05 00 00 00'],
		['mov eax, 0ch', 'b8 0c 00 00 00'],
		['mov eax, 0b101', 'b8 05 00 00 00'],
		["mov al, 'A'", 'b0 41'],
		['mov eax, 0xfc00_0000', 'b8 00 00 00 fc'],
		['add eax, -1', '83 c0 ff'],
		['mov dword ptr [ebx+ecx*4-0x10], 0xc0de', 'c7 44 8b f0 de c0 00 00'],
		['mov eax, [4*ecx+ebx]', '8b 04 8b'],
		['mov eax, [ecx+esp]', '8b 04 0c'],
		['mov eax, fs:[0]', '64 a1 00 00 00 00'],
		['mov eax, [fs:0]', '64 a1 00 00 00 00'],
		['lock inc dword [eax]', 'f0 ff 00'],
		['rep movsd', 'f3 a5'],
		['fs lodsb', '64 ac'],
		['lodsb fs:[esi]', '64 ac'],
		['iret', 'cf'],
		['popf', '9d'],
		['popfw', '66 9d'],
		['jz 0xc0001000', '74 fe'],
		['jmp 0xc0002000', 'e9 fb 0f 00 00'],
		['jmp 0x8:0x1234', 'ea 34 12 00 00 08 00'],
		['push 1', '6a 01'],
		['push word 1', '66 6a 01'],
		['test [ebx], eax', '85 03'],
		['test eax, [ebx]', '85 03']
	])('%s', (text, bytes) => {
		expect(assembled(text)).toBe(bytes);
	});
});

describe('a mistake is told with its place', () => {
	it.each([
		['', '| Write an instruction, such as mov eax, 1.'],
		['  ; nothing', '  ; nothing| Write an instruction, such as mov eax, 1.'],
		['movv eax, 1', 'movv| There is no instruction ‘movv’. Did you mean ‘mov’?'],
		['frobnicate', 'frobnicate| There is no instruction ‘frobnicate’.'],
		['mov ebc, 1', 'ebc| ‘ebc’ is no register and no number. Did you mean ‘ebx’?'],
		[
			'mov eax, fc00_0000',
			'fc00_0000| ‘fc00_0000’ is no register and no number. A number in hexadecimal begins with 0x. Did you mean ‘0xfc00_0000’?'
		],
		['mov eax, 12z', '12z| ‘12z’ is no number.'],
		['mov eax, 0x100000000', '0x100000000| ‘0x100000000’ does not fit into 32 bits.'],
		['mov al, 300', '300| 300 does not fit: mov has 8 bits for it here.'],
		['mov [eax], 5', '[eax]| How large is the memory operand? Write byte or word or dword before the ‘[’.'],
		['mov eax, [ebx+', '[| The closing ‘]’ is missing.'],
		['mov eax, [ebx', '[| The closing ‘]’ is missing.'],
		['mov eax, [ebx*3]', '3| An index may be taken times 1, 2, 4 or 8, not 3.'],
		['mov eax, [eax+ebx+ecx]', 'ecx| An address has one base and one index: ‘ecx’ is one register too many.'],
		['mov eax, [ebx-ecx]', 'ecx| A register cannot be subtracted in an address.'],
		['mov eax,', '| An operand is missing here.'],
		['mov , eax', ',| An operand is missing here.'],
		['mov eax, 1 2', '2| ‘2’ is left over behind the instruction.'],
		['mov eax, #1', '#| ‘#’ cannot stand here.'],
		['lock', 'lock| The prefix lock needs an instruction behind it.'],
		['lock mov eax, ebx', 'lock| The prefix lock cannot stand before mov.'],
		['1 mov', '1| Here the name of an instruction is missing.'],
		['jecxz 0x10', '0x10| 0x10 is too far away for jecxz.'],
		['smsw', 'smsw| smsw has another number of operands. It is written: smsw r/m16; smsw r32/m16.'],
		['mov cr3, 1', '1| mov cannot have ‘1’ there. It is written: mov cr, r32.']
	])('%s', (text, problem) => {
		expect(assembled(text)).toBe(problem);
	});

	it('whatever is typed, something is said and nothing is thrown', () => {
		const parts = [
			'mov',
			'eax',
			',',
			'[',
			']',
			'+',
			'*',
			'4',
			'0x',
			'dword',
			'ptr',
			'fs',
			':',
			'-',
			'far',
			'lock',
			"'",
			';',
			'st(1)',
			'é'
		];
		let seed = 7;
		const next = (): number => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31);
		for (let round = 0; round < 3000; round++) {
			const text = Array.from({ length: 1 + (next() % 8) }, () => parts[next() % parts.length]).join(
				next() % 2 ? ' ' : ''
			);
			const made = assembler.assemble(text, AT);
			if ('problem' in made) expect([text, made.problem.says.length > 5]).toEqual([text, true]);
		}
	});
});
