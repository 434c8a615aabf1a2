/**
 * What a region takes for granted of the segments: bases and limits as they were when it was compiled. It is entered only while they are so, and
 * compares offsets with constants; a segment that is flat and whole costs nothing at all.
 */
import type { Cpu } from '../../cpu/cpu';
import {
	SEGMENT_BASE,
	SEGMENT_READ16,
	SEGMENT_READ32,
	SEGMENT_READ8,
	SEGMENT_WORD,
	SEGMENT_WRITE16,
	SEGMENT_WRITE32,
	SEGMENT_WRITE8
} from '../../layout';
import type { Size } from '../../../x86/decode';
import { CS } from '../../../x86/registers';

const READ = { 8: SEGMENT_READ8, 16: SEGMENT_READ16, 32: SEGMENT_READ32 } as const;
const WRITE = { 8: SEGMENT_WRITE8, 16: SEGMENT_WRITE16, 32: SEGMENT_WRITE32 } as const;
/** From these three the others follow. */
const DECISIVE = [SEGMENT_BASE, SEGMENT_READ8, SEGMENT_WRITE8] as const;

export class Segments {
	/** Indexes of words in the processor's page, and their values. */
	private readonly words: number[] = [];
	private readonly values: number[] = [];
	private readonly used = new Set<number>();

	constructor(private readonly s: Int32Array) {}

	/** Base of a segment, and the least offset that an access may not have; null where the page check is enough. */
	of(segment: number, size: Size, write: boolean): { base: number; limit: number | null } {
		this.use(segment);
		const c = SEGMENT_WORD + (segment << 3);
		const limit = this.s[c + (write ? WRITE : READ)[size]];
		const whole = this.s[c + (write ? SEGMENT_WRITE8 : SEGMENT_READ8)] === -1;
		const base = this.s[c + SEGMENT_BASE];
		return { base, limit: whole && base === 0 ? null : limit };
	}

	/** Base of the code segment. */
	get codeBase(): number {
		this.use(CS);
		return this.s[SEGMENT_WORD + (CS << 3) + SEGMENT_BASE];
	}

	/** The least offset that a jump may not have. */
	get codeLimit(): number {
		this.use(CS);
		return this.s[SEGMENT_WORD + (CS << 3) + SEGMENT_READ8];
	}

	private use(segment: number): void {
		if (this.used.has(segment)) return;
		this.used.add(segment);
		for (const word of DECISIVE) {
			const index = SEGMENT_WORD + (segment << 3) + word;
			this.words.push(index);
			this.values.push(this.s[index]);
		}
	}

	/** Whether all is as it was. */
	hold({ s }: Cpu): boolean {
		const { words, values } = this;
		for (let i = 0; i < words.length; i++) if (s[words[i]] !== values[i]) return false;
		return true;
	}
}
