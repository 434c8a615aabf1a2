/**
 * What the toolstack writes into xenstore for a domain, as `xl` does (docs/misc/xenstore-paths.pandoc
 * of the Xen sources): what the guest may read belongs to domain 0, what it may write to itself.
 */
import type { BuiltDomain, DomainConfig } from './domain-builder';
import { domainPath } from './xenstore/path';
import type { Xenstore } from './xenstore/server';

/** The most output that a console daemon keeps, bytes. */
const CONSOLE_LIMIT = 1048576;

/** A domain's UUID here is its number: the same scenario has the same tree everywhere. */
const uuid = (dom: number): string => `00000000-0000-4000-8000-${dom.toString(16).padStart(12, '0')}`;
const vmPath = (dom: number): string => `/vm/${uuid(dom)}`;
const consoleBackend = (dom: number): string => `${domainPath(0)}/backend/console/${dom}/0`;

/** Domain 0's own entries, and the directories that all domains share. */
export function writeHostTree(store: Xenstore): void {
	store.write('/tool/xenstored', '', 'n0');
	store.write('/local/domain', '', 'n0');
	store.write(`${domainPath(0)}/name`, 'Domain-0', 'n0');
	store.write(`${domainPath(0)}/domid`, '0', 'n0');
	store.write('/vm', '', 'n0');
}

/** What a guest watches to bring vcpus up and down; all may be up. */
const processors = (vcpus: number): Record<string, string> =>
	Object.fromEntries(Array.from({ length: vcpus }, (_, vcpu) => [`cpu/${vcpu}/availability`, 'online']));

/** Writes the entries of a new domain. */
export function writeDomainTree(store: Xenstore, built: BuiltDomain, config: DomainConfig): void {
	const { dom } = built;
	const home = domainPath(dom);
	const readable = `n0 r${dom}`;
	const writable = `n${dom} r0`;
	const memoryKiB = String(config.pages * 4);
	store.write(home, '', readable);
	const readOnly: Record<string, string> = {
		vm: vmPath(dom),
		name: config.name,
		domid: String(dom),
		...processors(config.vcpus ?? 1),
		'memory/static-max': memoryKiB,
		'memory/target': memoryKiB,
		'memory/videoram': '0',
		device: '',
		control: '',
		'control/platform-feature-multiprocessor-suspend': '1',
		'control/platform-feature-xs_reset_watches': '1',
		'console/backend': consoleBackend(dom),
		'console/backend-id': '0',
		'console/limit': String(CONSOLE_LIMIT),
		'console/type': 'xenconsoled',
		'console/output': 'pty',
		'console/tty': '',
		'console/port': String(built.consolePort),
		'console/ring-ref': String(built.consoleMfn),
		'store/port': String(built.xenstorePort),
		'store/ring-ref': String(built.xenstoreMfn)
	};
	for (const [key, value] of Object.entries(readOnly)) store.write(`${home}/${key}`, value, readable);
	const own = [
		'control/shutdown',
		'control/feature-poweroff',
		'control/feature-reboot',
		'control/feature-suspend',
		'control/sysrq',
		'device/suspend/event-channel',
		'data',
		'drivers',
		'feature',
		'attr',
		'error'
	];
	for (const key of own) store.write(`${home}/${key}`, '', writable);
	writeVmTree(store, dom, config);
	writeConsoleBackend(store, dom);
}

function writeVmTree(store: Xenstore, dom: number, config: DomainConfig): void {
	const readable = `n0 r${dom}`;
	store.write(vmPath(dom), '', readable);
	const entries: Record<string, string> = {
		name: config.name,
		uuid: uuid(dom),
		'image/ostype': 'linux',
		'image/cmdline': config.cmdline ?? ''
	};
	for (const [key, value] of Object.entries(entries)) store.write(`${vmPath(dom)}/${key}`, value, readable);
}

function writeConsoleBackend(store: Xenstore, dom: number): void {
	const entries: Record<string, string> = {
		frontend: `${domainPath(dom)}/console`,
		'frontend-id': String(dom),
		online: '1',
		state: '1',
		protocol: 'vt100'
	};
	for (const [key, value] of Object.entries(entries)) store.write(`${consoleBackend(dom)}/${key}`, value, `n0 r${dom}`);
}

/** Takes the entries of a domain out again. */
export function removeDomainTree(store: Xenstore, dom: number): void {
	for (const path of [domainPath(dom), vmPath(dom), `${domainPath(0)}/backend/console/${dom}`]) store.remove(path);
}
