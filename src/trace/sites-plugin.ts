/** Vite plugin: `import sites from 'virtual:check-sites'` gives the page the place of each decision. */
import { findSites } from './sites';
import { hypervisorSources } from './sites-files';

const ID = 'virtual:check-sites';

/** What Vite needs of a plugin, so that this file does not depend on Vite. */
interface SitesPlugin {
	name: string;
	resolveId(id: string): string | undefined;
	load(id: string): string | undefined;
}

/** @param root folder of the project */
export function checkSites(root = process.cwd()): SitesPlugin {
	return {
		name: 'ringside-check-sites',
		resolveId: (id) => (id === ID ? `\0${ID}` : undefined),
		load: (id) =>
			id === `\0${ID}` ? `export default ${JSON.stringify(findSites(hypervisorSources(root)))};` : undefined
	};
}
