import { DEFAULT_GEOMETRY } from './identify';

/** What a drive was told about itself. */
export interface Settings {
	heads: number;
	track: number;
	/** Sectors of READ and WRITE MULTIPLE, 0 for none. */
	multiple: number;
	writeCache: boolean;
	lookAhead: boolean;
	/** A software reset leaves the settings. */
	kept: boolean;
	/** Transfer mode as SET FEATURES names it: at first multiword DMA 2. */
	mode: number;
	/** It does not turn. */
	still: boolean;
	/** It hears nothing but resets. */
	asleep: boolean;
}

export const defaults = (): Settings => ({
	...DEFAULT_GEOMETRY,
	multiple: 0,
	writeCache: true,
	lookAhead: true,
	kept: false,
	mode: 0x22,
	still: false,
	asleep: false
});

/** After a software reset: what is for transfers, addresses and power stays, the rest too if it is to be kept. */
export const afterReset = (settings: Settings): Settings => {
	const { kept, mode, still, heads, track } = settings;
	return kept ? { ...settings, asleep: false } : { ...defaults(), heads, track, mode, still };
};

/** What SET FEATURES is asked for (ATA/ATAPI-6, 8.46), and what it sets; the transfer mode comes in the count. */
export const SET_MODE = 0x03;
export const CACHE_OFF = 0x82;
const FEATURES: Readonly<Record<number, Partial<Settings>>> = {
	0x02: { writeCache: true },
	[CACHE_OFF]: { writeCache: false },
	0x55: { lookAhead: false },
	0xaa: { lookAhead: true },
	0x66: { kept: true },
	0xcc: { kept: false }
};

/** What a feature sets, or null if there is none such. */
export function featureOf(feature: number, count: number): Partial<Settings> | null {
	if (feature === SET_MODE) return isMode(count) ? { mode: count } : null;
	return FEATURES[feature] ?? null;
}

/** Whether there is such a transfer mode: PIO by default, PIO 0 to 4, multiword DMA 0 to 2, Ultra DMA 0 to 5. */
const isMode = (mode: number): boolean =>
	mode <= 1 || (mode >= 0x08 && mode <= 0x0c) || (mode >= 0x20 && mode <= 0x22) || (mode >= 0x40 && mode <= 0x45);
