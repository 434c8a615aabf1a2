/** Commands for virtual disks and network interfaces. What they print is read from libxl's folders and the front end's, as xl does. */
import { backPath, frontPath, libxlPath, DeviceError, type Device, type DeviceType } from '../../devices/config';
import { vdevNumber } from '../../devices/vdev';
import { column, done, Refusal, type Answer, type Commands, type Words, type XlContext } from '../command';
import { guestOf, rowOf, whenReady } from '../domains';
import { diskOf } from '../domain-config';
import { parseVif } from '../vif-spec';

const BLOCKS = 'Vdev  BE  handle state evt-ch ring-ref BE-path                       ';
const NETS = 'Idx BE Mac Addr.         handle state evt-ch   tx-/rx-ring-ref BE-path                       ';

/** The devices of a domain by libxl's folders, which is where the lists come from. */
function devicesOf({ stack: { client } }: XlContext, dom: number, type: DeviceType): Device[] {
	return client.list(`/libxl/${dom}/device/${type}`).map((id) => {
		const device = { type, dom, devid: Number(id), backend: 0 };
		const back = client.read(`${libxlPath(device)}/backend`) ?? '';
		return { ...device, backend: Number(/^\/local\/domain\/(\d+)\//.exec(back)?.[1] ?? 0) };
	});
}

/** A number of the front end's folder, -1 where it is not there. */
const numbers =
	({ stack: { client } }: XlContext, device: Device) =>
	(key: string): number =>
		Number(client.read(`${frontPath(device)}/${key}`) ?? -1);

function blockRow(context: XlContext, device: Device): string {
	const at = numbers(context, device);
	const cells: [number, number][] = [
		[device.devid, -5],
		[device.backend, -3],
		[device.dom, -6],
		[at('state'), -5],
		[at('event-channel'), -6],
		[at('ring-ref'), -8]
	];
	return `${cells.map(([value, width]) => column(value, width)).join(' ')} ${column(backPath(device), -30)}\n`;
}

function netRow(context: XlContext, device: Device): string {
	const at = numbers(context, device);
	const mac = context.stack.client.read(`${libxlPath(device)}/mac`) ?? '';
	const left = `${column(device.devid, -3)} ${column(device.backend, -2)} ${column(mac, -17)}`;
	const right = `${column(at('handle'), 5)} ${column(at('state'), 5)} ${column(at('event-channel'), 6)}`;
	const rings = `${column(at('tx-ring-ref'), 5)}/${column(at('rx-ring-ref'), -11)}`;
	return `${left} ${right} ${rings} ${column(backPath(device), -30)}\n`;
}

const lister =
	(type: DeviceType, heading: string, row: (context: XlContext, device: Device) => string) =>
	(context: XlContext, { words }: Words): Answer => {
		const devices = words.flatMap((name) => devicesOf(context, rowOf(context, name).dom, type));
		return done(`${heading}\n${devices.map((device) => row(context, device)).join('')}`);
	};

/** Does what may be refused, and waits for the rest. */
function change(context: XlContext, dom: number, act: () => void, told = ''): Answer {
	try {
		act();
	} catch (error) {
		if (!(error instanceof DeviceError)) throw error;
		return { text: `${told}libxl: error: ${error.message}\n`, status: 1 };
	}
	return whenReady(context.stack, dom, told);
}

function blockAttach(context: XlContext, { words: [name, ...parts] }: Words): Answer {
	const { dom } = guestOf(context, name);
	const disk = diskOf(parts.join(','), 'command line');
	if ('error' in disk) return { text: `${disk.error}\n`, status: 1 };
	return change(context, dom, () => context.stack.attachDisk(dom, disk));
}

function networkAttach(context: XlContext, { words: [name, ...parts] }: Words): Answer {
	const { dom } = guestOf(context, name);
	const { vif, messages } = parseVif(parts.join(','));
	return change(context, dom, () => context.stack.attachVif(dom, vif), messages.map((line) => `${line}\n`).join(''));
}

/** Detaches the device that `find` names. */
const detacher =
	(
		type: DeviceType,
		find: (context: XlContext, device: Device, word: string) => boolean,
		missing: (word: string) => string
	) =>
	(context: XlContext, { words: [name, word] }: Words): Answer => {
		const { dom } = guestOf(context, name);
		const device = devicesOf(context, dom, type).find((device) => find(context, device, word));
		if (!device) throw new Refusal(missing(word));
		return change(context, dom, () => context.stack.detach(device));
	};

const isDisk = (_: XlContext, { devid }: Device, word: string): boolean => devid === vdevNumber(word);
const isVif = ({ stack }: XlContext, device: Device, word: string): boolean =>
	String(device.devid) === word || stack.client.read(`${libxlPath(device)}/mac`) === word.toLowerCase();

export const DEVICE_COMMANDS: Commands = {
	'block-list': { usage: 'DOMAIN ...', least: 1, run: lister('vbd', BLOCKS, blockRow) },
	'block-attach': { usage: 'DOMAIN DISK', least: 2, run: blockAttach },
	'block-detach': {
		usage: 'DOMAIN DISK',
		options: '',
		least: 2,
		run: detacher('vbd', isDisk, (word) => `Error: Device ${word} not connected.\n`)
	},
	'network-list': { usage: 'DOMAIN ...', least: 1, run: lister('vif', NETS, netRow) },
	'network-attach': { usage: 'DOMAIN [mac=MAC] [bridge=NAME] [backend=DOMAIN]', least: 1, run: networkAttach },
	'network-detach': {
		usage: 'DOMAIN NUMBER|MAC',
		least: 2,
		run: detacher('vif', isVif, (word) => `Unknown device ${word}.\n`)
	}
};
