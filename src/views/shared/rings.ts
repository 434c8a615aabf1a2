import { DOMID_IDLE, DOMID_INVALID, DOMID_IO, DOMID_XEN } from '../../abi/structs/xen';

export { DOMID_IDLE, DOMID_INVALID, DOMID_IO, DOMID_XEN };

/** Colour means ring. A picture names one of these tones; the tokens behind it differ by theme. */
export type Tone = 'user' | 'kernel' | 'xen' | 'hw';

/** The tone of a privilege level; rings 1 and 2 are a guest kernel's. */
export const toneOfRing = (ring: number): Tone => (ring === 3 ? 'user' : ring === 0 ? 'xen' : 'kernel');

export const TONE_NAMES: Record<Tone, string> = {
	user: 'user process',
	kernel: 'guest kernel',
	xen: 'hypervisor',
	hw: 'hardware'
};

/** How pictures call a domain. */
export const domainName = (dom: number): string =>
	dom === DOMID_IDLE
		? 'idle'
		: dom === DOMID_XEN
			? 'Xen'
			: dom === DOMID_IO
				? 'I/O memory'
				: dom === DOMID_INVALID
					? 'free'
					: `dom${dom}`;

/** The same with the vcpu, for all but a domain's first: most domains have no other. */
export const vcpuName = (dom: number, vcpu: number): string =>
	vcpu > 0 ? `${domainName(dom)} vcpu ${vcpu}` : domainName(dom);
