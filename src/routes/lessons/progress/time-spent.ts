/** Keeps the time spent on a lesson while its page is shown. */
import { now, stamp } from '../../shell/clock';
import { keepVisit } from '../vocabulary/progress';
import { Attention } from './attention';

/** What the browser tells of a learner who is there. */
const SIGNS = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'scroll', 'touchstart'];

/** How often it is kept, ms. */
const EVERY = 15_000;

/** Counts until the returned function is called. In the browser. */
export function watchTime(lesson: string): () => void {
	const from = stamp();
	const attention = new Attention(now());
	let kept = 0;
	const keep = () => {
		const seconds = attention.seconds(now());
		if (seconds > kept) keepVisit(lesson, { from, seconds: (kept = seconds) });
	};
	const use = () => attention.use(now());
	const show = () => {
		attention.show(document.visibilityState === 'visible', now());
		keep();
	};
	for (const sign of SIGNS) addEventListener(sign, use, { passive: true, capture: true });
	document.addEventListener('visibilitychange', show);
	addEventListener('pagehide', keep);
	const timer = setInterval(keep, EVERY);
	return () => {
		keep();
		clearInterval(timer);
		for (const sign of SIGNS) removeEventListener(sign, use, { capture: true });
		document.removeEventListener('visibilitychange', show);
		removeEventListener('pagehide', keep);
	};
}
