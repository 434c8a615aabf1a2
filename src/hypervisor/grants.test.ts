import { beforeEach, describe, expect, it } from 'vitest';
import { EFAULT, EINVAL, ENOSYS, EPERM, ESRCH } from '../abi/errno';
import {
	GNTST_bad_domain,
	GNTST_general_error,
	GNTST_permission_denied,
	GNTTAB_GET_VERSION,
	GNTTAB_QUERY_SIZE,
	GNTTAB_SETUP_TABLE,
	GNTTABOP
} from '../abi/structs/grant';
import { DOMID_SELF } from '../abi/structs/xen';
import { Machine } from '../hardware/machine';
import { makeImage } from '../toolstack/testing';
import { Toolstack, type GuestDomain } from '../toolstack/toolstack';
import { NullRecorder } from '../trace/events';
import { boot } from './boot';
import { ControlPort } from './control';
import { doGrantTableOp, MAX_GRANT_FRAMES } from './grants';
import { copyFromGuest, copyToGuest } from './guest-memory';
import { Hypervisor } from './hypervisor';
import { audit } from './mm/audit';

/** Guest memory that the spinning kernel does not use: the page of its page list. */
const SCRATCH = 0x1000;
const LIST = 0x1800;
/** Beyond what the guest has mapped. */
const NOWHERE = 0x3000_0000;

let hv: Hypervisor;
let guest: GuestDomain;
let toolstack: Toolstack;

beforeEach(() => {
	const recorder = new NullRecorder();
	const machine = new Machine({ ramBytes: 32 * 1024 * 1024, recorder });
	hv = new Hypervisor(machine, recorder, { sliceMs: 10, scheduler: 'round-robin', wallClock: 0, consoleIo: () => {} });
	boot(hv);
	toolstack = new Toolstack(new ControlPort(hv), () => {});
	// A kernel of one instruction: jmp to itself.
	guest = toolstack.createDomain({ name: 'spin', image: makeImage(), pages: 1024 });
	machine.run(10_000, Infinity);
});

/** Makes the call as the running guest, with a request of 16-bit words at SCRATCH. */
function call(op: number, request: readonly number[], count = 1, address = SCRATCH): number {
	expect(copyToGuest(hv, SCRATCH, new Uint8Array(Uint16Array.from(request).buffer))).toBe(true);
	return doGrantTableOp(hv, hv.current!, [op, address, count, 0, 0]);
}

const word = (address: number): number => copyFromGuest(hv, address, 4)!.getUint32(0, true);
const status = (at: number): number => copyFromGuest(hv, SCRATCH + at, 2)!.getInt16(0, true);
const setup = (dom: number, frames: number, list = LIST): number =>
	call(GNTTABOP.setup_table, [dom, 0, frames, 0, 0, 0, list & 0xffff, list >>> 16]);

describe('grant_table_op', () => {
	it('sets up a table and tells its frames, which the guest may map', () => {
		expect(setup(DOMID_SELF, 3)).toBe(0);
		expect(status(GNTTAB_SETUP_TABLE.at.status)).toBe(0);
		const d = hv.domains.get(guest.dom)!;
		expect([0, 1, 2].map((i) => word(LIST + i * 4))).toEqual([...hv.grants.frames(d)]);
		expect(hv.grants.frames(d).map((frame) => hv.frames.owner[frame])).toEqual([d.id, d.id, d.id]);
		expect(audit(hv)).toEqual([]);
	});

	it('refuses to grow a table beyond its limit, to look at another\u2019s, and a domain that is not there', () => {
		expect(setup(DOMID_SELF, MAX_GRANT_FRAMES + 1)).toBe(0);
		expect(status(GNTTAB_SETUP_TABLE.at.status)).toBe(GNTST_general_error);
		expect(setup(0, 1)).toBe(0);
		expect(status(GNTTAB_SETUP_TABLE.at.status)).toBe(GNTST_permission_denied);
		expect(setup(77, 1)).toBe(0);
		expect(status(GNTTAB_SETUP_TABLE.at.status)).toBe(GNTST_bad_domain);
	});

	it('takes one request a call, from memory that is there', () => {
		expect(call(GNTTABOP.setup_table, [DOMID_SELF, 0, 1, 0, 0, 0, LIST, 0], 2)).toBe(-EINVAL);
		expect(call(GNTTABOP.setup_table, [], 1, NOWHERE)).toBe(-EFAULT);
		const free = hv.heap.available;
		expect(setup(DOMID_SELF, 4, NOWHERE)).toBe(-EFAULT);
		expect(hv.heap.available).toBe(free);
		expect(call(GNTTABOP.setup_table, [], 0x8000_0000)).toBe(-EINVAL);
	});

	it('tells the size', () => {
		expect(call(GNTTABOP.query_size, [DOMID_SELF, 0])).toBe(0);
		expect([
			word(SCRATCH + GNTTAB_QUERY_SIZE.at.nr_frames),
			word(SCRATCH + GNTTAB_QUERY_SIZE.at.max_nr_frames)
		]).toEqual([1, MAX_GRANT_FRAMES]);
		expect(status(GNTTAB_QUERY_SIZE.at.status)).toBe(0);
	});

	it('has version 1 only', () => {
		expect(call(GNTTABOP.set_version, [1, 0])).toBe(0);
		expect(call(GNTTABOP.set_version, [2, 0])).toBe(-ENOSYS);
		expect(word(SCRATCH)).toBe(1);
		expect(call(GNTTABOP.set_version, [7, 0])).toBe(-EINVAL);
		expect(call(GNTTABOP.get_version, [DOMID_SELF, 0])).toBe(0);
		expect(word(SCRATCH + GNTTAB_GET_VERSION.at.version)).toBe(1);
		expect(call(GNTTABOP.get_version, [77, 0])).toBe(-ESRCH);
		expect(call(GNTTABOP.get_version, [0, 0])).toBe(-EPERM);
	});

	it.each(['map_grant_ref', 'unmap_grant_ref', 'copy', 'transfer', 'unmap_and_replace'] as const)(
		'does not have %s',
		(name) => {
			expect(call(GNTTABOP[name], [])).toBe(-ENOSYS);
		}
	);

	it('gives the frames back when the domain ends', () => {
		const other = toolstack.createDomain({ name: 'other', image: makeImage(), pages: 1024, paused: true });
		const before = hv.heap.available;
		setup(DOMID_SELF, 5);
		expect(hv.heap.available).toBe(before - 4);
		other.destroy();
		expect(hv.grants.frames(hv.domains.get(guest.dom)!).length).toBe(5);
		expect(audit(hv)).toEqual([]);
	});
});
