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
import type { PhysicalMemory } from '../../hardware/memory';
import { REFUSED } from '../../hardware/mmu/mmu';
import { CHECK } from '../../trace/events';
import type { Hypervisor } from './hypervisor';

/** Whether the pointer stays out of the hypervisor's part of the address space. */
export const accessOk = (hv: Hypervisor, address: number, length: number): boolean => {
	const ok = address + length <= HYPERVISOR_VIRT_START;
	return ok || hv.ask(CHECK.guest_pointer, ok, address, length);
};

/** Physical address of a byte of the guest; throws the processor's Fault. */
const translate = (hv: Hypervisor, address: number): number => hv.pcpu.cpu.mmu.translate(address | 0, false, false);

/** Physical address of the byte `at`, of an access that begins at `address`; REFUSED, recorded as a decision, where the page tables do not let the kernel. */
function reach(hv: Hypervisor, address: number, at: number, write: boolean): number {
	const { cpu } = hv.pcpu;
	const pa = cpu.mmu.lookUp(at | 0, write, false);
	if (pa !== REFUSED) return pa;
	cpu.cr2 = at >>> 0;
	hv.ask(CHECK.guest_mapping, false, address, cpu.cr2);
	return REFUSED;
}

/** Whether `length` bytes lie in one page, as nearly all words and records do: they need no copy. */
const inOnePage = (address: number, length: number): boolean => (address & PAGE_MASK) + length <= PAGE_SIZE;

/** How many of `length` bytes from `address` on lie in its page. */
const inPage = (address: number, length: number): number => Math.min(PAGE_SIZE - (address & PAGE_MASK), length);

/** Copies code of the guest as the processor fetches it, from RAM or an open bus; no pointer check, since segments have limits. Throws Faults. */
export function readCodeBytes(hv: Hypervisor, address: number, length: number): Uint8Array {
	const { memory } = hv.machine;
	const bytes = new Uint8Array(length).fill(0xff);
	for (let done = 0; done < length;) {
		const at = (address + done) >>> 0;
		const count = inPage(at, length - done);
		const pa = translate(hv, at);
		if (memory.holds(pa, count)) bytes.set(memory.bytes(pa, count), done);
		done += count;
	}
	return bytes;
}

/**
 * Reads `length` bytes at guest address `address`.
 * @returns a little-endian view of a copy, or null (-EFAULT)
 */
export function copyFromGuest(hv: Hypervisor, address: number, length: number): DataView | null {
	if (!accessOk(hv, address, length)) return null;
	const view = new DataView(new ArrayBuffer(length));
	return readInto(hv, address, view) ? view : null;
}

/** Fills `view`, all of it, from an address that is not the hypervisor's; or false (-EFAULT). */
function readInto(hv: Hypervisor, address: number, view: DataView): boolean {
	const length = view.byteLength;
	const { bus, memory } = hv.machine;
	for (let done = 0; done < length;) {
		const at = (address + done) >>> 0;
		const count = inPage(at, length - done);
		const pa = reach(hv, address, at, false);
		if (pa === REFUSED) return false;
		if (count <= SMALL && memory.holds(pa, count)) readSmall(memory, pa, view, done, count);
		else new Uint8Array(view.buffer).set(bus.copyOut(pa, count), view.byteOffset + done);
		done += count;
	}
	return true;
}

/** Bytes up to which a copy by words is quicker than one at once, which makes objects. */
const SMALL = 128;

/** Copies `count` bytes of RAM to `from` in `view`. */
function readSmall(memory: PhysicalMemory, pa: number, view: DataView, from: number, count: number): void {
	let done = 0;
	for (; done + 4 <= count; done += 4) view.setUint32(from + done, memory.read32(pa + done), true);
	for (; done < count; done++) view.setUint8(from + done, memory.read8(pa + done));
}

/** Writes `bytes` at guest address `address`: all of them, or none and false (-EFAULT). */
export function copyToGuest(hv: Hypervisor, address: number, bytes: Uint8Array): boolean {
	if (!accessOk(hv, address, bytes.length)) return false;
	const { bus } = hv.machine;
	if (bytes.length > 0 && inOnePage(address, bytes.length)) {
		const pa = reach(hv, address, address, true);
		if (pa !== REFUSED) bus.copyIn(pa, bytes);
		return pa !== REFUSED;
	}
	// Write permission is taken for all of it first.
	const pieces: [pa: number, from: number, to: number][] = [];
	for (let done = 0; done < bytes.length;) {
		const at = (address + done) >>> 0;
		const count = inPage(at, bytes.length - done);
		const pa = reach(hv, address, at, true);
		if (pa === REFUSED) return false;
		pieces.push([pa, done, done + count]);
		done += count;
	}
	for (const [pa, from, to] of pieces) bus.copyIn(pa, bytes.subarray(from, to));
	return true;
}

/** Reads as many words as `into` holds, all of them or none and false (-EFAULT): a record that is parsed once and not kept. */
export function readGuestWords(hv: Hypervisor, address: number, into: Uint32Array): boolean {
	const length = into.length * 4;
	if (!inOnePage(address, length)) {
		const view = copyFromGuest(hv, address, length);
		for (let i = 0; view && i < into.length; i++) into[i] = view.getUint32(i * 4, true);
		return view !== null;
	}
	if (!accessOk(hv, address, length)) return false;
	const pa = reach(hv, address, address, false);
	if (pa === REFUSED) return false;
	const { bus, memory } = hv.machine;
	if (memory.holds(pa, length)) for (let i = 0; i < into.length; i++) into[i] = memory.read32(pa + i * 4);
	else for (let i = 0; i < into.length; i++) into[i] = bus.read(pa + i * 4, 4);
	return true;
}

/** Reads an unsigned word, or null (-EFAULT). */
export function readGuest32(hv: Hypervisor, address: number): number | null {
	if (!inOnePage(address, 4)) return copyFromGuest(hv, address, 4)?.getUint32(0, true) ?? null;
	if (!accessOk(hv, address, 4)) return null;
	const pa = reach(hv, address, address, false);
	return pa === REFUSED ? null : hv.machine.bus.read(pa, 4) >>> 0;
}

/** Writes a word; false is -EFAULT. */
export function writeGuest32(hv: Hypervisor, address: number, value: number): boolean {
	if (!inOnePage(address, 4)) {
		const bytes = new Uint8Array(4);
		new DataView(bytes.buffer).setUint32(0, value >>> 0, true);
		return copyToGuest(hv, address, bytes);
	}
	if (!accessOk(hv, address, 4)) return false;
	const pa = reach(hv, address, address, true);
	if (pa !== REFUSED) hv.machine.bus.write(pa, 4, value);
	return pa !== REFUSED;
}

/** Where each kind of struct is read to. */
const ROOMS = new Map<Struct, DataView>();

function roomOf(layout: Struct): DataView {
	let room = ROOMS.get(layout);
	if (room === undefined) ROOMS.set(layout, (room = new DataView(new ArrayBuffer(layout.size))));
	return room;
}

/**
 * Reads the struct at `address`, or null (-EFAULT); the view is indexed by `layout.at`. It is the caller's until the next struct of
 * that kind is read.
 */
export function readStruct(hv: Hypervisor, address: number, layout: Struct): DataView | null {
	if (!accessOk(hv, address, layout.size)) return null;
	const room = roomOf(layout);
	return readInto(hv, address, room) ? room : null;
}

/** Writes back a view that `readStruct` gave, or its bytes from `from` to `to`. */
export const writeStruct = (hv: Hypervisor, address: number, view: DataView, from = 0, to = view.byteLength): boolean =>
	copyToGuest(hv, address + from, new Uint8Array(view.buffer, view.byteOffset + from, to - from));

/** A 64-bit field as a number: exact below 2^53, which covers nanoseconds for a hundred days. */
export const readU64 = (view: DataView, at: number): number =>
	view.getUint32(at, true) + view.getUint32(at + 4, true) * 0x1_0000_0000;
/** Writes a 64-bit field from a number of 0 or more; exact below 2^53. */
export const writeU64 = (view: DataView, at: number, value: number): void => {
	view.setUint32(at, value % 0x1_0000_0000, true);
	view.setUint32(at + 4, Math.floor(value / 0x1_0000_0000), true);
};

/** One byte of the guest, for instruction emulation: no pointer check beyond the page tables'. Throws Faults. */
export const readGuest8 = (hv: Hypervisor, address: number): number => hv.machine.bus.read(translate(hv, address), 1);
