/**
 * Single-key commands. A page binds a group while it is shown; `?` lists what is bound now. They are off
 * while the learner types, and can be switched off altogether (WCAG 2.2, 2.1.4).
 */
import { onMount } from 'svelte';
import { load, save } from './stored';

export interface KeyBinding {
	/** As `KeyboardEvent.key`, letters in lower case. */
	readonly key: string;
	readonly does: string;
	run(event: KeyboardEvent): void;
}

export interface KeyGroup {
	readonly title: string;
	readonly bindings: readonly KeyBinding[];
}

const typing = (target: EventTarget | null): boolean =>
	target instanceof HTMLElement &&
	(target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) &&
	!(target instanceof HTMLInputElement && /^(radio|checkbox|button|range)$/.test(target.type));

class Keys {
	/** Whether single keys act. Remembered. */
	on = $state(true);
	/** Groups bound now, the newest last. */
	groups: KeyGroup[] = $state.raw([]);
	helpOpen = $state(false);

	restore(): void {
		this.on = load('keys', true);
	}

	switch(on: boolean): void {
		this.on = on;
		save('keys', on);
	}

	/** Binds a group until the returned function is called. */
	bind(group: KeyGroup): () => void {
		this.groups = [...this.groups, group];
		return () => (this.groups = this.groups.filter((other) => other !== group));
	}

	/** Runs what a key press is bound to; the newest group wins. */
	press(event: KeyboardEvent): void {
		if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
		if (event.key === '?') {
			event.preventDefault();
			this.helpOpen = !this.helpOpen;
			return;
		}
		if (!this.on || this.helpOpen) return;
		const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
		// A focused button keeps the keys that press it.
		if (
			(key === ' ' || key === 'Enter') &&
			event.target instanceof HTMLElement &&
			event.target.closest('button,a,summary,[role=button]')
		)
			return;
		for (let index = this.groups.length - 1; index >= 0; index--) {
			const binding = this.groups[index].bindings.find((candidate) => candidate.key === key);
			if (!binding) continue;
			event.preventDefault();
			binding.run(event);
			return;
		}
	}
}

export const keys = new Keys();

/** Binds a group for as long as the component lives. */
export function useKeys(title: string, bindings: readonly KeyBinding[]): void {
	onMount(() => keys.bind({ title, bindings }));
}
