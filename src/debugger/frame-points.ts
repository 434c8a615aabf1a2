/**
 * Points that hold in one frame only. A frame is told by its canonical frame address (CFA): call frame information says
 * for each instruction of a function how the CFA follows from a register, so `esp + 12 == 0xc0008ff0` at an address holds in
 * this activation of the function and in no other, however deep it calls itself, and on no other stack. In ring 3, where each
 * process has the same addresses, CR3 tells the process.
 */
import type { CodeLine, MomentState } from '../moments';
import type { StopPoint } from '../workbench/stops';
import type { FrameRow, Range, SourceLine } from './dwarf/debug-info';
import type { GuestImage } from './guest-image';
import { GENERAL_REGISTERS, type Registers } from '../x86/registers';

/** Numbers of our own points; a breakpoint's are above 0. */
export const OWN = { line: -1, back: -2, call: -3, entry: -4, search: -5 } as const;

const hex = (value: number): string => `0x${(value >>> 0).toString(16)}`;

/** A function's activation, in which lines can be stepped. */
export interface Activation {
	readonly image: GuestImage;
	readonly dom: number;
	/** Holds for the process that executes it; '' where the stack's address says enough. */
	readonly process: string;
	readonly cfa: number;
	/** The code of the function. */
	readonly extent: Range;
}

/** Where the machine stands. */
export interface Standing {
	readonly moment: MomentState;
	readonly image: GuestImage;
	readonly pc: number;
	/** Null in code without call frame information: assembly, the hypervisor, an image without any. */
	readonly activation: Activation | null;
}

/** `cr3 == …` for ring 3, else ''. */
export const processOf = (moment: Pick<MomentState, 'cpl' | 'cr3'>): string =>
	moment.cpl === 3 ? `cr3 == ${hex(moment.cr3)} && ring == 3` : '';

const both = (...conditions: string[]): string => conditions.filter(Boolean).join(' && ');

function cfaOf(row: FrameRow, regs: Registers): number | null {
	const name = row.cfa && GENERAL_REGISTERS[row.cfa.register];
	return row.cfa && name ? (regs[name] + row.cfa.offset) >>> 0 : null;
}

/** What steps need to know of a moment. */
export function standing(moment: MomentState, image: GuestImage): Standing {
	const pc = moment.code.address;
	const row = moment.cpl === 0 ? null : image.debug.frameAt(pc);
	const cfa = row && cfaOf(row, moment.regs);
	const extent = image.debug.frameExtent(pc);
	const activation =
		cfa === null || !extent ? null : { image, dom: moment.dom, process: processOf(moment), cfa, extent };
	return { moment, image, pc, activation };
}

/** A point before the instruction at `address` in this activation; none where nothing tells the CFA there. */
export function inActivation(of: Activation, address: number, id: number): StopPoint[] {
	const row = of.image.debug.frameAt(address);
	const name = row?.cfa && GENERAL_REGISTERS[row.cfa.register];
	if (!row?.cfa || !name) return [];
	const condition = both(`${name} + ${row.cfa.offset >>> 0} == ${hex(of.cfa)}`, of.process);
	return [{ id, kind: 'address', address, dom: of.dom, condition }];
}

/** A point where code goes on with a certain stack pointer. */
export const withStack = (
	at: { address: number; esp: number; dom: number; process: string },
	id: number
): StopPoint => ({
	id,
	kind: 'address',
	address: at.address,
	dom: at.dom,
	condition: both(`esp == ${hex(at.esp)}`, at.process)
});

/** Where lines of the function begin, in this activation, as far as `wanted` takes them. */
export function lineStarts(
	of: Activation,
	depth: number,
	wanted: (line: SourceLine) => boolean,
	id: number
): StopPoint[] {
	const { debug } = of.image;
	return debug.lines.startsIn(of.extent).flatMap((start) => {
		const line = debug.lineAt(start.from, depth);
		return line && wanted(line) ? inActivation(of, start.from, id) : [];
	});
}

/** Before the first instruction of this activation. */
export const entryPoint = (of: Activation): StopPoint[] => inActivation(of, of.extent.from, OWN.entry);

/** A CALL and where it comes back to. */
export interface Call {
	/** Where it goes, or -1 for one through a register or memory. */
	readonly target: number;
	readonly returnTo: number;
}

/** The calls among some instructions. */
export const callsIn = (code: readonly CodeLine[]): Call[] =>
	code.flatMap((line) =>
		/^call\b/.test(line.text) ? [{ target: line.target, returnTo: line.address + line.bytes.length }] : []
	);

/** Points at the beginning of the functions that these calls may enter, where their lines are known. */
export function calleeEntries(of: Activation, calls: readonly Call[]): StopPoint[] {
	const { debug } = of.image;
	const indirect = calls.some((call) => call.target < 0);
	const anywhere = indirect ? debug.functions.filter((each) => each.depth === 0).map((each) => each.from) : [];
	return calls.flatMap(({ target, returnTo }) =>
		(target < 0 ? anywhere : [target])
			.filter((address) => debug.lines.at(address) !== null)
			.map((address): StopPoint => ({
				id: OWN.call,
				kind: 'address',
				address,
				dom: of.dom,
				condition: both(`[esp] == ${hex(returnTo)}`, `esp < ${hex(of.cfa)}`, of.process)
			}))
	);
}

export const sameLine = (a: SourceLine | null, b: SourceLine | null): boolean =>
	a === b || (a !== null && b !== null && a.line === b.line && a.file === b.file);
