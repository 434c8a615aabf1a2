/** Byte rings in a shared page: how full each is, and the bytes that wait in it (console.h, xs_wire.h). */
import type { Struct } from '../../abi/layout';
import { XENCONS_INTERFACE } from '../../abi/structs/io';
import { XENSTORE_INTERFACE } from '../../abi/structs/xenstore';
import { count } from '../../words/numbers';
import type { RowMark } from '../shared/rows';
import { words } from '../../words/late';
import { counted } from '../../words/plural';
import { fill } from '../../words/template';

const said = words.views.structures.rings;

/** A ring of bytes with two free-running indices. */
interface Ring {
	/** Field of the bytes, and of the indices. */
	bytes: string;
	consumer: string;
	producer: string;
	/** Who reads what waits. */
	reader: string;
}

const RINGS: Readonly<Record<string, readonly [Struct, readonly Ring[]]>> = {
	[XENCONS_INTERFACE.name]: [
		XENCONS_INTERFACE,
		[
			{ bytes: 'in', consumer: 'in_cons', producer: 'in_prod', reader: said.guest },
			{ bytes: 'out', consumer: 'out_cons', producer: 'out_prod', reader: said.console }
		]
	],
	[XENSTORE_INTERFACE.name]: [
		XENSTORE_INTERFACE,
		[
			{ bytes: 'req', consumer: 'req_cons', producer: 'req_prod', reader: said.xenstore },
			{ bytes: 'rsp', consumer: 'rsp_cons', producer: 'rsp_prod', reader: said.guest }
		]
	]
};

/** Most bytes told. */
const MOST = 48;

const printable = (byte: number): string =>
	byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : byte === 10 ? '⏎' : '·';

function row(layout: Struct, ring: Ring, view: DataView, base: number): RowMark {
	const field = (name: string) => layout.fields.find((candidate) => candidate.name === name)!;
	const { offset, size } = field(ring.bytes);
	const consumer = view.getUint32(base + field(ring.consumer).offset, true);
	const producer = view.getUint32(base + field(ring.producer).offset, true);
	const waiting = (producer - consumer) >>> 0;
	const nonsense = waiting > size;
	const bytes = Array.from({ length: nonsense ? 0 : Math.min(waiting, MOST) }, (_, place) =>
		view.getUint8(base + offset + ((consumer + place) & (size - 1)))
	);
	const text = bytes.map(printable).join('');
	const name = fill(said.name, { bytes: ring.bytes });
	const told = { count: count(waiting), size: count(size), reader: ring.reader };
	return {
		id: name,
		cells: [
			`+${offset.toString(16).padStart(3, '0')}`,
			name,
			nonsense ? said.nonsense : waiting ? `'${text}'${waiting > MOST ? '…' : ''}` : said.nothing,
			nonsense ? counted(said.apart, waiting, told) : counted(said.waits, waiting, told)
		],
		bad: nonsense
	};
}

/** What waits in each ring of a structure; none for structures without rings. */
export function ringRows(structure: string, view: DataView, base: number): RowMark[] {
	const known = RINGS[structure];
	return known ? known[1].map((ring) => row(known[0], ring, view, base)) : [];
}
