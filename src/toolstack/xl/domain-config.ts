/**
 * What an xl.cfg says of a domain (docs/man/xl.cfg.5.pod.in of the Xen sources). What is fatal, what is only told and what passes in silence is
 * as in xl 4.17.7; beyond that, what cannot be had on this machine is told.
 */
import { usualActions, type EndAction, type EndActions } from '../domain-builder';
import type { DiskConfig, VifConfig } from '../devices/config';
import { parseDisk, scriptFile } from './disk-spec';
import { parseLanguage, type Setting } from './language';
import { parseVif } from './vif-spec';

/** A domain as a configuration file describes it. */
export interface DomainSettings {
	readonly name: string;
	/** How the kernel and its ramdisk are called; somebody else finds their bytes. */
	readonly kernel: string;
	readonly ramdisk?: string;
	readonly cmdline: string;
	readonly memoryMiB: number;
	readonly maxMemoryMiB: number;
	/** How many virtual processors it may have, and how many it has at first. */
	readonly maxVcpus: number;
	readonly vcpus: number;
	readonly uuid?: string;
	readonly disks: readonly DiskConfig[];
	readonly vifs: readonly VifConfig[];
	readonly actions: EndActions;
	readonly driverDomain: boolean;
}

/** What came of reading a file: lines to be told, and the domain unless one of them was fatal. */
export interface ReadConfig {
	readonly messages: readonly string[];
	readonly settings: DomainSettings | null;
}

/** The file describes no domain that can be made; what is to be told is in the messages. */
class Fatal extends Error {}

const USUAL_MEMORY_MIB = 32;
const LONGEST_CMDLINE = 1023;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Actions as xl.cfg names them, and what is done here: no core is written, and no name is changed. */
const ACTIONS: Readonly<Record<string, EndAction>> = {
	destroy: 'destroy',
	restart: 'restart',
	preserve: 'preserve',
	'rename-restart': 'restart',
	'coredump-destroy': 'destroy',
	'coredump-restart': 'restart',
	'soft-reset': 'preserve'
};
const ONLY_NEARLY: Readonly<Record<string, string>> = {
	'rename-restart': 'the old domain is not kept',
	'coredump-destroy': 'no core is written',
	'coredump-restart': 'no core is written',
	'soft-reset': 'the domain is left as it is'
};

/** Keys that mean something to xl and cannot be had here. */
const NOT_HERE: Readonly<Record<string, string>> = {
	bootloader: 'there is no boot loader in domain 0: name the kernel by kernel=',
	pci: 'no PCI device is given to guests',
	usbdev: 'there is no USB',
	vfb: 'there is no virtual frame buffer',
	vtpm: 'there is no virtual TPM',
	p9: 'there is no 9pfs',
	channel: 'there are no channels',
	cpus: 'there is one physical processor',
	cpu_weight: 'the scheduler here knows no weights',
	cap: 'the scheduler here knows no caps'
};

/** The settings of a file, asked for one by one. */
class Reader {
	readonly messages: string[] = [];

	constructor(
		private readonly settings: ReadonlyMap<string, Setting>,
		private readonly file: string
	) {}

	has(key: string): boolean {
		return this.settings.has(key);
	}

	say(text: string): void {
		this.messages.push(text);
	}

	fatal(text: string): never {
		this.say(text);
		throw new Fatal();
	}

	text(key: string): string | undefined {
		const setting = this.settings.get(key);
		if (setting && typeof setting.value !== 'string')
			this.warn(setting, `parameter \`${key}' is a list but should be a single value`);
		return typeof setting?.value === 'string' ? setting.value : undefined;
	}

	/** A number as strtol reads it: decimal, 0x or 0 for octal, blanks before it. */
	number(key: string): number | undefined {
		const text = this.text(key);
		if (text === undefined) return undefined;
		const setting = this.settings.get(key)!;
		const digits = /^\s*([-+]?)(0x[0-9a-f]+|0[0-7]*|[1-9]\d*)$/i.exec(text);
		if (!digits) {
			this.warn(
				setting,
				setting.added
					? `can't use += with numbers for parameter \`${key}'`
					: `parameter \`${key}' is not a valid number`
			);
			return undefined;
		}
		const octal = /^0[0-7]+$/.test(digits[2]);
		const value = Number.parseInt(digits[2], octal ? 8 : digits[2].toLowerCase().startsWith('0x') ? 16 : 10);
		if (value > Number.MAX_SAFE_INTEGER) {
			this.warn(setting, `parameter \`${key}' could not be parsed as a number: Numerical result out of range`);
			return undefined;
		}
		return digits[1] === '-' ? -value : value;
	}

	list(key: string): readonly (string | null)[] {
		const setting = this.settings.get(key);
		if (setting && typeof setting.value === 'string')
			this.warn(setting, `parameter \`${key}' is a single value but should be a list`);
		return setting && typeof setting.value !== 'string' ? setting.value : [];
	}

	private warn({ line }: Setting, what: string): void {
		this.say(`${this.file}:${line}: warning: ${what}`);
	}
}

/** Whether it is a PV guest that is asked for: by `type`, or by `builder` in older files. */
function checkType(reader: Reader): void {
	const type = reader.text('type');
	const builder = reader.text('builder');
	const byType = type === undefined ? undefined : type === '' ? 'hvm' : type;
	if (byType !== undefined && !['pv', 'pvh', 'hvm'].includes(byType)) reader.fatal(`Invalid domain type ${type}.`);
	const byBuilder = builder === undefined ? undefined : builder === 'hvm' ? 'hvm' : 'pv';
	if (builder !== undefined && !['hvm', 'generic', 'linux'].includes(builder))
		reader.fatal(`Invalid builder ${builder}.`);
	if (byType && byBuilder && byType !== byBuilder)
		reader.fatal(`builder="${builder}" and type="${type}" contradict each other.`);
	const wanted = byType ?? byBuilder ?? 'pv';
	if (wanted !== 'pv')
		reader.fatal(`Only PV guests can run on this machine, which has no hardware virtualization; not type="${wanted}".`);
}

function kernelOf(reader: Reader): string {
	const kernel = reader.text('kernel');
	if (!kernel) reader.fatal('No kernel is named: a PV guest needs kernel="NAME".');
	return kernel;
}

function cmdlineOf(reader: Reader): string {
	const [cmdline, root, extra] = ['cmdline', 'root', 'extra'].map((key) => reader.text(key));
	if (cmdline !== undefined && (root !== undefined || extra !== undefined))
		reader.say('Warning: ignoring root= and extra= in favour of cmdline=');
	const text =
		cmdline ?? [root === undefined ? '' : `root=${root}`, extra ?? ''].filter((part) => part !== '').join(' ');
	if (text.length > LONGEST_CMDLINE) reader.fatal(`The command line is longer than ${LONGEST_CMDLINE} bytes.`);
	return text;
}

function memoryOf(reader: Reader): Pick<DomainSettings, 'memoryMiB' | 'maxMemoryMiB'> {
	const memory = reader.number('memory');
	const most = reader.number('maxmem');
	const memoryMiB = memory ?? most ?? USUAL_MEMORY_MIB;
	return { memoryMiB, maxMemoryMiB: Math.max(most ?? memoryMiB, memoryMiB) };
}

function vcpusOf(reader: Reader): Pick<DomainSettings, 'vcpus' | 'maxVcpus'> {
	const vcpus = Math.max(1, reader.number('vcpus') ?? 1);
	const maxVcpus = reader.number('maxvcpus') ?? vcpus;
	if (vcpus > maxVcpus) reader.fatal('xl: maxvcpus < vcpus');
	return { vcpus, maxVcpus };
}

function actionOf(reader: Reader, key: string, usual: EndAction): EndAction {
	const text = reader.text(key);
	if (text === undefined) return usual;
	if (!Object.hasOwn(ACTIONS, text)) reader.fatal(`Unknown ${key} action "${text}" specified`);
	if (ONLY_NEARLY[text]) reader.say(`${key}="${text}" is done as "${ACTIONS[text]}": ${ONLY_NEARLY[text]}.`);
	return ACTIONS[text];
}

function actionsOf(reader: Reader): EndActions {
	actionOf(reader, 'on_soft_reset', 'preserve');
	return {
		poweroff: actionOf(reader, 'on_poweroff', usualActions.poweroff),
		reboot: actionOf(reader, 'on_reboot', usualActions.reboot),
		crash: actionOf(reader, 'on_crash', usualActions.crash),
		watchdog: actionOf(reader, 'on_watchdog', usualActions.watchdog)
	};
}

/** A disk as a file or a command describes it; fatal where it cannot be. @returns what is wrong in words, or the disk */
export function diskOf(text: string, file: string): DiskConfig | { readonly error: string } {
	const disk = parseDisk(text, file);
	if ('error' in disk) return disk;
	if (disk.cdrom) return { error: `${file}: disk '${text}': there are no CD-ROMs here` };
	if (disk.format !== 'raw') return { error: `${file}: disk '${text}': only format raw can be served here` };
	if (disk.backendType !== undefined && disk.backendType !== 'phy')
		return { error: `${file}: disk '${text}': back ends here are of type phy alone` };
	const { target, vdev, backend, script, discard } = disk;
	return { target, vdev, readonly: disk.readonly, backend, script: script && scriptFile(script), discard };
}

function disksOf(reader: Reader, file: string): DiskConfig[] {
	return reader.list('disk').map((text) => {
		const disk = text === null ? { error: `${file}: a disk is a string` } : diskOf(text, file);
		return 'error' in disk ? reader.fatal(disk.error) : disk;
	});
}

function vifsOf(reader: Reader): VifConfig[] {
	return reader.list('vif').map((text) => {
		const { vif, messages } = parseVif(text ?? '');
		messages.forEach((message) => reader.say(message));
		return vif;
	});
}

function uuidOf(reader: Reader): string | undefined {
	const uuid = reader.text('uuid');
	if (uuid !== undefined && !UUID.test(uuid)) reader.fatal(`Failed to parse UUID: ${uuid}`);
	return uuid?.toLowerCase();
}

function settingsOf(reader: Reader, file: string): DomainSettings {
	checkType(reader);
	const name = reader.text('name');
	if (!name) return reader.fatal('Domain name must be specified.');
	for (const [key, why] of Object.entries(NOT_HERE)) if (reader.has(key)) reader.say(`${key}= is ignored: ${why}.`);
	return {
		name,
		uuid: uuidOf(reader),
		...vcpusOf(reader),
		...memoryOf(reader),
		actions: actionsOf(reader),
		kernel: kernelOf(reader),
		ramdisk: reader.text('ramdisk') || undefined,
		cmdline: cmdlineOf(reader),
		disks: disksOf(reader, file),
		vifs: vifsOf(reader),
		driverDomain: (reader.number('driver_domain') ?? 0) !== 0
	};
}

/** Reads a configuration file. @param file its name, for messages */
export function readConfig(source: string, file: string): ReadConfig {
	const { settings, errors } = parseLanguage(source, file);
	if (errors.length > 0) return { messages: [...errors, `Failed to parse config: Invalid argument`], settings: null };
	const reader = new Reader(settings, file);
	try {
		return { settings: settingsOf(reader, file), messages: reader.messages };
	} catch (thrown) {
		if (!(thrown instanceof Fatal)) throw thrown;
		return { settings: null, messages: reader.messages };
	}
}
