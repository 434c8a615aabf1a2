/**
 * Virtual disks of a guest as they are typed: separated by blanks, each `TARGET,NAME,ro`. The target is a disk of the machine or a part of it
 * (`/dev/hda`, `/dev/hda2`, `/dev/hda:0+4096`); the name in the guest is xvda, xvdb and so on where it is left out.
 */
import type { ScenarioInput } from '../../workbench/worker/client';

type VirtualDisk = NonNullable<ScenarioInput['domains'][number]['disks']>[number];

const ACCESS: Readonly<Record<string, boolean>> = { ro: true, r: true, rw: false, w: false };

const nameOf = (number: number): string => `xvd${String.fromCharCode(97 + number)}`;

function readDisk(text: string, number: number): VirtualDisk | string {
	const parts = text.split(',');
	const last = parts.at(-1)!;
	const said = parts.length > 1 && Object.hasOwn(ACCESS, last);
	if (said) parts.pop();
	const [target, vdev = '', ...rest] = parts;
	if (target === '' || rest.length > 0)
		return `'${text}' is no virtual disk: write TARGET,NAME,ro, as /dev/hda,xvda,ro`;
	return { target, vdev: vdev || nameOf(number), ...(said && ACCESS[last] && { readonly: true }) };
}

/** Reads what was typed. @returns the disks, or what is wrong with it */
export function readDisks(text: string): VirtualDisk[] | string {
	const words = text.trim().split(/\s+/).filter(Boolean);
	const read = words.map(readDisk);
	return read.find((disk) => typeof disk === 'string') ?? (read as VirtualDisk[]);
}

/** The same as it would be typed. */
export const disksText = (disks: readonly VirtualDisk[] = []): string =>
	disks
		.map(({ target, vdev = 'xvda', readonly }, number) =>
			[target, ...(vdev === nameOf(number) ? [] : [vdev]), ...(readonly ? ['ro'] : [])].join(',')
		)
		.join(' ');
