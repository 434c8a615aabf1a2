/** Where a gate of the IDT leads, read from the machine's memory: the gate's eight bytes, and the code behind it. */
import type { MomentState } from '../../moments';
import { HYPERCALL_VECTOR } from '../../trace/values';

export interface Stub {
	vector: number;
	/** Linear address of the IDT. */
	idt: number;
	gate: { dpl: number; selector: number; offset: number };
	/** What lies at the gate's offset. */
	code: Uint8Array;
}

interface Machine {
	inspect(): MomentState | Promise<MomentState>;
	read(address: number, length: number): Uint8Array | Promise<Uint8Array>;
}

/** The gate of hypercalls and the code that it leads to. */
export async function stubOf(machine: Machine, vector = HYPERCALL_VECTOR): Promise<Stub> {
	const { idtr } = await machine.inspect();
	const bytes = await machine.read(idtr.base + 8 * vector, 8);
	const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	// offset 31:16 | P DPL 0 type | selector | offset 15:0 (SDM vol. 3, 6.11)
	const gate = {
		dpl: (words.getUint8(5) >>> 5) & 3,
		selector: words.getUint16(2, true),
		offset: ((words.getUint16(6, true) << 16) | words.getUint16(0, true)) >>> 0
	};
	return { vector, idt: idtr.base, gate, code: await machine.read(gate.offset, 3) };
}
