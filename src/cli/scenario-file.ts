/** A scenario in a file, as `--scenario FILE` names it, with the images that it names: our guests, or files by their path from there. */
import { readFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { imagesOfFiles } from '../workbench/domain-files';
import { imagesOf } from '../workbench/images';
import { parseScenario, type Scenario } from '../workbench/scenario';
import { UsageError } from './arguments';
import { fileReason, guestNames, readImage, type NamedImage } from './images';

export interface ScenarioFile {
	readonly scenario: Scenario;
	/** Each under the name that the scenario has for it. */
	readonly images: readonly NamedImage[];
}

/** Reads both. Throws UsageError with the reason. */
export function readScenario(path: string): ScenarioFile {
	const complain = (reason: string): never => {
		throw new UsageError(`--scenario: ${path}: ${reason}`);
	};
	const attempt = <T>(what: () => T, why: (error: Error) => string): T => {
		try {
			return what();
		} catch (error) {
			return complain(why(error as Error));
		}
	};
	const text = attempt(() => readFileSync(path, 'utf8'), fileReason);
	const json = attempt(
		() => JSON.parse(text) as object,
		({ message }) => `not JSON: ${message}`
	);
	const named = attempt(
		() => parseScenario({ name: basename(path), ...json }),
		({ message }) => message
	);
	const names = [...imagesOf(named).keys(), ...imagesOfFiles(named.files ?? {})];
	return {
		scenario: named,
		images: names.map((name) =>
			attempt(
				() => imageAt(path, name),
				({ message }) => message
			)
		)
	};
}

/** One of our guests, or the file of that path from where the scenario lies. */
function imageAt(scenario: string, name: string): NamedImage {
	if (guestNames().includes(name)) return readImage(name);
	return { ...readImage(resolve(dirname(scenario), name)), name };
}
