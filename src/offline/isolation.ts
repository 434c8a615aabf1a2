/**
 * Pages that share nothing with pages of other sites may share memory with their workers: a browser lets them where these headers come
 * with the page, and wants them with the scripts of its workers, too (HTML, "cross-origin isolation"). Our own server sends them; elsewhere
 * the service worker adds them to what it gives out, so from the second visit on. Without them everything works, and takes more memory.
 */
export const ISOLATION: Readonly<Record<string, string>> = {
	'cross-origin-opener-policy': 'same-origin',
	'cross-origin-embedder-policy': 'require-corp'
};

/** An answer with these headers; one that cannot be made anew, or leads elsewhere, stays as it is. */
export function isolated(answer: Response): Response {
	if (answer.status === 0 || (answer.status >= 300 && answer.status < 400)) return answer;
	const { status, statusText, body } = answer;
	const headers = new Headers(answer.headers);
	for (const [name, value] of Object.entries(ISOLATION)) headers.set(name, value);
	return new Response(body, { status, statusText, headers });
}
