/** What all pictures share. */
import type { ViewWords } from '../../views';

export const SHARED: ViewWords['shared'] = {
	tones: { user: 'user process', kernel: 'guest kernel', xen: 'hypervisor', hw: 'hardware' },
	domains: { idle: 'idle', xen: 'Xen', io: 'I/O memory', invalid: 'free' },
	vcpu: '{dom} vcpu {vcpu}',
	twin: { list: '{title}, as text', button: '{title} as text', showText: 'Text', showPicture: 'Picture' },
	rows: {
		unnamed: 'what',
		heardChanged: ', changed',
		bitChanged: ' changed',
		cell: '{column} {cell}',
		changed: '{row} (changed)'
	},
	whoMaps: 'Who maps frame {frame}?',
	bits: 'Bits of the chosen entry'
};
