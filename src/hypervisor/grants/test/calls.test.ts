import { beforeEach, describe, expect, it } from 'vitest';
import { EFAULT, EINVAL, ENOSYS, EPERM, ESRCH } from '../../../abi/errno';
import {
	GNTST_bad_domain,
	GNTST_bad_virt_addr,
	GNTST_general_error,
	GNTST_permission_denied,
	GNTTAB_GET_STATUS_FRAMES,
	GNTTAB_GET_VERSION,
	GNTTAB_QUERY_SIZE,
	GNTTAB_SETUP_TABLE,
	GNTTABOP
} from '../../../abi/structs/grant';
import { DOMID_SELF } from '../../../abi/structs/xen';
import { Machine } from '../../../hardware/machine';
import { makeImage } from '../../../toolstack/testing';
import { Toolstack, type GuestDomain } from '../../../toolstack/toolstack';
import { NullRecorder } from '../../../trace/events';
import { boot } from '../../core/boot';
import { ControlPort } from '../../control';
import { doGrantTableOp } from '../grant-table-op';
import { MAX_GRANT_FRAMES } from '../table';
import { copyFromGuest, copyToGuest } from '../../core/guest-memory';
import { Hypervisor } from '../../core/hypervisor';
import { audit } from '../../mm/audit';

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
	toolstack = new Toolstack(new ControlPort(hv, boot(hv)), () => {});
	// A kernel of one instruction: jmp to itself.
	guest = toolstack.createDomain({ name: 'spin', image: makeImage(), pages: 1024 });
	machine.run(10_000, Infinity);
});

/** Makes the call as the running guest, with a request of 16-bit words at SCRATCH. */
function call(op: number, request: readonly number[], count = 1, address = SCRATCH): number {
	expect(copyToGuest(hv, SCRATCH, new Uint8Array(Uint16Array.from(request).buffer))).toBe(true);
	return doGrantTableOp(hv, hv.pcpu.current!, op, address, count);
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

	it('takes one request a call, or none, from memory that is there', () => {
		expect(call(GNTTABOP.setup_table, [DOMID_SELF, 0, 1, 0, 0, 0, LIST, 0], 2)).toBe(-EINVAL);
		expect(call(GNTTABOP.setup_table, [], 0)).toBe(0);
		expect(call(GNTTABOP.query_size, [], 0)).toBe(-EINVAL);
		expect(call(GNTTABOP.setup_table, [], 1, NOWHERE)).toBe(-EFAULT);
		expect(call(GNTTABOP.setup_table, [], 0x8000_0000)).toBe(-EINVAL);
	});

	it('says by the status that the list could not be written, and by the call that it never may', () => {
		const free = hv.heap.available;
		expect(setup(DOMID_SELF, 4, NOWHERE)).toBe(0);
		expect(status(GNTTAB_SETUP_TABLE.at.status)).toBe(GNTST_bad_virt_addr);
		expect(hv.heap.available).toBe(free - 3);
		expect(setup(DOMID_SELF, 4, 0xff00_0000)).toBe(-EFAULT);
		expect(setup(DOMID_SELF, 4)).toBe(0);
		expect(status(GNTTAB_SETUP_TABLE.at.status)).toBe(0);
		expect(audit(hv)).toEqual([]);
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

	it('has no frames of statuses, as version 1 has none', () => {
		const ask = (frames: number, dom: number): number => {
			expect(call(GNTTABOP.get_status_frames, [frames, 0, dom, 0, LIST & 0xffff, 0])).toBe(0);
			return status(GNTTAB_GET_STATUS_FRAMES.at.status);
		};
		expect([ask(0, DOMID_SELF), ask(1, DOMID_SELF)]).toEqual([0, GNTST_general_error]);
		expect([ask(0, 77), ask(0, 0)]).toEqual([GNTST_bad_domain, GNTST_permission_denied]);
		expect(call(GNTTABOP.get_status_frames, [], 0)).toBe(0);
		expect(call(GNTTABOP.get_status_frames, [], 2)).toBe(-EINVAL);
	});

	it.each([GNTTABOP.dump_table, 13, 99, 0xfff])('does not have operation %i', (op) => {
		expect(call(op, [])).toBe(-ENOSYS);
		expect(call(op, [], 0)).toBe(-ENOSYS);
	});

	it('takes bits above the operation only where a cache_flush goes on', () => {
		expect(call(0x1000 | GNTTABOP.map_grant_ref, [])).toBe(-EINVAL);
		expect(call(0x1000 | 99, [])).toBe(-EINVAL);
		expect(call(0x1000 | GNTTABOP.cache_flush, [], 0)).toBe(0);
	});

	const batches = [
		'map_grant_ref',
		'unmap_grant_ref',
		'transfer',
		'copy',
		'unmap_and_replace',
		'swap_grant_ref'
	] as const;
	it.each([...batches, 'cache_flush'] as const)(
		'%s of nothing is done; of memory that is not there it is not',
		(name) => {
			expect(call(GNTTABOP[name], [], 0)).toBe(0);
			expect(call(GNTTABOP[name], [], 0, NOWHERE)).toBe(0);
			expect(call(GNTTABOP[name], [], 1, NOWHERE)).toBe(-EFAULT);
			expect(call(GNTTABOP[name], [], 1, 0xff00_0000)).toBe(-EFAULT);
			expect(call(GNTTABOP[name], [], 0x8000_0000)).toBe(-EINVAL);
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
