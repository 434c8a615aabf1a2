/** The real GDB drives guests, forward and back. Each scene is a server of its own. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { served, type ServedRun } from '../cli/testing';
import { hasGrub } from '../workbench/testing';
import { echo, grub, pocket, two, type Row, type Scene } from './scenes';
import { Client, GDB, gdb } from './testing';

/** What stands between the marks of a section. */
function between(text: string, name: string): string {
	const from = text.indexOf(`<${name}>\n`);
	const to = text.indexOf(`</${name}>\n`);
	expect(from >= 0 && to > from, `section ${name} in:\n${text}`).toBe(true);
	return text.slice(from + name.length + 3, to);
}

function check(text: string, { says = [], equal = [] }: Row): void {
	const lines = text.split('\n');
	let at = 0;
	for (const wanted of says) {
		const found = lines.findIndex(
			(line, index) => index >= at && (typeof wanted === 'string' ? line.includes(wanted) : wanted.test(line))
		);
		expect(found, `${String(wanted)} is said after line ${at} of:\n${text}`).toBeGreaterThanOrEqual(0);
		at = found + 1;
	}
	for (const [a, b] of equal) {
		expect(between(text, b), `${a} and ${b}`).toBe(between(text, a));
		expect(between(text, a).length).toBeGreaterThan(10);
	}
}

/** A server for a scene, and its scripts one after another. */
const play =
	({ words, rows }: Scene) =>
	(): void => {
		let server: ServedRun;
		beforeAll(async () => {
			server = await served(words);
		});
		afterAll(async () => {
			const { code, stderr } = await server.stop();
			expect([code, stderr]).toEqual([0, '']);
		});

		it.each(rows.map((row) => [row.what, row] as const))('%s', async (_what, row) =>
			check(await gdb(server.port, row.script), row)
		);
	};

describe.runIf(GDB !== '')('gdb on pocket', play(pocket));
describe.runIf(GDB !== '')('gdb on pocket with a keyboard', play(echo));
describe.runIf(GDB !== '')('gdb on two domains', play(two));
describe.runIf(GDB !== '' && hasGrub)('gdb on GRUB', play(grub));

describe('ringside gdb', () => {
	it('is stopped by 0x03 in the middle of a long run, and serves the next client', async () => {
		const server = await served(['pocket', '--cmdline', 'run=spin']);
		try {
			const client = await Client.open(server.port);
			await client.ask('QStartNoAckMode');
			client.send('$vCont;c#a8\x03');
			expect(await client.reply()).toMatch(/^T02thread:65;/);
			const stopped = await client.ask('g');
			expect(await client.ask('vCont;s:65')).toMatch(/^T05thread:65;/);
			expect(await client.ask('bs')).toMatch(/^T05thread:65;/);
			expect(await client.ask('g')).toBe(stopped);
			await client.close();
			const next = await Client.open(server.port);
			expect(await next.ask('g')).toBe(stopped);
			await next.close();
		} finally {
			expect((await server.stop()).code).toBe(0);
		}
	});
});
