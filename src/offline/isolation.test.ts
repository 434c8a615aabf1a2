import { describe, expect, it } from 'vitest';
import { ISOLATION, isolated } from './isolation';

describe('an isolated answer', () => {
	it('says the same, with the headers', async () => {
		const given = new Response('words', { status: 404, headers: { 'content-type': 'text/html' } });
		const answer = isolated(given);
		expect([answer.status, answer.headers.get('content-type'), await answer.text()]).toEqual([
			404,
			'text/html',
			'words'
		]);
		for (const [name, value] of Object.entries(ISOLATION)) expect(answer.headers.get(name)).toBe(value);
	});

	it('may have no words, and is let alone where it leads elsewhere or must not be read', () => {
		expect(isolated(new Response(null, { status: 204 })).status).toBe(204);
		for (const given of [Response.redirect('http://site/a/'), Response.error()]) expect(isolated(given)).toBe(given);
	});
});
