/** Commands that tell of the machine. */
import { HYPERVISOR_VIRT_START } from '../../../abi/structs/xen';
import { column, done, Refusal, type Answer, type Commands, type Words, type XlContext } from '../command';

const PAGES_A_MIB = 256;

/** What `xl info` prints, row by row: what depends on the host is what this machine has. */
function info({ stack }: XlContext): string {
	const { pages, freePages, hz, scheduler } = stack.control.host();
	const rows: [key: string, value: string | number][] = [
		['host', 'ringside'],
		['release', 'none'],
		['version', 'domain 0 by Ringside'],
		['machine', 'i686'],
		['nr_cpus', 1],
		['max_cpu_id', 0],
		['nr_nodes', 1],
		['cores_per_socket', 1],
		['threads_per_core', 1],
		['cpu_mhz', (hz / 1e6).toFixed(3)],
		['virt_caps', 'pv gnttab-v1 gnttab-v2'],
		['total_memory', Math.floor(pages / PAGES_A_MIB)],
		['free_memory', Math.floor(freePages / PAGES_A_MIB)],
		['sharing_freed_memory', 0],
		['sharing_used_memory', 0],
		['outstanding_claims', 0],
		['free_cpus', 0],
		['xen_major', 4],
		['xen_minor', 17],
		['xen_extra', '.0-ringside'],
		['xen_version', '4.17.0-ringside'],
		['xen_caps', 'xen-3.0-x86_32p '],
		['xen_scheduler', scheduler],
		['xen_pagesize', 4096],
		['platform_params', `virt_start=0x${HYPERVISOR_VIRT_START.toString(16)}`],
		['xen_changeset', 'unavailable'],
		['xen_commandline', ''],
		['cc_compiler', 'TypeScript'],
		['xend_config_format', 4]
	];
	return rows.map(([key, value]) => `${key.padEnd(22)} : ${value}\n`).join('');
}

const POOLS = 'Name               CPUs   Sched     Active   Domain count';

/** All processors are in one pool, and so are all domains. */
function pools({ stack }: XlContext): string {
	const { scheduler } = stack.control.host();
	const cells = `${column('Pool-0', -19)}${column(1, 3)} ${column(scheduler, 9)}`;
	return `${POOLS}\n${cells}       y       ${column(stack.table().length, 4)}\n`;
}

/** Policies of Xen's that have a command of xl. A list of another policy than the one in use is empty, and has nothing to set. */
const POLICIES = ['credit', 'credit2', 'rtds'];

const scheduling =
	(policy: string) =>
	({ stack }: XlContext, { options }: Words): Answer => {
		if (options.size === 0) return done();
		const { scheduler } = stack.control.host();
		throw new Refusal(`libxl: error: the scheduler is ${scheduler}, which has nothing that sched-${policy} sets\n`);
	};

export const HOST_COMMANDS: Commands = {
	...Object.fromEntries(
		POLICIES.map((policy) => [
			`sched-${policy}`,
			{ usage: `(empty: the scheduler is another)`, options: 'd:w:c:p:b:e:v:st:r:', run: scheduling(policy) }
		])
	),
	'cpupool-list': { usage: '', run: (context) => done(pools(context)) },
	info: { usage: '', options: 'n', run: (context) => done(info(context)) }
};
