import { FRAME_DROPS, KIND, word } from '../../../trace/events';
import { audienceOf, contentOf, FCS_BYTES, headingOf, isWhole, LEAST_FRAME, type Frame } from '../ethernet/frame';
import { hashOf, recognizes } from './filter';
import { ALIGNMENT, CRC, ISR, MISSED, PAGE_BYTES, RCR, RSR, TALLY_STOPS, TALLY_WARNS, TCR } from './registers';
import { isRunning, swapped, type Chip, type Dp8390State } from './state';

/*
 * Reception (data sheet, section 7). A frame goes to the ring's page CURR, four bytes from its beginning, and on from page to page;
 * then the four bytes before it are written, and CURR goes to the page after it:
 *
 *     0 receive status   1 next page   2 byte count low   3 byte count high   4.. destination, ..., frame check sequence
 *
 * The count is that of the frame with its check sequence. QEMU's model counts these four bytes and does not store them.
 */
const HEADER_BYTES = 4;
/** What is shorter is noise (data sheet, 10.3: RCR.AR). */
const LEAST_RUNT = 8;
/** Places of the multicast filter whose frames switch the transmitter off and on (TCR.ATD). */
const SILENCES = 62;
const WAKES = 63;

function drop(chip: Chip, frame: Frame, reason: (typeof FRAME_DROPS)[number]): void {
	const { recorder, card } = chip;
	recorder.record(
		KIND.frame_dropped,
		word('card', card),
		word('bytes', frame.bytes.length),
		word('reason', FRAME_DROPS.indexOf(reason))
	);
}

/** Counts in a tally counter, which raises CNT with its top bit and stops at 192 (data sheet, 10.3: network tally counters). */
function count(chip: Chip, counter: number): void {
	const { tally } = chip.state;
	if (tally[counter] < TALLY_STOPS) tally[counter]++;
	if (tally[counter] >= TALLY_WARNS) chip.raise(ISR.CNT);
}

/** The receive status of whom a frame is for. */
export const audienceStatus = (bytes: Uint8Array): number => (audienceOf(bytes) === 'one' ? 0 : RSR.PHY);

/** A frame has passed on the wire. */
export function receive(chip: Chip, frame: Frame): void {
	const { state } = chip;
	const { bytes } = frame;
	if (!isRunning(state)) return drop(chip, frame, 'card stopped');
	if ((state.tcr & TCR.LOOPBACK) !== 0) return drop(chip, frame, 'loopback');
	if (bytes.length < LEAST_RUNT || !recognizes(state, bytes)) return;
	if (bytes.length < LEAST_FRAME && (state.rcr & RCR.AR) === 0) return drop(chip, frame, 'runt');
	const errors = errorsOf(frame);
	if (errors !== 0) countError(chip, errors);
	if (errors !== 0 && (state.rcr & RCR.SEP) === 0) return refuse(chip, frame, errors);
	if ((state.rcr & RCR.MON) !== 0) return miss(chip, frame, 'monitor mode');
	if (state.overflowed || !store(chip, frame, errors)) return overflow(chip, frame);
	if (errors === 0) obey(chip.state, bytes);
}

/** CRC and FAE of a frame: bits beyond a byte count only where the CRC is wrong, and an alignment error is a CRC error, too. */
function errorsOf(frame: Frame): number {
	if (isWhole(frame)) return 0;
	return frame.dribble > 0 ? RSR.CRC | RSR.FAE : RSR.CRC;
}

const countError = (chip: Chip, errors: number): void => count(chip, (errors & RSR.FAE) !== 0 ? ALIGNMENT : CRC);

function refuse(chip: Chip, frame: Frame, errors: number): void {
	chip.state.rsr = errors | audienceStatus(frame.bytes);
	chip.raise(ISR.RXE);
	drop(chip, frame, (errors & RSR.FAE) !== 0 ? 'alignment error' : 'CRC error');
}

function miss(chip: Chip, frame: Frame, reason: 'monitor mode' | 'ring full'): void {
	chip.state.rsr = RSR.MPA | audienceStatus(frame.bytes);
	count(chip, MISSED);
	chip.raise(ISR.RXE);
	drop(chip, frame, reason);
}

/**
 * The ring is full. ISR.RST shows from now on, and further frames are missed, until a packet has been removed. (The data sheet wants a
 * driver to stop and start the chip in between, as it may hang otherwise; this one does not hang. QEMU's model has no overflow.)
 */
function overflow(chip: Chip, frame: Frame): void {
	chip.state.overflowed = true;
	chip.raise(ISR.OVW);
	miss(chip, frame, 'ring full');
}

/** The page that follows in the ring. */
const after = ({ pstart, pstop }: Dp8390State, page: number): number =>
	((page + 1) & 0xff) === pstop ? pstart : (page + 1) & 0xff;

/**
 * Puts a frame into the ring. The local DMA may enter any page but that of BNRY, which holds what has not been read; the first is free
 * unless the last frame ended right before it. (For QEMU's model CURR = BNRY is always an empty ring, and a ring with less than
 * 1,518 free bytes takes no frame of any length.)
 * @returns false where it did not fit: CURR stays, and what was written is in free pages
 */
function store(chip: Chip, frame: Frame, errors: number): boolean {
	const { state, memory } = chip;
	if (state.full) return false;
	const first = state.curr;
	state.clda = first * PAGE_BYTES + HEADER_BYTES;
	for (const byte of frame.bytes) {
		if (state.clda % PAGE_BYTES === 0 && !link(state)) return false;
		memory.write(swapped(state, state.clda), byte);
		state.clda++;
	}
	const next = after(state, (state.clda - 1) >>> 8);
	finish(chip, frame, errors, next);
	return true;
}

/** The local DMA comes to the end of a page. @returns false where the next one is BNRY's */
function link(state: Dp8390State): boolean {
	state.localNext = after(state, (state.clda - 1) >>> 8);
	state.clda = state.localNext * PAGE_BYTES;
	return state.localNext !== state.bnry;
}

/** Writes the header and goes on to page `next`. */
function finish(chip: Chip, frame: Frame, errors: number, next: number): void {
	const { state, memory } = chip;
	const { length } = frame.bytes;
	const first = state.curr;
	state.rsr = (errors === 0 ? RSR.PRX : errors) | audienceStatus(frame.bytes);
	[state.rsr, next, length & 0xff, length >>> 8].forEach((byte, index) =>
		memory.write(first * PAGE_BYTES + index, byte)
	);
	state.curr = state.localNext = next;
	state.full = next === state.bnry;
	chip.recorder.record(
		KIND.frame_received,
		word('card', chip.card),
		word('bytes', length - FCS_BYTES),
		...headingOf(contentOf(frame)),
		word('page', first)
	);
	chip.raise(errors === 0 ? ISR.PRX : ISR.RXE);
}

/** Another station may switch the transmitter off and on, where TCR.ATD lets it. */
function obey(state: Dp8390State, bytes: Uint8Array): void {
	if ((state.tcr & TCR.ATD) === 0 || audienceOf(bytes) !== 'group') return;
	const hash = hashOf(bytes);
	if (hash === SILENCES) state.silenced = true;
	if (hash === WAKES) state.silenced = false;
}
