/**
 * What the toolstack writes into xenstore for a domain, as `xl` does (docs/misc/xenstore-paths.pandoc
 * of the Xen sources): what the guest may read belongs to domain 0, what it may write to itself.
 */
import type { BuiltDomain, DomainConfig } from './domain-builder';
import { domainPath } from './xenstore/path';
import type { Xenstore } from './xenstore/server';

/** The most output that a console daemon keeps, bytes. */
const CONSOLE_LIMIT = 1048576;

/** A domain's UUID, where none was chosen, is its number: the same scenario has the same tree everywhere. */
export const uuid = (dom: number, config: DomainConfig): string =>
	config.uuid ?? `00000000-0000-4000-8000-${dom.toString(16).padStart(12, '0')}`;
/** The same as the hypervisor keeps it. */
export const uuidBytes = (dom: number, config: DomainConfig): number[] =>
	[...uuid(dom, config).matchAll(/[0-9a-f]{2}/gi)].map(([byte]) => Number.parseInt(byte, 16));
const vmPath = (dom: number, config: DomainConfig): string => `/vm/${uuid(dom, config)}`;
const consoleBackend = (dom: number): string => `${domainPath(0)}/backend/console/${dom}/0`;

/** Domain 0's own entries, and the directories that all domains share. */
export function writeHostTree(store: Xenstore): void {
	store.write('/tool/xenstored', '', 'n0');
	store.write('/local/domain', '', 'n0');
	store.write(`${domainPath(0)}/name`, 'Domain-0', 'n0');
	store.write(`${domainPath(0)}/domid`, '0', 'n0');
	store.write('/vm', '', 'n0');
}

/** What a guest watches to bring vcpus up and down. */
const processors = ({ vcpus = 1, onlineVcpus = vcpus }: DomainConfig): [key: string, value: string][] =>
	Array.from({ length: vcpus }, (_, vcpu) => [`cpu/${vcpu}/availability`, vcpu < onlineVcpus ? 'online' : 'offline']);

/** Folders that a guest may read, and the folders and keys that are its own. */
const FOLDERS = ['cpu', 'memory', 'device'];
const OWN = [
	'control/shutdown',
	'control/feature-poweroff',
	'control/feature-reboot',
	'control/feature-suspend',
	'control/sysrq',
	'data',
	'drivers',
	'feature',
	'attr',
	'error'
];

/** Writes the entries of a new domain, its console's aside, in libxl's order. */
export function writeDomainTree(store: Xenstore, built: BuiltDomain, config: DomainConfig): void {
	const { dom } = built;
	const home = domainPath(dom);
	const vm = vmPath(dom, config);
	const readable = `n0 r${dom}`;
	const own = `n${dom}`;
	const kib = (pages: number): string => String(pages * 4);
	const write = (rows: readonly (readonly [path: string, value: string])[], perms?: string): void => {
		for (const [path, value] of rows) store.write(path, value, perms);
	};
	write(
		[
			[home, ''],
			[vm, '']
		],
		readable
	);
	write(
		[
			[`/libxl/${dom}`, ''],
			[`/libxl/${dom}/device`, '']
		],
		'n0'
	);
	write([
		[`${home}/vm`, vm],
		[`${home}/name`, config.name],
		[`${vm}/name`, config.name]
	]);
	write(
		FOLDERS.map((key) => [`${home}/${key}`, '']),
		readable
	);
	write([[`${home}/device/suspend/event-channel`, '']], own);
	write([[`${home}/control`, '']], readable);
	write(
		OWN.map((key) => [`${home}/${key}`, '']),
		own
	);
	if (config.driverDomain) write([[`${home}/backend`, '']], own);
	write([
		[`${vm}/uuid`, uuid(dom, config)],
		[`${home}/control/platform-feature-multiprocessor-suspend`, '1'],
		[`${home}/control/platform-feature-xs_reset_watches`, '1'],
		[`/libxl/${dom}/type`, 'pv'],
		[`/libxl/${dom}/dm-version`, 'qemu_xen'],
		[`${home}/memory/static-max`, kib(config.maxPages ?? config.pages)],
		[`${home}/memory/target`, kib(config.pages)],
		[`${home}/memory/videoram`, '0'],
		[`${home}/domid`, String(dom)],
		[`${home}/store/port`, String(built.xenstorePort)],
		[`${home}/store/ring-ref`, String(built.xenstoreMfn)],
		...processors(config).map(([key, value]) => [`${home}/${key}`, value] as const),
		...image(config).map(([key, value]) => [`${vm}/image/${key}`, value] as const)
	]);
}

/** What the builder read, for those who ask. */
const image = ({ kernelName, ramdiskName, cmdline }: DomainConfig): [key: string, value: string][] => [
	['ostype', 'linux'],
	...(kernelName === undefined ? [] : [['kernel', kernelName] as [string, string]]),
	...(ramdiskName === undefined ? [] : [['ramdisk', ramdiskName] as [string, string]]),
	['cmdline', cmdline ?? '']
];

/** Writes the entries of a domain's console: both ends, and libxl's copy. Its states never move. */
export function writeConsoleTree(store: Xenstore, { dom, consolePort, consoleMfn }: BuiltDomain): void {
	const front = `${domainPath(dom)}/console`;
	const back = consoleBackend(dom);
	const copy = `/libxl/${dom}/device/console/0`;
	const readable = `n0 r${dom}`;
	const state: [string, string][] = [
		['frontend-id', String(dom)],
		['online', '1'],
		['state', '1'],
		['protocol', 'vt100']
	];
	store.write(`${copy}/frontend`, front);
	store.write(`${copy}/backend`, back);
	store.write(front, '', readable);
	store.write(`${front}/backend`, back);
	// Of all entries of a console this one is the guest's, as its devices' are (libxl__device_console_add).
	store.write(`${front}/backend-id`, '0', `n${dom} r0`);
	const rows = {
		limit: CONSOLE_LIMIT,
		type: 'xenconsoled',
		output: 'pty',
		tty: '',
		port: consolePort,
		'ring-ref': consoleMfn
	};
	for (const [key, value] of Object.entries(rows)) store.write(`${front}/${key}`, String(value), readable);
	store.write(back, '', readable);
	for (const [key, value] of [['frontend', front], ...state]) store.write(`${back}/${key}`, value);
	for (const [key, value] of state) store.write(`${copy}/${key}`, value);
}

/** Takes the entries of a domain out again. */
export function removeDomainTree(store: Xenstore, dom: number, config: DomainConfig): void {
	const back = `${domainPath(0)}/backend`;
	store.remove(`${domainPath(dom)}/console`);
	for (const path of [`${back}/console/${dom}`, `${back}/console`, back])
		if (path.endsWith(String(dom)) || store.list(path).length === 0) store.remove(path);
	for (const path of [vmPath(dom, config), domainPath(dom), `/libxl/${dom}`]) store.remove(path);
}
