/** Which images a scenario names: kernels (those of configuration files too), disks, frames that come in. Whoever brings a run its bytes asks here. */
import { imagesOfFiles } from './domain-files';

/** What an image is to a run. */
export type ImageUse = 'kernel' | 'disk' | 'frames';

/** As much of a scenario as names images. */
interface Naming {
	readonly dom0?: { image: string };
	readonly domains: readonly { image: string }[];
	/** Configuration files of domains. */
	readonly files?: Readonly<Record<string, string>>;
	readonly machine?: {
		readonly disks?: readonly ({ image: string } | null)[];
		readonly network?: { readonly inject?: string | { file: string } };
	};
}

/** Every image that a scenario names, once, by its key, with what it is; an empty disk has none. */
export function imagesOf({ dom0, domains, files = {}, machine = {} }: Naming): ReadonlyMap<string, ImageUse> {
	const { disks = [], network } = machine;
	const found = new Map<string, ImageUse>();
	for (const { image } of dom0 ? [dom0, ...domains] : domains) found.set(image, 'kernel');
	for (const image of imagesOfFiles(files)) found.set(image, 'kernel');
	for (const disk of disks) if (disk && disk.image !== '') found.set(disk.image, 'disk');
	const inject = network?.inject;
	if (inject !== undefined) found.set(typeof inject === 'string' ? inject : inject.file, 'frames');
	return found;
}
