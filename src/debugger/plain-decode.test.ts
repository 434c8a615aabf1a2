import { beforeAll, describe, expect, it } from 'vitest';
import { parseElf, sectionBytes } from '../toolstack/elf';
import { imageFile } from '../workbench/testing';
import { Decoder } from './decode';
import { plainDecode } from './plain-decode';

let iced: Decoder;
beforeAll(async () => void (iced = await Decoder.load()));

/** The code of a guest of ours. */
function codeOf(name: string): { bytes: Uint8Array; address: number } {
	const image = parseElf(imageFile(name));
	const text = image.sections.find((section) => section.name === '.text')!;
	return { bytes: sectionBytes(image, text), address: text.addr };
}

/** What the two write differently: names of one instruction, and what a name says already. */
const SAME: readonly (readonly [RegExp, string])[] = [
	[/^(j\S+) short/, '$1'],
	[/^(pusha|popa|pushf|popf|iret)d$/, '$1'],
	[/^xchg ax, ax$/, 'nop'],
	[/^(rep \w{4}).*/, '$1'],
	[/^(set\w+|[ls][gi]dt|invlpg) (byte|dword) ptr/, '$1'],
	[/^(smsw|str|lar) .*/, '$1'],
	[/^(imul (\w+)), \2,/, '$1,'],
	[/^mov e?(\w\w, [c-g]s)$/, 'mov $1'],
	[/^jmp far (\w+), (\w+)$/, 'jmp $2:$1']
];
const known = (text: string): string => SAME.reduce((so, [theirs, ours]) => so.replace(theirs, ours), text);

const bytesOf = (text: string): Uint8Array => Uint8Array.from(text.split(' '), (byte) => parseInt(byte, 16));
const plain = (text: string): string => plainDecode(bytesOf(text), 0x1000, 1)[0].text;

describe('code as text without WebAssembly', () => {
	it.each(['hello', 'pocket', 'queues', 'rogues'])(
		'agrees with the disassembler on every instruction of %s',
		(name) => {
			const { bytes, address } = codeOf(name);
			const theirs = iced.decode(bytes, address, 1e6);
			const ours = plainDecode(bytes, address, 1e6);
			expect(theirs.length).toBeGreaterThan(200);
			const shape = ({ offset, length, target, steps }: (typeof ours)[number]) => ({ offset, length, target, steps });
			expect(ours.map(shape)).toEqual(theirs.map(shape));
			expect(ours.map(({ text }) => known(text))).toEqual(theirs.map(({ text }) => known(text)));
		}
	);

	it('writes operands as the manual does', () => {
		expect(plain('8b 44 24 08')).toBe('mov eax, [esp+8]');
		expect(plain('c7 04 85 00 10 00 00 01 00 00 00')).toBe('mov dword ptr [eax*4+0x1000], 1');
		expect(plain('65 8b 0d 10 00 00 00')).toBe('mov ecx, gs:[0x10]');
		expect(plain('cd 82')).toBe('int 0x82');
		expect(plain('0f 22 d8')).toBe('mov cr3, eax');
		expect(plain('f3 a4')).toMatch(/^rep movs/);
		expect(plain('74 fe')).toMatch(/^j\S+ 0x1000$/);
	});

	it('knows what no manual has, and what is no instruction', () => {
		expect(plain('0f 3f 82')).toBe('native 0x82');
		expect(plain('0f 0b 78 65 6e')).toBe("ud2; 'xen'");
		expect(plain('0f 04')).toBe('db 0x0f');
		expect(plainDecode(bytesOf('b8 01'), 0, 4)).toEqual([]);
	});
});
