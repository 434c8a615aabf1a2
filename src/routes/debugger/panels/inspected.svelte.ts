/**
 * What a panel asks of each moment: asked anew when the moment is another, kept beside what it was a moment before. A panel
 * that is not shown is not there, so it asks for nothing.
 */
import { lineOf } from '../../shell/trouble';
import { untrack } from 'svelte';
import type { MomentState } from '../../../moments';
import type { RunClient } from '../../../workbench/worker/client';
import type { Desk } from '../desk.svelte';

/** An answer, and the one before it; both null before the first. */
export class Inspected<T> {
	now: T | null = $state.raw(null);
	/** The same question's answer at the moment shown before this one, or null where that is not known. */
	before: T | null = $state.raw(null);
	/** Why there is no answer, or ''. */
	problem = $state('');
	#moment: MomentState | null = null;
	#key = '';
	#asked = 0;

	/**
	 * To be made while a component is made.
	 * @param of whose moment
	 * @param question what to ask, with a key that tells questions apart; null to ask nothing
	 */
	constructor(of: () => Desk, question: () => { key: string; ask: (client: RunClient) => Promise<T> } | null) {
		$effect(() => {
			const desk = of();
			const { client, moment } = desk;
			const asked = question();
			if (!client || !moment || !asked) return;
			untrack(() => void this.#inspect(desk, client, moment, asked));
		});
	}

	async #inspect(
		desk: Desk,
		client: RunClient,
		moment: MomentState,
		{ key, ask }: { key: string; ask: (client: RunClient) => Promise<T> }
	): Promise<void> {
		const ticket = ++this.#asked;
		try {
			const answer = await ask(client);
			if (ticket !== this.#asked || client !== desk.client) return;
			if (moment !== this.#moment || key !== this.#key)
				this.before = key === this.#key && desk.before !== null && desk.before === this.#moment ? this.now : null;
			this.now = answer;
			this.problem = '';
			this.#moment = moment;
			this.#key = key;
		} catch (error) {
			if (ticket !== this.#asked) return;
			this.problem = lineOf(error);
		}
	}
}

/** What an inspector of the table says at each moment. */
export const inspected = <T>(of: () => Desk, ask: (client: RunClient) => Promise<T>): Inspected<T> =>
	new Inspected(of, () => ({ key: '', ask }));
