/** Procedures of the system part of the processor: control registers, tables, interrupts, ports (SDM vol. 2; vol. 3, 2.8). */
import { Bug } from '../../../../base';
import type { Cpu } from '../../../cpu/cpu';
import { Fault } from '../../../cpu/fault';
import { changeStatus, overflow, status } from '../../../cpu/flags';
import { FLAGS_INDEX, REG } from '../../../layout';
import { interruptReturn, softwareInterrupt } from '../../../cpu/interrupts';
import { address, load, readRegister, writeRegister, type Exec, type Op } from '../op';
import * as system from '../../../cpu/system';
import { sysenter, sysexit } from '../../../cpu/transfers';
import { always, type Binder } from '../shape';
import { store16 } from './segment';
import { begin, inBlock, last } from '../synced';
import { VECTOR } from '../../../../x86/exceptions';
import { AF, CF, DF, FIXED, PF, SF, ZF } from '../../../../x86/flags';

/** A procedure without operands that ends its block. */
const simple = (run: (cpu: Cpu) => void): Binder => always(last(run));
/** The same with operands. */
const ending = (run: Exec): Binder => always(last(run));
/** For ring 0 alone: #GP(0) elsewhere. */
const privileged = (run: Exec): Binder => ending((cpu, op) => (cpu.cpl === 0 ? run(cpu, op) : cpu.raise(VECTOR.GP, 0)));

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

const interrupt: Exec = (cpu, op) => {
	begin(cpu, op);
	softwareInterrupt(cpu, op.imm & 0xff, 'int n');
};

const returnFromInterrupt: Exec = (cpu, op) => {
	begin(cpu, op);
	interruptReturn(cpu, op.size as 16 | 32);
};

const undefinedOpcode: Exec = inBlock((cpu) => cpu.raise(VECTOR.UD));

/** MOV from and to a control register: one that there is not is #UD in any ring. */
const control =
	(run: Exec): Binder =>
	(shape, op) =>
		(system.isControlRegister(op.reg) ? privileged(run) : always(undefinedOpcode))(shape, op);

// --- tables ------------------------------------------------------------------------------------------------

type Table = 'gdtr' | 'idtr';

/** SGDT and SIDT: limit, then the whole base whatever the operand size. */
const storeTable = (table: Table): Binder =>
	always((cpu, op) => {
		const offset = address(cpu, op);
		cpu.checkWrite(op.seg, offset, 6);
		cpu.write16(op.seg, offset, cpu[table].limit);
		cpu.write32(op.seg, (offset + 2) & op.mask, cpu[table].base);
	});

/** LGDT and LIDT: with 16-bit operands the base has 24 bits. */
const loadTable = (set: (cpu: Cpu, base: number, limit: number) => void): Binder =>
	ending((cpu, op) => {
		if (cpu.cpl !== 0) throw cpu.fault(VECTOR.GP, 0);
		const limit = load(cpu, op, 16);
		const base = load(cpu, op, 32, 2);
		set(cpu, op.eipMask === -1 ? base >>> 0 : base & 0xff_ffff, limit);
	});

const loadRegister =
	(set: (cpu: Cpu, selector: number) => void): Binder =>
	({ memory }) =>
		last((cpu, op) => {
			if (cpu.cpl !== 0) throw cpu.fault(VECTOR.GP, 0);
			set(cpu, memory ? load(cpu, op, 16) : cpu.u16[op.rm]);
		});

// --- ports ---------------------------------------------------------------------------------------------------

/** u16 index of DX. */
const DX = REG.EDX << 2;
/** The port: an immediate, or DX. */
const portOf = (cpu: Cpu, op: Op, immediate: boolean): number => (immediate ? op.imm & 0xff : cpu.u16[DX]);

const port =
	(transfer: (cpu: Cpu, op: Op, port: number, bytes: 1 | 2 | 4) => void): Binder =>
	({ form }) =>
		last((cpu, op) => {
			const bytes = (op.size >> 3) as 1 | 2 | 4;
			const number = portOf(cpu, op, form === 'ri');
			if (system.ioPermitted(cpu, number, bytes)) transfer(cpu, op, number, bytes);
			else cpu.raise(VECTOR.GP, 0);
		});

// --- implied operands ----------------------------------------------------------------------------------------

const EAX = REG.EAX << 1;
const EDX = REG.EDX << 1;
const EBX = REG.EBX << 1;
const ECX = REG.ECX << 1;

const compareExchange8: Exec = (cpu, op) => {
	const { s } = cpu;
	const offset = address(cpu, op);
	cpu.checkWrite(op.seg, offset, 8);
	const low = cpu.readForWrite32(op.seg, offset);
	const high = cpu.readForWrite32(op.seg, offset + 4);
	const equal = low === s[EAX] && high === s[EDX];
	cpu.write32(op.seg, offset, equal ? s[EBX] : low);
	cpu.write32(op.seg, offset + 4, equal ? s[ECX] : high);
	if (!equal) {
		s[EAX] = low;
		s[EDX] = high;
	}
	changeStatus(s, ZF, equal ? ZF : 0);
};

/** XLAT: the byte AL of the table at (E)BX. */
const translate: Exec = (cpu, op) => void (cpu.u8[0] = cpu.read8(op.seg, (address(cpu, op) + cpu.u8[0]) & op.mask));

const LOW_FLAGS = SF | ZF | AF | PF | CF;

export const SYSTEM: Readonly<Record<string, Binder>> = {
	nop: always(() => {}),
	compareExchange8: always(compareExchange8),
	translate: always(translate),
	loadFlags: always((cpu) => void (cpu.u8[1] = (status(cpu.s) & 0xff) | FIXED)),
	storeFlags: always((cpu) => changeStatus(cpu.s, LOW_FLAGS, cpu.u8[1])),
	cld: always(({ s }) => void (s[FLAGS_INDEX] &= ~DF)),
	std: always(({ s }) => void (s[FLAGS_INDEX] |= DF)),
	cli: simple(system.cli),
	sti: simple(system.sti),

	int: always(interrupt),
	int3: simple((cpu) => softwareInterrupt(cpu, VECTOR.BP, 'int3')),
	int1: simple((cpu) => softwareInterrupt(cpu, VECTOR.DB, 'int1')),
	into: simple((cpu) => {
		if (overflow(cpu.s) === 1) softwareInterrupt(cpu, VECTOR.OF, 'into');
	}),
	iret: always(returnFromInterrupt),
	undefined: always(undefinedOpcode),
	sysenter: simple(sysenter),
	sysexit: simple(sysexit),
	halt: privileged(system.hlt),
	native: ending(native),

	readControl: control((cpu, op) => void (cpu.s[op.rm] = system.movFromCr(cpu, op.reg))),
	writeControl: control((cpu, op) => system.movToCr(cpu, op.reg, cpu.s[op.rm])),
	readDebug: ending((cpu, op) => void (cpu.s[op.rm] = system.movFromDr(cpu, op.reg))),
	writeDebug: ending((cpu, op) => system.movToDr(cpu, op.reg, cpu.s[op.rm])),
	clearTaskSwitched: privileged(system.clts),
	// A 32-bit register receives CR0 whole.
	storeMsw: store16(system.smsw),
	loadMsw: ({ memory }) => last((cpu, op) => system.lmsw(cpu, memory ? load(cpu, op, 16) : cpu.u16[op.rm])),

	storeGdtr: storeTable('gdtr'),
	storeIdtr: storeTable('idtr'),
	loadGdtr: loadTable(system.lgdt),
	loadIdtr: loadTable(system.lidt),
	storeLdtr: store16(system.sldt),
	storeTr: store16(system.str),
	loadLdtr: loadRegister(system.lldt),
	loadTr: loadRegister(system.ltr),
	// It takes the address of its operand, through its segment but with no access.
	invalidatePage: privileged((cpu, op) => system.invlpg(cpu, (cpu.seg[op.seg].base + address(cpu, op)) >>> 0)),

	cpuid: simple(system.cpuid),
	readTsc: simple(system.rdtsc),
	readPmc: simple(system.rdpmc),
	readMsr: privileged(system.rdmsr),
	writeMsr: privileged(system.wrmsr),
	invalidateCaches: privileged(system.invd),
	writeBackCaches: privileged(system.wbinvd),
	// Floating-point instructions: there is no unit, so they fault as CR0 says.
	escape: always(inBlock(system.fpu)),
	fwait: always(inBlock(system.fwait)),

	input: port((cpu, op, number, bytes) => writeRegister(cpu, 0, op.size, system.portIn(cpu, number, bytes))),
	output: port((cpu, op, number, bytes) => system.portOut(cpu, number, bytes, readRegister(cpu, 0, op.size)))
};
