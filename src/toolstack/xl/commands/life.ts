/** Commands that make domains, let them run, and end them. */
import { LoadError } from '../../elf';
import type { DomainConfig } from '../../domain-builder';
import type { GuestDomain } from '../../toolstack';
import { domainPath } from '../../xenstore/path';
import { done, Refusal, type Answer, type Commands, type Words, type XlContext } from '../command';
import { guestOf, rowOf, whenReady } from '../domains';
import { readConfig, type DomainSettings } from '../domain-config';

const PAGES_A_MIB = 256;

/** What the domain builder is to make of a file's settings. @throws Refusal where an image is missing */
export function configOf({ image }: Pick<XlContext, 'image'>, settings: DomainSettings): DomainConfig {
	const bytes = (name: string): Uint8Array => {
		try {
			return image(name);
		} catch (error) {
			throw new Refusal(`libxl: error: ${name}: ${(error as Error).message}\n`);
		}
	};
	const { kernel, ramdisk, memoryMiB, maxMemoryMiB, vcpus, maxVcpus, ...rest } = settings;
	return {
		...rest,
		image: bytes(kernel),
		kernelName: kernel,
		...(ramdisk === undefined ? {} : { ramdisk: bytes(ramdisk), ramdiskName: ramdisk }),
		pages: memoryMiB * PAGES_A_MIB,
		maxPages: maxMemoryMiB * PAGES_A_MIB,
		vcpus: maxVcpus,
		onlineVcpus: vcpus
	};
}

/** Words after the file stand at its end, as if they were its last lines. */
function sourceOf({ file }: XlContext, name: string, more: readonly string[]): string {
	const text = file(name);
	if (text === undefined) throw new Refusal(`Failed to read config file: ${name}: No such file or directory\n`);
	return [text, ...more].join('\n');
}

function create(context: XlContext, { options, words }: Words): Answer {
	const { stack } = context;
	const given = options.get('f');
	const [name, ...more] = given === undefined ? words : [given, ...words];
	if (name === undefined) throw new Refusal(`'xl create' requires at least 1 argument.\n\n`, 2);
	const { settings, messages } = readConfig(sourceOf(context, name, more), name);
	const told = [options.has('q') ? [] : [`Parsing config from ${name}`], messages]
		.flat()
		.map((line) => `${line}\n`)
		.join('');
	if (!settings) return { text: told, status: 1 };
	if (stack.domains.some((guest) => guest.name === settings.name))
		return { text: `${told}libxl: error: Domain with name "${settings.name}" already exists.\n`, status: 3 };
	try {
		const { dom } = stack.createDomain({ ...configOf(context, settings), paused: options.has('p') });
		return whenReady(stack, dom, told);
	} catch (error) {
		if (error instanceof Refusal) return { text: told + error.text, status: error.status };
		if (error instanceof LoadError) return { text: `${told}libxl: error: ${error.message}\n`, status: 3 };
		throw error;
	}
}

/** Asks guests by their control node to shut down. */
const request =
	(what: string, doing: string) =>
	(context: XlContext, { options, words }: Words): Answer => {
		const { stack } = context;
		const guests = options.has('a') ? stack.domains.filter(({ dom }) => dom !== 0) : [guestOf(context, words[0] ?? '')];
		for (const { dom } of guests) stack.client.write(`${domainPath(dom)}/control/shutdown`, what);
		const text = guests.map(({ dom }) => `${doing} domain ${dom}\n`).join('');
		const waited = guests.filter(({ status }) => status.alive).map(({ dom }) => dom);
		if (!options.has('w') || waited.length === 0) return done(text);
		return { text: `${text}Waiting for ${waited.length} domains\n`, wait: { kind: 'end', doms: waited } };
	};

const toGuest =
	(act: (guest: GuestDomain) => void) =>
	(context: XlContext, { words: [name] }: Words): Answer => {
		act(guestOf(context, name));
		return done();
	};

/** Only the first console of a domain is served here. */
function attach(context: XlContext, { options, words: [name] }: Words): Answer {
	const { dom } = rowOf(context, name);
	if (!context.stack.domain(dom) || Number(options.get('n') ?? 0) !== 0)
		throw new Refusal('xenconsole: Could not read tty from store: No such file or directory\n');
	return { text: '', wait: { kind: 'console', dom } };
}

function destroy(context: XlContext, { words: [name] }: Words): Answer {
	if (rowOf(context, name).dom === 0) throw new Refusal('Cannot destroy privileged domain 0.\n\n');
	const { dom } = guestOf(context, name);
	context.stack.destroy(dom);
	return whenReady(context.stack, dom);
}

export const LIFE_COMMANDS: Commands = {
	create: { usage: 'FILE [-p] [-q] [KEY=VALUE ...]', options: 'pqcf:', run: create },
	pause: { usage: 'DOMAIN', least: 1, run: toGuest((guest) => guest.pause()) },
	unpause: { usage: 'DOMAIN', least: 1, run: toGuest((guest) => guest.unpause()) },
	shutdown: { usage: '[-w] [-a | DOMAIN]', options: 'waF', run: request('poweroff', 'Shutting down') },
	reboot: { usage: '[-w] [-a | DOMAIN]', options: 'waF', run: request('reboot', 'Rebooting') },
	destroy: { usage: 'DOMAIN', options: 'f', least: 1, run: destroy },
	console: { usage: 'DOMAIN  (^] leaves it)', options: 't:n:', least: 1, run: attach }
};
