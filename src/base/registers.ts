/** General registers in the order of their numbers (SDM vol. 2, table 2-2), which are DWARF's for i386 too (System V ABI, table 2.14). */
export const GENERAL_REGISTERS = ['eax', 'ecx', 'edx', 'ebx', 'esp', 'ebp', 'esi', 'edi'] as const;
export type GeneralRegister = (typeof GENERAL_REGISTERS)[number];

/** The same, then EIP and EFLAGS. */
export const REGISTER_NAMES = [...GENERAL_REGISTERS, 'eip', 'eflags'] as const;
export type RegisterName = (typeof REGISTER_NAMES)[number];

/** What they hold in a 32-bit processor, unsigned. */
export type Registers = Record<RegisterName, number>;
