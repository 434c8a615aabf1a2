/** Who wrote this: the question and the answer as plain data, and their words. It knows nothing of the machine. */
import { hex, hex8 } from '../../base';
import type { Point } from '../moment';
import type { RegisterName } from '../../x86/registers';

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
	| { readonly kind: 'ring'; readonly dom: number; readonly ring: RingName; readonly index: string };

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
}

/** What is asked about, in words. */
export function describeTarget(target: WhoTarget): string {
	switch (target.kind) {
		case 'memory':
			return `${target.length === 1 ? 'the byte' : `the ${target.length} bytes`} at ${target.space} 0x${hex8(target.address)}`;
		case 'register':
			return target.name;
		case 'pte':
			return `entry ${target.index} of the page table in frame ${hex(target.mfn)}`;
		case 'frame':
			return `type and counts of frame ${hex(target.mfn)}`;
		case 'port':
			return `the ${target.bit === 'pending' ? 'pending' : 'mask'} bit of port ${target.port} of dom${target.dom}`;
		case 'ring':
			return `${target.index} of dom${target.dom}’s ${target.ring} ring`;
	}
}

const RINGS = ['the hypervisor’s own code', 'the kernel', 'ring 2', 'a process'];

/** Who wrote, in words. */
export function describeWriter(writer: Writer): string {
	switch (writer.by) {
		case 'instruction':
			return `the instruction at 0x${hex8(writer.linear)} of ${writer.ring === 0 ? RINGS[0] : `${RINGS[writer.ring]} of dom${writer.dom}`}`;
		case 'hypervisor':
			return `the hypervisor${writer.asked ? `, after it had asked ${writer.asked}` : ''}`;
		case 'processor':
			return writer.doing === 'walk'
				? 'the processor, which marked the entry accessed or dirty'
				: 'the processor, on its way through a gate of the IDT';
		case 'device':
			return 'a daemon of domain 0, or a device';
		case 'hand':
			return 'whoever looks on: it was changed by hand';
		case 'nobody':
			return 'nobody since the run began: it stands as the domain builder, or reset, left it';
	}
}
