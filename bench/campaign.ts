/**
 * Random hypercalls by the million: hostile guests beside an innocent one, all that must hold asked after each call, the frame
 * table recounted after every few. It stops at the first thing that is wrong, and says how to see it again.
 *
 *     npx tsx bench/campaign.ts [calls, 1e6] [seed, 1] [calls between two recounts, 20] [vcpus, 4]
 *
 * Each `WORLD` calls begin with a new machine and the next seed, so a failure is never far from the start of its seed, and memory
 * does not grow.
 */
import { Campaign, CampaignFailure } from '../src/hypervisor/test/hostile-campaign';
import { figure, table } from './measure';
import { count } from '../src/words/numbers';

/** Calls of one seed. */
const WORLD = 100_000;
/** Calls between two looks at the clock, and milliseconds between two lines. */
const [STRIDE, EVERY_MS] = [500, 10_000];

const number = (at: number, unless: number): number => {
	const value = process.argv[at] === undefined ? unless : Number(process.argv[at]);
	if (Number.isInteger(value) && value >= 1) return value;
	console.error(`${process.argv[at]} is not a whole number from 1 up`);
	process.exit(2);
};
const [calls, first, auditEvery, vcpus] = [number(2, 1e6), number(3, 1), number(4, 20), number(5, 4)];

/** What came of all campaigns so far. */
const sum = { calls: 0, lives: 0, slowest: 0, answers: new Map<string, Map<string, number>>() };

function add({ calls, lives, slowest, answers }: Campaign): void {
	sum.calls += calls;
	sum.lives += lives;
	sum.slowest = Math.max(sum.slowest, slowest);
	for (const [name, row] of answers) {
		const into = sum.answers.get(name) ?? new Map<string, number>();
		for (const [answer, times] of row) into.set(answer, (into.get(answer) ?? 0) + times);
		sum.answers.set(name, into);
	}
}

const began = performance.now();
let shown = began;
function progress(seed: number, done: number): void {
	const now = performance.now();
	if (now - shown < EVERY_MS) return;
	shown = now;
	const rate = (done / (now - began)) * 1000;
	const megabytes = process.memoryUsage.rss() / 2 ** 20;
	console.log(
		`${count(done)} calls, seed ${seed}, ${figure(rate)} a second, ${megabytes.toFixed(0)} MiB, ${((calls - done) / rate / 60).toFixed(1)} minutes to go`
	);
}

function run(seed: number, most: number): void {
	const campaign = new Campaign({ seed, auditEvery, slowMs: 30_000, vcpus });
	while (campaign.calls < most) {
		campaign.step();
		if (campaign.calls % STRIDE === 0) progress(seed, sum.calls + campaign.calls);
	}
	campaign.finish();
	add(campaign);
}

/** Answers as columns, the most frequent first; a row a call, and all of them at the foot. */
function report(): void {
	const totals = new Map<string, number>();
	for (const row of sum.answers.values())
		for (const [answer, times] of row) totals.set(answer, (totals.get(answer) ?? 0) + times);
	const columns = [...totals].sort((a, b) => b[1] - a[1]).map(([answer]) => answer);
	const cells = (row: ReadonlyMap<string, number>): string[] => columns.map((answer) => count(row.get(answer) ?? 0));
	const rows = [...sum.answers].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, row]) => [name, ...cells(row)]);
	table(['call', ...columns], [...rows, ['all', ...cells(totals)]]);
	const seconds = (performance.now() - began) / 1000;
	console.log(
		`\n${count(sum.calls)} calls in ${seconds.toFixed(0)} s, ${figure(sum.calls / seconds)} a second; ${count(sum.lives)} domains of ${vcpus} vcpus; frame table recounted every ${auditEvery} calls; slowest call ${sum.slowest.toFixed(0)} ms`
	);
}

try {
	for (let seed = first; sum.calls < calls; seed++) run(seed, Math.min(WORLD, calls - sum.calls));
	report();
	console.log('nothing was wrong');
} catch (error) {
	if (!(error instanceof CampaignFailure)) throw error;
	console.error(error.message);
	console.error(`\nagain: npx tsx bench/campaign.ts ${WORLD} ${/^seed (\d+)/.exec(error.message)![1]} 1 ${vcpus}`);
	process.exit(1);
}
