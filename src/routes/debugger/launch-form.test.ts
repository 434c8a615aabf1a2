import { expect, it } from 'vitest';
import { parseScenario } from '../../workbench/scenario';
import { MOST_DOMAINS } from '../../workbench/kernels';
import { domainsIn, EMPTY_DISK, formOf, NO_DISK, rowTitle, targetFrom } from './launch-form';
import { scenarioOf, targetOf, type Target } from './target';

const TARGET: Target = {
	machine: { profile: 'p3', costs: {} },
	dom0: { image: 'pocket-io', cmdline: 'run=serve', memoryMiB: 16, vcpus: 1, vbds: '', vifs: 0 },
	domains: [{ image: 'pocket-io', cmdline: 'run=sh', memoryMiB: 16, vcpus: 2, vbds: '/dev/hda,ro /dev/hdc', vifs: 1 }],
	disks: [{ image: 'files', readonly: true, sectors: undefined }, null, { image: '', readonly: false, sectors: 2048 }],
	cards: 1
};

it('what runs fills the form, and comes out of it as it was', () =>
	expect(targetFrom(formOf(TARGET), TARGET.machine)).toEqual(TARGET));

it('what is chosen becomes a scenario that a run takes: disks in their places, devices of a domain, a card', () => {
	const scenario = parseScenario(scenarioOf(TARGET, { files: 'files' }));
	expect(scenario.machine.disks).toEqual([
		{ image: 'files', access: 'ro' },
		null,
		{ image: '', access: 'overlay', sectors: 2048 }
	]);
	expect(scenario.machine.network?.cards).toHaveLength(1);
	expect(scenario.dom0).toMatchObject({ image: 'pocket-io', cmdline: 'run=serve' });
	expect(scenario.domains[0]).toMatchObject({
		disks: [
			{ target: '/dev/hda', vdev: 'xvda', readonly: true },
			{ target: '/dev/hdc', vdev: 'xvdb' }
		],
		vifs: [{}]
	});
	const { dom0, domains, disks, cards } = targetOf(scenario);
	expect({ dom0, domains, disks, cards }).toMatchObject({
		disks: TARGET.disks,
		cards: 1,
		domains: [{ vbds: '/dev/hda,ro /dev/hdc', vifs: 1 }]
	});
	expect(dom0?.image).toBe('pocket-io');
});

it('a machine without devices has none, as before', () => {
	const scenario = scenarioOf({ domains: TARGET.domains.map((domain) => ({ ...domain, vbds: '', vifs: 0 })) }, {});
	expect(scenario.machine).toEqual({});
	expect(Object.keys(scenario.domains[0])).not.toContain('disks');
});

it('domains that are alike have one row, which says how many they are; and there may be as many as a scenario takes', () => {
	const guest = TARGET.domains[0];
	const other = { ...guest, cmdline: 'run=serve' };
	const target: Target = { ...TARGET, domains: [other, ...Array.from({ length: 127 }, () => guest)] };
	const form = formOf(target);
	expect(form.domains.map(({ count }) => count)).toEqual(['1', '127']);
	expect(form.domains.map((_row, at) => rowTitle(form.domains, at))).toEqual(['dom1', 'dom2 to dom128']);
	expect(targetFrom(form, TARGET.machine)).toEqual(target);
	expect(domainsIn(form.domains)).toBe(MOST_DOMAINS);
	form.domains[0].count = '2';
	expect(targetFrom(form, {})).toBe('A scenario has 128 domains at most beside domain 0: these are 129.');
	// While it is being typed, titles do not jump.
	form.domains[0].count = '';
	expect(rowTitle(form.domains, 1)).toBe('dom2 to dom128');
	expect(targetFrom(form, {})).toBe("How many: '' is not a whole number from 1 to 128.");
});

it('what cannot be is told by its name', () => {
	const form = formOf(TARGET);
	const [kernel] = form.domains;
	const wrong = (change: Partial<typeof form>) => targetFrom({ ...form, ...change }, {});
	expect(wrong({ cards: '5' })).toBe("Network cards: '5' is not a whole number from 0 to 4.");
	expect(wrong({ domains: [{ ...kernel, memory: '1e9' }] })).toBe(
		"Memory: '1e9' is not a whole number of MiB from 4 to 512."
	);
	expect(wrong({ domains: [{ ...kernel, vbds: 'a,b,c' }] })).toContain("Virtual disks: 'a,b,c' is no virtual disk");
	expect(wrong({ disks: [{ image: EMPTY_DISK, readonly: false, kib: '0' }] })).toContain("Size: '0'");
	expect(wrong({ disks: [{ image: NO_DISK, readonly: false, kib: 'x' }] })).toMatchObject({ disks: [null] });
});
