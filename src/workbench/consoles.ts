/** What the domains have said on their consoles: the PV ring and console_io, in order. */
import { TextWatch } from './text-watch';

export class Consoles {
	/** Called with each piece of output, and with null when the run goes back to its beginning. */
	onOutput: ((dom: number, bytes: Uint8Array) => void) | null = null;
	onClear: (() => void) | null = null;
	/** The text that somebody waits for, and on which console. */
	watch: { dom: number; text: TextWatch } | null = null;
	private readonly pieces = new Map<number, Uint8Array[]>();

	/** Keeps a piece; true when it completes the text that is watched for. */
	write(dom: number, bytes: Uint8Array): boolean {
		const own = this.pieces.get(dom);
		if (own) own.push(bytes);
		else this.pieces.set(dom, [bytes]);
		this.onOutput?.(dom, bytes);
		return this.watch?.dom === dom && !this.watch.text.seen && this.watch.text.feed(bytes);
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

	/** The same as text. */
	text(dom: number): string {
		return new TextDecoder().decode(this.bytes(dom));
	}

	clear(): void {
		this.pieces.clear();
		this.onClear?.();
	}
}
