/**
 * What a file of xentrace holds, whoever traced it: counts by record, and as a trace what has a place in our catalogue.
 *
 * Xen records less than Ringside does: no results of calls and no lengths, of the arguments those that Xen picks, no causes.
 * What is not in the file reads 0, and the trace says so (`partial`). 64-bit addresses are shortened to their low half.
 */
import { hypercallRow } from '../../abi/hypercalls';
import { RUNSTATE } from '../../abi/structs/sched';
import { DOMID_IDLE } from '../../abi/structs/xen';
import { TraceBuilder } from '../builder';
import { joined, type ArgValue } from '../wide';
import { KIND } from '../events';
import { FileError } from '../file/error';
import { Pace, type PaceOptions } from '../file/pace';
import type { TraceMirror } from '../mirror';
import { findWindows, readRecords, type XenRecord } from './record-reader';
import { ARGUMENT_64, ARGUMENT_SHIFT, HYPERCALL_MASK, plainEvent, recordName, TRC, TRC_64_FLAG } from './records';
import { PF_USER } from '../../x86/exceptions';

/** A count of something that has a name. */
export interface Counted {
	name: string;
	count: number;
}

/** What a file holds, in figures. */
export interface XentraceSummary {
	records: number;
	/** By name, the most frequent first; `events` of them are in the trace as well. */
	byRecord: (Counted & { shown: boolean })[];
	cpus: number[];
	/** Domains that ran or were spoken of. */
	domains: number[];
	/** Cycles from the first record to the last. */
	cycles: number;
	/** Records that Xen says it lost, its buffer being full. */
	lost: number;
	/** From here on the file could not be read; null when all of it was. */
	damage: FileError | null;
}

/** A file of xentrace, read: what has a place in the catalogue as a trace, all of it counted. */
export interface ImportedXentrace {
	view: TraceMirror;
	summary: XentraceSummary;
}

type Shown = readonly [kind: number, ...args: ArgValue[]];

/** Who runs on a processor, as far as its records tell. */
interface Running {
	dom: number;
	vcpu: number;
}

/** A record with its words at hand. */
class Words {
	private record!: Readonly<XenRecord>;

	constructor(private readonly file: DataView) {}

	of(record: Readonly<XenRecord>): this {
		this.record = record;
		return this;
	}
	get event(): number {
		return this.record.event;
	}
	/** Word `index`, 0 where there is none. */
	word(index: number): number {
		return index < this.record.words ? this.file.getUint32(this.record.at + index * 4, true) : 0;
	}
	/** The 64 bits of words `index` and `index + 1`. */
	long(index: number): ArgValue {
		return joined(this.word(index), this.word(index + 1));
	}
	/** Low half of address `index` among those that the record begins with. */
	address(index: number): number {
		return this.word(this.wide ? index * 2 : index);
	}
	/** Word `index` after `addresses` addresses. */
	after(addresses: number, index = 0): number {
		return this.word((this.wide ? addresses * 2 : addresses) + index);
	}
	private get wide(): boolean {
		return (this.record.event & TRC_64_FLAG) !== 0;
	}
}

/** Arguments by their places, from two bits each in the first word that say how wide they are. */
function callOf(kind: number, words: Words): Shown {
	const first = words.word(0);
	const nr = first & HYPERCALL_MASK;
	const args = [0, 0, 0, 0, 0];
	let at = 1;
	for (let index = 0; index < 6; index++) {
		const width = (first >>> (ARGUMENT_SHIFT + 2 * index)) & 3;
		if (width !== 0 && index < 5) args[index] = words.word(at);
		at += width === ARGUMENT_64 ? 2 : width === 0 ? 0 : 1;
	}
	return [kind, nr, hypercallRow(nr)?.hasOp ? args[0] : -1, ...args];
}

/** User mode is ring 3; a 32-bit guest kernel is in ring 1. */
const faultRing = (error: number): number => (error & PF_USER ? 3 : 1);

/** How records are shown; those that are not here are counted only. */
const SHOWN: Readonly<Record<number, (words: Words) => Shown>> = {
	[TRC.PV_HYPERCALL_V2]: (words) => callOf(KIND.hypercall, words),
	[TRC.PV_HYPERCALL_SUBCALL]: (words) => callOf(KIND.subcall, words),
	[TRC.PV_HYPERCALL]: (words) => [KIND.hypercall, words.after(1), -1],
	[TRC.PV_TRAP]: (words) => {
		const trap = words.after(1);
		return [KIND.bounce, trap & 0x7fff, trap >>> 16, 0, 0, 0, words.address(0), 0];
	},
	[TRC.PV_PAGE_FAULT]: (words) => {
		const error = words.after(2);
		return [KIND.page_fault, words.address(0), words.address(1), error, faultRing(error)];
	},
	[TRC.PV_FORCED_INVALID_OP]: (words) => [KIND.forced_cpuid, words.address(0), 0],
	[TRC.PV_EMULATE_PRIVOP]: (words) => [KIND.emulate, words.address(0), 0, 0],
	[TRC.PV_MATH_STATE_RESTORE]: () => [KIND.math_state],
	[TRC.PV_GDT_LDT_MAPPING_FAULT]: (words) => [KIND.descriptor_fault, words.address(0), words.address(1)],
	[TRC.PV_PTWR_EMULATION_PAE]: (words) => [KIND.ptwr, words.long(0), words.word(2), words.word(3)],
	[TRC.PV_PTWR_EMULATION]: (words) => [KIND.ptwr, words.long(0), words.word(2), words.word(4)],
	[TRC.MEM_PAGE_GRANT_MAP]: (words) => [KIND.grant_map, words.word(0)],
	[TRC.MEM_PAGE_GRANT_UNMAP]: (words) => [KIND.grant_unmap, words.word(0)],
	[TRC.MEM_PAGE_GRANT_TRANSFER]: (words) => [KIND.grant_transfer, words.word(0)],
	[TRC.SCHED_SWITCH]: (words) => [KIND.sched_switch, words.word(0), words.word(1), words.word(2), words.word(3)],
	[TRC.SCHED_RUNSTATE_CHANGE]: (words) => {
		const [who, event] = [words.word(0), words.event];
		return [KIND.runstate, who >>> 16, who & 0xffff, (event >>> 8) & 3, (event >>> 4) & 3];
	},
	[TRC.SCHED_DOM_ADD]: (words) => [KIND.domain_create, words.word(0), 0],
	[TRC.SCHED_SHUTDOWN]: (words) => [KIND.domain_shutdown, words.word(0), words.word(2)],
	[TRC.SCHED_SHUTDOWN_CODE]: (words) => [KIND.domain_shutdown, words.word(0), words.word(2)]
};

/** What is gathered while the records go by. */
class Importer {
	readonly builder = new TraceBuilder();
	readonly counts = new Map<number, number>();
	readonly domains = new Set<number>();
	records = 0;
	lost = 0;
	cycles = 0;
	private readonly running = new Map<number, Running>();
	private readonly words: Words;

	constructor(file: DataView) {
		this.words = new Words(file);
	}

	take(record: Readonly<XenRecord>): void {
		const words = this.words.of(record);
		const event = plainEvent(record.event);
		this.records++;
		this.cycles = record.cycle;
		this.counts.set(event, (this.counts.get(event) ?? 0) + 1);
		if (event === TRC.LOST_RECORDS) this.lose(record.cpu, words);
		const shown = SHOWN[event]?.(words);
		if (shown) this.show(record, shown);
	}

	private show({ cpu, cycle }: Readonly<XenRecord>, [kind, ...args]: Shown): void {
		const { dom, vcpu } = this.running.get(cpu) ?? { dom: DOMID_IDLE, vcpu: 0 };
		const seq = this.builder.length;
		this.builder.add({ cycle, icount: 0, dom, vcpu, ring: 0, kind, cause: -1, end: seq, args, took: 0 });
		const [first, second, third, fourth] = args.map(Number);
		if (kind === KIND.sched_switch) this.run(cpu, third, fourth);
		else if (kind === KIND.runstate && fourth === RUNSTATE.running) this.run(cpu, first, second);
		else if (kind === KIND.runstate || kind === KIND.domain_create) this.domains.add(first);
	}

	private run(cpu: number, dom: number, vcpu: number): void {
		this.running.set(cpu, { dom: dom & 0xffff, vcpu: vcpu & 0xff });
		this.domains.add(dom & 0xffff);
	}

	/** LOST_RECORDS: how many, the domain (low half) and vcpu that ran then, and when the first was lost. */
	private lose(cpu: number, words: Words): void {
		this.lost += words.word(0);
		this.run(cpu, words.word(1) & 0xffff, words.word(1) >>> 16);
	}

	summary(cpus: number[], damage: FileError | null): XentraceSummary {
		const byRecord = [...this.counts].map(([event, count]) => ({
			name: recordName(event),
			count,
			shown: SHOWN[event] !== undefined
		}));
		return {
			records: this.records,
			byRecord: byRecord.sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1)),
			cpus,
			domains: [...this.domains].sort((a, b) => a - b),
			cycles: this.cycles,
			lost: this.lost,
			damage
		};
	}
}

/**
 * Reads a file of xentrace. A file that is damaged from some byte on is read up to there, and `damage` says so.
 * @throws FileError when nothing can be read; AbortError when called off
 */
export async function importXentrace(bytes: Uint8Array, options: PaceOptions = {}): Promise<ImportedXentrace> {
	if (bytes.length === 0) throw new FileError('the file is empty', 0);
	const file = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const { cpus, damage } = findWindows(file);
	const pace = new Pace(options);
	const importer = new Importer(file);
	const damages: FileError[] = [];
	for (const record of readRecords(file, cpus, damages)) {
		importer.take(record);
		if ((importer.records & 0xfff) === 0) await pace.step(record.at / bytes.length);
	}
	if (damage) damages.push(damage);
	damages.sort((a, b) => a.at - b.at);
	const view = importer.builder.finish();
	view.partial = true;
	pace.finish();
	return {
		view,
		summary: importer.summary(
			[...cpus.keys()].sort((a, b) => a - b),
			damages[0] ?? null
		)
	};
}
