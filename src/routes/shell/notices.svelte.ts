/** What the site has to say beside the page: short, calm, and gone when dismissed or when its cause is. */
export interface Notice {
	/** One notice of a kind is shown at a time. */
	readonly id: 'kept' | 'part' | 'version' | 'recording';
	readonly text: string;
	/** A page of the site, from its root. */
	readonly link?: { readonly name: string; readonly path: string };
	readonly action?: { readonly name: string; run(): void };
}

class Notices {
	list: readonly Notice[] = $state.raw([]);
	/** Kinds that were dismissed are not shown again on this page. */
	readonly #dismissed = new Set<Notice['id']>();

	show(notice: Notice): void {
		if (this.#dismissed.has(notice.id)) return;
		this.list = [...this.list.filter(({ id }) => id !== notice.id), notice];
	}

	/** Its cause is gone. */
	clear(id: Notice['id']): void {
		this.list = this.list.filter((notice) => notice.id !== id);
	}

	dismiss(id: Notice['id']): void {
		this.#dismissed.add(id);
		this.clear(id);
	}
}

export const notices = new Notices();
