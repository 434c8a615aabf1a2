/** What may stop a run before an instruction, for debuggers. The guest cannot see it. */

/** Asked about blocks first, so that code that nobody waits for runs at full speed. */
export interface Guard {
	/** Whether one of the instructions in the `bytes` bytes of code at `linear` may be one to stop before. */
	concerns(linear: number, bytes: number): boolean;
	/** Whether to stop before the instruction at `linear`. */
	stops(linear: number): boolean;
}

/** Pages are looked up by this many low bits of their number first. */
const FILTER_MASK = 1023;

/** Stops before the instructions at certain linear addresses. */
export class AddressGuard implements Guard {
	private readonly addresses: ReadonlySet<number>;
	private readonly pages = new Uint8Array(FILTER_MASK + 1);

	constructor(addresses: Iterable<number>) {
		this.addresses = new Set([...addresses].map((address) => address >>> 0));
		for (const address of this.addresses) this.pages[(address >>> 12) & FILTER_MASK] = 1;
	}

	concerns(linear: number, bytes: number): boolean {
		if (this.pages[(linear >>> 12) & FILTER_MASK] === 0) return false;
		for (const address of this.addresses) if (address - linear >= 0 && address - linear < bytes) return true;
		return false;
	}

	stops(linear: number): boolean {
		return this.addresses.has(linear);
	}
}
