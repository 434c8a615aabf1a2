/**
 * Keeps a version of the site, and gives files out of it. One cache a version; what two versions share is copied, not fetched again. The
 * list goes in last: a cache with a list is whole.
 */
import { isHashed, LIST, listedPath, totalBytes, type FileList, type ListedFile } from './list';
import type { Kept } from './messages';

const PREFIX = 'ringside-';
/** Files under way at a time: the page comes first. */
const AT_ONCE = 3;
/** What a page asks of the site, and not of what is kept. */
const NEVER_KEPT = /^(service-worker\.js|offline\.json|_app\/version\.json)$/;

/** What the keeper has of the browser. */
export interface World {
	readonly version: string;
	/** The root of the site, ends in `/`. */
	readonly scope: string;
	readonly caches: CacheStorage;
	fetch(url: string, options?: RequestInit): Promise<Response>;
	/** SHA-256, hexadecimal. */
	digest(bytes: ArrayBuffer): Promise<string>;
}

const WAYS = { ignoreVary: true, ignoreSearch: true } as const;

export class Keeper {
	constructor(private readonly world: World) {}

	private get name(): string {
		return PREFIX + this.world.version;
	}
	private url(path: string): string {
		return this.world.scope + path;
	}

	/**
	 * Fetches all that is not kept yet.
	 * @param progress is told how much of it is there, bytes
	 * @throws Error when something cannot be had or kept; the next attempt goes on from there
	 */
	async keep(progress: (done: number, of: number) => void): Promise<void> {
		const list = await this.fetchList();
		const cache = await this.world.caches.open(this.name);
		const others = await this.otherVersions();
		const of = totalBytes(list);
		let done = 0;
		const left = [...list.files];
		const work = async (): Promise<void> => {
			for (let file = left.shift(); file; file = left.shift()) {
				await this.keepOne(cache, file, others).catch((error: unknown) => {
					// Without one file the others are of no use now.
					left.length = 0;
					throw error;
				});
				progress((done += file.bytes), of);
			}
		};
		await Promise.all(Array.from({ length: AT_ONCE }, work));
		await cache.put(
			this.url(LIST),
			new Response(JSON.stringify(list), { headers: { 'content-type': 'application/json' } })
		);
	}

	private async fetchList(): Promise<FileList> {
		const answer = await this.world.fetch(this.url(LIST), { cache: 'no-store' });
		if (!answer.ok) throw new Error(`the list of files could not be fetched: ${answer.status}`);
		const list = (await answer.json()) as FileList;
		if (list.version !== this.world.version)
			throw new Error(`the list is of version ${list.version}, and this is ${this.world.version}`);
		return list;
	}

	private async keepOne(cache: Cache, file: ListedFile, others: readonly KeptVersion[]): Promise<void> {
		const url = this.url(file.path);
		if (await cache.match(url, WAYS)) return;
		for (const { cache: other, hashes } of others) {
			const same = hashes.get(file.path) === file.hash ? await other.match(url, WAYS) : undefined;
			if (same) return cache.put(url, same);
		}
		// What has its hash in its name may come from the browser's own cache, unless that is wrong; anything else is asked for anew.
		const ways: RequestCache[] = isHashed(file.path) ? ['default', 'reload'] : ['no-cache'];
		for (const cacheMode of ways) {
			const kept = await this.fetchOne(url, file, cacheMode);
			if (kept) return cache.put(url, kept);
		}
		throw new Error(`${file.path || 'the first page'} came otherwise than it was built`);
	}

	/** A file as the server has it; null where it is not the one that was built. */
	private async fetchOne(url: string, file: ListedFile, cache: RequestCache): Promise<Response | null> {
		const answer = await this.world.fetch(url, { cache, credentials: 'same-origin', priority: 'low' });
		if (!answer.ok) throw new Error(`${file.path || 'the first page'} could not be fetched: ${answer.status}`);
		const bytes = await answer.arrayBuffer();
		if ((await this.world.digest(bytes)) !== file.hash) return null;
		const headers = new Headers({ 'content-type': answer.headers.get('content-type') ?? 'application/octet-stream' });
		return new Response(bytes, { headers });
	}

	private async otherVersions(): Promise<KeptVersion[]> {
		const found: KeptVersion[] = [];
		for (const name of await this.versionNames()) {
			if (name === this.name) continue;
			const cache = await this.world.caches.open(name);
			const list = await this.listIn(cache);
			if (list) found.push({ cache, hashes: new Map(list.files.map(({ path, hash }) => [path, hash])) });
		}
		return found;
	}

	private async listIn(cache: Cache): Promise<FileList | null> {
		const answer = await cache.match(this.url(LIST), WAYS);
		return answer ? ((await answer.json()) as FileList) : null;
	}

	private async versionNames(): Promise<string[]> {
		return (await this.world.caches.keys()).filter((name) => name.startsWith(PREFIX));
	}

	async kept(): Promise<Kept> {
		const list = await this.listIn(await this.world.caches.open(this.name));
		return { version: this.world.version, bytes: list ? totalBytes(list) : 0, whole: list !== null };
	}

	/**
	 * What a request gets out of what is kept; null where that is for the network.
	 * A file that is asked for with `?v=` comes from that version; one with a hash in its name from whichever has it.
	 */
	async answer(request: Pick<Request, 'url' | 'method' | 'headers'>): Promise<Response | null> {
		const path = this.pathOf(request);
		if (path === null) return null;
		const asked = new URL(request.url).searchParams.get('v');
		const own = asked ? PREFIX + asked : this.name;
		const first = await this.find(own, path);
		if (first) return first;
		if (isHashed(path))
			for (const name of await this.versionNames()) {
				const found = name === own ? null : await this.find(name, path);
				if (found) return found;
			}
		// A page without its last slash.
		if (path && !path.endsWith('/') && (await this.find(own, `${path}/`))) {
			const { search } = new URL(request.url);
			return Response.redirect(this.url(`${path}/`) + search, 301);
		}
		return null;
	}

	private pathOf({ url, method, headers }: Pick<Request, 'url' | 'method' | 'headers'>): string | null {
		const { origin, pathname } = new URL(url);
		const scope = new URL(this.world.scope);
		if (method !== 'GET' || headers.has('range') || origin !== scope.origin) return null;
		if (!pathname.startsWith(scope.pathname)) return null;
		const path = listedPath(decodeURI(pathname.slice(scope.pathname.length)));
		return NEVER_KEPT.test(path) ? null : path;
	}

	private async find(name: string, path: string): Promise<Response | null> {
		if (!(await this.world.caches.has(name))) return null;
		return (await (await this.world.caches.open(name)).match(this.url(path), WAYS)) ?? null;
	}

	/** Removes the versions that neither this worker nor a page uses. */
	async sweep(used: ReadonlySet<string>): Promise<void> {
		for (const name of await this.versionNames())
			if (name !== this.name && !used.has(name.slice(PREFIX.length))) await this.world.caches.delete(name);
	}
}

interface KeptVersion {
	readonly cache: Cache;
	/** path -> hash. */
	readonly hashes: ReadonlyMap<string, string>;
}
