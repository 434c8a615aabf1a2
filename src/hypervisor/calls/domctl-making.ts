/** Commands of domctl that make a domain, before it runs (xen/common/domctl.c, domain.c: domain_create; xen/arch/x86/domctl.c). */
import { EACCES, EEXIST, EINVAL, ENOMEM } from '../../abi/errno';
import * as abi from '../../abi/structs/control';
import { DOMCTL, DOMCTL_CDF, DOMCTL_CMD } from '../../abi/structs/control';
import { DOMID_FIRST_RESERVED } from '../../abi/structs/xen';
import { CHECK } from '../../trace/events';
import { createDomain, framesFor, makeVcpus } from '../core/domains';
import { readU64 } from '../core/guest-memory';
import type { Hypervisor } from '../core/hypervisor';
import { MAX_VCPUS } from '../core/layout';
import { INITIAL_GRANT_FRAMES, USUAL_LIMITS, type GrantLimits } from '../grants/table';
import type { Command } from './control-call';
import { about, notSelf, U, type About } from './domctl-command';
import { installHypercallPage } from './hypercall-page';

const { at: CREATE } = abi.DOMCTL_CREATEDOMAIN;
const CDF_OF_PV = DOMCTL_CDF.s3_integrity | DOMCTL_CDF.oos_off | DOMCTL_CDF.xs_domain;
/** The newest grant tables that there are here. */
const GRANT_VERSION = 1;

type Field = keyof typeof CREATE;

/** Words that say something of what this machine has not, or of what a paravirtualized domain does without. */
const NOT_HERE: readonly Field[] = ['iommu_opts', 'vmtrace_size', 'cpupool_id', 'emulation_flags', 'misc_flags'];

/** What is said of grant tables: below zero for what is usual. */
const limitsOf = (frames: number, maptrackFrames: number): GrantLimits => ({
	maxFrames: frames < 0 ? USUAL_LIMITS.maxFrames : frames,
	maxMaptrackFrames: maptrackFrames < 0 ? USUAL_LIMITS.maxMaptrackFrames : maptrackFrames
});

const limitsFit = ({ maxFrames, maxMaptrackFrames }: GrantLimits): boolean =>
	maxFrames >= INITIAL_GRANT_FRAMES &&
	maxFrames <= USUAL_LIMITS.maxFrames &&
	maxMaptrackFrames <= USUAL_LIMITS.maxMaptrackFrames;

/** Whether it describes a domain that can be made on this machine (sanitise_domain_config). */
function canBeMade(hv: Hypervisor, field: (name: Field) => number, limits: GrantLimits): boolean {
	const [flags, vcpus] = [field('flags'), field('max_vcpus')];
	const known = (flags & ~CDF_OF_PV) === 0 && NOT_HERE.every((name) => field(name) === 0);
	const grants = field('grant_opts') <= GRANT_VERSION && limitsFit(limits);
	return hv.ask(CHECK.create_config, known && grants && vcpus >= 1 && vcpus <= MAX_VCPUS, flags, vcpus);
}

/** A domain without memory and without vcpus, paused; it may have no pages until XEN_DOMCTL_max_mem says how many. */
const create: Command<About> = {
	answers: true,
	run(hv, _v, view, { d: taken }) {
		const field = (name: Field): number => view.getUint32(U + CREATE[name], true);
		const wanted = view.getUint16(DOMCTL.at.domain, true);
		const chosen = wanted > 0 && wanted < DOMID_FIRST_RESERVED;
		if (chosen && !hv.ask(CHECK.create_number, taken === undefined, wanted)) return -EEXIST;
		const limits = limitsOf(field('max_grant_frames') | 0, field('max_maptrack_frames') | 0);
		if (!canBeMade(hv, field, limits)) return -EINVAL;
		const vcpus = field('max_vcpus');
		if (!hv.ask(CHECK.create_memory, framesFor(vcpus) <= hv.heap.available, framesFor(vcpus), hv.heap.available))
			return -ENOMEM;
		const maxPort = Math.min(field('max_evtchn_port'), 0x7fff_ffff);
		const d = createDomain(hv, {
			...(chosen ? { id: wanted } : {}),
			maxPages: 0,
			vcpus,
			vcpusLater: true,
			maxPort
		});
		hv.grants.create(hv, d, limits);
		d.handle = handleAt(view, U + CREATE.handle);
		view.setUint16(DOMCTL.at.domain, d.id, true);
		return 0;
	}
};

const handleAt = (view: DataView, at: number): number[] => Array.from({ length: 16 }, (_, i) => view.getUint8(at + i));

/** Domains here are of 32 bits from the beginning, and stay so. */
const ADDRESS_SIZE = 32;

export const MAKING_COMMANDS: Readonly<Record<number, Command<About>>> = {
	[DOMCTL_CMD.createdomain]: create,
	[DOMCTL_CMD.max_vcpus]: about((hv, caller, d, view) => {
		const max = view.getUint32(U, true);
		if (!notSelf(hv, caller, d) || !hv.ask(CHECK.vcpus_as_created, max === d.maxVcpus, max, d.maxVcpus)) return -EINVAL;
		makeVcpus(hv, d);
		return 0;
	}),
	[DOMCTL_CMD.max_mem]: about((_hv, _caller, d, view) => {
		d.mm.maxPages = Math.min(Math.floor(readU64(view, U) / 4), 0xffff_ffff);
		return 0;
	}),
	[DOMCTL_CMD.setdomainhandle]: about((_hv, _caller, d, view) => {
		d.handle = handleAt(view, U);
		return 0;
	}),
	[DOMCTL_CMD.hypercall_init]: about((hv, _caller, d, view) =>
		installHypercallPage(hv, d, readU64(view, U)) ? 0 : -EACCES
	),
	[DOMCTL_CMD.set_address_size]: about((hv, _caller, _d, view) => {
		const size = view.getUint32(U, true);
		return hv.ask(CHECK.address_size, size === ADDRESS_SIZE, size, ADDRESS_SIZE) ? 0 : -EINVAL;
	}),
	[DOMCTL_CMD.get_address_size]: about((_hv, _caller, _d, view) => {
		view.setUint32(U, ADDRESS_SIZE, true);
		return 0;
	}, true)
};
