/**
 * Registers by GDB's numbers: a row a register, in the order of their numbers. The first 32 are those of GDB's feature
 * org.gnu.gdb.i386.core, of which GDB wants all; there is no x87 in this machine, so its rows are never available. Then what only ring 0
 * sees, and the two bytes in shared memory that are a paravirtual kernel's interrupt flag.
 */
import type { VcpuContext } from '../workbench/inspect/vcpus';
import { wordHex } from './hex';
import { GENERAL_REGISTERS, REGISTER_NAMES, type RegisterName } from '../x86/registers';

/** A register as GDB knows it. */
export interface Register {
	readonly name: string;
	readonly bits: number;
	/** A type of the target description. */
	readonly type: string;
	readonly feature: Feature;
	/** Which `info registers GROUP` shows it; GDB decides where there is none. */
	readonly group?: string;
	/** Its value, or null where it is not to be had. */
	read(context: VcpuContext): number | null;
	/** Its name in a change of the past; without one it cannot be set. */
	readonly settable?: RegisterName;
}

export type Feature = 'org.gnu.gdb.i386.core' | 'org.ringside.i386.system' | 'org.ringside.xen.vcpu';

const CORE = { bits: 32, feature: 'org.gnu.gdb.i386.core' } as const;

const general = (name: RegisterName, type: string): Register => ({
	...CORE,
	name,
	type,
	settable: name,
	read: ({ regs }) => regs[name]
});

const selector = (name: string, index: number): Register => ({
	...CORE,
	name,
	type: 'int32',
	read: ({ selectors }) => selectors[index]
});

const absent = (name: string, bits: number, type: string, group: string): Register => ({
	...CORE,
	name,
	bits,
	type,
	group,
	read: () => null
});

const system = (name: string, type: string, read: Register['read']): Register => ({
	name,
	bits: 32,
	type,
	feature: 'org.ringside.i386.system',
	group: 'system',
	read
});

const flag = (name: string, read: (upcall: NonNullable<VcpuContext['upcall']>) => boolean): Register => ({
	name,
	bits: 32,
	type: 'int32',
	feature: 'org.ringside.xen.vcpu',
	group: 'general',
	read: ({ upcall }) => (upcall ? Number(read(upcall)) : null)
});

const SEGMENTS = ['cs', 'ss', 'ds', 'es', 'fs', 'gs'] as const;
const X87_CONTROL = ['fctrl', 'fstat', 'ftag', 'fiseg', 'fioff', 'foseg', 'fooff', 'fop'];

export const REGISTERS: readonly Register[] = [
	...GENERAL_REGISTERS.map((name) => general(name, name === 'esp' || name === 'ebp' ? 'data_ptr' : 'int32')),
	general('eip', 'code_ptr'),
	general('eflags', 'i386_eflags'),
	...SEGMENTS.map(selector),
	...Array.from({ length: 8 }, (_, n) => absent(`st${n}`, 80, 'i387_ext', 'float')),
	...X87_CONTROL.map((name) => absent(name, 32, 'int', 'float')),
	system('cr0', 'i386_cr0', ({ cr0 }) => cr0),
	system('cr2', 'data_ptr', ({ cr2 }) => cr2),
	system('cr3', 'data_ptr', ({ cr3 }) => cr3),
	system('cr4', 'i386_cr4', ({ cr4 }) => cr4),
	...SEGMENTS.map((name, index) =>
		system(`${name}_base`, 'data_ptr', ({ processor }) => processor && processor.bases[index])
	),
	system('gdtr_base', 'data_ptr', ({ processor }) => processor && processor.gdtr.base),
	system('gdtr_limit', 'int32', ({ processor }) => processor && processor.gdtr.limit),
	system('idtr_base', 'data_ptr', ({ processor }) => processor && processor.idtr.base),
	system('idtr_limit', 'int32', ({ processor }) => processor && processor.idtr.limit),
	system('ldtr', 'int32', ({ processor }) => processor && processor.ldtr),
	system('tr', 'int32', ({ processor }) => processor && processor.tr),
	flag('upcall_mask', ({ masked }) => masked),
	flag('upcall_pending', ({ pending }) => pending)
];

/** Numbers that a stop reply tells in advance. */
export const EBP = REGISTER_NAMES.indexOf('ebp');
export const ESP = REGISTER_NAMES.indexOf('esp');
export const EIP = REGISTER_NAMES.indexOf('eip');

/** A register's value in the target's byte order, or as many `x` as it has digits where it has none. */
export function registerHex(register: Register, context: VcpuContext): string {
	const value = register.read(context);
	return value === null ? 'x'.repeat(register.bits / 4) : wordHex(value);
}

/** All of them, as `g` wants them. */
export const registersHex = (context: VcpuContext): string =>
	REGISTERS.map((register) => registerHex(register, context)).join('');
