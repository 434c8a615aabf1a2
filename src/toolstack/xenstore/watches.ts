/**
 * Watches: who wants to hear of which path. A watch fires for its path and everything below it, once
 * at once when it is set, and never for a node that its owner may not read.
 */
import { QUOTA } from './access';
import { XsError } from './errors';
import { domainPath, isSpecial, isWithin } from './path';
import { isPrivileged, mayAccess, READ, type Permissions } from './permissions';

/** A watch that is set. */
export interface Watch {
	/** Whose rights it has. */
	readonly dom: number;
	/** The connection that set it: a domain's number for its ring, a negative number for a program in domain 0. */
	readonly by: number;
	/** Absolute, or special. */
	readonly path: string;
	/** What the domain called it; events repeat it. */
	readonly token: string;
	/** The domain gave a relative path and gets relative ones back. */
	readonly relative: boolean;
}

/** Takes an event to the domain that watches. */
export type Deliver = (watch: Watch, path: string) => void;

/** `path` as the owner of `watch` expects to read it. */
function asSeen(watch: Watch, path: string): string {
	return watch.relative ? path.slice(domainPath(watch.dom).length + 1) : path;
}

/** All watches, in the order in which they were set. */
export class Watches {
	private list: Watch[] = [];

	constructor(private readonly deliver: Deliver) {}

	/** @throws XsError EEXIST for the same path and token again, E2BIG beyond the quota */
	add(watch: Watch): void {
		if (this.find(watch) >= 0) throw new XsError('EEXIST');
		const held = this.list.filter((other) => other.dom === watch.dom).length;
		if (!isPrivileged(watch.dom) && held >= QUOTA.watches) throw new XsError('E2BIG');
		this.list.push(watch);
	}

	/** Tells the owner of a new watch that it is set. */
	fireFirst(watch: Watch): void {
		this.deliver(watch, asSeen(watch, watch.path));
	}

	/** @throws XsError ENOENT when there is no such watch */
	remove(watch: Watch): void {
		const at = this.find(watch);
		if (at < 0) throw new XsError('ENOENT');
		this.list.splice(at, 1);
	}

	/** All that a connection has set. */
	removeAll(by: number): void {
		this.list = this.list.filter((watch) => watch.by !== by);
	}

	/** The node at `path` changed; `permissions` say who may know of it. */
	changed(path: string, permissions: Permissions): void {
		this.fire((watch) => isWithin(path, watch.path), path, permissions);
	}

	/** The node at `path` went because one above it was removed: only watches on itself fire. */
	removedBelow(path: string, permissions: Permissions): void {
		this.fire((watch) => watch.path === path, path, permissions);
	}

	/** A domain came or went. Unprivileged domains do not hear of others. */
	special(path: string): void {
		for (const watch of this.list) if (watch.path === path && isPrivileged(watch.dom)) this.deliver(watch, path);
	}

	/** Whether connection `by` hears of what happens at `path`. */
	covers(by: number, path: string): boolean {
		return this.list.some((watch) => watch.by === by && isWithin(path, watch.path));
	}

	save(): Watch[] {
		return this.list.map((watch) => ({ ...watch }));
	}

	restore(saved: readonly Watch[]): void {
		this.list = saved.map((watch) => ({ ...watch }));
	}

	private fire(concerns: (watch: Watch) => boolean, path: string, permissions: Permissions): void {
		for (const watch of this.list) {
			if (isSpecial(watch.path) || !concerns(watch)) continue;
			if (mayAccess(permissions, watch.dom, READ)) this.deliver(watch, asSeen(watch, path));
		}
	}

	private find(watch: Watch): number {
		return this.list.findIndex(
			(other) => other.by === watch.by && other.path === watch.path && other.token === watch.token
		);
	}
}
