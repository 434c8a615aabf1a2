/**
 * What a paravirtualized domain and vcpu have that others would not: what a guest tells Xen instead of the processor (struct
 * pv_vcpu), and the few devices that a PV domain has for itself.
 */
import { Part, type PartState } from '../core/part';
import type { Site } from '../../hardware/devices/device';
import type { DevicesState } from '../../hardware/devices/devices';
import { VirtualPorts } from './virtual-ports';
import { DR6_ONES, DR7_ONES } from '../../x86/debug';
import { VECTORS } from '../../x86/exceptions';

/** A guest's registered handler for one vector (struct trap_info). `address` 0 means none. */
export interface TrapHandler {
	cs: number;
	eip: number;
	/** Lowest privilege (highest ring) that may reach it by INT n. */
	dpl: number;
	/** Masks upcalls on entry (TI_SET_IF: flag bit 2). */
	masks: boolean;
}

/** An entry point that the guest registered by callback_op or set_callbacks. */
export interface Callback {
	cs: number;
	eip: number;
	/** CALLBACKF_mask_events. */
	masks: boolean;
}

export class DomainPv extends Part {
	/** The devices that it finds at ports. */
	readonly ports: VirtualPorts;

	constructor(machine: Omit<Site, 'bus'>) {
		super();
		this.ports = new VirtualPorts(machine);
	}

	override save(): PartState {
		return { ports: this.ports.save() };
	}

	override restore({ ports }: { ports: DevicesState }): void {
		this.ports.restore(ports);
	}
}

export class VcpuPv extends Part {
	readonly traps: (TrapHandler | null)[] = new Array<TrapHandler | null>(VECTORS).fill(null);
	kernelSs = 0;
	kernelSp = 0;
	eventCallback: Callback | null = null;
	failsafeCallback: Callback | null = null;
	/** Entry points of fast system calls: kept, never entered (callbacks.ts). */
	sysenterCallback: Callback | null = null;
	syscall32Callback: Callback | null = null;
	/** Virtual CR0 (TS matters) and CR2, and the bits of CR4 that are the guest's own: TSD and DE. */
	cr0 = 0x8005_0033 | 0;
	cr2 = 0;
	cr4 = 0;
	debug = [0, 0, 0, 0, 0, 0, DR6_ONES | 0, DR7_ONES];
	/** MCG_STATUS and the two MCi_CTL2: machine-check registers that keep what a guest writes. */
	mcgStatus: readonly [low: number, high: number] = [0, 0];
	mcCtl2: (readonly [low: number, high: number])[] = [
		[0, 0],
		[0, 0]
	];
	/** Virtual IOPL (PHYSDEVOP_set_iopl). */
	iopl = 0;
	/** I/O permission bitmap: guest address and number of ports (PHYSDEVOP_set_iobitmap). */
	ioBitmap = 0;
	ioPorts = 0;
	/** The gate that vector 0x80 has in the IDT while this vcpu runs; zero where it traps to Xen. */
	directGate: readonly [low: number, high: number] = [0, 0];
	/** An NMI waits for delivery (VCPUOP_send_nmi), or is being handled until iret. */
	nmiPending = false;
	nmiActive = false;
}
