/** The keys that move in a run and in its score: the same on a lesson's page and in an embed. */
import { KIND } from '../../../trace/events';
import { useKeys } from '../../shell/keys.svelte';
import type { Player } from './player.svelte';

export function useRunKeys(player: Player): void {
	useKeys('The run', [
		{ key: ',', does: 'one event back', run: () => player.stage.stepEvent(-1) },
		{ key: '.', does: 'one event on', run: () => player.stage.stepEvent(1) },
		{ key: 'h', does: 'next hypercall', run: () => player.stage.seek(KIND.hypercall) },
		{ key: '[', does: 'to the cause of this event', run: () => player.stage.toCause() },
		{ key: ']', does: 'to what this event caused', run: () => player.stage.toEffect() },
		{ key: 't', does: 'all pictures as text, or as pictures', run: () => (player.asText = !player.asText) }
	]);
	const about = () => (player.stage.seq >= 0 ? player.stage.cycle : player.stage.end / 2);
	useKeys('The score', [
		{ key: 'w', does: 'closer', run: () => player.stage.viewport.zoom(0.6, about()) },
		{ key: 's', does: 'farther', run: () => player.stage.viewport.zoom(1 / 0.6, about()) },
		{ key: 'a', does: 'earlier', run: () => player.stage.viewport.pan(-0.25) },
		{ key: 'd', does: 'later', run: () => player.stage.viewport.pan(0.25) },
		{ key: '0', does: 'the whole run', run: () => player.stage.viewport.showAll() }
	]);
}
