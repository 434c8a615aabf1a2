/** The form of ‘who wrote this?’: what was typed, and what it means. */
import type { WhoTarget } from '../../../workbench/worker/client';
import { readAddress } from '../numbers';
import type { Names } from './change-form';
import type { RegisterName } from '../../../x86/registers';

export interface WhoForm {
	kind: WhoTarget['kind'];
	space: 'linear' | 'physical';
	address: string;
	length: string;
	register: RegisterName;
	mfn: string;
	index: string;
	dom: string;
	port: string;
	bit: 'pending' | 'masked';
	ring: 'console' | 'xenstore';
	place: string;
	/** Number of a disk, its sector, and a byte in it. */
	disk: string;
	sector: string;
	offset: string;
	/** Number of a frame on the wire. */
	packet: string;
}

export const emptyWho = (): WhoForm => ({
	kind: 'memory',
	space: 'linear',
	address: 'esp',
	length: '4',
	register: 'eax',
	mfn: '',
	index: '',
	dom: '1',
	port: '',
	bit: 'pending',
	ring: 'console',
	place: 'in_prod',
	disk: '0',
	sector: '0',
	offset: '0',
	packet: '1'
});

export const WHO_KINDS: readonly (readonly [kind: WhoTarget['kind'], title: string])[] = [
	['memory', 'Memory'],
	['register', 'A register'],
	['pte', 'A page-table entry'],
	['frame', 'A frame’s type and counts'],
	['port', 'A pending or mask bit'],
	['ring', 'An index of a ring'],
	['disk', 'Bytes on a disk'],
	['wire', 'Bytes of a frame on the wire']
];

/** Indices of the two rings that each domain has with domain 0's daemons. */
export const RINGS: Readonly<Record<WhoForm['ring'], readonly string[]>> = {
	console: ['in_cons', 'in_prod', 'out_cons', 'out_prod'],
	xenstore: ['req_cons', 'req_prod', 'rsp_cons', 'rsp_prod']
};

type Read = { readonly target: WhoTarget } | { readonly problem: string };

const number = (text: string): number => (/^\s*\d{1,9}\s*$/.test(text) ? Number(text) : NaN);
const frame = (text: string): number => (/^(0x)?[0-9a-f]{1,7}$/i.test(text.trim()) ? parseInt(text, 16) : NaN);

const SECTOR = 512;

function readDisk({ disk, sector, offset, length }: WhoForm): Read {
	const [lba, at, bytes] = [number(sector), number(offset), number(length)];
	if (!(lba >= 0)) return { problem: `'${sector}' is no sector: they are numbered from 0.` };
	if (!(at >= 0 && bytes >= 1 && at + bytes <= SECTOR))
		return { problem: `A sector has bytes 0 to ${SECTOR - 1}: so many cannot be asked about from there.` };
	return { target: { kind: 'disk', disk: Number(disk), lba, offset: at, length: bytes } };
}

/** Whether the bytes lie in that frame, the machine says. */
function readWire({ packet, offset, length }: WhoForm): Read {
	const [frame, at, bytes] = [number(packet), number(offset), number(length)];
	if (!(frame >= 1))
		return { problem: `'${packet}' is no frame on the wire: they are numbered from 1, as in a capture.` };
	if (!(at >= 0 && bytes >= 1)) return { problem: 'The bytes of a frame are numbered from 0.' };
	return { target: { kind: 'wire', frame, offset: at, length: bytes } };
}

/** A question as the form has it. */
export function whoFormOf(target: WhoTarget, form: WhoForm): WhoForm {
	const { kind } = target;
	if (kind === 'disk') {
		const { disk, lba, offset, length } = target;
		return { ...form, kind, disk: String(disk), sector: String(lba), offset: String(offset), length: String(length) };
	}
	if (kind === 'wire') {
		const { frame: packet, offset, length } = target;
		return { ...form, kind, packet: String(packet), offset: String(offset), length: String(length) };
	}
	if (kind !== 'memory') return form;
	const { space, address, length } = target;
	return { ...form, kind, space, address: `0x${address.toString(16)}`, length: String(length) };
}

/** What the form asks about. */
export function readWho(form: WhoForm, names: Names): Read {
	switch (form.kind) {
		case 'memory': {
			const read = readAddress(form.address, names);
			if ('problem' in read) return read;
			const length = number(form.length);
			if (!(length >= 1 && length <= 4096)) return { problem: 'Between 1 and 4096 bytes can be asked about.' };
			return { target: { kind: 'memory', space: form.space, address: read.value, length } };
		}
		case 'register':
			return { target: { kind: 'register', name: form.register } };
		case 'frame':
		case 'pte': {
			const mfn = frame(form.mfn);
			if (Number.isNaN(mfn)) return { problem: `'${form.mfn}' is no frame number: type one in hexadecimal.` };
			if (form.kind === 'frame') return { target: { kind: 'frame', mfn } };
			const index = number(form.index);
			return index >= 0 && index < 512
				? { target: { kind: 'pte', mfn, index } }
				: { problem: 'The entries of a table are numbered from 0 to 511.' };
		}
		case 'port': {
			const port = number(form.port);
			return port >= 0
				? { target: { kind: 'port', dom: Number(form.dom), port, bit: form.bit } }
				: { problem: `'${form.port}' is no port number.` };
		}
		case 'disk':
			return readDisk(form);
		case 'wire':
			return readWire(form);
		case 'ring':
			return { target: { kind: 'ring', dom: Number(form.dom), ring: form.ring, index: form.place } };
	}
}
