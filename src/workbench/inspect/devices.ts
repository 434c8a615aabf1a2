/**
 * Devices in two halves: what xenstore says of both, and their rings, read from the frames that the front ends granted. Nothing is asked of a
 * guest, so a kernel that nobody here wrote shows its rings too; the indices that an end keeps to itself only where its kernel is ours.
 */
import { BLKIF_REQUEST, BLKIF_RESPONSE } from '../../abi/structs/blkif';
import { GRANT_ENTRY_V1 } from '../../abi/structs/grant';
import type { Scalar, Struct } from '../../abi/layout';
import { NETIF_RX_REQUEST, NETIF_RX_RESPONSE, NETIF_TX_REQUEST, NETIF_TX_RESPONSE } from '../../abi/structs/netif';
import { SRING } from '../../abi/structs/ring';
import { PAGE_SIZE } from '../../base';
import { entryAt, entryCount } from '../../hypervisor/grants/table';
import type { DeviceEnd, DevicePicture, IoRing, RingProtocol, RingSlot, SlotField, SplitDevice } from '../../moments';
import { domainPath } from '../../toolstack/xenstore/path';
import type { Run } from '../run';
import { backOwn, frontOwn } from './ring-indices';

/** By class, its rings: what travels in each, and the key under which the front end tells its grant. */
const RINGS: Readonly<Record<string, readonly (readonly [RingProtocol, key: string])[]>> = {
	vbd: [['blk', 'ring-ref']],
	vif: [
		['tx', 'tx-ring-ref'],
		['rx', 'rx-ring-ref']
	]
};
/** Keys under which it tells its event port; the first that is there counts. */
const PORTS: Readonly<Record<RingProtocol, readonly string[]>> = {
	blk: ['event-channel'],
	tx: ['event-channel-tx', 'event-channel'],
	rx: ['event-channel-rx', 'event-channel']
};
const SLOTS: Readonly<Record<RingProtocol, readonly [request: Struct, response: Struct]>> = {
	blk: [BLKIF_REQUEST, BLKIF_RESPONSE],
	tx: [NETIF_TX_REQUEST, NETIF_TX_RESPONSE],
	rx: [NETIF_RX_REQUEST, NETIF_RX_RESPONSE]
};

/** Slots of a ring of one page: the greatest power of two that fits behind the indices. */
export function ringSize(protocol: RingProtocol): number {
	const slot = Math.max(...SLOTS[protocol].map(({ size }) => size));
	return 2 ** Math.floor(Math.log2((PAGE_SIZE - SRING.size) / slot));
}

/** All devices that some domain has a front end of. */
export function devices(run: Run): DevicePicture {
	const found: SplitDevice[] = [];
	for (const { id: dom } of run.system.hypervisor.domains.values())
		for (const name of Object.keys(RINGS))
			for (const handle of run.system.toolstack.xenstore.list(`${domainPath(dom)}/device/${name}`))
				found.push(device(run, dom, name, handle));
	return { devices: found };
}

/** A value of the store, '' where there is none. */
const value = (run: Run, path: string): string => run.system.toolstack.xenstore.read(path) ?? '';

const numberIn = (run: Run, path: string): number => {
	const text = value(run, path);
	return /^\d+$/.test(text) ? Number(text) : -1;
};

const end = (run: Run, dom: number, path: string): DeviceEnd => ({
	dom,
	path,
	state: Math.max(0, numberIn(run, `${path}/state`))
});

function device(run: Run, dom: number, name: string, handle: string): SplitDevice {
	const path = `${domainPath(dom)}/device/${name}/${handle}`;
	const front = end(run, dom, path);
	const back = end(run, numberIn(run, `${path}/backend-id`), value(run, `${path}/backend`));
	const id = `${dom}/${name}/${handle}`;
	const rings = RINGS[name].flatMap(([protocol, key]) => ring(run, { id, front, back }, protocol, key) ?? []);
	return { id, class: name, handle, front, back, rings };
}

type Ends = Pick<SplitDevice, 'id' | 'front' | 'back'>;

/** The ring whose grant stands under `key`; null where none is told, or the entry names no frame. */
function ring(run: Run, { id, front, back }: Ends, protocol: RingProtocol, key: string): IoRing | null {
	const ref = numberIn(run, `${front.path}/${key}`);
	const frame = ref < 0 ? -1 : grantedFrame(run, front.dom, ref);
	if (frame < 0) return null;
	const at = frame * PAGE_SIZE;
	const { memory } = run.system.machine;
	const word = (name: 'req_prod' | 'req_event' | 'rsp_prod' | 'rsp_event'): number =>
		memory.read32(at + SRING.at[name]) >>> 0;
	const size = ringSize(protocol);
	const port = Math.max(...PORTS[protocol].map((name) => numberIn(run, `${front.path}/${name}`)).slice(0, 2));
	const channel = run.system.hypervisor.domains.get(front.dom)?.events.channels[port];
	return {
		id: protocol === 'blk' ? id : `${id}/${protocol}`,
		device: id,
		protocol,
		front: front.dom,
		back: back.dom,
		ref,
		frame,
		port,
		backPort: channel && channel.remotePort > 0 ? channel.remotePort : -1,
		size,
		shared: {
			req_prod: word('req_prod'),
			req_event: word('req_event'),
			rsp_prod: word('rsp_prod'),
			rsp_event: word('rsp_event')
		},
		frontOwn: frontOwn(run, front.dom, frame),
		backOwn: backOwn(run, back.dom, frame),
		slots: Array.from({ length: size }, (_, slot) => readSlot(run, protocol, at + SRING.size, slot))
	};
}

/** The frame that entry `ref` of a domain's grant table names; -1 where there is no such entry, or it grants nothing. */
function grantedFrame(run: Run, dom: number, ref: number): number {
	const { hypervisor, machine } = run.system;
	const domain = hypervisor.domains.get(dom);
	if (!domain || !hypervisor.grants.tables.has(dom)) return -1;
	const table = hypervisor.grants.table(domain);
	if (ref >= entryCount(table)) return -1;
	const entry = entryAt(table, ref);
	const frame = machine.memory.read32(entry + GRANT_ENTRY_V1.at.frame) >>> 0;
	const granted = machine.memory.read16(entry + GRANT_ENTRY_V1.at.flags) !== 0;
	return granted && hypervisor.frames.exists(frame) ? frame : -1;
}

function readSlot(run: Run, protocol: RingProtocol, slots: number, slot: number): RingSlot {
	const [request, response] = SLOTS[protocol];
	const at = slots + slot * Math.max(request.size, response.size);
	return { request: fields(run, request, at), response: fields(run, response, at) };
}

/** The fields of a struct in memory; of an array of segments as many as `nr_segments` says, at most all. */
function fields(run: Run, layout: Struct, at: number): SlotField[] {
	const { memory } = run.system.machine;
	const said: SlotField[] = [];
	for (const { name, type, offset } of layout.fields) {
		if (typeof type === 'string') said.push([name, scalar(run, type, at + offset)]);
		else if (Array.isArray(type) && typeof type[0] === 'object') {
			const [element, most] = type as [Struct, number];
			const used = Math.min(most, memory.read8(at + BLKIF_REQUEST.at.nr_segments));
			for (let n = 0; n < used; n++)
				said.push([
					`${name}[${n}]`,
					fields(run, element, at + offset + n * element.size)
						.map((pair) => pair.join(' '))
						.join(' ')
				]);
		}
	}
	return said;
}

const BYTES: Partial<Record<Scalar, number>> = { u8: 1, s8: 1, u16: 2, s16: 2, u64: 8, s64: 8 };

function scalar(run: Run, type: Scalar, at: number): string {
	const size = BYTES[type] ?? 4;
	const view = new DataView(run.system.machine.memory.bytes(at, size).slice().buffer);
	if (size === 8) return String(view.getBigUint64(0, true));
	const signed = type.startsWith('s');
	if (size === 4) return String(signed ? view.getInt32(0, true) : view.getUint32(0, true));
	if (size === 2) return String(signed ? view.getInt16(0, true) : view.getUint16(0, true));
	return String(signed ? view.getInt8(0) : view.getUint8(0));
}
