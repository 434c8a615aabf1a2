/** One stave for each domain's rings, Xen's ring 0 under them all, the hardware at the bottom. */
import { HARDWARE, kernelLane, userLane, XEN } from '../../trace/lanes';
import { domainName, type Tone } from '../shared/rings';
import { type Size } from './scale';
import { words } from '../../words';
import { fill, type Template } from '../../words/template';

const said = words.views.score.staves;

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
		const label = (template: Template): string => fill(template, { dom: domainName(dom) });
		rows.push({
			lane: userLane(place),
			label: label(narrow ? (many ? said.userOfShort : said.userShort) : many ? said.userOf : said.user),
			tone: 'user'
		});
		rows.push({
			lane: kernelLane(place),
			label: label(narrow ? (many ? said.kernelOfShort : said.kernelShort) : said.kernel),
			tone: 'kernel'
		});
	}
	rows.push(
		{ lane: XEN, label: narrow ? said.xenShort : said.xen, tone: 'xen' },
		{ lane: HARDWARE, label: narrow ? said.hwShort : said.hw, tone: 'hw' }
	);
	const pitch = (size.height - below - TOP) / rows.length;
	return rows.map((row, index) => ({ ...row, y: TOP + pitch * (index + 0.5), height: Math.max(8, pitch - 4) }));
}
