/** Overruling the cost table: what may be said, and that it changes time and nothing else. */
import { describe, expect, it } from 'vitest';
import { fact } from '../trace/facts';
import { jsonl } from '../trace/export/jsonl';
import { queryAll } from '../trace/query';
import { words } from '../words';
import { costWords } from '../words/costs';
import {
	changedRows,
	costsText,
	costTable,
	hzOf,
	plainCosting,
	PROFILE_NAMES,
	profileOf,
	readCosts,
	type Costing,
	type Overruled
} from './costs';
import { RunFile, saveRun } from './files/run-file';
import { partsOfRun } from './files/rerun';
import { Run } from './run';
import { parseScenario, type ScenarioInput } from './scenario';
import { imageFile } from './testing';

const pocket = (cmdline: string, machine: Costing = {}): ScenarioInput => ({
	machine,
	domains: [{ name: 'pocket', image: 'pocket', memoryMiB: 16, cmdline }]
});

function ran(scenario: ScenarioInput): Run {
	const run = new Run(scenario, imageFile, { snapshots: 0 });
	expect(run.advance({}, 40_000_000).cause).toBe('ended');
	return run;
}

const lines = (run: Run): string => [...jsonl(run.trace)].join('');
const text = (run: Run): string =>
	run.consoles
		.all()
		.map(({ bytes }) => new TextDecoder().decode(bytes))
		.join('\f');
/** What the hypervisor answered, call by call; how often a guest waits, and returns from what woke it, is a matter of time. */
const answers = ({ trace }: Run): string[] =>
	queryAll(trace, 'hypercall name!=sched_op|iret').map((seq) => `${trace.arg(seq, 'nr')} ${trace.arg(seq, 'result')}`);

describe('what a scenario may say of costs', () => {
	const refused = (machine: unknown): string => {
		try {
			parseScenario({ ...pocket('run=hello'), machine });
		} catch (error) {
			return String((error as Error).message);
		}
		return '';
	};
	it.each([
		[{ costs: { hypercal: 5 } }, "scenario.machine.costs: there is no cost 'hypercal'; did you mean 'hypercall'?"],
		[{ costs: { '🂡': 5 } }, /there is no cost '🂡'; there are instruction, tlbMiss, /],
		[{ costs: { iret: -1 } }, 'scenario.machine.costs: iret: -1 is not a whole number of cycles from 0 to 10000'],
		[{ costs: { iret: 1.5 } }, /iret: 1\.5 is not a whole number/],
		[{ costs: { iret: '7' } }, /iret: 7 is not a whole number/],
		[{ costs: { iret: 1e9 } }, /iret: 1000000000 is not a whole number of cycles from 0 to 10000/],
		[{ costs: { instruction: 0 } }, /instruction: 0 is not .* from 1 to 100; time would stand still/],
		[{ costs: { instruction: NaN } }, /NaN is not/],
		[{ profile: 'p4xeon' }, "scenario.machine.profile: no cost profile 'p4xeon'; did you mean 'p4-xeon'?"],
		[{ profile: 'toString' }, /no cost profile 'toString'/],
		[{ costs: { toString: 1 } }, /there is no cost 'toString'/]
	])('refuses %j', (machine, message) => {
		if (typeof message === 'string') expect(refused(machine)).toBe(message);
		else expect(refused(machine)).toMatch(message);
	});

	it('takes every row from its least to its most', () => {
		for (const { name, least, most } of costTable())
			for (const cycles of [least, most]) expect(refused({ costs: { [name]: cycles } }), name).toBe('');
	});

	it('is left as it was written, and left out where nothing is said', () => {
		expect(parseScenario(pocket('', { costs: { iret: 3 } })).machine.costs).toEqual({ iret: 3 });
		expect(parseScenario(pocket('')).machine).not.toHaveProperty('costs');
	});
});

describe('the table', () => {
	it('shows what is in force beside what the profile says', () => {
		const rows = costTable({ profile: 'p3', costs: { iret: 7, gate: 90 } });
		expect(rows.find(({ name }) => name === 'iret')).toMatchObject({ usual: 60, cycles: 7 });
		expect(changedRows(plainCosting({ profile: 'p3', costs: { iret: 7, gate: 90 } }))).toBe(1);
		expect(profileOf({ profile: 'p3', costs: { iret: 7 } }).costs.iret.cycles).toBe(7);
		expect(hzOf(pocket('', { profile: 'p3', costs: { iret: 7 } }))).toBe(1e9);
	});

	it('in its plain form says nothing that the profile says', () => {
		expect(plainCosting({ profile: 'p4-xeon', costs: { iret: 150 } })).toEqual({});
		expect(plainCosting({ profile: 'p3', costs: { msr: 1, iret: 7 } })).toEqual({
			profile: 'p3',
			costs: { iret: 7, msr: 1 }
		});
	});

	it('is the same after it was an address', () => {
		const costs = { hypercall: 500, iret: 0 };
		expect(costsText(costs)).toBe('hypercall.500,iret.0');
		expect(readCosts(costsText(costs))).toEqual(costs);
		expect(readCosts('')).toEqual({});
		expect(() => readCosts('hypercall')).toThrow(/hypercall: {2}is not a whole number/);
		expect(() => readCosts('hypercall.5x')).toThrow(/5x is not a whole number/);
		expect(() => readCosts('irte.5')).toThrow(/did you mean 'iret'/);
		expect(() => readCosts('iret.5,iret.6')).toThrow(/given twice/);
	});

	it('says of every row what it is and what it rests on', () => {
		const { rows, about, sources, grounds } = costWords;
		for (const profile of PROFILE_NAMES) {
			for (const said of [words.profiles[profile], about[profile]]) expect(said).toMatch(/\S/);
			for (const { name, ground } of costTable({ profile })) {
				const { title, what, when } = rows[name];
				for (const said of [title, what, when, sources[profile][name]]) expect(said.length, name).toBeGreaterThan(3);
				expect(grounds[ground].title).toMatch(/\S/);
				// What is said to be derived names what it is derived from.
				if (ground === 'derived') expect(sources[profile][name]).toMatch(/\b(19|20)\d\d\b/);
			}
		}
	});
});

describe('a run with another table', () => {
	const dear = { hypercall: 5000, ringCrossing: 2000, validation: 0 };

	it('is the same every time', () => {
		const machine = { profile: 'p3', costs: { iret: 9, bounce: 1000 } };
		expect(lines(ran(pocket('run=fork', machine)))).toBe(lines(ran(pocket('run=fork', machine))));
	});

	it('is the profile’s own run where no row differs from it', () => {
		expect(lines(ran(pocket('run=batch', { costs: { iret: 150, hypercall: 120 } })))).toBe(
			lines(ran(pocket('run=batch')))
		);
	});

	it('takes another time for the same work', () => {
		const usual = ran(pocket('run=ptwrite'));
		const other = ran(pocket('run=ptwrite', { costs: dear }));
		expect(other.now).toBeGreaterThan(usual.now);
		expect(answers(other)).toEqual(answers(usual));
		expect(text(other)).toBe(text(usual));
	});

	it('charges what it says: one hypercall is dearer by the difference', () => {
		const span =
			'cycles(trap vector=0x82 before(hypercall name=multicall) last, far_return after(hypercall name=multicall) #1)';
		const first = (costs: Overruled) => Number(fact(ran(pocket('run=batch', { costs })).trace, span));
		const usual = first({});
		expect(first({ hypercall: 121 }) - usual).toBe(1);
		expect(first({ ringCrossing: 390 }) - usual).toBe(10);
		expect(first({ ringCrossing: 390, iretToOuterRing: 350, sysenter: 0 }) - usual).toBe(110);
	});

	it('is saved and opened again', async () => {
		const run = ran(pocket('run=ptwrite', { profile: 'p3', costs: dear }));
		const images = { pocket: { bytes: imageFile('pocket'), builtIn: true } };
		const { scenario } = await RunFile.read(new Uint8Array(Buffer.concat(await saveRun(partsOfRun(run, { images })))));
		expect(scenario?.machine).toMatchObject({ profile: 'p3', costs: dear });
	});
});

describe.each(PROFILE_NAMES)('on %s the guests end, whatever the table says:', (profile) => {
	const most = Object.fromEntries(costTable().map(({ name, most }) => [name, most]));
	const least = Object.fromEntries(costTable().map(({ name, least }) => [name, least]));
	it.each(['run=hello', 'run=fork', 'run=pagefaults', 'run=pipes', 'run=rings', 'run=batch'])('%s', (cmdline) => {
		const without = (said: string) => said.replace(/ *\d+/g, ' n');
		const usual = text(ran(pocket(cmdline)));
		for (const costs of [most, least]) {
			const said = text(ran(pocket(cmdline, { profile, costs })));
			expect(without(said)).toBe(without(usual));
		}
	});
});
