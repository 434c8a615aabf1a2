/** What all pictures share. */
import type { ViewWords } from '../../views';

export const SHARED: ViewWords['shared'] = {
	tones: { user: 'user process', kernel: 'guest kernel', xen: 'hypervisor', hw: 'hardware' },
	domains: { idle: 'idle', xen: 'Xen', io: 'I/O memory', invalid: 'free' },
	vcpu: '{dom} vcpu {vcpu}',
	twin: { list: '{title}, as text', button: '{title} as text', showText: 'Text', showPicture: 'Picture' }
};
