/**
 * A scenario: everything that decides a run, as one plain object. The same scenario gives the same
 * trace, byte for byte, wherever it runs.
 */
import * as v from 'valibot';
import { XEN_LEGACY_MAX_VCPUS } from '../abi/structs/xen';
import { MOST_SECTORS } from '../hardware/devices/disk';
import { checked } from './checked';
import { CostsSchema, ProfileSchema } from './costs-schema';
import { MOST_DOMAINS } from './kernels';
import { NetworkSchema } from './network/schema';

/** Most vcpus of a domain: as many as shared_info has room for. */
export const MOST_VCPUS = XEN_LEGACY_MAX_VCPUS;

/** When scripted input is typed. */
const when = v.variant('kind', [
	/** Once the domain waits for input; see `consoles/input.ts` for what that means. */
	v.object({ kind: v.literal('waiting') }),
	/** Once `text` has appeared on its console, counted from the start of the run. */
	v.object({ kind: v.literal('text'), text: v.pipe(v.string(), v.minLength(1)) }),
	/** At the first instant at or after this cycle. */
	v.object({ kind: v.literal('cycle'), cycle: v.pipe(v.number(), v.integer(), v.minValue(0)) })
]);

/** A name in the toolstack: of a domain, a bridge. */
const label = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_.-]{1,64}$/));

/** A virtual disk (src/toolstack/devices/config.ts). */
const disk = v.object({
	/** The disk of the machine behind it, or a part: `/dev/hda`, `/dev/hda2`, `/dev/hda:63+2048`. */
	target: v.pipe(v.string(), v.minLength(1), v.maxLength(64)),
	/** Its name in the guest. */
	vdev: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(16)), 'xvda'),
	readonly: v.optional(v.boolean()),
	/** The domain that serves it, by name; domain 0 unless said. */
	backend: v.optional(label)
});

/** A virtual network interface. */
const vif = v.object({
	mac: v.optional(v.pipe(v.string(), v.regex(/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/))),
	bridge: v.optional(label),
	backend: v.optional(label),
	/** More keys of its back end's folder, for back ends that read others than the usual: rules, an offer to flip pages. */
	keys: v.optional(
		v.record(v.pipe(v.string(), v.regex(/^[a-z0-9-]+(\/[a-z0-9-]+)*$/)), v.pipe(v.string(), v.maxLength(256)))
	)
});

/** A kernel and what it is given. */
const kernel = v.object({
	/** Key by which the run gets the kernel's bytes: one of our guests' names, or whatever the caller knows. */
	image: v.pipe(v.string(), v.minLength(1)),
	memoryMiB: v.optional(v.pipe(v.number(), v.integer(), v.minValue(4), v.maxValue(1024)), 32),
	/** Virtual processors, which share the machine's one: the first is up from the start, the guest brings up the others. */
	vcpus: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MOST_VCPUS)), 1),
	cmdline: v.optional(v.pipe(v.string(), v.maxLength(1023)), '')
});

const domain = v.object({
	/** Shown name; also its name in xenstore. */
	name: v.pipe(v.string(), v.minLength(1)),
	...kernel.entries,
	disks: v.optional(v.pipe(v.array(disk), v.maxLength(16))),
	vifs: v.optional(v.pipe(v.array(vif), v.maxLength(8))),
	/** Whether it may serve other domains' devices. */
	driverDomain: v.optional(v.boolean())
});

/** Drives of a PC: two channels, each with two. */
const MOST_DISKS = 4;
const wholeFrom = (least: number, what: string, most = MOST_SECTORS) =>
	v.pipe(
		v.number(`${what}: a whole number`),
		v.integer(`${what}: a whole number`),
		v.minValue(least, `${what}: ${least} at least`),
		v.maxValue(most, `${what}: ${most} at most`)
	);

/** A disk of the machine itself. */
const drive = v.pipe(
	v.object({
		/** Key by which the run gets the image's bytes, which never change; '' for an empty disk. */
		image: v.string(),
		/** What the disk says when it is identified. */
		name: v.optional(v.pipe(v.string(), v.regex(/^[ -~]{1,40}$/, 'a disk is named by 1 to 40 letters of ASCII'))),
		/** Sectors of 512 bytes; as many as the image fills where nothing is said. */
		sectors: v.optional(wholeFrom(1, 'sectors')),
		/** `ro` refuses writes; `overlay` keeps them beside the image. */
		access: v.optional(v.picklist(['ro', 'overlay'], 'access is ro or overlay'), 'overlay'),
		/** Sectors that fail for good. */
		badSectors: v.optional(
			v.array(
				v.object({
					lba: wholeFrom(0, 'lba'),
					count: v.optional(wholeFrom(1, 'count')),
					on: v.picklist(['read', 'write', 'both'], 'on is read, write or both')
				})
			)
		)
	}),
	v.check(({ image, sectors }) => image !== '' || sectors !== undefined, 'a disk has an image, or a number of sectors')
);

/** A command of xl, typed in the toolstack's shell (src/toolstack/xl). */
const command = v.object({
	xl: v.pipe(v.string(), v.minLength(1), v.maxLength(1000), v.regex(/^[^\n]*$/, 'a command is one line')),
	when: v.optional(when, { kind: 'waiting' })
});

const typing = v.object({
	/** Place of the domain in `domains`, plus 1: its domain id. 0 for domain 0, where it has a kernel. */
	dom: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 1),
	text: v.string(),
	when: v.optional(when, { kind: 'waiting' })
});

/** Which of the two it is, is told by its key: so that what is wrong in it is told. */
const typedOrCommand = v.lazy((line) =>
	typeof line === 'object' && line !== null && 'xl' in line ? command : typing
) as unknown as v.GenericSchema<
	v.InferInput<typeof command> | v.InferInput<typeof typing>,
	v.InferOutput<typeof command> | v.InferOutput<typeof typing>
>;

/** Most bytes of a configuration file. */
const LONGEST_FILE = 65_536;

const FIELDS = v.object({
	name: v.optional(v.string(), 'run'),
	machine: v.optional(
		v.object({
			/** RAM of the emulated PC; 0 takes what the domains need and 32 MiB for the hypervisor. */
			ramMiB: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1600)), 0),
			/** Cost profile by name; '' the default. */
			profile: v.optional(ProfileSchema, ''),
			/** Rows of the profile's table that are overruled: cycles by the row's name. */
			costs: v.optional(CostsSchema),
			/** Network cards on a wire; a machine without this has none. */
			network: v.optional(NetworkSchema),
			/** Its IDE disks: primary master and slave, secondary master and slave; null for a place that is empty. Without any it has no PCI bus. */
			disks: v.optional(
				v.pipe(v.array(v.nullable(drive)), v.maxLength(MOST_DISKS, `a machine has at most ${MOST_DISKS} disks`))
			)
		}),
		{}
	),
	hypervisor: v.optional(
		v.object({
			scheduler: v.optional(v.picklist(['round-robin']), 'round-robin'),
			/** Time slice, virtual milliseconds. */
			sliceMs: v.optional(v.pipe(v.number(), v.minValue(0.1), v.maxValue(1000)), 10)
		}),
		{}
	),
	/** The kernel of domain 0, which has the machine's devices. Without, the toolstack's programs play domain 0. */
	dom0: v.optional(kernel),
	/** At least one, unless domain 0 has a kernel or there are files to make domains of. */
	domains: v.pipe(v.array(domain), v.maxLength(MOST_DOMAINS, `there are at most ${MOST_DOMAINS} domains`)),
	/** Configuration files of domains (xl.cfg) by their names, for `xl create`. */
	files: v.optional(
		v.record(v.pipe(v.string(), v.minLength(1), v.maxLength(256)), v.pipe(v.string(), v.maxLength(LONGEST_FILE)))
	),
	input: v.optional(v.array(typedOrCommand), []),
	stop: v.optional(
		v.object({
			/** Stop at this virtual cycle. */
			cycles: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
			/** Stop once this text has appeared on the first domain's console. */
			text: v.optional(v.pipe(v.string(), v.minLength(1)))
		}),
		{}
	),
	/** Reserved for scenarios that draw numbers; nothing below draws any other. */
	seed: v.optional(v.pipe(v.number(), v.integer()), 1)
});

const ScenarioSchema = v.pipe(
	FIELDS,
	v.forward(
		v.check(
			({ dom0, domains, files }) => dom0 !== undefined || domains.length > 0 || files !== undefined,
			'There is no domain'
		),
		['domains']
	)
);

/** As written: what has a default may be left out. */
export type ScenarioInput = v.InferInput<typeof ScenarioSchema>;
/** As run: complete. */
export type Scenario = v.InferOutput<typeof ScenarioSchema>;
export type Kernel = v.InferOutput<typeof kernel>;

/** Checks a scenario and fills in what was left out. @throws TypeError with the place and the reason */
export const parseScenario = (input: unknown): Scenario => checked(ScenarioSchema, input, 'scenario');
