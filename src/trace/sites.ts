/**
 * Where each decision is taken: finds, for every question, the one place in the hypervisor's sources
 * that asks it, so that a page can show the very lines and a trace can name them.
 */
import { CHECK_NAMES, type CheckName } from './events';

/** The place in the sources where a question is asked. */
export interface CheckSite {
	/** Path below the project's root, for instance `src/hypervisor/mm/l1.ts`. */
	file: string;
	/** Line of the question, from 1. */
	line: number;
	/** The lines around it, as they stand. */
	excerpt: string;
	/** Line of the excerpt's first line. */
	excerptLine: number;
}

export type CheckSites = { readonly [K in CheckName]?: CheckSite };

const ASK = /\bask\(\s*CHECK\.([a-z0-9_]+)/g;
/** Lines shown before and after the question. */
const AROUND = 6;

/** Every `ask(CHECK.name` in `sources` (path to text), in order of path and line. */
export function findAsks(sources: Readonly<Record<string, string>>): { name: string; site: CheckSite }[] {
	const found: { name: string; site: CheckSite }[] = [];
	for (const file of Object.keys(sources).sort()) {
		const text = sources[file];
		const lines = text.split('\n');
		for (const match of text.matchAll(ASK)) {
			const line = text.slice(0, match.index).split('\n').length;
			const first = Math.max(1, line - AROUND);
			const excerpt = lines.slice(first - 1, line + AROUND).join('\n');
			found.push({ name: match[1], site: { file, line, excerpt, excerptLine: first } });
		}
	}
	return found;
}

/** The place of each question; of a question asked at several places, the first. */
export function findSites(sources: Readonly<Record<string, string>>): CheckSites {
	const sites: Partial<Record<CheckName, CheckSite>> = {};
	for (const { name, site } of findAsks(sources)) {
		if ((CHECK_NAMES as readonly string[]).includes(name)) sites[name as CheckName] ??= site;
	}
	return sites;
}
