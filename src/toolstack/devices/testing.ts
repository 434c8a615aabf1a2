/** A back end's domain for tests: its side of xenstore's ring, and what a back end does when devices come and go. */
import type { Toolstack } from '../toolstack';
import { TestGuest } from '../xenstore/testing';

/** Domain 0's kernel, connected to a toolstack's xenstore. */
export class TestBackEnd extends TestGuest {
	constructor(stack: Toolstack, dom = 0) {
		super(stack.xenstore, dom);
	}

	state = (type: string, dom: number, devid: number): string => this.read(`backend/${type}/${dom}/${devid}/state`);

	/** Writes the state of a back end as Linux does: in a transaction that reads it first. */
	setState(type: string, dom: number, devid: number, state: number): void {
		const at = `backend/${type}/${dom}/${devid}/state`;
		const tx = this.start();
		this.read(at, tx);
		this.write(at, String(state), tx);
		this.end(tx);
	}
}

/** A line a node, as `xenstore-ls -f -p` prints it: below `path`, which is left out. */
export function listing({ xenstore }: Toolstack, path: string): string[] {
	return xenstore.list(path).flatMap((name) => {
		const at = `${path === '/' ? '' : path}/${name}`;
		const perms = xenstore.permissionsOf(at)?.join(',');
		return [`${at} = "${xenstore.read(at)}"   (${perms})`, ...listing({ xenstore } as Toolstack, at)];
	});
}
