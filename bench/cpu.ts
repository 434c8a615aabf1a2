/**
 * Speed of the processor beside v86: the kernels of bench/cpu.c in both, in one process, by turns, with the same checksums.
 *
 *     npx tsx bench/cpu.ts [millions of instructions a kernel and turn, 8] [turns, 5]
 */
import { compile, LOAD, ringside, STACK, type Counting, type Engine, type Job } from './engines';
import { figure, median, seconds, table } from './measure';
import { v86 } from './peer';

/** What a kernel is measured in: so many of `unit` an instruction or a round. */
interface Kernel {
	readonly name: string;
	readonly unit: string;
	/** Of a round; without, instructions are counted. */
	readonly perRound?: number;
	/** Share of the instructions of other kernels: those that do much at once. */
	readonly share?: number;
}

/** By number of the kernel in bench/cpu.c; rates are in millions of the unit a second. */
const KERNELS: readonly Kernel[] = [
	{ name: 'ALU loop', unit: 'MIPS' },
	{ name: 'sieve', unit: 'MIPS' },
	{ name: 'quicksort', unit: 'MIPS' },
	{ name: 'copy', unit: 'MIPS' },
	{ name: 'calls', unit: 'MIPS' },
	{ name: 'rep movs', unit: 'MB/s', perRound: 65536, share: 1e-3 },
	{ name: 'int 0x80, iret', unit: 'M/s', perRound: 1, share: 0.25 },
	{ name: 'page fault, map', unit: 'M/s', perRound: 2, share: 0.25 }
];

/** The first of them compute. */
const COMPUTING = 5;
const geometricMean = (values: readonly number[]): number =>
	Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);

/** Where kernels keep their data; cleared before each run so that all engines start alike. */
const [DATA, DATA_END] = [0x40_0000, 0x50_0000];
/** Runs of each kernel on each engine before any is measured. */
const WARM_UP = 2;

const job = (kernel: number, rounds: number): Job => ({ kernel, rounds, eip: LOAD, esp: STACK });

async function instructionsOf(engine: Counting, one: Job): Promise<number> {
	const from = engine.instructions;
	await engine.run(one);
	return engine.instructions - from;
}

/** Runs `one` on every engine in turn. @returns seconds by engine and turn */
async function turns(engines: readonly Engine[], one: Job, count: number): Promise<number[][]> {
	const times: number[][] = engines.map(() => []);
	for (let turn = -WARM_UP; turn < count; turn++) {
		const sums: number[] = [];
		for (const [index, engine] of engines.entries()) {
			engine.clear(DATA, DATA_END);
			const took = await seconds(async () => sums.push(await engine.run(one)));
			if (turn >= 0) times[index].push(took);
		}
		if (sums.some((sum) => sum !== sums[0]))
			throw new Error(
				`kernel ${one.kernel}: the engines differ: ${engines.map((e, i) => `${e.name} ${sums[i]}`).join(', ')}`
			);
	}
	return times;
}

async function measureCpu(millions = 8, count = 5): Promise<void> {
	const code = compile();
	const own = [ringside(code, 'wasm'), ringside(code, 'interpreter')];
	const engines = [...own, await v86(code, false), await v86(code, true)];
	const rows: string[][] = [];
	/** Ratios of medians to the better of the peer's two, by kernel and engine of ours. */
	const all: number[][] = [];
	for (const [number, { name, unit, perRound, share = 1 }] of KERNELS.entries()) {
		const few = await instructionsOf(own[0], job(number, 1));
		const each = (await instructionsOf(own[0], job(number, 2))) - few;
		const rounds = Math.max(2, Math.round((millions * 1e6 * share) / each));
		const work = rounds * (perRound ?? each);
		const times = await turns(engines, job(number, rounds), count);
		const best = times.map((all) => work / 1e6 / Math.min(...all));
		const middle = times.map((all) => work / 1e6 / median(all));
		const peer = Math.max(...middle.slice(own.length));
		const ratios = middle.slice(0, own.length).map((value) => value / peer);
		all.push(ratios);
		rows.push([
			name,
			unit,
			...best.flatMap((value, engine) => [figure(value), figure(middle[engine])]),
			...ratios.map((value) => value.toFixed(2))
		]);
	}
	const heads = engines.flatMap(({ name }) => [`${name}: best`, 'median']);
	const ratios = own.map(({ name }) => `${name} of v86`);
	const means = own.map((_, engine) => geometricMean(all.slice(0, COMPUTING).map((each) => each[engine])));
	rows.push(['the first five', 'mean', ...heads.map(() => ''), ...means.map((mean) => mean.toFixed(2))]);
	table(['', '', ...heads, ...ratios], rows);
	engines.forEach((engine) => engine.close());
}

const [millions, count] = process.argv.slice(2).map(Number);
await measureCpu(millions, count);
