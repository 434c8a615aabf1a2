/** Whether something that a learner would miss could not be kept; that is said once, and the page works on. */
import { notices } from './notices.svelte';

class Storage {
	#refused = $state(false);

	get refused(): boolean {
		return this.#refused;
	}
	set refused(refused: boolean) {
		if (refused && !this.#refused)
			notices.show({
				id: 'kept',
				text: 'Your progress cannot be kept here: this browser gives the site no storage. It lasts until the page is closed or loaded anew.',
				link: { name: 'Export it', path: '/lessons/#your-progress' }
			});
		this.#refused = refused;
	}
}

export const storage = new Storage();
