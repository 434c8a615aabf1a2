/**
 * A Firefox as its distributor ships it, driven by WebDriver BiDi (https://w3c.github.io/webdriver-bidi/), which it speaks by itself: one page,
 * asked and ordered about.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';

/** How long a Firefox may take to start, and an order to be carried out, milliseconds. */
const START_MS = 30_000;
const ORDER_MS = 30_000;

/** Without what asks the network, or the screen, for anything. */
const PREFERENCES: Readonly<Record<string, string | number | boolean>> = {
	'browser.shell.checkDefaultBrowser': false,
	'browser.startup.homepage_override.mstone': 'ignore',
	'datareporting.policy.dataSubmissionEnabled': false,
	'toolkit.telemetry.reportingpolicy.firstRun': false,
	'app.update.enabled': false,
	'extensions.update.enabled': false,
	'network.captive-portal-service.enabled': false,
	'network.connectivity-service.enabled': false,
	'services.settings.server': 'data:,#remote-settings-dummy/v1'
};

interface Message {
	id?: number;
	type: 'success' | 'error' | 'event';
	method?: string;
	result?: unknown;
	params?: { level?: string; text?: string; source?: { realm?: string } };
	message?: string;
}

export class Firefox {
	/** What the page logged as an error. */
	readonly errors: string[] = [];
	private socket!: WebSocket;
	private page = '';
	private orders = 0;
	private readonly waiting = new Map<number, (message: Message) => void>();

	private constructor(
		private readonly child: ChildProcess,
		private readonly profile: string
	) {}

	/** Starts one with a profile of its own. `preload` is a function that each page runs first. */
	static async start(path: string, preload = '() => {}'): Promise<Firefox> {
		const profile = mkdtempSync(join(tmpdir(), 'ringside-firefox-'));
		const lines = Object.entries(PREFERENCES).map(([name, value]) => `user_pref("${name}", ${JSON.stringify(value)});`);
		writeFileSync(join(profile, 'user.js'), lines.join('\n'));
		const child = spawn(path, ['--headless', '--no-remote', '--profile', profile, '--remote-debugging-port', '0'], {
			stdio: ['ignore', 'ignore', 'pipe'],
			env: { ...process.env, MOZ_HEADLESS: '1', HOME: profile }
		});
		const it = new Firefox(child, profile);
		try {
			await it.connect(await it.address());
			await it.send('session.new', { capabilities: {} });
			await it.send('session.subscribe', { events: ['log.entryAdded'] });
			await it.send('script.addPreloadScript', { functionDeclaration: preload });
			const { contexts } = (await it.send('browsingContext.getTree', {})) as { contexts: { context: string }[] };
			it.page = contexts[0].context;
			return it;
		} catch (error) {
			await it.close();
			throw error;
		}
	}

	private address(): Promise<string> {
		return new Promise((resolve, reject) => {
			let said = '';
			const late = setTimeout(() => reject(new Error(`Firefox did not start: ${said}`)), START_MS);
			this.child.once('error', reject);
			this.child.once('exit', (code) => reject(new Error(`Firefox ended with ${code}: ${said}`)));
			this.child.stderr!.on('data', (chunk: Buffer) => {
				said += chunk.toString();
				const found = /WebDriver BiDi listening on (ws:\/\/\S+)/.exec(said);
				if (!found) return;
				clearTimeout(late);
				resolve(`${found[1]}/session`);
			});
		});
	}

	private async connect(url: string): Promise<void> {
		this.socket = new WebSocket(url);
		await new Promise<void>((resolve, reject) => {
			this.socket.once('open', resolve);
			this.socket.once('error', reject);
		});
		this.socket.on('message', (data: Buffer) => this.hear(JSON.parse(data.toString()) as Message));
	}

	private hear(message: Message): void {
		if (message.id !== undefined) this.waiting.get(message.id)?.(message);
		else if (message.method === 'log.entryAdded' && message.params?.level === 'error')
			this.errors.push(message.params.text ?? '');
	}

	private send(method: string, params: object): Promise<unknown> {
		const id = ++this.orders;
		return new Promise((resolve, reject) => {
			const late = setTimeout(() => reject(new Error(`${method} was not answered`)), ORDER_MS);
			this.waiting.set(id, ({ type, result, message }) => {
				clearTimeout(late);
				this.waiting.delete(id);
				if (type === 'success') resolve(result);
				else reject(new Error(`${method}: ${message}`));
			});
			this.socket.send(JSON.stringify({ id, method, params }));
		});
	}

	async size(width: number, height: number): Promise<void> {
		await this.send('browsingContext.setViewport', { context: this.page, viewport: { width, height } });
	}

	async go(url: string): Promise<void> {
		await this.send('browsingContext.navigate', { context: this.page, url, wait: 'complete' });
	}

	/** The value of an expression in the page, as JSON gives it. */
	async ask<T>(expression: string): Promise<T> {
		const answer = (await this.send('script.evaluate', {
			expression: `(async () => JSON.stringify(await (${expression})) ?? 'null')()`,
			target: { context: this.page },
			awaitPromise: true
		})) as { type: string; result?: { value: string }; exceptionDetails?: { text: string } };
		if (answer.type !== 'success') throw new Error(`${expression}: ${answer.exceptionDetails?.text}`);
		return JSON.parse(answer.result!.value) as T;
	}

	/** Waits until an expression holds, and gives it. */
	async until<T>(what: string, expression: string, milliseconds = 20_000): Promise<T> {
		const end = Date.now() + milliseconds;
		for (;;) {
			const value = await this.ask<T>(expression);
			if (value) return value;
			if (Date.now() > end) throw new Error(`waited in vain for: ${what}`);
			await new Promise((resolve) => setTimeout(resolve, 60));
		}
	}

	/** Clicks into the middle of what an expression gives. */
	async click(element: string): Promise<void> {
		const { x, y } = await this.ask<{ x: number; y: number }>(
			`(async () => { const found = ${element}; if (!found) throw new Error('nothing to click'); ` +
				`found.scrollIntoView({ block: 'center', behavior: 'instant' }); await new Promise(requestAnimationFrame); ` +
				`const { left, top, width, height } = found.getBoundingClientRect(); ` +
				`return { x: Math.round(left + width / 2), y: Math.round(top + height / 2) }; })()`
		);
		const actions = [
			{ type: 'pointerMove', x, y },
			{ type: 'pointerDown', button: 0 },
			{ type: 'pointerUp', button: 0 }
		];
		await this.perform({ type: 'pointer', id: 'mouse', parameters: { pointerType: 'mouse' }, actions });
	}

	/** Types keys, one after another. */
	async type(text: string): Promise<void> {
		const actions = [...text].flatMap((value) => [
			{ type: 'keyDown', value },
			{ type: 'keyUp', value }
		]);
		await this.perform({ type: 'key', id: 'keyboard', actions });
	}

	private async perform(source: object): Promise<void> {
		await this.send('input.performActions', { context: this.page, actions: [source] });
	}

	/** What is in sight, as PNG. */
	async picture(): Promise<Buffer> {
		const { data } = (await this.send('browsingContext.captureScreenshot', { context: this.page })) as { data: string };
		return Buffer.from(data, 'base64');
	}

	async close(): Promise<void> {
		this.socket?.terminate();
		const gone = new Promise<void>((resolve) => this.child.once('exit', () => resolve()));
		if (this.child.exitCode === null) {
			this.child.kill();
			await gone;
		}
		rmSync(this.profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
	}
}
