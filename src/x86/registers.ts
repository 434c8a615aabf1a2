/** Registers by name, in the order of their numbers. */

/** General registers in the order of their numbers (SDM vol. 2, table 2-2), which are DWARF's for i386 too (System V ABI, table 2.14). */
export const GENERAL_REGISTERS = ['eax', 'ecx', 'edx', 'ebx', 'esp', 'ebp', 'esi', 'edi'] as const;
export type GeneralRegister = (typeof GENERAL_REGISTERS)[number];

/** The same, then EIP and EFLAGS. */
export const REGISTER_NAMES = [...GENERAL_REGISTERS, 'eip', 'eflags'] as const;
export type RegisterName = (typeof REGISTER_NAMES)[number];

/** What they hold in a 32-bit processor, unsigned. */
export type Registers = Record<RegisterName, number>;

/** The order in which people read them: by letter, then pointers. */
export const REGISTERS_TO_READ = ['eax', 'ebx', 'ecx', 'edx', 'esi', 'edi', 'ebp', 'esp', 'eip'] as const;

/** Numbers of the general registers. */
export const GPR = { EAX: 0, ECX: 1, EDX: 2, EBX: 3, ESP: 4, EBP: 5, ESI: 6, EDI: 7 } as const;

/** Segment registers in the order of their numbers (SDM vol. 2, table B-8). */
export const SEGMENT_NAMES = ['es', 'cs', 'ss', 'ds', 'fs', 'gs'] as const;
export type SegmentName = (typeof SEGMENT_NAMES)[number];
export const ES = 0;
export const CS = 1;
export const SS = 2;
export const DS = 3;
export const FS = 4;
export const GS = 5;
