import { DOMID_IDLE, DOMID_INVALID, DOMID_IO, DOMID_XEN } from '../../abi/structs/xen';
import { words } from '../../words';
import { fill } from '../../words/template';

export { DOMID_IDLE, DOMID_INVALID, DOMID_IO, DOMID_XEN };

/** Colour means ring. A picture names one of these tones; the tokens behind it differ by theme. */
export type Tone = 'user' | 'kernel' | 'xen' | 'hw';

/** The tone of a privilege level; rings 1 and 2 are a guest kernel's. */
export const toneOfRing = (ring: number): Tone => (ring === 3 ? 'user' : ring === 0 ? 'xen' : 'kernel');

/** Whose ring a tone means. */
export const TONE_NAMES: Readonly<Record<Tone, string>> = words.views.shared.tones;

const { domains, vcpu: withVcpu } = words.views.shared;
const RESERVED: Readonly<Record<number, string>> = {
	[DOMID_IDLE]: domains.idle,
	[DOMID_XEN]: domains.xen,
	[DOMID_IO]: domains.io,
	[DOMID_INVALID]: domains.invalid
};

/** How pictures call a domain. */
export const domainName = (dom: number): string => RESERVED[dom] ?? fill(words.names.domain, { dom });

/** The domain with the vcpu. */
export const domainVcpu = (dom: number, vcpu: number): string => fill(withVcpu, { dom: domainName(dom), vcpu });

/** The same for all but a domain's first vcpu: most domains have no other. */
export const vcpuName = (dom: number, vcpu: number): string => (vcpu > 0 ? domainVcpu(dom, vcpu) : domainName(dom));
