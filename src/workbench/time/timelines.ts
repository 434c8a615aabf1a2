/**
 * The futures of a run. Each is a branch: its own log, trace and consoles from where it parts from another one, and everything before
 * shared with it. The first has no parent and begins at reset.
 */
import type { TraceColumns } from '../../trace/view';
import type { KnownOutput } from '../consoles/consoles';
import { isChange, type LogEntry } from '../log';
import { isBefore, type Point } from '../moment';
import type { Snapshot } from './snapshots/shelf';

/** A future, as it is told. */
export interface Timeline {
	readonly id: number;
	/** Where it comes from; -1 for the first. */
	readonly parent: number;
	/** The moment at which it parted: what its `entry` changed comes right after. */
	readonly at: Point;
	/** What made it another future; null for the first. */
	readonly entry: LogEntry | null;
	readonly name: string;
}

/** A future, with all that belongs to it. */
export interface Branch extends Timeline {
	/** What came from outside, in order and from reset on. */
	readonly log: LogEntry[];
	/** How many entries of the log it shares with its parent. */
	readonly shared: number;
	readonly view: TraceColumns;
	/** Spans that were open where it parted. */
	readonly open: readonly number[];
	/** What its consoles say, kept here while it is not the current one. */
	output: KnownOutput;
	/** Its own, in the order of their moments: those before it parted belong to its parent. */
	snapshots: Snapshot[];
	/** The instruction count at which the next snapshot is due. */
	due: number;
	/** The furthest moment that was ever reached. */
	end: Point;
}

/** What a timeline is called until somebody names it. */
const nameOf = (id: number, entry: LogEntry): string =>
	`${id}: ${isChange(entry) ? entry.change.kind.replace('_', ' ') : `typed ${JSON.stringify(entry.text)}`}`;

/** All futures of a run. */
export class Timelines {
	readonly branches: Branch[] = [];

	constructor(view: TraceColumns) {
		const at = { icount: 0, seq: 0 };
		this.branches.push({
			...{ id: 0, parent: -1, at, entry: null, name: 'first', log: [], shared: 0, view, open: [] },
			...{ output: new Map(), snapshots: [], due: 0, end: at }
		});
	}

	/** As plain data. */
	get list(): Timeline[] {
		return this.branches.map(({ id, parent, at, entry, name }) => ({ id, parent, at, entry, name }));
	}

	/** @throws RangeError when there is none */
	get(id: number): Branch {
		const branch = this.branches[id];
		if (!branch) throw new RangeError(`there is no timeline ${id}; there are ${this.branches.length}`);
		return branch;
	}

	/** A new future of `parent`, where `entry` comes next. */
	fork(
		parent: Branch,
		entry: LogEntry,
		from: Pick<Branch, 'at' | 'shared' | 'view' | 'open' | 'output' | 'due'>
	): Branch {
		const id = this.branches.length;
		const log = [...parent.log.slice(0, from.shared), entry];
		const branch = { ...from, id, parent: parent.id, entry, name: nameOf(id, entry), log, snapshots: [], end: from.at };
		this.branches.push(branch);
		return branch;
	}

	/** The branch and those that it comes from, itself first. */
	*ancestry(branch: Branch): Generator<Branch> {
		for (let at: Branch | undefined = branch; at; at = this.branches[at.parent]) yield at;
	}

	/** Where the futures `from` and `to` part, and the branch that leads to `to` from there on; null for one and the same. */
	parting(from: Branch, to: Branch): { at: Point; by: Branch | null } | null {
		const own = [...this.ancestry(from)];
		const theirs = [...this.ancestry(to)];
		const common = theirs.find((branch) => own.includes(branch))!;
		const mine = earliest(own.slice(0, own.indexOf(common)));
		const other = earliest(theirs.slice(0, theirs.indexOf(common)));
		if (mine && (other === null || isBefore(mine.at, other.at))) return { at: mine.at, by: null };
		return other && { at: other.at, by: other };
	}
}

/** The branch that parts first: one may leave its parent's past before the parent itself has parted. */
const earliest = (branches: readonly Branch[]): Branch | null =>
	branches.reduce<Branch | null>((best, branch) => (best && !isBefore(branch.at, best.at) ? best : branch), null);
