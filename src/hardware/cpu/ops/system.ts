/** Rows that lead to the system part of the processor: control registers, tables, interrupts, ports (SDM vol. 2; vol. 3, 2.8). */
import { Bug } from '../../../base';
import type { Cpu } from '../cpu';
import { Fault } from '../fault';
import { carry, overflow, setCarry } from '../flags';
import { FLAGS_INDEX, REG } from '../../layout';
import { interruptReturn, softwareInterrupt } from '../interrupts';
import { address, load, readRegister, writeRegister, type Exec, type Op } from '../operands';
import * as system from '../system';
import { sysenter, sysexit } from '../transfers';
import { always, type Operation } from './forms';
import { storeSelector } from './segment';
import { inBlock, last } from './synced';
import { VECTOR } from '../../../x86/exceptions';
import { CF, DF, STATUS } from '../../../x86/flags';

/** An instruction without operands that ends its block. */
const simple = (run: (cpu: Cpu) => void): Operation => ({ bind: always(last(run)), ends: true });

// --- flags -----------------------------------------------------------------------------------------------

export const CLC: Operation = { bind: always(({ s }) => setCarry(s, 0)), writes: CF, kills: CF };
export const STC: Operation = { bind: always(({ s }) => setCarry(s, 1)), writes: CF, kills: CF };
export const CMC: Operation = { bind: always(({ s }) => setCarry(s, carry(s) ^ 1)), reads: CF, writes: CF };
export const CLD: Operation = { bind: always(({ s }) => void (s[FLAGS_INDEX] &= ~DF)) };
export const STD: Operation = { bind: always(({ s }) => void (s[FLAGS_INDEX] |= DF)) };
export const CLI = simple(system.cli);
export const STI = simple(system.sti);
/** SALC: AL = CF ? FFh : 0. Every processor has it; few manuals say so. */
export const SALC: Operation = { bind: always(({ s, u8 }) => void (u8[0] = -carry(s))), reads: CF };

// --- interrupts --------------------------------------------------------------------------------------------

export const INT: Operation = {
	bind: always(last((cpu, op) => softwareInterrupt(cpu, op.imm & 0xff, 'int n'))),
	ends: true
};
export const INT3 = simple((cpu) => softwareInterrupt(cpu, VECTOR.BP, 'int3'));
export const INT1 = simple((cpu) => softwareInterrupt(cpu, VECTOR.DB, 'int1'));
export const INTO: Operation = {
	bind: always(
		last((cpu) => {
			if (overflow(cpu.s) === 1) softwareInterrupt(cpu, VECTOR.OF, 'into');
		})
	),
	reads: STATUS,
	ends: true
};
export const IRET: Operation = {
	bind: always(last((cpu, op) => interruptReturn(cpu, op.size as 16 | 32))),
	ends: true
};
export const UD: Operation = {
	bind: always((cpu) => {
		throw cpu.fault(VECTOR.UD);
	}),
	ends: true
};
export const SYSENTER = simple(sysenter);
export const SYSEXIT = simple(sysexit);
export const HLT = simple(system.hlt);

/** Ring-0 code that is written in TypeScript. It faults never: a Fault out of it is a bug of ours. */
const native: Exec = (cpu, op) => {
	if (cpu.native === null || cpu.cpl !== 0) throw cpu.fault(VECTOR.UD);
	const index = op.imm & 0xff;
	try {
		cpu.native(index);
	} catch (error) {
		if (!(error instanceof Fault)) throw error;
		throw new Bug('native ring-0 code faulted', {
			index,
			vector: error.vector,
			error: error.error,
			address: error.address
		});
	}
};
export const NATIVE: Operation = { bind: always(last(native)), ends: true };

// --- control and debug registers ---------------------------------------------------------------------------

export const MOV_FROM_CR: Operation = {
	bind: always(last((cpu, op) => void (cpu.s[op.rm] = system.movFromCr(cpu, op.reg)))),
	ends: true
};
export const MOV_TO_CR: Operation = {
	bind: always(last((cpu, op) => system.movToCr(cpu, op.reg, cpu.s[op.rm]))),
	ends: true
};
export const MOV_FROM_DR: Operation = {
	bind: always(last((cpu, op) => void (cpu.s[op.rm] = system.movFromDr(cpu, op.reg)))),
	ends: true
};
export const MOV_TO_DR: Operation = {
	bind: always(last((cpu, op) => system.movToDr(cpu, op.reg, cpu.s[op.rm]))),
	ends: true
};
export const CLTS = simple(system.clts);

/** SMSW: a 32-bit register receives CR0 whole; memory always gets 16 bits. */
export const SMSW: Operation = {
	bind: ({ memory }) =>
		memory
			? (cpu, op) => cpu.write16(op.seg, address(cpu, op), system.smsw(cpu))
			: (cpu, op) => storeSelector(cpu, op, system.smsw(cpu))
};
export const LMSW: Operation = {
	bind: ({ memory }) => last((cpu, op) => system.lmsw(cpu, memory ? load(cpu, op, 16) : cpu.u16[op.rm])),
	ends: true
};

// --- tables ------------------------------------------------------------------------------------------------

type Table = 'gdtr' | 'idtr';

/** SGDT and SIDT: limit, then the whole base whatever the operand size. */
const storeTable = (table: Table): Operation => ({
	bind: always((cpu, op) => {
		const offset = address(cpu, op);
		cpu.checkWrite(op.seg, offset, 6);
		cpu.write16(op.seg, offset, cpu[table].limit);
		cpu.write32(op.seg, (offset + 2) & op.mask, cpu[table].base);
	})
});
export const SGDT = storeTable('gdtr');
export const SIDT = storeTable('idtr');

/** LGDT and LIDT: with 16-bit operands the base has 24 bits. */
const loadTable = (set: (cpu: Cpu, base: number, limit: number) => void): Operation => ({
	bind: always(
		last((cpu, op) => {
			if (cpu.cpl !== 0) throw cpu.fault(VECTOR.GP, 0);
			const limit = load(cpu, op, 16);
			const base = load(cpu, op, 32, 2);
			set(cpu, op.eipMask === -1 ? base >>> 0 : base & 0xff_ffff, limit);
		})
	),
	ends: true
});
export const LGDT = loadTable(system.lgdt);
export const LIDT = loadTable(system.lidt);

const storeRegister = (read: (cpu: Cpu) => number): Operation => ({
	bind: ({ memory }) =>
		memory
			? (cpu, op) => cpu.write16(op.seg, address(cpu, op), read(cpu))
			: (cpu, op) => storeSelector(cpu, op, read(cpu))
});
export const SLDT = storeRegister(system.sldt);
export const STR = storeRegister(system.str);

const loadRegister = (set: (cpu: Cpu, selector: number) => void): Operation => ({
	bind: ({ memory }) =>
		last((cpu, op) => {
			if (cpu.cpl !== 0) throw cpu.fault(VECTOR.GP, 0);
			set(cpu, memory ? load(cpu, op, 16) : cpu.u16[op.rm]);
		}),
	ends: true
});
export const LLDT = loadRegister(system.lldt);
export const LTR = loadRegister(system.ltr);

/** INVLPG takes the address of its operand, through its segment but with no access. */
export const INVLPG: Operation = {
	bind: always(last((cpu, op) => system.invlpg(cpu, (cpu.seg[op.seg].base + address(cpu, op)) >>> 0))),
	ends: true
};

// --- identification, counters, caches ----------------------------------------------------------------------

export const CPUID = simple(system.cpuid);
export const RDTSC = simple(system.rdtsc);
export const RDPMC = simple(system.rdpmc);
export const RDMSR = simple(system.rdmsr);
export const WRMSR = simple(system.wrmsr);
export const INVD = simple(system.invd);
export const WBINVD = simple(system.wbinvd);
export const NOP: Operation = { bind: always(() => {}), accesses: false };
/** Floating-point instructions: there is no unit, so they fault as CR0 says. */
export const ESCAPE: Operation = { bind: always(inBlock(system.fpu)), faults: true };
export const FWAIT: Operation = { bind: always(inBlock(system.fwait)), faults: true };

// --- ports ---------------------------------------------------------------------------------------------------

/** u16 index of DX. */
const DX = REG.EDX << 2;
const portOf = (cpu: Cpu, op: Op, immediate: boolean): number => (immediate ? op.imm & 0xff : cpu.u16[DX]);

export const input = (immediate: boolean): Operation => ({
	bind: always(
		last((cpu, op) => {
			const bytes = (op.size >> 3) as 1 | 2 | 4;
			const port = portOf(cpu, op, immediate);
			system.ioPermitted(cpu, port, bytes);
			writeRegister(cpu, 0, op.size, system.portIn(cpu, port, bytes));
		})
	),
	ends: true
});
export const output = (immediate: boolean): Operation => ({
	bind: always(
		last((cpu, op) => {
			const bytes = (op.size >> 3) as 1 | 2 | 4;
			const port = portOf(cpu, op, immediate);
			system.ioPermitted(cpu, port, bytes);
			system.portOut(cpu, port, bytes, readRegister(cpu, 0, op.size));
		})
	),
	ends: true
});
