/**
 * A disk of xl.cfg (docs/man/xl-disk-configuration.5.pod.in of the Xen sources): parts between commas, read from left to right. A part
 * is a parameter with its name, or takes the next place of target, format, vdev, access; `target=` takes all that follows. Checked against
 * libxlutil 4.17.7.
 */

/** A disk as written. */
export interface DiskSpec {
	readonly target: string;
	readonly vdev: string;
	readonly format: string;
	readonly readonly: boolean;
	readonly cdrom: boolean;
	readonly backend?: string;
	readonly script?: string;
	/** phy, tap or qdisk; left to the toolstack where it is not said. */
	readonly backendType?: string;
	readonly discard?: boolean;
}

/** What stands wrong in a specification, and where. */
class SpecError extends Error {}

const FORMATS = ['raw', 'qcow', 'qcow2', 'vhd', 'qed', 'empty'];
const ACCESS: Readonly<Record<string, boolean>> = { r: true, ro: true, w: false, rw: false };
const BACKEND_TYPES = ['phy', 'tap', 'qdisk'];
const PLACES = ['target', 'format', 'vdev', 'access'] as const;

type Place = (typeof PLACES)[number];

interface Draft {
	values: Partial<Record<Place, string>>;
	/** Places that a part has taken, also an empty one. */
	taken: Set<Place>;
	cdrom: boolean;
	backend?: string;
	script?: string;
	backendType?: string;
	discard?: boolean;
}

const oneOf = (name: string, value: string, known: readonly string[]): string => {
	if (!known.includes(value)) throw new SpecError(`unknown value for ${name}: near \`${value}'`);
	return value;
};

/** Parameters with a name. */
const PARAMETERS: Readonly<Record<string, (draft: Draft, value: string) => void>> = {
	format: (draft, value) => take(draft, 'format', value),
	vdev: (draft, value) => take(draft, 'vdev', value),
	access: (draft, value) => take(draft, 'access', value),
	devtype: (draft, value) => (draft.cdrom = oneOf('devtype', value, ['cdrom', 'disk']) === 'cdrom'),
	backend: (draft, value) => (draft.backend = value),
	backendtype: (draft, value) => (draft.backendType = oneOf('backendtype', value, BACKEND_TYPES)),
	script: (draft, value) => (draft.script = value)
};

/** Parameters that are a word alone. */
const FLAGS: Readonly<Record<string, (draft: Draft) => void>> = {
	cdrom: (draft) => (draft.cdrom = true),
	discard: (draft) => (draft.discard = true),
	'no-discard': (draft) => (draft.discard = false),
	'direct-io-safe': () => {}
};

/** What stood before the target in older files: a format, a driver that says nothing today, or a script. */
const OLD_FORMAT = /^(raw|qcow2?|vhd):/;
const OLD_DRIVER = /^(phy|file|tap2?|aio|ioemu):/;
const OLD_SCRIPT = /^(iscsi|e?nbd|drbd):/;

function take(draft: Draft, place: Place, value: string): void {
	if (draft.values[place] !== undefined) throw new SpecError(`${place} respecified: near \`${value}'`);
	draft.taken.add(place);
	if (value === '' && place !== 'vdev' && place !== 'target') return;
	if (place === 'format') oneOf('format', value, FORMATS);
	if (place === 'access' && !Object.hasOwn(ACCESS, value)) oneOf('access', value, []);
	draft.values[place] = value;
}

/** The target with what older files put before it. */
function takeOldTarget(draft: Draft, part: string): void {
	let rest = part;
	for (;;) {
		const format = OLD_FORMAT.exec(rest);
		const driver = OLD_DRIVER.exec(rest);
		const script = OLD_SCRIPT.exec(rest);
		const found = format ?? driver ?? script;
		if (!found) break;
		draft.taken.add('format');
		if (format) draft.values.format = format[1];
		if (script) draft.script = `block-${script[1]}`;
		rest = rest.slice(found[0].length);
	}
	take(draft, 'target', rest);
}

function takePlace(draft: Draft, part: string): void {
	const place = PLACES.find((place) => !draft.taken.has(place));
	if (!place) throw new SpecError(`too many positional parameters: near \`${part}'`);
	if (place === 'target') return takeOldTarget(draft, part);
	const suffix = place === 'vdev' ? /^(.*):(cdrom|disk)$/.exec(part) : null;
	if (suffix) draft.cdrom = suffix[2] === 'cdrom';
	take(draft, place, suffix ? suffix[1] : part);
}

/** Reads the first part of `text`, which has `rest` in all; what is left, or null when that was all. */
function takePart(draft: Draft, text: string): string | null {
	if (text.startsWith('target=')) {
		take(draft, 'target', text.slice('target='.length));
		return null;
	}
	const comma = text.indexOf(',');
	const part = (comma < 0 ? text : text.slice(0, comma)).trimStart();
	const named = /^([a-z][-a-z0-9]*)=(.*)$/.exec(part);
	if (Object.hasOwn(FLAGS, part)) FLAGS[part](draft);
	else if (named) {
		if (!Object.hasOwn(PARAMETERS, named[1]))
			throw new SpecError(`unknown parameter: near \`${part}${comma < 0 ? '' : ','}'`);
		PARAMETERS[named[1]](draft, named[2]);
	} else if (part !== '' || PLACES.some((place) => !draft.taken.has(place))) takePlace(draft, part);
	return comma < 0 ? null : text.slice(comma + 1);
}

function finish({ values, cdrom, backend, script, backendType, discard }: Draft): DiskSpec {
	if (values.vdev === undefined) throw new SpecError('no vdev specified');
	if (values.target === undefined && !cdrom) throw new SpecError('no target specified (and device not removable)');
	return {
		target: values.target ?? '',
		vdev: values.vdev,
		format: values.format ?? 'raw',
		readonly: cdrom || ACCESS[values.access ?? 'w'],
		cdrom,
		backend,
		script,
		backendType,
		discard
	};
}

/** libxl looks for scripts in its own folder. */
export const scriptFile = (script: string): string => (script.startsWith('/') ? script : `/etc/xen/scripts/${script}`);

/** Reads a specification. @returns the disk, or what is wrong in words */
export function parseDisk(text: string, file: string): DiskSpec | { readonly error: string } {
	const draft: Draft = { values: {}, taken: new Set(), cdrom: false };
	try {
		for (let rest: string | null = text; rest !== null && (rest !== '' || rest === text);) rest = takePart(draft, rest);
		return finish(draft);
	} catch (thrown) {
		if (!(thrown instanceof SpecError)) throw thrown;
		return { error: `${file}: config parsing error in disk specification: ${thrown.message} in \`${text}'` };
	}
}
