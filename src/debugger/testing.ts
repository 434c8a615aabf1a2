/** A run in this thread as the debugger takes it, for tests and for programs without a page. */
import type { MomentState } from '../moments';
import type { TraceView } from '../trace/view';
import { inspect, readLinear } from '../workbench/inspect/moment';
import type { Run } from '../workbench/run';
import type { StopReport, StopSpec } from '../workbench/stops';
import type { Debuggee } from './session';

/** `Run` as a `Debuggee`. */
export class LocalRun implements Debuggee {
	constructor(readonly run: Run) {}

	get trace(): TraceView {
		return this.run.trace;
	}
	get progress(): { icount: number; seq: number } {
		return { icount: this.run.icount, seq: this.run.store.next };
	}
	async advance(stop: StopSpec): Promise<StopReport> {
		return this.run.advance(stop);
	}
	async reverseContinue(stop: StopSpec): Promise<StopReport> {
		return this.run.reverseContinue(stop);
	}
	async seek(moment: { icount: number; seq?: number } | { seq: number }): Promise<StopReport> {
		return this.run.seek(moment);
	}
	async inspect(): Promise<MomentState> {
		return inspect(this.run);
	}
	async read(address: number, length: number): Promise<Uint8Array> {
		return readLinear(this.run, address, length);
	}
}
