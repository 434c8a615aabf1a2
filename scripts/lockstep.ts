/**
 * Both engines side by side over random programs, for as long as one likes:
 *
 *     npx tsx scripts/lockstep.ts [minutes, 60] [first seed, 1]
 *
 * A line a minute says how far it is; it ends at the first difference, whose seed `compareEngines` takes (src/hardware/engines/wasm/lockstep.ts).
 */
import { compareEngines } from '../src/hardware/engines/wasm/lockstep';
import type { RegionCounters } from '../src/hardware/engines/wasm/regions';

const [minutes = 60, first = 1] = process.argv.slice(2).map(Number);
const LENGTHS = [200, 3000, 6000];

const began = Date.now();
const counters: Partial<RegionCounters> = {};
let seed = first;
const say = (): void =>
	console.log(
		`seeds ${first} to ${seed}: ${counters.instructions} instructions in ${counters.compiled} regions, entered ${counters.entered} times`
	);
for (let next = began + 60_000; Date.now() < began + minutes * 60_000; seed++) {
	const difference = compareEngines(seed, LENGTHS, counters);
	if (difference) {
		console.log(`seed ${seed}: the engines differ after ${difference.icount} instructions`);
		process.exit(1);
	}
	if (Date.now() < next) continue;
	next += 60_000;
	say();
}
say();
