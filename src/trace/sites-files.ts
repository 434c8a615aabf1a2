/** Reads the hypervisor's sources from the file system; for Node and for the build, never for the page. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Path below `root` -> text of every source of the hypervisor, tests left out. */
export function hypervisorSources(root: string): Record<string, string> {
	const sources: Record<string, string> = {};
	const folder = join(root, 'src', 'hypervisor');
	for (const entry of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
		const file = entry.split('\\').join('/');
		if (!file.endsWith('.ts') || file.endsWith('.test.ts')) continue;
		sources[`src/hypervisor/${file}`] = readFileSync(join(folder, entry), 'utf8');
	}
	return sources;
}
