/** The configuration files of a scenario: what the domains that they describe want, before xl makes them. */
import { readConfig, type DomainSettings } from '../toolstack/xl/domain-config';

export { SHELL_CONSOLE } from '../toolstack/xl/shell';

/** Texts by file name. */
type DomainFiles = Readonly<Record<string, string>>;

const settingsOf = (files: DomainFiles): DomainSettings[] =>
	Object.entries(files).flatMap(([name, text]) => readConfig(text, name).settings ?? []);

/** The most memory that all of them may come to have. */
export const memoryOfFiles = (files: DomainFiles): number =>
	settingsOf(files).reduce((sum, { maxMemoryMiB }) => sum + maxMemoryMiB, 0);

/** Kernels and ramdisks that they name, each once: keys by which the run gets their bytes. */
export const imagesOfFiles = (files: DomainFiles): string[] => [
	...new Set(settingsOf(files).flatMap(({ kernel, ramdisk }) => (ramdisk === undefined ? [kernel] : [kernel, ramdisk])))
];
