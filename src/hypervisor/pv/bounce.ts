/**
 * Sending a guest into its own handler: the frame that real hardware would have pushed is written on the
 * guest kernel's stack, and Xen's frame is rewritten so that IRET leads there
 * (xen/arch/x86/x86_32/entry.S: create_bounce_frame). Going up in memory from the new stack pointer:
 *
 *     [DS ES FS GS]                 failsafe callback only
 *     [error code]                  for the vectors that have one
 *     EIP
 *     CS | saved upcall mask << 16
 *     EFLAGS                        its IF says "upcalls were not masked"
 *     [ESP SS]                      where the guest's ring 2 or 3 was left
 */
import { Fault } from '../../hardware/cpu/fault';
import { SegmentRegister } from '../../hardware/cpu/segment-register';
import { loadSegment } from '../../hardware/cpu/segments';
import { CHECK, KIND, word } from '../../trace/events';
import { crashDomain } from '../core/crash';
import { loadDebugRegister } from './debugreg';
import type { Vcpu } from '../core/domain';
import type { Hypervisor } from '../core/hypervisor';
import { DATA_SEGMENTS } from '../core/registers';
import { setSharedCr2, setUpcallMask, upcallMasked } from '../events/shared-info';
import { hasArchitecturalIopl } from './virtual-iopl';
import { DR6_BS, DR6_ONES } from '../../x86/debug';
import { PF_USER, VECTOR } from '../../x86/exceptions';
import { EFLAGS, IOPL_SHIFT } from '../../x86/flags';
import { GS } from '../../x86/registers';

/** Where a bounce leads. */
interface Target {
	readonly cs: number;
	readonly eip: number;
	/** Masks upcalls on entry. */
	readonly masks: boolean;
}

/** Flags that a trap clears (SDM vol. 3, 6.12.1). */
const CLEARED = EFLAGS.VM | EFLAGS.RF | EFLAGS.NT | EFLAGS.TF;

/** The words of a frame while it is built, the first at the lowest address. */
class FrameWords {
	/** At most four selectors, EIP, CS, EFLAGS, ESP and SS. */
	readonly words = new Int32Array(9);
	count = 0;

	empty(): this {
		this.count = 0;
		return this;
	}

	push(word: number): void {
		this.words[this.count++] = word;
	}
}

/** Used for one frame after another, as is the place for the segment register that writes it. */
const FRAME = new FrameWords();
const KEPT = new SegmentRegister();

/**
 * Writes the frame below `esp` in the guest's stack segment `ss`, by the segment's own rules.
 * @returns the new stack pointer, or null if the guest's stack does not take it
 */
function pushFrame(hv: Hypervisor, ss: number, esp: number, { words, count }: FrameWords): number | null {
	const { cpu } = hv.pcpu;
	const top = (esp - count * 4) >>> 0;
	KEPT.restore(cpu.seg[GS]);
	try {
		hv.withDescriptors(loadSegment, cpu, GS, ss);
		cpu.checkWrite(GS, top, count * 4);
		for (let i = 0; i < count; i++) cpu.write32(GS, (top + i * 4) | 0, words[i]);
		return top;
	} catch (error) {
		if (!(error instanceof Fault)) throw error;
		hv.ask(CHECK.kernel_stack, false, ss, top);
		return null;
	} finally {
		cpu.seg[GS].restore(KEPT);
		cpu.segmentChanged(GS);
	}
}

/** EFLAGS as the guest's frame shows it: IF is the upcall mask, IOPL the virtual one if the guest asked for that. */
function guestEflags(hv: Hypervisor, v: Vcpu, masked: boolean): number {
	const iopl = hasArchitecturalIopl(v.domain) ? v.pv.iopl << IOPL_SHIFT : 0;
	return (hv.pcpu.frame.eflags & ~EFLAGS.IF) | (masked ? 0 : EFLAGS.IF) | iopl;
}

/**
 * Builds the frame and points Xen's own frame at the handler. `words` has what lies below EIP: the error
 * code, or the failsafe callback's selectors. @returns the guest's stack pointer, or null: the domain crashed
 */
function createBounceFrame(hv: Hypervisor, v: Vcpu, target: Target, words: FrameWords): number | null {
	const { frame } = hv.pcpu;
	const { clock } = hv.machine;
	const masked = upcallMasked(hv, v);
	const inner = frame.ring > 1;
	const ss = inner ? v.pv.kernelSs : frame.ss;
	const esp = inner ? v.pv.kernelSp : frame.esp;
	words.push(frame.eip);
	words.push(frame.cs | (masked ? 1 << 16 : 0));
	words.push(guestEflags(hv, v, masked));
	if (inner) {
		words.push(frame.esp);
		words.push(frame.ss);
	}
	const top = pushFrame(hv, ss, esp, words);
	if (top === null) {
		crashDomain(hv, v.domain, 'fault while writing the bounce frame');
		return null;
	}
	if ((target.cs & ~3) === 0 && !hv.ask(CHECK.handler_selector, false, target.cs, target.eip)) {
		crashDomain(hv, v.domain, 'no trap handler');
		return null;
	}
	if (target.masks) setUpcallMask(hv, v, true);
	frame.eip = target.eip;
	frame.cs = target.cs;
	frame.eflags &= ~CLEARED;
	frame.esp = top;
	frame.ss = ss;
	clock.now += clock.costs.bounce;
	return top;
}

/**
 * Delivers exception `vector` to the guest's handler (do_guest_trap).
 * @param error the error code, or null for a vector without one
 */
export function bounceTrap(hv: Hypervisor, v: Vcpu, vector: number, error: number | null): void {
	const handler = v.pv.traps[vector];
	const { eip, ring } = hv.pcpu.frame;
	if (!hv.ask(CHECK.trap_handler, handler !== null, vector, eip) || !handler)
		return crashDomain(hv, v.domain, 'no trap handler');
	const words = FRAME.empty();
	if (error !== null) words.push(error);
	const top = createBounceFrame(hv, v, handler, words);
	if (top === null) return;
	hv.recorder.cause = hv.recorder.record(
		KIND.bounce,
		word('vector', vector),
		word('error', error ?? 0),
		word('handler_cs', handler.cs),
		word('handler_eip', handler.eip),
		word('frame_esp', top),
		word('guest_eip', eip),
		word('from_ring', ring)
	);
}

/**
 * An instruction was carried out for the guest. The processor did not see it pass, so the #DB that it would have raised behind
 * it is raised here: for single-stepping, and for the breakpoints `met` (pv_emul_instruction_done).
 */
export function instructionDone(hv: Hypervisor, v: Vcpu, met = 0): void {
	const bits = met | ((hv.pcpu.frame.eflags & EFLAGS.TF) !== 0 ? DR6_BS : 0);
	hv.pcpu.frame.eflags &= ~EFLAGS.RF;
	if (bits === 0) return;
	v.pv.debug[6] = (v.pv.debug[6] | DR6_ONES | bits) >>> 0;
	loadDebugRegister(hv, v, 6);
	bounceTrap(hv, v, VECTOR.DB, null);
}

/**
 * Delivers a page fault: CR2 first goes where a PV guest looks for it. Its U bit says whether the guest's kernel ran, which
 * is not what the processor means by it in ring 2, nor where the hypervisor did the access.
 */
export function bouncePageFault(hv: Hypervisor, v: Vcpu, address: number, error: number): void {
	v.pv.cr2 = address;
	setSharedCr2(hv, v, address);
	bounceTrap(hv, v, VECTOR.PF, hv.pcpu.frame.ring === 1 ? error & ~PF_USER : error | PF_USER);
}

/** Where the upcall of a guest without an event callback leads: to a selector that no handler can have. */
const NO_CALLBACK: Target = { cs: 0, eip: 0, masks: true };

/** Enters the guest's event callback, with upcalls masked. */
export function deliverUpcall(hv: Hypervisor, v: Vcpu): void {
	const { recorder } = hv;
	const { eip, ring } = hv.pcpu.frame;
	const callback = v.pv.eventCallback ?? NO_CALLBACK;
	const top = createBounceFrame(hv, v, callback, FRAME.empty());
	if (top === null) return;
	if (v.events.pendingCause >= 0) recorder.cause = v.events.pendingCause;
	recorder.cause = recorder.record(
		KIND.upcall,
		word('handler_cs', callback.cs),
		word('handler_eip', callback.eip),
		word('frame_esp', top),
		word('guest_eip', eip),
		word('from_ring', ring)
	);
	v.events.pendingCause = -1;
}

/** Enters the guest's NMI handler (VCPUOP_send_nmi), and is lost where there is none (set_guest_nmi_trapbounce). */
export function deliverNmi(hv: Hypervisor, v: Vcpu): void {
	v.pv.nmiPending = false;
	if (v.pv.traps[VECTOR.NMI] === null) return;
	v.pv.nmiActive = true;
	bounceTrap(hv, v, VECTOR.NMI, null);
}

/** Enters the guest's failsafe callback: a selector could not be loaded, or IRET did not work. */
export function failsafe(hv: Hypervisor, v: Vcpu): void {
	const callback = v.pv.failsafeCallback;
	const { cpu } = hv.pcpu;
	const { eip } = hv.pcpu.frame;
	if (
		!hv.ask(CHECK.failsafe_registered, callback !== null && (callback.cs & ~3) !== 0, callback?.cs ?? 0, eip) ||
		!callback
	) {
		return crashDomain(hv, v.domain, 'failsafe callback missing');
	}
	const words = FRAME.empty();
	for (const [, number] of DATA_SEGMENTS) words.push(cpu.seg[number].selector);
	if (createBounceFrame(hv, v, callback, words) === null) return;
	for (const [, number] of DATA_SEGMENTS) {
		cpu.seg[number].clear();
		cpu.segmentChanged(number);
	}
	hv.pcpu.reloadSegments = false;
	hv.recorder.record(KIND.failsafe, word('eip', eip));
}
