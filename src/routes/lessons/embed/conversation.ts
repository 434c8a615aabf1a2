/** The embed's side of the talk with the page that shows it: it carries out what is asked, and tells where it stands. */
import { lineOf } from '../../shell/trouble';
import type { EmbedPlayer } from './embed-player.svelte';
import { read, type Command, type Line, type Report, type Tag } from './protocol';

/** A theme for as long as the frame lives: nothing is kept. */
export function paint(theme: string): void {
	const { dataset } = document.documentElement;
	if (theme === 'light' || theme === 'dark') dataset.theme = theme;
	else delete dataset.theme;
}

export class Conversation {
	/** What was asked before the run was there. */
	private waiting: { command: Command; id?: Tag }[] = [];
	private begun = false;
	private told = '';

	constructor(
		private readonly player: EmbedPlayer,
		private readonly line: Line,
		/** A place that was lost is found again, or is lost: why. */
		private readonly lost: (reason: string) => void
	) {
		player.onanswer = (answered) => line.tell(answered);
	}

	/** A message has come, from whomever. */
	hear(event: Pick<MessageEvent, 'source' | 'origin' | 'data'>): void {
		if (!this.line.hears(event)) return;
		const heard = read(event.data);
		if (heard === null) return;
		if ('refused' in heard) this.fail(heard.refused, heard.id);
		else if (this.player.status === 'failed') this.fail(lineOf(this.player.trouble), heard.id);
		else if (!this.begun) this.waiting.push(heard);
		else this.obey(heard.command, heard.id);
	}

	/** The run is there. */
	begin(lesson: string): void {
		const { title, steps, names, run } = this.player;
		this.line.tell({
			says: 'ready',
			lesson,
			title,
			steps: steps.map(({ title, predictions }, index) => ({ step: index + 1, title, questions: [...predictions] })),
			moments: Object.entries(names.moments).map(([name, { is }]) => ({ name, is })),
			events: run.trace.length
		});
		this.begun = true;
		this.went();
		for (const { command, id } of this.waiting.splice(0)) this.obey(command, id);
	}

	fail(reason: string, id?: Tag): void {
		this.line.tell({ says: 'failed', reason }, id);
	}

	/** Tells where it stands: once for each place, but to who asked in any case. */
	went(always = false, id?: Tag): void {
		if (!this.begun) return;
		const standing = this.player.standing();
		const now = JSON.stringify(standing);
		if (!always && now === this.told) return;
		this.told = now;
		this.line.tell({ says: 'went', ...standing } satisfies Report, id);
	}

	private obey(command: Command, id?: Tag): void {
		const failure = this.carryOut(command);
		if (failure) return this.fail(failure, id);
		this.went(true, id);
	}

	/** @returns why it could not be done, or '' */
	private carryOut(command: Command): string {
		const { player } = this;
		switch (command.do) {
			case 'go': {
				const { step = 0, moment = '', event = -1 } = command;
				return this.arrive(player.go({ step, moment, event }));
			}
			case 'ask':
				return this.arrive(player.putQuestion(command.step ?? player.step));
			case 'play':
				if (!player.run.playing) player.run.play();
				return '';
			case 'stop':
				player.run.stop();
				return '';
			case 'show':
				player.pictures = command.pictures;
				player.run.choose(player.run.seq, true);
				return '';
			case 'theme':
				paint(command.theme);
				return '';
			case 'where':
				return '';
		}
	}

	/** What a place asked for by a message means for what is shown: a failure leaves everything as it was. */
	private arrive(failure: string): string {
		if (!failure) this.lost('');
		return failure;
	}
}
