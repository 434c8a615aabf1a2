/** The cost table that the address of a lesson, or of an embed, asks for. */
import type { Player } from './player.svelte';

/** Makes the run with that table; an address that names none changes nothing, and what is wrong with one is told. */
export async function runAsAsked(player: Player, search: string): Promise<void> {
	if (player.status !== 'ready' || !/[?&](profile|costs)=/.test(search)) return;
	const { readSearch } = await import('../../costs/address');
	try {
		const asked = readSearch(search, player.usual);
		if (asked) await player.rerun(asked);
	} catch (error) {
		const why = error instanceof Error ? error.message : String(error);
		player.remark = `The cost table in the address cannot be read: ${why}${why.endsWith('?') ? '' : '.'} The lesson’s own is used.`;
	}
}
