/**
 * Reading and writing through a guest's own addresses, as hypercall arguments do: by the running
 * vcpu's page tables, with its kernel's rights, and never inside the hypervisor's part of the address
 * space (xen/include/asm-x86/uaccess.h: access_ok, copy_from_user).
 *
 * A refusal is a value (null or false, for -EFAULT); whatever fails, nothing has been written. Where the guest has a device's memory
 * window mapped, the device is read and written, as the processor's own copying would do.
 */
import { PAGE_MASK, PAGE_SIZE } from '../../base';
import { HYPERVISOR_VIRT_START } from '../../abi/structs/cpu';
import type { Struct } from '../../abi/layout';
import { Fault } from '../../hardware/cpu/fault';
import { CHECK } from '../../trace/events';
import type { Hypervisor } from './hypervisor';

/** What an access at `address` threw: a fault is a refusal, recorded as a decision; all else is thrown on. */
function refuse(hv: Hypervisor, address: number, error: unknown): null {
	if (!(error instanceof Fault)) throw error;
	hv.ask(CHECK.guest_mapping, false, address, error.address);
	return null;
}

/** Whether the pointer stays out of the hypervisor's part of the address space. */
export const accessOk = (hv: Hypervisor, address: number, length: number): boolean => {
	const ok = address + length <= HYPERVISOR_VIRT_START;
	return ok || hv.ask(CHECK.guest_pointer, ok, address, length);
};

/** Physical address of a byte of the guest; throws the processor's Fault. */
const translate = (hv: Hypervisor, address: number, write: boolean): number =>
	hv.pcpu.cpu.mmu.translate(address | 0, write, false);

/** Copies from the guest page by page; `copy` takes what lies in one. Throws Faults. */
function copyPages(
	hv: Hypervisor,
	address: number,
	length: number,
	copy: (pa: number, length: number) => Uint8Array
): Uint8Array {
	if ((address & PAGE_MASK) + length <= PAGE_SIZE && length > 0)
		return copy(translate(hv, address >>> 0, false), length);
	const bytes = new Uint8Array(length);
	for (let done = 0; done < length;) {
		const at = (address + done) >>> 0;
		const count = Math.min(PAGE_SIZE - (at & PAGE_MASK), length - done);
		bytes.set(copy(translate(hv, at, false), count), done);
		done += count;
	}
	return bytes;
}

const readBytes = (hv: Hypervisor, address: number, length: number): Uint8Array =>
	copyPages(hv, address, length, (pa, count) => hv.machine.bus.copyOut(pa, count));

/** Copies code of the guest as the processor fetches it, from RAM or an open bus; no pointer check, since segments have limits. Throws Faults. */
export function readCodeBytes(hv: Hypervisor, address: number, length: number): Uint8Array {
	const { memory } = hv.machine;
	return copyPages(hv, address, length, (pa, count) =>
		memory.holds(pa, count) ? memory.bytes(pa, count).slice() : new Uint8Array(count).fill(0xff)
	);
}

/**
 * Reads `length` bytes at guest address `address`.
 * @returns a little-endian view of a copy, or null (-EFAULT)
 */
export function copyFromGuest(hv: Hypervisor, address: number, length: number): DataView | null {
	if (!accessOk(hv, address, length)) return null;
	try {
		return new DataView(readBytes(hv, address, length).buffer);
	} catch (error) {
		return refuse(hv, address, error);
	}
}

/** Writes `bytes` at guest address `address`: all of them, or none and false (-EFAULT). */
export function copyToGuest(hv: Hypervisor, address: number, bytes: Uint8Array): boolean {
	if (!accessOk(hv, address, bytes.length)) return false;
	try {
		writeBytes(hv, address, bytes);
		return true;
	} catch (error) {
		return refuse(hv, address, error) !== null;
	}
}

/** Writes to the guest after taking write permission for all of it; throws the processor's Fault. */
function writeBytes(hv: Hypervisor, address: number, bytes: Uint8Array): void {
	const pieces: [pa: number, from: number, to: number][] = [];
	for (let done = 0; done < bytes.length;) {
		const at = (address + done) >>> 0;
		const count = Math.min(PAGE_SIZE - (at & PAGE_MASK), bytes.length - done);
		pieces.push([translate(hv, at, true), done, done + count]);
		done += count;
	}
	for (const [pa, from, to] of pieces) hv.machine.bus.copyIn(pa, bytes.subarray(from, to));
}

/** Whether `length` bytes lie in one page, as nearly all words and records do: they need no copy. */
const inOnePage = (address: number, length = 4): boolean => (address & PAGE_MASK) + length <= PAGE_SIZE;

/** Reads as many words as `into` holds, all of them or none and false (-EFAULT): a record that is parsed once and not kept. */
export function readGuestWords(hv: Hypervisor, address: number, into: Uint32Array): boolean {
	const length = into.length * 4;
	if (!inOnePage(address, length)) {
		const view = copyFromGuest(hv, address, length);
		for (let i = 0; view && i < into.length; i++) into[i] = view.getUint32(i * 4, true);
		return view !== null;
	}
	if (!accessOk(hv, address, length)) return false;
	try {
		const pa = translate(hv, address, false);
		for (let i = 0; i < into.length; i++) into[i] = hv.machine.bus.read(pa + i * 4, 4);
		return true;
	} catch (error) {
		return refuse(hv, address, error) !== null;
	}
}

/** Reads an unsigned word, or null (-EFAULT). */
export function readGuest32(hv: Hypervisor, address: number): number | null {
	if (!inOnePage(address)) return copyFromGuest(hv, address, 4)?.getUint32(0, true) ?? null;
	if (!accessOk(hv, address, 4)) return null;
	try {
		return hv.machine.bus.read(translate(hv, address, false), 4) >>> 0;
	} catch (error) {
		return refuse(hv, address, error);
	}
}

/** Writes a word; false is -EFAULT. */
export function writeGuest32(hv: Hypervisor, address: number, value: number): boolean {
	if (inOnePage(address)) return accessOk(hv, address, 4) && writeWord(hv, address, value);
	const bytes = new Uint8Array(4);
	new DataView(bytes.buffer).setUint32(0, value >>> 0, true);
	return copyToGuest(hv, address, bytes);
}

function writeWord(hv: Hypervisor, address: number, value: number): boolean {
	try {
		hv.machine.bus.write(translate(hv, address, true), 4, value);
		return true;
	} catch (error) {
		return refuse(hv, address, error) !== null;
	}
}

/** Reads the struct at `address`, or null (-EFAULT); the view is indexed by `layout.at`. */
export const readStruct = (hv: Hypervisor, address: number, layout: Struct): DataView | null =>
	copyFromGuest(hv, address, layout.size);

/** Writes back a view that `readStruct` gave. */
export const writeStruct = (hv: Hypervisor, address: number, view: DataView): boolean =>
	copyToGuest(hv, address, new Uint8Array(view.buffer, view.byteOffset, view.byteLength));

/** A 64-bit field as a number: exact below 2^53, which covers nanoseconds for a hundred days. */
export const readU64 = (view: DataView, at: number): number =>
	view.getUint32(at, true) + view.getUint32(at + 4, true) * 0x1_0000_0000;
/** Writes a 64-bit field from a number of 0 or more; exact below 2^53. */
export const writeU64 = (view: DataView, at: number, value: number): void => {
	view.setUint32(at, value % 0x1_0000_0000, true);
	view.setUint32(at + 4, Math.floor(value / 0x1_0000_0000), true);
};

/** One byte of the guest, for instruction emulation: no pointer check beyond the page tables'. Throws Faults. */
export const readGuest8 = (hv: Hypervisor, address: number): number =>
	hv.machine.bus.read(translate(hv, address >>> 0, false), 1);
