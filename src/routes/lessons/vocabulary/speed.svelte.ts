/** How fast a run is played: one setting for all lessons, remembered. */
import { load, save } from '../../shell/stored';

export const SPEEDS = [0.5, 1, 2, 4] as const;

const KEY = 'play-speed';

class Speed {
	times = $state(1);

	/** What was chosen on an earlier visit. Call in the browser. */
	restore(): void {
		const kept = load<number>(KEY, 1);
		this.times = SPEEDS.find((each) => each === kept) ?? 1;
	}

	choose(times: number): void {
		this.times = times;
		save(KEY, times);
	}
}

export const speed = new Speed();
