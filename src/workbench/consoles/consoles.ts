/**
 * What the domains have said on their consoles: the PV ring and console_io, in order. A run that goes back takes its words
 * back and keeps them: what is known of the future is only passed over, and said again from where the run stands.
 */
import { DOMID_XEN } from '../../abi/structs/xen';
import { Bug } from '../../base';
import type { TextWatch } from './text-watch';

/** The hypervisor's own log is kept under this number. */
const XEN_LOG = DOMID_XEN;
const NEWLINE = 10;

/** What has changed on one console: of the `of` bytes told before the first `keep` stay, `bytes` follow. */
export interface ConsoleNews {
	dom: number;
	of: number;
	keep: number;
	bytes: Uint8Array;
}

/** All pieces of one console, as far as they are known, and where each ends, in bytes. */
interface Known {
	pieces: Uint8Array[];
	ends: number[];
}

interface Tape extends Known {
	/** Pieces said by now. */
	said: number;
	/** Bytes told of by `take`, and how many of those agree with what is known. */
	told: number;
	agrees: number;
}

/** What all consoles say in one future: by domain. */
export type KnownOutput = ReadonlyMap<number, Known>;

/** Where the consoles stand, as plain data. */
export interface ConsolesMark {
	readonly said: readonly (readonly [dom: number, pieces: number])[];
	/** The hypervisor's line that has not ended yet. */
	readonly line: readonly number[];
}

const bytesSaid = ({ ends, said }: Tape): number => (said === 0 ? 0 : ends[said - 1]);

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
	a.length === b.length && a.every((byte, index) => byte === b[index]);

/** Output by domain, as bytes in the order of their coming. */
export class Consoles {
	/** Called with each piece of output. */
	onOutput: ((dom: number, bytes: Uint8Array) => void) | null = null;
	/** The text that somebody waits for, and on which console. */
	watch: { dom: number; text: TextWatch } | null = null;
	/** False when `onOutput` is all that is wanted. */
	keep = true;
	private tapes = new Map<number, Tape>();
	private line: number[] = [];

	/** Keeps a piece; true when it completes the text that is watched for. */
	write(dom: number, bytes: Uint8Array): boolean {
		if (this.keep) this.say(dom, bytes);
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

	private say(dom: number, bytes: Uint8Array): void {
		const tape = this.tapeOf(dom);
		const { pieces, ends, said } = tape;
		if (said < pieces.length) {
			if (!sameBytes(pieces[said], bytes)) throw new Bug('a replay said something else', { dom, piece: said });
		} else {
			pieces.push(bytes);
			ends.push(bytesSaid(tape) + bytes.length);
		}
		tape.said++;
	}

	private tapeOf(dom: number): Tape {
		let own = this.tapes.get(dom);
		if (!own) this.tapes.set(dom, (own = { pieces: [], ends: [], said: 0, told: 0, agrees: Infinity }));
		return own;
	}

	/** Everything that domain `dom` has said, or from byte `from` on. */
	bytes(dom: number, from = 0): Uint8Array {
		const tape = this.tapes.get(dom);
		if (!tape) return new Uint8Array(0);
		const all = new Uint8Array(Math.max(0, bytesSaid(tape) - from));
		for (let n = tape.said - 1; n >= 0 && tape.ends[n] > from; n--) {
			const piece = tape.pieces[n];
			const at = tape.ends[n] - piece.length - from;
			all.set(at < 0 ? piece.subarray(-at) : piece, Math.max(0, at));
		}
		return all;
	}

	/** Everything that anybody has said, one piece a console. */
	all(): { dom: number; bytes: Uint8Array }[] {
		return [...this.tapes.keys()]
			.map((dom) => ({ dom, bytes: this.bytes(dom) }))
			.filter(({ bytes }) => bytes.length > 0);
	}

	/** The same as text. */
	text(dom: number): string {
		return new TextDecoder().decode(this.bytes(dom));
	}

	/** What has changed since the last time this was asked. */
	take(): ConsoleNews[] {
		const news: ConsoleNews[] = [];
		for (const [dom, tape] of this.tapes) {
			const length = bytesSaid(tape);
			const keep = Math.min(tape.told, tape.agrees, length);
			if (tape.told > keep || length > keep) news.push({ dom, of: tape.told, keep, bytes: this.bytes(dom, keep) });
			tape.told = length;
			tape.agrees = Infinity;
		}
		return news;
	}

	mark(): ConsolesMark {
		const said = [...this.tapes].filter((entry) => entry[1].said > 0).map(([dom, tape]) => [dom, tape.said] as const);
		return { said, line: [...this.line] };
	}

	/** To where they stood at `mark`, back or ahead in what is known. */
	rewind(mark: ConsolesMark): void {
		const said = new Map(mark.said);
		for (const [dom, tape] of this.tapes) tape.said = said.get(dom) ?? 0;
		this.line = [...mark.line];
	}

	/** What is known, as far as it has been said by now. */
	fork(): KnownOutput {
		return new Map(
			[...this.tapes].map(([dom, { pieces, ends, said }]) => [
				dom,
				{ pieces: pieces.slice(0, said), ends: ends.slice(0, said) }
			])
		);
	}

	/** Exchanges what is known for another future with the same past up to now, and returns it. */
	exchange(known: KnownOutput): KnownOutput {
		const before = new Map([...this.tapes].map(([dom, { pieces, ends }]) => [dom, { pieces, ends }]));
		for (const dom of known.keys()) this.tapeOf(dom);
		for (const [dom, tape] of this.tapes) {
			tape.agrees = Math.min(tape.agrees, bytesSaid(tape));
			Object.assign(tape, known.get(dom) ?? { pieces: [], ends: [] });
		}
		return before;
	}

	/** Forgets what is known of the future. */
	truncate(): void {
		for (const tape of this.tapes.values()) {
			tape.agrees = Math.min(tape.agrees, bytesSaid(tape));
			tape.pieces.length = tape.ends.length = tape.said;
		}
	}
}
