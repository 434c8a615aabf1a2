/** The built site on a server of its own, below a path, that can be changed and switched off: for what happens between versions and without a network. */
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileList } from '../scripts/site.mjs';

export const BUILD = 'build';

const TYPES: Readonly<Record<string, string>> = {
	'.html': 'text/html',
	'.js': 'text/javascript',
	'.css': 'text/css',
	'.json': 'application/json',
	'.wasm': 'application/wasm',
	'.svg': 'image/svg+xml'
};

export class SiteServer {
	/** What is served; it may be changed while pages are open. */
	folder = BUILD;
	/** Paths that are not there. */
	readonly missing = new Set<string>();
	private server: Server | null = null;
	private port = 0;

	constructor(private readonly path = '/a/course/') {}

	get url(): string {
		return `http://127.0.0.1:${this.port}${this.path}`;
	}

	async start(): Promise<this> {
		this.server = createServer((request, response) => {
			const file = this.fileOf(new URL(request.url ?? '/', 'http://site').pathname);
			if (!file) return void response.writeHead(404, { 'content-type': 'text/plain' }).end('not here');
			response.writeHead(200, {
				'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
				'cache-control': 'no-cache'
			});
			response.end(readFileSync(file));
		});
		await new Promise<void>((resolve) => this.server!.listen(this.port, '127.0.0.1', resolve));
		this.port = (this.server.address() as AddressInfo).port;
		return this;
	}

	/** From now on nobody answers. */
	async stop(): Promise<void> {
		const { server } = this;
		this.server = null;
		server?.closeAllConnections();
		await new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()));
	}

	private fileOf(pathname: string): string | null {
		if (!pathname.startsWith(this.path)) return null;
		const path = decodeURI(pathname.slice(this.path.length));
		if (this.missing.has(path)) return null;
		const file = join(this.folder, path, path === '' || path.endsWith('/') ? 'index.html' : '');
		return statSync(file, { throwIfNoEntry: false })?.isFile() ? file : null;
	}
}

/** `x.AbCdEf12.js`: what stands between the dots tells what is in the file. */
const HASH = /_app\/immutable\/.*[.-]([\w-]{8})\.js$/;

/**
 * New names for the scripts that differ between two versions: those that hold the version, and those that name such a script.
 * @returns hash in the name -> another one
 */
function renamed(texts: ReadonlyMap<string, string>, version: string): Map<string, string> {
	const names = new Map<string, string>();
	const holds = (text: string): boolean =>
		text.includes(version) || [...names.keys()].some((hash) => text.includes(hash));
	for (let before = -1; before !== names.size;) {
		before = names.size;
		for (const [name, text] of texts) {
			const hash = HASH.exec(name)?.[1];
			if (hash && holds(text)) names.set(hash, hash.split('').reverse().join(''));
		}
	}
	return names;
}

/** The policy of a page, with the hashes of its scripts as they are now. */
function withHashes(html: string): string {
	const hashes = [...html.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(
		([, text]) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
	);
	return html.replace(/( 'sha256-[^']+')+/, ` ${hashes.join(' ')}`);
}

/** A copy of the build as another version of the site, in which `change` has been made. It is removed by `drop`. */
export function otherVersion(version: string, change: (folder: string) => void): { folder: string; drop(): void } {
	const folder = mkdtempSync(join(tmpdir(), 'ringside-site-'));
	cpSync(BUILD, folder, { recursive: true });
	const now = (JSON.parse(readFileSync(join(folder, 'offline.json'), 'utf8')) as { version: string }).version;
	const texts = new Map(
		readdirSync(folder, { recursive: true, encoding: 'utf8' })
			.filter((name) => /\.(js|json|html)$/.test(name))
			.map((name) => [name, readFileSync(join(folder, name), 'utf8')] as const)
	);
	const names = renamed(texts, now);
	const asOther = (text: string): string =>
		[...names].reduce((so, [from, to]) => so.replaceAll(from, to), text.replaceAll(now, version));
	for (const [name, text] of texts) {
		const changed = name.endsWith('.html') ? withHashes(asOther(text)) : asOther(text);
		if (asOther(name) !== name) rmSync(join(folder, name));
		writeFileSync(join(folder, asOther(name)), changed);
	}
	change(folder);
	writeFileSync(join(folder, 'offline.json'), JSON.stringify(fileList(folder, version)));
	return { folder, drop: () => rmSync(folder, { recursive: true }) };
}
