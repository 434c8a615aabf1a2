/** Light, dark, or what the system says. `app.html` applies the remembered choice before the first paint. */
const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const KEY = 'ringside.theme';

class ThemeChoice {
	now: Theme = $state('system');

	/** Reads the remembered choice; call in the browser. */
	restore(): void {
		const kept = document.documentElement.dataset.theme;
		this.now = kept === 'light' || kept === 'dark' ? kept : 'system';
	}

	set(theme: Theme): void {
		this.now = theme;
		if (theme === 'system') delete document.documentElement.dataset.theme;
		else document.documentElement.dataset.theme = theme;
		try {
			if (theme === 'system') localStorage.removeItem(KEY);
			else localStorage.setItem(KEY, theme);
		} catch {
			// Storage is off: the choice lasts as long as the page.
		}
	}

	/** The next one in the order of THEMES. */
	turn(): void {
		this.set(THEMES[(THEMES.indexOf(this.now) + 1) % THEMES.length]);
	}
}

export const theme = new ThemeChoice();
