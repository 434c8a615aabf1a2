/** One stave for each domain's rings, Xen's ring 0 under them all, the hardware at the bottom. */
import { HARDWARE, kernelLane, userLane, XEN } from '../../trace/lanes';
import { domainName, type Tone } from '../shared/rings';
import { type Size } from './scale';

export interface Stave {
	lane: number;
	label: string;
	tone: Tone;
	/** Middle and height, pixels. */
	y: number;
	height: number;
}

/** Room for the axis below, and above the staves. */
export const AXIS = 18;
const TOP = 10;

/** @param domains guests in order of appearance */
export function staves(domains: readonly number[], size: Size, below = AXIS): Stave[] {
	const many = domains.length > 1;
	const narrow = size.width < 560;
	const rows: Omit<Stave, 'y' | 'height'>[] = [];
	for (const [place, dom] of domains.entries()) {
		const name = domainName(dom);
		rows.push({
			lane: userLane(place),
			label: narrow ? (many ? `${name} r3` : 'ring 3') : many ? `ring 3 · ${name}` : 'ring 3 · process',
			tone: 'user'
		});
		rows.push({
			lane: kernelLane(place),
			label: narrow ? (many ? `${name} r1` : 'ring 1') : `ring 1 · ${name} kernel`,
			tone: 'kernel'
		});
	}
	rows.push(
		{ lane: XEN, label: narrow ? 'ring 0' : 'ring 0 · Xen', tone: 'xen' },
		{ lane: HARDWARE, label: narrow ? 'hw' : 'hardware', tone: 'hw' }
	);
	const pitch = (size.height - below - TOP) / rows.length;
	return rows.map((row, index) => ({ ...row, y: TOP + pitch * (index + 0.5), height: Math.max(8, pitch - 4) }));
}
