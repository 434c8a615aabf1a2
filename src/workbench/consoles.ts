/** What the domains have said on their consoles: the PV ring and console_io, in order. */
import { DOMID_XEN } from '../abi/structs/xen';
import type { TextWatch } from './text-watch';

/** The hypervisor's own log is kept under this number. */
export const XEN_LOG = DOMID_XEN;
const NEWLINE = 10;

/** Output by domain, as bytes in the order of their coming. */
export class Consoles {
	/** Called with each piece of output, and with null when the run goes back to its beginning. */
	onOutput: ((dom: number, bytes: Uint8Array) => void) | null = null;
	onClear: (() => void) | null = null;
	/** The text that somebody waits for, and on which console. */
	watch: { dom: number; text: TextWatch } | null = null;
	/** False when `onOutput` is all that is wanted. */
	keep = true;
	private readonly pieces = new Map<number, Uint8Array[]>();
	private line: number[] = [];

	/** Keeps a piece; true when it completes the text that is watched for. */
	write(dom: number, bytes: Uint8Array): boolean {
		if (this.keep) this.piecesOf(dom).push(bytes);
		this.onOutput?.(dom, bytes);
		return this.watch?.dom === dom && !this.watch.text.seen && this.watch.text.feed(bytes);
	}

	/** A byte of the hypervisor's log; it is passed on a line at a time. */
	log(byte: number): void {
		this.line.push(byte);
		if (byte !== NEWLINE) return;
		this.write(XEN_LOG, Uint8Array.from(this.line));
		this.line = [];
	}

	private piecesOf(dom: number): Uint8Array[] {
		let own = this.pieces.get(dom);
		if (!own) this.pieces.set(dom, (own = []));
		return own;
	}

	/** Everything that domain `dom` has said. */
	bytes(dom: number): Uint8Array {
		const own = this.pieces.get(dom) ?? [];
		const all = new Uint8Array(own.reduce((sum, piece) => sum + piece.length, 0));
		let at = 0;
		for (const piece of own) {
			all.set(piece, at);
			at += piece.length;
		}
		return all;
	}

	/** Everything that anybody has said, one piece a console. */
	all(): { dom: number; bytes: Uint8Array }[] {
		return [...this.pieces.keys()].map((dom) => ({ dom, bytes: this.bytes(dom) }));
	}

	/** The same as text. */
	text(dom: number): string {
		return new TextDecoder().decode(this.bytes(dom));
	}

	clear(): void {
		this.pieces.clear();
		this.line = [];
		this.onClear?.();
	}
}
