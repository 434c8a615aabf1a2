/** General registers, EIP and EFLAGS of a 32-bit processor, unsigned 32 bits each. */
export interface Registers {
	eax: number;
	ecx: number;
	edx: number;
	ebx: number;
	esp: number;
	ebp: number;
	esi: number;
	edi: number;
	eip: number;
	eflags: number;
}
