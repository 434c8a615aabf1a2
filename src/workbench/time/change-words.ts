/** A change of the past in words: for the page, the log and the files. It knows nothing of the machine. */
import { hex, hex8 } from '../../base';
import type { Change } from '../log';
import { words } from '../../words';
import { words as late } from '../../words/late';
import { counted } from '../../words/plural';
import { fill } from '../../words/template';

const said = late.changes;

/** Most bytes that are spelled out. */
const SHOWN = 8;

function bytesText(bytes: readonly number[]): string {
	const shown = bytes.slice(0, SHOWN).map((byte) => byte.toString(16).padStart(2, '0'));
	const told = shown.join(' ');
	return bytes.length > SHOWN ? counted(said.bytes, bytes.length, { bytes: told }) : told;
}

const domText = (dom: number): string => fill(words.names.domain, { dom });

/** What becomes of a port's bit. */
const PORT_BITS = {
	pending: [said.pendingCleared, said.pendingSet],
	masked: [said.maskedCleared, said.maskedSet]
} as const;

/** One line without a final stop: `eax becomes 0x5`. */
export function describeChange(change: Change): string {
	switch (change.kind) {
		case 'register':
			return fill(said.register, { name: change.name, value: hex(change.value) });
		case 'memory':
			return fill(said.memory, {
				space: late.who.spaces[change.space],
				address: `0x${hex8(change.address)}`,
				bytes: bytesText(change.bytes)
			});
		case 'pte':
			return fill(said.pte, {
				index: change.index,
				frame: hex(change.mfn),
				value: `0x${hex8(change.high)}${hex8(change.low)}`
			});
		case 'port':
			return fill(PORT_BITS[change.bit][change.set ? 1 : 0], { port: change.port, dom: domText(change.dom) });
		case 'skip_check':
			return counted(said.check, change.times, { check: change.check });
		case 'turn_answer':
			return counted(said.turn, change.nth, { check: change.check });
		case 'skip_flush':
			return counted(said.flush, change.times);
		case 'drop_event':
			return counted(said.event, change.times, { port: change.port, dom: domText(change.dom) });
	}
}
