/** Our guests' kernels as the build has them: name -> address of the image. */
const URLS = import.meta.glob<string>('../guests/images/*.elf', { query: '?url', import: 'default', eager: true });

const named = new Map(Object.entries(URLS).map(([path, url]) => [path.replace(/^.*\/|\.elf$/g, ''), url]));

export const imageNames = (): string[] => [...named.keys()].sort();

/** Bytes of a guest's kernel. Throws when there is none of that name, or it cannot be fetched. */
export async function loadImage(name: string): Promise<Uint8Array> {
	const url = named.get(name);
	if (!url) throw new Error(`there is no guest image "${name}"; there are ${imageNames().join(', ')}`);
	const answer = await fetch(url);
	if (!answer.ok) throw new Error(`the image of ${name} could not be fetched: ${answer.status}`);
	return new Uint8Array(await answer.arrayBuffer());
}

/** The images that a scenario names, fetched together. */
export async function loadImages(domains: readonly { image: string }[]): Promise<Record<string, Uint8Array>> {
	const names = [...new Set(domains.map((domain) => domain.image))];
	return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await loadImage(name)] as const)));
}
