import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { SHELL_CONSOLE } from '../toolstack/xl/shell';
import { Run } from './run';
import type { ScenarioInput } from './scenario';
import type { StopSpec } from './stops';
import { imageFile, sameState, stateOf } from './testing';

const hello = 'name="one"\nkernel="hello"\nmemory=16\n';
const spin = 'name="two"\nkernel="pocket"\ncmdline="run=spin"\nmemory=16\nvcpus=2\n';
const scenario = (input: ScenarioInput['input'], more: Partial<ScenarioInput> = {}): ScenarioInput => ({
	files: { 'one.cfg': hello, 'two.cfg': spin },
	domains: [],
	input,
	...more
});
const xl = (...commands: string[]) => commands.map((xl) => ({ xl }));
const said = (run: Run): string => run.consoles.text(SHELL_CONSOLE);

describe('commands of xl in a run', () => {
	it('make domains from files, one after the other, and what they print is kept like a console', () => {
		const run = new Run(scenario(xl('create one.cfg', 'create -p two.cfg', 'list', 'destroy two')), imageFile);
		expect(run.advance({}, 20_000_000).cause).toBe('ended');
		const text = said(run);
		expect(text).toContain('# create one.cfg\nParsing config from one.cfg\n# create -p two.cfg\n');
		expect(text).toMatch(/\ntwo {42}2 {4}16 {5}1 {5}--p--- {7}\d\.\d\n# destroy two\n$/);
		expect(run.consoles.text(1)).toContain('Hello');
		// One is gone, as xl does with a domain that has powered off.
		expect(run.system.toolstack.domains).toEqual([]);
		expect(run.system.toolstack.xenstore.list('/local/domain')).toEqual(['0']);
	});

	it('wait for what they are told to wait for: a text, a time', () => {
		const lines = [
			{ xl: 'create -p two.cfg' },
			{ xl: 'unpause two', when: { kind: 'cycle' as const, cycle: 5_000_000 } },
			{ xl: 'pause two', when: { kind: 'cycle' as const, cycle: 5_100_000 } },
			{ xl: 'list two' },
			{ xl: 'xenstore-read /local/domain/1/name' }
		];
		const run = new Run(scenario(lines), imageFile);
		run.advance({ cycle: 4_900_000 });
		expect(said(run)).not.toContain('unpause');
		run.advance({ cycle: 40_000_000 });
		expect(said(run)).toMatch(/# list two\n.*\ntwo .* --p--- .*\n# xenstore-read \/local\/domain\/1\/name\ntwo\n$/);
	});

	it('a domain that asks for it comes again, and is typed to under its new number', () => {
		const files = { 'p.cfg': 'name="p"\nkernel="pocket"\ncmdline="run=hello"\nmemory=16\non_poweroff="restart"\n' };
		const run = new Run({ files, domains: [], input: xl('create p.cfg') }, imageFile);
		run.advance({}, 3_000_000);
		const ids = run.system.toolstack.domains.map(({ dom }) => dom);
		expect(ids.length).toBe(1);
		expect(ids[0]).toBeGreaterThan(2);
		expect(run.consoles.text(1)).toBe(run.consoles.text(2));
		// It is the same domain by another number: what its configuration does not say, its first life has decided.
		const uuid = '00000000-0000-4000-8000-000000000001';
		expect(run.system.toolstack.xenstore.read(`/local/domain/${ids[0]}/vm`)).toBe(`/vm/${uuid}`);
		expect(run.system.hypervisor.domains.get(ids[0])!.handle.at(-1)).toBe(1);
	});

	it('are exactly repeated when a run is made again from its log, also those typed by hand', () => {
		const run = new Run(scenario(xl('create two.cfg')), imageFile);
		run.advance({ icount: 200_000 });
		run.type(SHELL_CONSOLE, 'list -v\n');
		run.advance({ icount: 300_000 });
		expect(said(run)).toContain('# list -v\nName');
		expect(run.log).toMatchObject([{ dom: SHELL_CONSOLE, text: 'list -v\n' }]);
		const again = new Run(run.scenario, imageFile);
		again.load(run.log);
		again.advance({ icount: 300_000 });
		expect(again.trace.length).toBe(run.trace.length);
		expect(sameState(stateOf(again), stateOf(run))).toBe(true);
	});

	it('go back and forth with the run, across the coming and going of domains', () => {
		const run = new Run(scenario(xl('create two.cfg', 'create one.cfg')), imageFile, { gap: 1 << 14 });
		const stand = (stop: StopSpec) => {
			run.advance(stop);
			return { at: run.moment, state: stateOf(run), text: said(run) };
		};
		const middle = stand({ icount: 200_000 });
		const end = stand({ text: 'Hello', dom: 2 });
		expect(run.system.toolstack.domains.map(({ name }) => name)).toContain('one');
		for (const { at, state, text } of [middle, end, middle, end]) {
			run.seek(at);
			expect(said(run)).toBe(text);
			expect(isDeepStrictEqual(stateOf(run), state)).toBe(true);
		}
	});

	it('two futures may make different domains of one number', () => {
		const run = new Run(
			scenario([], {
				domains: [{ name: 'zero', image: 'pocket', cmdline: 'run=spin', memoryMiB: 16 }],
				machine: { ramMiB: 128 }
			}),
			imageFile,
			{ timelines: true }
		);
		run.advance({ icount: 300_000 });
		run.advance({ icount: 400_000 });
		run.seek({ icount: 300_000 });
		run.type(SHELL_CONSOLE, 'create one.cfg\n');
		run.advance({ icount: 350_000 });
		const first = stateOf(run);
		run.switchTo(0);
		run.seek({ icount: 300_000 });
		run.type(SHELL_CONSOLE, 'create two.cfg\n');
		run.advance({ icount: 350_000 });
		expect(run.system.toolstack.domain(2)?.name).toBe('two');
		run.switchTo(1);
		run.seek({ icount: 350_000 });
		expect(run.system.toolstack.domain(2)?.name).toBe('one');
		expect(sameState(stateOf(run), first)).toBe(true);
	});

	it('a scenario without a domain, without domain 0\u2019s kernel and without files is refused', () =>
		expect(() => new Run({ domains: [] }, imageFile)).toThrow('There is no domain'));

	it('a disk where nobody serves it is refused before anything runs', () =>
		expect(
			() => new Run({ domains: [{ name: 'a', image: 'hello', disks: [{ target: '/dev/hda' }] }] }, imageFile)
		).toThrow(/domain 0 runs no kernel here/));
});
