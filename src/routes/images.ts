import type { ScenarioInput } from '../workbench/scenario';
import { imagesOf } from '../workbench/images';

type Urls = Record<string, string>;

/** What the build has of our guests' kernels and of the disks that come with the site: address by file. */
const KERNELS: Urls = import.meta.glob<string>('../guests/images/*.elf', {
	query: '?url',
	import: 'default',
	eager: true
});
const DISKS: Urls = import.meta.glob<string>('../guests/disks/*.img', {
	query: '?url',
	import: 'default',
	eager: true
});

const byName = (urls: Urls): [string, string][] =>
	Object.entries(urls).map(([path, url]) => [path.replace(/^.*\/|\.[a-z]+$/g, ''), url]);
const named = new Map([...byName(KERNELS), ...byName(DISKS)]);

/** Names of our guests' kernels. */
export const imageNames = (): string[] =>
	byName(KERNELS)
		.map(([name]) => name)
		.sort();
/** Names of the disks that come with the site. */
export const diskNames = (): string[] =>
	byName(DISKS)
		.map(([name]) => name)
		.sort();

/** Bytes of a guest's kernel or of a disk. Throws when there is none of that name, or it cannot be fetched. */
export async function loadImage(name: string): Promise<Uint8Array> {
	const url = named.get(name);
	if (!url) throw new Error(`there is no image "${name}"; there are ${[...named.keys()].sort().join(', ')}`);
	const answer = await fetch(url);
	if (!answer.ok) throw new Error(`the image of ${name} could not be fetched: ${answer.status}`);
	return new Uint8Array(await answer.arrayBuffer());
}

/** All images that a scenario names, fetched together. */
export async function loadImages(scenario: ScenarioInput): Promise<Record<string, Uint8Array>> {
	const names = [...imagesOf(scenario).keys()];
	return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await loadImage(name)] as const)));
}
