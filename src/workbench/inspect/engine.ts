/** How the machine runs its code, and how much of it so far was compiled: the one picture that differs from engine to engine. */
import type { EngineName } from '../../hardware/engines/names';
import type { RegionCounters } from '../../hardware/engines/wasm/regions';
import type { Run } from '../run';

export interface EngineReport {
	readonly name: EngineName;
	/** What became of compiled regions, all ways that the machine went counted; null with the interpreter alone. */
	readonly regions: RegionCounters | null;
}

export function engine(run: Run): EngineReport {
	const { regions } = run.system.machine.engine;
	return { name: regions === null ? 'interpreter' : 'wasm', regions: regions && structuredClone(regions.counters) };
}
