/** A trace put together from rows that come from elsewhere: a file of lines, or of another program's records. */
import { CHUNK_SIZE, makeColumns } from './chunk';
import { sliceOf, TraceMirror } from './mirror';
import { ARG_COUNT, holds64, IS_SPAN } from './view';
import { highOf, lowOf, type ArgValue } from './wide';

/** One event, complete. */
export interface TraceRow {
	cycle: number;
	icount: number;
	dom: number;
	vcpu: number;
	ring: number;
	/** A number of KIND. */
	kind: number;
	/** An earlier seq, or -1. */
	cause: number;
	/** Of a span: seq of the last event inside, or -1 while it is open; else its own. */
	end: number;
	/** Arguments in the order of the catalogue; missing ones are 0. */
	args: readonly ArgValue[];
	/** Cycles that a span took. */
	took: number;
}

/** Takes rows in order of time and hands out the trace. */
export class TraceBuilder {
	private readonly view = new TraceMirror();
	private columns = makeColumns(CHUNK_SIZE);
	private pool: number[] = [];
	private rows = 0;

	get length(): number {
		return this.view.length + this.rows;
	}

	/** @returns the event's seq */
	add(row: TraceRow): number {
		const { columns, rows, pool } = this;
		const seq = this.length;
		columns.cycle[rows] = row.cycle;
		columns.icount[rows] = row.icount;
		columns.dom[rows] = row.dom;
		columns.vcpu[rows] = row.vcpu;
		columns.ring[rows] = row.ring;
		columns.kind[rows] = row.kind;
		columns.cause[rows] = row.cause;
		columns.end[rows] = IS_SPAN[row.kind] ? row.end : seq;
		columns.argAt[rows] = pool.length;
		for (let index = 0; index < ARG_COUNT[row.kind]; index++) {
			const value = row.args[index] ?? 0;
			pool.push(lowOf(value));
			if (holds64(row.kind, index)) pool.push(highOf(value));
		}
		if (IS_SPAN[row.kind]) pool.push(row.took >>> 0);
		if (++this.rows === CHUNK_SIZE) this.flush();
		return seq;
	}

	private flush(): void {
		const { rows, view } = this;
		if (rows === 0) return;
		const from = view.length;
		const pool = Uint32Array.from(this.pool);
		view.append({ ...sliceOf(view, from, from), to: from + rows, rows: { columns: this.columns, pool } });
		this.pool = [];
		this.rows = 0;
	}

	finish(): TraceMirror {
		this.flush();
		return this.view;
	}
}
