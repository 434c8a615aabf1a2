import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { Keeper, type World } from './keeper';
import { LIST } from './list';

const SCOPE = 'https://school.example/course/ringside/';
const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/** What a browser keeps, as far as a keeper uses it. */
class FakeCache {
	readonly kept = new Map<string, Response>();
	constructor(private readonly room: { left: number }) {}
	match(url: string): Promise<Response | undefined> {
		return Promise.resolve(this.kept.get(url.split('?')[0])?.clone());
	}
	async put(url: string, answer: Response): Promise<void> {
		this.room.left -= (await answer.clone().arrayBuffer()).byteLength;
		if (this.room.left < 0) throw new DOMException('no room', 'QuotaExceededError');
		this.kept.set(url, answer);
	}
}
class FakeCaches {
	readonly all = new Map<string, FakeCache>();
	readonly room = { left: 1e9 };
	keys = () => Promise.resolve([...this.all.keys()]);
	has = (name: string) => Promise.resolve(this.all.has(name));
	delete = (name: string) => Promise.resolve(this.all.delete(name));
	open(name: string): Promise<FakeCache> {
		const cache = this.all.get(name) ?? new FakeCache(this.room);
		this.all.set(name, cache);
		return Promise.resolve(cache);
	}
}

type Site = Record<string, string>;
const PAGE = {
	'': 'home',
	'lessons/one/': 'lesson one',
	'_app/immutable/x.abc.js': 'script',
	'lessons/one/recording.trace': 'rec'
};

let caches: FakeCaches;
let fetched: { path: string; cache?: string }[];

function keeperOf(version: string, site: Site, listed: Site = site, listVersion = version): Keeper {
	const list = {
		version: listVersion,
		files: Object.entries(listed).map(([path, text]) => ({ path, hash: hashOf(text), bytes: text.length }))
	};
	const world: World = {
		version,
		scope: SCOPE,
		caches: caches as unknown as CacheStorage,
		fetch: (url, options) => {
			const path = url.slice(SCOPE.length);
			if (path === LIST) return Promise.resolve(Response.json(list));
			fetched.push({ path, cache: options?.cache });
			return Promise.resolve(path in site ? new Response(site[path]) : new Response('', { status: 404 }));
		},
		digest: async (bytes) => createHash('sha256').update(new Uint8Array(bytes)).digest('hex')
	};
	return new Keeper(world);
}

const asked = (path: string, options?: RequestInit) => new Request(SCOPE + path, options);
const textOf = async (keeper: Keeper, path: string) => (await keeper.answer(asked(path)))?.text() ?? null;

beforeEach(() => {
	caches = new FakeCaches();
	fetched = [];
});

describe('a keeper of the site', () => {
	it('keeps every file of the list, and then says that it is whole', async () => {
		const keeper = keeperOf('1', PAGE);
		expect(await keeper.kept()).toEqual({ version: '1', bytes: 0, whole: false });
		const told: number[] = [];
		await keeper.keep((done, of) => told.push(done / of));
		expect(told).toHaveLength(4);
		expect(told.at(-1)).toBe(1);
		expect((await keeper.kept()).whole).toBe(true);
		for (const [path, text] of Object.entries(PAGE)) expect(await textOf(keeper, path)).toBe(text);
	});

	it('takes files with a hash in their name from the browser’s cache, and asks for others anew', async () => {
		await keeperOf('1', PAGE).keep(() => {});
		expect(fetched.find(({ path }) => path.startsWith('_app/immutable'))?.cache).toBe('default');
		expect(fetched.find(({ path }) => path === 'lessons/one/')?.cache).toBe('no-cache');
	});

	it('gives a page by each of its addresses, whatever they ask it', async () => {
		const keeper = keeperOf('1', PAGE);
		await keeper.keep(() => {});
		expect(await textOf(keeper, 'lessons/one/index.html')).toBe('lesson one');
		expect(await textOf(keeper, 'lessons/one/?embed&step=2')).toBe('lesson one');
		const short = await keeper.answer(asked('lessons/one?embed'));
		expect(short?.status).toBe(301);
		expect(short?.headers.get('location')).toBe(`${SCOPE}lessons/one/?embed`);
	});

	it('leaves to the network what is not of the site, and what tells of other versions', async () => {
		const keeper = keeperOf('1', { ...PAGE, '_app/version.json': '{}' });
		await keeper.keep(() => {});
		expect(await keeper.answer(asked('nowhere/'))).toBeNull();
		expect(await keeper.answer(asked('_app/version.json'))).toBeNull();
		expect(await keeper.answer(asked('', { method: 'POST' }))).toBeNull();
		expect(await keeper.answer(asked('', { headers: { range: 'bytes=0-1' } }))).toBeNull();
		expect(await keeper.answer(new Request('https://elsewhere.example/course/ringside/'))).toBeNull();
		expect(await keeper.answer(new Request('https://school.example/course/'))).toBeNull();
	});

	it('fetches only what a new version has changed', async () => {
		await keeperOf('1', PAGE).keep(() => {});
		fetched = [];
		const next = keeperOf('2', { ...PAGE, '': 'home again', 'more/': 'more' });
		await next.keep(() => {});
		expect(fetched.map(({ path }) => path).sort()).toEqual(['', 'more/']);
		expect(await textOf(next, '')).toBe('home again');
	});

	it('gives an open page the files of its own version', async () => {
		const old = keeperOf('1', { ...PAGE, '_app/immutable/gone.1.js': 'only in the old one' });
		await old.keep(() => {});
		const next = keeperOf('2', { ...PAGE, 'lessons/one/recording.trace': 'another run' });
		await next.keep(() => {});
		expect(await textOf(next, 'lessons/one/recording.trace?v=1')).toBe('rec');
		expect(await textOf(next, 'lessons/one/recording.trace?v=2')).toBe('another run');
		expect(await textOf(next, '_app/immutable/gone.1.js')).toBe('only in the old one');
	});

	it('sweeps what no page uses, and nothing of others', async () => {
		await caches.open('somebody else’s');
		for (const version of ['1', '2', '3']) await keeperOf(version, PAGE).keep(() => {});
		await keeperOf('3', PAGE).sweep(new Set(['2']));
		expect([...caches.all.keys()]).toEqual(['somebody else’s', 'ringside-2', 'ringside-3']);
	});

	it('is not whole when a file is missing, and goes on from there', async () => {
		const { '': home, ...rest } = PAGE;
		await expect(keeperOf('1', rest, PAGE).keep(() => {})).rejects.toThrow('the first page could not be fetched: 404');
		const again = keeperOf('1', PAGE);
		expect((await again.kept()).whole).toBe(false);
		fetched = [];
		await again.keep(() => {});
		expect(fetched.map(({ path }) => path)).toContain('');
		expect(fetched.length).toBeLessThan(4);
		expect(await textOf(again, '')).toBe(home);
	});

	it('keeps nothing that came otherwise than it was built', async () => {
		const spoiled = keeperOf('1', { ...PAGE, 'lessons/one/': 'with an advertisement' }, PAGE);
		await expect(spoiled.keep(() => {})).rejects.toThrow('lessons/one/ came otherwise than it was built');
		expect((await spoiled.kept()).whole).toBe(false);
	});

	it('keeps nothing of a list that belongs to another version', async () => {
		const mixed = keeperOf('1', PAGE, PAGE, '2');
		await expect(mixed.keep(() => {})).rejects.toThrow('the list is of version 2, and this is 1');
	});

	it('says when there is no room', async () => {
		caches.room.left = 8;
		await expect(keeperOf('1', PAGE).keep(() => {})).rejects.toThrow('no room');
	});
});
