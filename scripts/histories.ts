/**
 * The histories of all guests, scenarios and lessons as hashes, to see that a rebuilding changed none of them:
 *
 *     npx tsx scripts/histories.ts > before.txt      # then rebuild
 *     npx tsx scripts/histories.ts | diff before.txt -
 *
 * With `wasm` after it they are run by the other engine, which must give the same lines; other words choose the runs whose names hold one of them.
 *
 * A line a run: the hash of its events as JSON lines, of RAM and consoles at the end, and where it ended. Where guests of others have been
 * fetched, they run too.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { jsonl } from '../src/trace/export/jsonl';
import { scenarioOf, SCENARIOS } from '../src/routes/debugger/target';
import type { ScenarioInput } from '../src/workbench/scenario';
import { Run } from '../src/workbench/run';
import { GRUB, hasGrub, hasMach, imageFile, MACH } from '../src/workbench/testing';

/** Instructions after which a run is cut, since some guests never end. */
const MOST = 20_000_000;

const alone = (image: string, cmdline = '', memoryMiB = 16, vcpus = 1): ScenarioInput => ({
	domains: [{ name: 'guest', image, cmdline, memoryMiB, vcpus }]
});

const lines = (file: string): string[] => Object.keys(JSON.parse(readFileSync(file, 'utf8')) as object);

async function* scenarios(): AsyncGenerator<[name: string, scenario: ScenarioInput]> {
	yield ['hello', alone('hello')];
	yield ['queues', alone('queues')];
	for (const run of ['hello', 'fork', 'pagefaults', 'pipes', 'ptwrite', 'rings', 'batch', 'exhaust', 'spin'])
		yield [`pocket ${run}`, alone('pocket', `run=${run}`)];
	for (const vcpus of [1, 2, 4]) yield [`pocket smp ${vcpus}`, alone('pocket', 'run=smp', 16, vcpus)];
	for (const name of lines('src/guests/rogues/expected.json'))
		yield [`rogues ${name}`, alone('rogues', `attack=${name}`, 16, 4)];
	for (const { id, target } of SCENARIOS) {
		const { domains, ...rest } = scenarioOf(target, {});
		yield [
			`scenario ${id}`,
			{ ...rest, domains: domains.map((domain, index) => ({ ...domain, name: `${domain.image}-${index}` })) }
		];
	}
	for (const folder of readdirSync('lessons').filter((name) => /^\d/.test(name))) {
		const { scenario } = (await import(`../lessons/${folder}/scenario.ts`)) as { scenario: ScenarioInput };
		yield [`lesson ${folder}`, scenario];
	}
	if (hasGrub) yield ['GRUB', alone(GRUB, '', 64)];
	if (hasMach) yield ['GNU Mach', alone(MACH, '', 64)];
}

const words = process.argv.slice(2);
const engine = words[0] === 'wasm' ? 'wasm' : 'interpreter';
const wanted = words.filter((word) => word !== engine);

for await (const [name, scenario] of scenarios()) {
	if (wanted.length > 0 && !wanted.some((word) => name.includes(word))) continue;
	const run = new Run(scenario, imageFile, { snapshots: 0, engine });
	const report = run.advance({}, MOST);
	const hash = createHash('sha256');
	for (const line of jsonl(run.trace)) hash.update(line);
	hash.update(run.system.machine.memory.ram);
	for (const { dom, bytes } of run.consoles.all()) hash.update(`${dom}`).update(bytes);
	console.log(
		`${hash.digest('hex').slice(0, 16)}  ${run.trace.length} events  ${run.icount} instructions  ${report.cause}  ${name}`
	);
}
