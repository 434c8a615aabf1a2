/** `xl list -l`: domains as they were configured, as JSON in libxl's form (libxl_domain_config). */
import { usualActions } from '../../domain-builder';
import type { Attached } from '../../devices/config';
import type { DomainRow } from '../../table';
import type { XlContext } from '../command';

const ANY_DOMAIN = 4294967295;
/** What a configuration says where it says nothing (xl.cfg); libxl leaves these out. */
const LEFT_OUT = { poweroff: 'destroy', crash: 'destroy', watchdog: 'destroy' } as const;

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

function deviceOf(attached: Attached): object {
	if ('target' in attached.config)
		return {
			pdev_path: attached.config.target,
			vdev: attached.config.vdev,
			...(attached.config.backend === undefined ? {} : { backend_domname: attached.config.backend }),
			format: 'raw',
			...(attached.config.readonly ? {} : { readwrite: 1 }),
			colo_restore_enable: 'False'
		};
	return {
		devid: attached.device.devid,
		...(attached.config.backend === undefined ? {} : { backend_domname: attached.config.backend }),
		mac: attached.config.mac,
		bridge: attached.config.bridge ?? 'xenbr0',
		nictype: 'vif'
	};
}

function configOf({ stack }: XlContext, row: DomainRow): object {
	const guest = stack.domain(row.dom);
	const config = guest?.config;
	const attached = guest?.attached ?? [];
	const devices = (type: string): object[] => attached.filter(({ device }) => device.type === type).map(deviceOf);
	const [disks, nics] = [devices('vbd'), devices('vif')];
	const actions = { ...usualActions, ...config?.actions };
	const unusual = Object.entries(LEFT_OUT).filter(([name, usual]) => actions[name as keyof typeof LEFT_OUT] !== usual);
	return {
		c_info: { type: 'pv', name: row.name, domid: ANY_DOMAIN, uuid: row.uuid, run_hotplug_scripts: 'True' },
		b_info: {
			max_vcpus: row.vcpus.length,
			avail_vcpus: range(config?.onlineVcpus ?? row.vcpus.length),
			max_memkb: row.maxMemoryKiB,
			target_memkb: row.memoryKiB,
			video_memkb: 0,
			sched_params: { sched: stack.control.host().scheduler },
			claim_mode: 'True',
			...(config?.kernelName === undefined ? {} : { kernel: config.kernelName }),
			...(config?.cmdline ? { cmdline: config.cmdline } : {}),
			...(config?.ramdiskName === undefined ? {} : { ramdisk: config.ramdiskName }),
			'type.pv': {},
			arch_arm: {},
			arch_x86: { msr_relaxed: 'False' }
		},
		...(disks.length > 0 ? { disks } : {}),
		...(nics.length > 0 ? { nics } : {}),
		...Object.fromEntries(unusual.map(([name]) => [`on_${name}`, actions[name as keyof typeof LEFT_OUT]])),
		on_reboot: actions.reboot,
		on_soft_reset: 'soft_reset'
	};
}

/** libxl's printer puts an empty line into what is empty. */
const asPrinted = (value: unknown): string =>
	JSON.stringify(value, null, 4).replace(/^( *)(.*)\{\}(,?)$/gm, '$1$2{\n\n$1}$3');

export const longList = (context: XlContext, rows: readonly DomainRow[]): string =>
	`${asPrinted(rows.map((row) => (row.dom === 0 ? { domid: 0 } : { domid: row.dom, config: configOf(context, row) })))}\n\n`;
