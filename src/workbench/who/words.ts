/** Who wrote this: the question and the answer as plain data, and their words. It knows nothing of the machine. */
import { hex, hex8 } from '../../base';
import type { Point } from '../moment';
import type { RegisterName } from '../../x86/registers';
import { words } from '../../words';
import { words as late } from '../../words/late';
import { counted } from '../../words/plural';
import { fill } from '../../words/template';
import { count } from '../../words/numbers';

/** Indices of the two rings between a domain and domain 0's daemons (xen/include/public/io/console.h, xs_wire.h). */
export const RING_INDICES = {
	console: ['in_cons', 'in_prod', 'out_cons', 'out_prod'],
	xenstore: ['req_cons', 'req_prod', 'rsp_cons', 'rsp_prod']
} as const;
export type RingName = keyof typeof RING_INDICES;

/** What may be asked about. Numbers are unsigned. */
export type WhoTarget =
	/** Bytes; a linear address means the page that is mapped there now. */
	| {
			readonly kind: 'memory';
			readonly space: 'linear' | 'physical';
			readonly address: number;
			readonly length: number;
	  }
	| { readonly kind: 'register'; readonly name: RegisterName }
	/** A page-table entry, by the frame of its table. That the processor marks it accessed or dirty does not count. */
	| { readonly kind: 'pte'; readonly mfn: number; readonly index: number }
	/** Type and counts of a frame, as far as they are recorded. */
	| { readonly kind: 'frame'; readonly mfn: number }
	| { readonly kind: 'port'; readonly dom: number; readonly port: number; readonly bit: 'pending' | 'masked' }
	| { readonly kind: 'ring'; readonly dom: number; readonly ring: RingName; readonly index: string }
	/** Bytes of one sector of a disk of the machine: 0 hda to 3 hdd. */
	| {
			readonly kind: 'disk';
			readonly disk: number;
			readonly lba: number;
			readonly offset: number;
			readonly length: number;
	  }
	/** Bytes of a frame on the machine's wire, by its number in the capture, from 1. */
	| { readonly kind: 'wire'; readonly frame: number; readonly offset: number; readonly length: number };

/** Who it was. */
export type Writer =
	/** An instruction of a guest (or, in ring 0, of the hypervisor's few own ones). */
	| {
			readonly by: 'instruction';
			readonly dom: number;
			readonly vcpu: number;
			readonly ring: number;
			readonly linear: number;
	  }
	/** The hypervisor, with the event that goes with the write and the question that it asked last, if it asked one. */
	| { readonly by: 'hypervisor'; readonly event: number; readonly asked: string | null }
	/** The processor: it marked an entry accessed or dirty, or went through a gate of the IDT. */
	| { readonly by: 'processor'; readonly event: number; readonly doing: 'walk' | 'delivery' }
	/** A daemon of domain 0, or a device. */
	| { readonly by: 'device'; readonly event: number }
	/** A disk, by itself into memory, with the `disk_dma` event. */
	| { readonly by: 'dma'; readonly event: number; readonly disk: number }
	/** A command to a disk: the event that tells what it moved, and that of the command, -1 where that is not known. */
	| { readonly by: 'disk'; readonly event: number; readonly command: number }
	/** A network card that sent a frame: the event that says so, and that of the access by which a driver had put it there, -1 where that is not known. */
	| { readonly by: 'card'; readonly event: number; readonly card: number; readonly filled: number }
	/** Somebody on the wire who is no part of the machine. */
	| { readonly by: 'outside' }
	/** Whoever looks on, with the `change` event. */
	| { readonly by: 'hand'; readonly event: number }
	/** Nobody since the run began: the domain builder, or reset. */
	| { readonly by: 'nobody' };

/** One write. */
export interface Write {
	/** Just before the instruction (or step) that wrote, and right after it; null for `nobody`. */
	readonly before: Point | null;
	readonly after: Point | null;
	readonly writer: Writer;
	/** Values in words. */
	readonly old: string;
	readonly new: string;
}

/** The answer. */
export interface Written extends Write {
	readonly target: WhoTarget;
	/** One sentence or two. */
	readonly text: string;
	/** For a linear address: the page there was mapped later than it was written to. */
	readonly mapping: (Write & { readonly text: string }) | null;
	/** Later writes that left the value as it was. */
	readonly idle: number;
	/** Where the bytes came from, if they were moved: by a disk or a card, copied by the hypervisor or by a string instruction. The question that leads on. */
	readonly onward: Onward | null;
}

/** A further question, and the moment at which it is to be asked. */
export interface Onward {
	readonly target: WhoTarget;
	readonly at: Point;
}

const said = late.who;

/** The machine's disks, as domain 0 names them. */
export const driveName = (disk: number): string => `hd${'abcd'[disk] ?? disk}`;
const domText = (dom: number): string => fill(words.names.domain, { dom });

/** What is asked about, in words. */
export function describeTarget(target: WhoTarget): string {
	const { targets } = said;
	switch (target.kind) {
		case 'memory':
			return counted(targets.memory, target.length, {
				space: said.spaces[target.space],
				address: `0x${hex8(target.address)}`
			});
		case 'register':
			return target.name;
		case 'pte':
			return fill(targets.pte, { index: target.index, frame: hex(target.mfn) });
		case 'frame':
			return fill(targets.frame, { frame: hex(target.mfn) });
		case 'port':
			return fill(targets[target.bit], { port: target.port, dom: domText(target.dom) });
		case 'ring':
			return fill(targets.ring, { index: target.index, dom: domText(target.dom), ring: target.ring });
		case 'disk':
			return counted(targets.disk, target.length, {
				offset: target.offset,
				lba: count(target.lba),
				disk: driveName(target.disk)
			});
		case 'wire':
			return counted(targets.wire, target.length, { offset: target.offset, frame: count(target.frame) });
	}
}

/** Whose an instruction is, by its ring. */
const WHOSE = [said.whose.hypervisor, said.whose.kernel, said.whose.ring2, said.whose.process];

/** Who wrote, in words. */
export function describeWriter(writer: Writer): string {
	const { writers } = said;
	switch (writer.by) {
		case 'instruction':
			return fill(writers.instruction, {
				address: `0x${hex8(writer.linear)}`,
				whose: fill(WHOSE[writer.ring], { dom: domText(writer.dom) })
			});
		case 'hypervisor':
			return writer.asked ? fill(writers.asked, { check: writer.asked }) : writers.hypervisor;
		case 'processor':
			return writers[writer.doing];
		case 'dma':
			return fill(writers.dma, { disk: driveName(writer.disk) });
		case 'card':
			return fill(writers.card, { card: writer.card });
		default:
			return writers[writer.by];
	}
}

/** The answer in a sentence or two. @param idle later writes that changed nothing; `same`: none of them was found to have */
export function describeFound(
	target: WhoTarget,
	found: Write & { readonly idle: number; readonly same?: boolean }
): string {
	const { idle, writer } = found;
	const told = { what: beginning(target), old: found.old, value: found.new };
	if (writer.by === 'outside') return fill(said.outside, told);
	if (writer.by === 'card' && found.after !== null)
		return fill(said.sent, { ...told, icount: count(found.after.icount), writer: describeWriter(writer) });
	if (writer.by === 'nobody' || found.after === null) return fill(said.never, told);
	const by = fill(said.by, { icount: count(found.after.icount), writer: describeWriter(writer) });
	if (found.same) return counted(said.unchanged, idle + 1, { ...told, by });
	const later = target.kind === 'pte' ? said.laterMarked : said.later;
	return fill(said.last, { ...told, by, later: idle > 0 ? counted(later, idle) : '' });
}

/** What is asked about, at the head of a sentence: the names of registers and fields are written as they are. */
function beginning(target: WhoTarget): string {
	const what = describeTarget(target);
	const isName = target.kind === 'register' || target.kind === 'ring';
	return isName ? what : what.charAt(0).toUpperCase() + what.slice(1);
}
