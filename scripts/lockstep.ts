/**
 * Both engines side by side over random programs, for as long as one likes:
 *
 *     npx tsx scripts/lockstep.ts [minutes, 60] [first seed, 1]
 *
 * A line a minute says how far it is, what the heap holds and how many of the modules made are still there; it ends at the first difference, whose
 * seed `compareEngines` takes (src/hardware/engines/wasm/lockstep.ts).
 */
import { compareEngines } from '../src/hardware/engines/wasm/lockstep';
import type { RegionCounters } from '../src/hardware/engines/wasm/regions';

const [minutes = 60, first = 1] = process.argv.slice(2).map(Number);
const LENGTHS = [200, 3000, 6000];
/** Between two seeds, so that what nobody holds any more is told of. */
const breath = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

let alive = 0;
const gone = new FinalizationRegistry(() => alive--);
WebAssembly.Module = new Proxy(WebAssembly.Module, {
	construct(Module, [bytes]: [BufferSource]) {
		const module = new Module(bytes);
		alive++;
		gone.register(module, null);
		return module;
	}
});

const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
const began = Date.now();
const counters: Partial<RegionCounters> = {};
let seed = first;
function say(): void {
	const { heapUsed, rss } = process.memoryUsage();
	console.log(
		`${Math.round((Date.now() - began) / 60_000)} min, seeds ${first} to ${seed}: ${counters.instructions} instructions in ` +
			`${counters.compiled} regions, entered ${counters.entered} times; heap ${mebibytes(heapUsed)}, process ${mebibytes(rss)}, ` +
			`${alive} modules there`
	);
}
for (let next = began; Date.now() < began + minutes * 60_000; seed++) {
	const difference = compareEngines(seed, LENGTHS, counters);
	if (difference) {
		console.log(`seed ${seed}: the engines differ after ${difference.icount} instructions`);
		process.exit(1);
	}
	await breath();
	if (Date.now() < next) continue;
	next += 60_000;
	say();
}
say();
