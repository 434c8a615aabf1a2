import type { FRAME_FAULTS } from '../../../trace/events';
import type { Frame } from './frame';

/** Which frames of a segment: the n-th from 1 on, every n-th, or each with a probability, drawn from a seed. */
export type Which =
	{ readonly frame: number } | { readonly every: number } | { readonly chance: number; readonly seed?: number };

/** How a frame is damaged: a bit turned, the rest cut off by a collision elsewhere, or bits added behind the last byte. */
export type Damage = 'bit' | 'short' | 'dribble';

/** What befalls frames on a segment, as plain data. */
export type Fault = Which & {
	readonly kind: (typeof FRAME_FAULTS)[number];
	/** Of damage; a bit unless said. */
	readonly how?: Damage;
};

/** Bytes that are left of a frame that was cut off. */
const FRAGMENT = 32;
/** Bits that are added. */
const DRIBBLE = 4;

const turned = ({ bytes, dribble }: Frame): Frame => {
	const other = bytes.slice();
	if (other.length > 0) other[other.length >>> 1] ^= 1;
	return { bytes: other, dribble };
};

const DAMAGED: Readonly<Record<Damage, (frame: Frame) => Frame>> = {
	bit: turned,
	short: ({ bytes }) => ({ bytes: bytes.slice(0, FRAGMENT), dribble: 0 }),
	dribble: (frame) => ({ ...turned(frame), dribble: DRIBBLE })
};

export const damaged = (frame: Frame, how: Damage = 'bit'): Frame => DAMAGED[how](frame);

/** Numbers of a generator that are its state before the first draw (Marsaglia, Xorshift RNGs, 2003: 13, 17, 5; zero would stay zero). */
export const firstDraws = (faults: readonly Fault[]): number[] =>
	faults.map((fault) => ('chance' in fault && (fault.seed ?? 1) >>> 0) || 1);

function draw(draws: number[], index: number): number {
	let x = draws[index];
	x ^= x << 13;
	x ^= x >>> 17;
	x ^= x << 5;
	return (draws[index] = x >>> 0) / 0x1_0000_0000;
}

/** The first fault that befalls frame `n`. Every generator goes on by one with each frame. */
export function faultOf(faults: readonly Fault[], draws: number[], n: number): Fault | undefined {
	const befalls = faults.map((fault, index) => {
		if ('frame' in fault) return fault.frame === n;
		if ('every' in fault) return n % fault.every === 0;
		return draw(draws, index) < fault.chance;
	});
	return faults.find((_, index) => befalls[index]);
}
