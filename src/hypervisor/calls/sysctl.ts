/** sysctl: the machine as the control domain's tools see it (xen/common/sysctl.c, xen/arch/x86/sysctl.c). */
import { EFAULT, ESRCH } from '../../abi/errno';
import * as abi from '../../abi/structs/control';
import { PHYSCAP, SYSCTL, SYSCTL_CMD } from '../../abi/structs/control';
import { PAGE_SIZE } from '../../base';
import { cpuidLeaf } from '../../hardware/cpu/features';
import { CHECK } from '../../trace/events';
import { copyToGuest, writeU64 } from '../core/guest-memory';
import type { Hypervisor } from '../core/hypervisor';
import { controlCall, type Command } from './control-call';
import { writeDomainInfo } from './domain-info';
import { schedulerOp } from './scheduler-op';

const U = SYSCTL.at.u;
const { SYSCTL_SCHEDULER_OP: SCHEDULER } = abi;
/** All processors are in one pool. */
const THE_POOL = 0;
/** Leaves of CPUID whose words tell what a processor can do, in the order of Xen's feature words. */
const [FEATURES, EXTENDED_FEATURES] = [1, 0x8000_0001];

function physinfo(hv: Hypervisor, view: DataView): number {
	const { at, size } = abi.SYSCTL_PHYSINFO;
	new Uint8Array(view.buffer, view.byteOffset + U, size).fill(0);
	const set = (name: keyof typeof at, value: number): void => view.setUint32(U + at[name], value, true);
	set('threads_per_core', 1);
	set('cores_per_socket', 1);
	set('nr_cpus', hv.pcpus.length);
	set('max_cpu_id', hv.pcpus.length - 1);
	set('nr_nodes', 1);
	set('cpu_khz', Math.round(hv.machine.clock.hz / 1000));
	set('capabilities', PHYSCAP.pv | PHYSCAP.gnttab_v1);
	writeU64(view, U + at.total_pages, hv.machine.memory.frames);
	writeU64(view, U + at.free_pages, hv.heap.available);
	writeU64(view, U + at.max_mfn, hv.machine.memory.frames - 1);
	const { features } = hv.pcpu.cpu;
	const [basic, extended] = [FEATURES, EXTENDED_FEATURES].map((leaf) => cpuidLeaf(features, leaf));
	[basic.edx, basic.ecx, extended.edx, extended.ecx].forEach((word, index) =>
		view.setUint32(U + at.hw_cap + index * 4, word, true)
	);
	return 0;
}

/** As many domains as there is room for, from a number on, ascending. */
function domainInfoList(hv: Hypervisor, view: DataView): number {
	const { at } = abi.SYSCTL_GETDOMAININFOLIST;
	const { size } = abi.DOMCTL_GETDOMAININFO;
	const first = view.getUint16(U + at.first_domain, true);
	const most = view.getUint32(U + at.max_domains, true);
	const buffer = view.getUint32(U + at.buffer, true);
	const found = [...hv.domains.values()].filter(({ id }) => id >= first).sort((a, b) => a.id - b.id);
	let count = 0;
	for (const d of found.slice(0, most)) {
		const info = new DataView(new ArrayBuffer(size));
		writeDomainInfo(hv, d, info, 0);
		if (!copyToGuest(hv, buffer + count * size, new Uint8Array(info.buffer))) return -EFAULT;
		count++;
	}
	view.setUint32(U + at.num_domains, count, true);
	return 0;
}

const answer = (run: (hv: Hypervisor, view: DataView) => number): Command<true> => ({
	answers: true,
	run: (hv, _v, view) => run(hv, view)
});

const COMMANDS: Readonly<Record<number, Command<true>>> = {
	[SYSCTL_CMD.physinfo]: answer(physinfo),
	[SYSCTL_CMD.getdomaininfolist]: answer(domainInfoList),
	[SYSCTL_CMD.sched_id]: answer((hv, view) => {
		view.setUint32(U, hv.sched.id, true);
		return 0;
	}),
	[SYSCTL_CMD.scheduler_op]: answer((hv, view) => {
		const field = (name: keyof typeof SCHEDULER.at): number => view.getUint32(U + SCHEDULER.at[name], true);
		const pool = field('cpupool_id');
		if (!hv.ask(CHECK.cpupool_exists, pool === THE_POOL, pool)) return -ESRCH;
		return schedulerOp(hv, field('sched_id'), field('cmd'), false);
	}),
	[SYSCTL_CMD.availheap]: answer((hv, view) => {
		writeU64(view, U + abi.SYSCTL_AVAILHEAP.at.avail_bytes, hv.heap.available * PAGE_SIZE);
		return 0;
	})
};

export const doSysctl = controlCall({
	bytes: SYSCTL.size,
	version: 0x15,
	commands: COMMANDS,
	about: () => true as const
});
