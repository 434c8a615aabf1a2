/** Images for tests: our guests, and GRUB where it has been fetched. */
import { existsSync, readFileSync } from 'node:fs';
import { Run, type RunOptions } from './run';
import type { ScenarioInput } from './scenario';

/** The image that `scripts/fetch-grub.sh` leaves. */
export const GRUB = '.cache/grub/grub-i386-xen.bin';
export const hasGrub = existsSync(GRUB);

export const guestFile = (name: string): string => `src/guests/images/${name}.elf`;
export const hasGuest = (name: string): boolean => existsSync(guestFile(name));

/** Bytes of a guest by name, or of a file by path. */
export const imageFile = (name: string): Uint8Array => readFileSync(name.includes('/') ? name : guestFile(name));

/** A run of one guest. */
export const runGuest = (
	image: string,
	domain: Partial<ScenarioInput['domains'][number]> = {},
	rest: Partial<ScenarioInput> = {},
	options: RunOptions = {}
): Run =>
	new Run({ ...rest, domains: [{ name: 'guest', image, ...domain }, ...(rest.domains ?? [])] }, imageFile, options);
