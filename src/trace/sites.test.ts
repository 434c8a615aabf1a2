import { expect, it } from 'vitest';
import { CHECK_NAMES } from './events';
import { findAsks } from './sites';
import { hypervisorSources } from './sites-files';

it('asks each question of the catalogue at exactly one place in the hypervisor', () => {
	const places = new Map<string, string[]>();
	for (const { name, site } of findAsks(hypervisorSources(process.cwd()))) {
		places.set(name, [...(places.get(name) ?? []), `${site.file}:${site.line}`]);
	}
	const wrong = CHECK_NAMES.filter((name) => places.get(name)?.length !== 1).map(
		(name) => `${name}: ${places.get(name)?.join(', ') ?? 'nowhere'}`
	);
	expect(wrong).toEqual([]);
	expect([...places.keys()].filter((name) => !(CHECK_NAMES as readonly string[]).includes(name))).toEqual([]);
});
