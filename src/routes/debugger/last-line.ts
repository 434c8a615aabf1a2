/** The last line that a console shows, followed as the bytes come: what a page can say where there is no room for a terminal. */

/** A line longer than this is not followed to its end, characters. */
const LONGEST = 200;
/** A control sequence of ECMA-48: CSI, parameters, a final letter; or one other character after ESC. */
// eslint-disable-next-line no-control-regex
const CONTROL = /\x1b(\[[0-9;?]*[ -/]*[@-~]?|[^[])?/g;

export class LastLine {
	text = '';
	private tail = '';
	private readonly decoder = new TextDecoder();

	/** Takes more output and returns the last line that is not empty. */
	add(output: Uint8Array | string): string {
		const more = typeof output === 'string' ? output : this.decoder.decode(output, { stream: true });
		this.tail = (this.tail + more).slice(-4 * LONGEST);
		const lines = this.tail.replace(CONTROL, '').split(/[\r\n]+/);
		this.text = (lines.findLast((line) => line.trim() !== '') ?? '').trim().slice(0, LONGEST);
		return this.text;
	}
}
