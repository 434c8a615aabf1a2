/** The scene that was shown before the present one, whichever run it is of: pictures mark what changed since. Call while a component starts. */
import type { Scene } from './scene';

export function earlierThan(scene: () => Scene | null): { readonly scene: Scene | null } {
	let previous: Scene | null = null;
	let earlier: Scene | null = $state.raw(null);
	$effect(() => {
		const now = scene();
		if (now === previous) return;
		earlier = previous;
		previous = now;
	});
	return {
		get scene() {
			return earlier;
		}
	};
}
