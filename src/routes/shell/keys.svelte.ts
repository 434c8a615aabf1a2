/**
 * Keys that are commands. A page binds a group while it is shown; `?` lists what is bound now. Single characters are off
 * while the learner types, and can be switched off altogether (WCAG 2.2, 2.1.4); function keys and those with Ctrl are not.
 */
import { onMount } from 'svelte';
import { load, save } from './stored';

export interface KeyBinding {
	/** As `KeyboardEvent.key`: `h`, `H` with Shift, `F6`, `Shift+F6`, `Ctrl+k` (Cmd, too). */
	readonly key: string;
	readonly does: string;
	/** Whether it does anything now; always when left out. */
	when?(): boolean;
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

/** A key that types nothing: a function key, or one with Ctrl or Cmd. */
const isChord = (key: string): boolean => /^(Shift\+)?F\d+$|^Ctrl\+/.test(key);

/** A guest's terminal has the keyboard; only function keys that it gives away come here. */
const inTerminal = (target: EventTarget | null): boolean =>
	target instanceof Element && target.closest('.xterm') !== null;

/** Whether a window lies over the page that does not have the page's keys (`data-keys`): they would act on what cannot be reached. */
const inFront = (): boolean => document.querySelector('dialog:modal:not([data-keys])') !== null;

function nameOf(event: KeyboardEvent): string {
	const { key } = event;
	if (/^F\d+$/.test(key)) return event.shiftKey ? `Shift+${key}` : key;
	if (event.ctrlKey || event.metaKey) return `Ctrl+${key.toLowerCase()}`;
	if (key.length > 1) return key;
	// Caps Lock is not Shift.
	return event.shiftKey ? key.toUpperCase() : key.toLowerCase();
}

const KEY_NAMES: Readonly<Record<string, string>> = {
	' ': 'Space',
	ArrowLeft: '←',
	ArrowRight: '→',
	ArrowUp: '↑',
	ArrowDown: '↓'
};
const wordOf = (key: string): string => KEY_NAMES[key] ?? (key.length === 1 ? key.toUpperCase() : key);

/** A binding's key as it is written on keyboards: `H` is Shift and H, `Ctrl+k` its two parts. */
export const keyWords = (key: string): string[] =>
	/^[A-Z]$/.test(key) ? ['Shift', key] : key.length > 1 ? key.split('+').map(wordOf) : [wordOf(key)];

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
		if (event.defaultPrevented || event.altKey || (!this.helpOpen && inFront())) return;
		const name = nameOf(event);
		if (isChord(name)) {
			if (!this.helpOpen && !(inTerminal(event.target) && name.startsWith('Ctrl'))) this.run(name, event);
			return;
		}
		if (typing(event.target)) return;
		if (event.key === '?') {
			event.preventDefault();
			this.helpOpen = !this.helpOpen;
			return;
		}
		if (!this.on || this.helpOpen) return;
		// A focused button keeps the keys that press it; so does a box that is ticked, or an answer that is chosen.
		if (
			(name === ' ' || name === 'Enter') &&
			event.target instanceof HTMLElement &&
			event.target.closest('button,a,summary,input,[role=button]')
		)
			return;
		this.run(name, event);
	}

	private run(name: string, event: KeyboardEvent): void {
		const key = this.bound(name) ?? (name.length === 1 ? this.bound(name.toLowerCase()) : undefined);
		if (!key) return;
		event.preventDefault();
		if (key.when?.() ?? true) key.run(event);
	}

	private bound(name: string): KeyBinding | undefined {
		for (let index = this.groups.length - 1; index >= 0; index--) {
			const binding = this.groups[index].bindings.find(({ key }) => key === name);
			if (binding) return binding;
		}
		return undefined;
	}
}

export const keys = new Keys();

/** Binds a group for as long as the component lives. */
export function useKeys(title: string, bindings: readonly KeyBinding[]): void {
	onMount(() => keys.bind({ title, bindings }));
}
