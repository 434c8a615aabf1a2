/**
 * What the elevators of the kernels that drive disks have had before them: the table `requests_noted` (src/guests/pocket-io/kernel/queue.c),
 * which such a kernel keeps for whoever looks in from outside.
 */
import { struct } from '../../abi/layout';
import type { DiskQueue, DiskRequest } from '../../moments';
import type { Run } from '../run';
import { driveName } from '../who/words';
import { bytesAt, tableOf } from './kernel-tables';

const SOURCE = 'src/guests/pocket-io/kernel/queue.c';
const TABLE = 'requests_noted';
const HEAD = struct('requests_noted', SOURCE, { came: 'u32', started: 'u32' });
const NOTE = struct('note', SOURCE, {
	sector: 'u64',
	sectors: 'u32',
	disk: 'u32',
	started: 'u32',
	batch: 'u32',
	domain: 'u16',
	operation: 'u8',
	state: 'u8',
	barrier: 'u32'
});

const OPERATIONS = ['read', 'write', 'flush'] as const;
const STATES = ['waits', 'runs', 'done', 'failed'] as const;

/** Numbers of disks as Linux counts: the major number in the upper 12 bits. */
const MACHINES = [3 << 20, (3 << 20) | 64, 22 << 20, (22 << 20) | 64];
const RAM0 = 1 << 20;

const nameOf = (number: number): string => (number === RAM0 ? 'ram0' : driveName(MACHINES.indexOf(number)));

/** The queues of all domains whose kernels tell of one and have had a request. */
export function diskQueues(run: Run): DiskQueue[] {
	return [...run.system.hypervisor.domains.keys()].flatMap((dom) => {
		const requests = requestsOf(run, dom);
		return requests.length > 0 ? [{ dom, requests }] : [];
	});
}

/** The last requests of a kernel, as many as its table has rows for, the oldest first. */
function requestsOf(run: Run, dom: number): DiskRequest[] {
	const { address, size } = tableOf(run, dom, TABLE);
	const bytes = size > 0 ? bytesAt(run, dom, address, size) : null;
	if (bytes === null) return [];
	const view = new DataView(bytes.buffer);
	const came = view.getUint32(HEAD.at.came, true);
	const rows = Math.floor((size - HEAD.size) / NOTE.size);
	const count = Math.min(came, rows);
	return Array.from({ length: count }, (_, n) => came - count + n).flatMap(
		(number) => noteAt(view, HEAD.size + (number % rows) * NOTE.size, number, dom) ?? []
	);
}

/** A row; null where it is none that the kernel wrote. */
function noteAt(view: DataView, at: number, came: number, own: number): DiskRequest | null {
	const word = (name: 'sectors' | 'disk' | 'started' | 'batch' | 'barrier'): number =>
		view.getUint32(at + NOTE.at[name], true);
	const number = word('disk');
	const operation = OPERATIONS[view.getUint8(at + NOTE.at.operation)];
	const state = STATES[view.getUint8(at + NOTE.at.state)];
	if (operation === undefined || state === undefined) return null;
	return {
		came,
		started: word('started'),
		disk: nameOf(number),
		drive: MACHINES.indexOf(number),
		dom: word('batch') === 0 ? own : view.getUint16(at + NOTE.at.domain, true),
		batch: word('batch'),
		operation,
		barrier: word('barrier') !== 0,
		lba: Number(view.getBigUint64(at + NOTE.at.sector, true)),
		sectors: word('sectors'),
		state
	};
}
