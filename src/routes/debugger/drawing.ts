/**
 * When news of a run that goes on is drawn. News may come faster than the page can draw it: at most a third of the
 * time goes into drawing.
 */
import { tick } from 'svelte';

export class Drawing {
	private frame = 0;
	private after = 0;

	/** @param draw takes the newest news over into what the page shows */
	constructor(private readonly draw: () => void) {}

	/** Draws with the next frame that there is time for. */
	soon(): void {
		if (this.frame) return;
		this.frame = requestAnimationFrame(() => void this.inFrame());
	}

	private async inFrame(): Promise<void> {
		this.frame = 0;
		const began = performance.now();
		if (began < this.after) return this.soon();
		this.draw();
		await tick();
		const ended = performance.now();
		this.after = ended + 2 * (ended - began);
	}

	now(): void {
		this.stop();
		this.draw();
	}

	stop(): void {
		if (this.frame) cancelAnimationFrame(this.frame);
		this.frame = 0;
	}
}
