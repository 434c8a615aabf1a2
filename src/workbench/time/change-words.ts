/** A change of the past in words: for the page, the log and the files. It knows nothing of the machine. */
import { hex, hex8 } from '../../base';
import type { Change } from '../log';

const times = (count: number): string => (count === 1 ? 'once' : `${count} times`);
const next = (count: number, what: string): string => (count === 1 ? `the next ${what}` : `the next ${count} ${what}s`);

/** Most bytes that are spelled out. */
const SHOWN = 8;

function bytesText(bytes: readonly number[]): string {
	const shown = bytes.slice(0, SHOWN).map((byte) => byte.toString(16).padStart(2, '0'));
	return `${shown.join(' ')}${bytes.length > SHOWN ? ` … (${bytes.length} bytes)` : ''}`;
}

/** One line without a final stop: `eax becomes 0x5`. */
export function describeChange(change: Change): string {
	switch (change.kind) {
		case 'register':
			return `${change.name} becomes ${hex(change.value)}`;
		case 'memory':
			return `memory at ${change.space} 0x${hex8(change.address)} becomes ${bytesText(change.bytes)}`;
		case 'pte':
			return `entry ${change.index} of the page table in frame ${hex(change.mfn)} becomes 0x${hex8(change.high)}${hex8(change.low)}`;
		case 'port':
			return `port ${change.port} of dom${change.dom} is ${change.set ? '' : 'not '}${change.bit}`;
		case 'skip_check':
			return `the question ${change.check} is answered yes, ${times(change.times)}`;
		case 'skip_flush':
			return `${next(change.times, 'TLB flush').replace(/flushs/, 'flushes')} ${change.times === 1 ? 'does' : 'do'} not happen`;
		case 'drop_event':
			return `${next(change.times, 'event')} for port ${change.port} of dom${change.dom} ${change.times === 1 ? 'is' : 'are'} lost`;
	}
}
