/**
 * A debugger on a run: steps of several sizes, both ways, and code as text. It works on what a page
 * holds of a run (`RunClient`), and on anything else that answers the same few questions.
 */
import type { CodeLine, MomentState } from '../moments';
import type { TraceView } from '../trace/view';
import type { Progress, StopPoint, StopReport, StopSpec } from '../workbench/worker/client';
import type { Symbols } from '../workbench/symbols';
import type { Names } from './breakpoint-line';
import { CodeService } from './code-service';
import type { Decoded } from './decode';
import { GuestImages, type GuestImage } from './guest-image';
import { Steps, type Step } from './steps';
import { unwind } from './unwind';
import type { BackTrace } from './back-trace';

export type { Step, StepKind, StepTo } from './steps';

/** What is debugged; `RunClient` is one. */
export interface Debuggee {
	readonly trace: TraceView;
	readonly progress: Pick<Progress, 'icount' | 'seq'>;
	advance(stop: StopSpec): Promise<StopReport>;
	reverseContinue(stop: StopSpec): Promise<StopReport>;
	seek(moment: { icount: number; seq?: number } | { seq: number }): Promise<StopReport>;
	inspect(): Promise<MomentState>;
	read(address: number, length: number): Promise<Uint8Array>;
}

/** The longest instruction, in bytes (SDM vol. 2, 2.3.11). */
const LONGEST = 15;

/** Steps of each kind, both ways, and code as text, over a run that stands still in between. */
export class DebugSession {
	/** Why code is told by the processor's own table, for want of the disassembler; '' where it is not. */
	withoutDisassembler = '';
	private readonly code = new CodeService((why) => (this.withoutDisassembler = why));
	private lastDom: number;
	private readonly steps: Steps;

	constructor(
		readonly run: Debuggee,
		/** What each domain's image says of itself. */
		readonly images: GuestImages = new GuestImages([])
	) {
		this.lastDom = images.doms[0] ?? 1;
		this.steps = new Steps(run, this);
	}

	/** @param images the kernels' bytes, one a domain; one alone is that of domain 1 */
	static open(
		run: Debuggee,
		images: Uint8Array | readonly { readonly dom: number; readonly image: Uint8Array }[] = []
	): DebugSession {
		return new DebugSession(run, new GuestImages(images instanceof Uint8Array ? [{ dom: 1, image: images }] : images));
	}

	/** The domain whose names are meant where none is said: the one that ran at the last moment looked at. */
	get dom(): number {
		return this.lastDom;
	}
	/** What places are looked up in. */
	get names(): Names {
		return { images: this.images, dom: this.dom };
	}
	/** Names and lines of that domain's image. */
	get image(): GuestImage {
		return this.images.of(this.lastDom);
	}
	get symbols(): Symbols {
		return this.image.symbols;
	}

	/** The present moment; from now on names are those of the domain that runs in it, if an image of it is known. */
	async inspect(): Promise<MomentState> {
		const moment = await this.run.inspect();
		this.at(moment);
		return moment;
	}
	/** A moment is looked at: names are those of the domain that runs in it. */
	at(moment: Pick<MomentState, 'dom'>): void {
		if (this.images.has(moment.dom)) this.lastDom = moment.dom;
	}

	/** Who called whom at the present moment. @param moment the present one, where it is at hand */
	async backTrace(moment?: MomentState): Promise<BackTrace> {
		const now = moment ?? (await this.inspect());
		this.at(now);
		return unwind({
			moment: now,
			trace: this.run.trace,
			image: this.images.of(now.dom),
			read: (address, length) => this.run.read(address, length),
			disassemble: (address, count) => this.disassemble(address, count)
		});
	}

	/** Forward by one step; a breakpoint on the way stops it, except for single instructions. */
	step(step: Step, stops: readonly StopPoint[] = []): Promise<StopReport> {
		return this.steps.forward(step, stops);
	}

	/** Back by one step: to where the same step forward would have come from, or to the beginning. */
	back(step: Step, stops: readonly StopPoint[] = []): Promise<StopReport> {
		return this.steps.back(step, stops);
	}

	/** Length of `count` instructions from a linear address, and which are to be stepped over. */
	async decode(address: number, count: number): Promise<Decoded[]> {
		return this.code.decode(await this.run.read(address, count * LONGEST), address, count, 32);
	}

	/** `count` instructions from a linear address, as far as memory is mapped there. */
	async disassemble(address: number, count: number, bits: 16 | 32 = 32): Promise<CodeLine[]> {
		const bytes = await this.run.read(address, count * LONGEST);
		const lines = await this.code.decode(bytes, address, count, bits);
		return lines.map((line) => this.codeLine(line, bytes, address));
	}

	private codeLine(line: Decoded, bytes: Uint8Array, base: number): CodeLine {
		const address = (base + line.offset) >>> 0;
		const near = this.symbols.near(address);
		const target = line.target >= 0 ? this.symbols.near(line.target) : null;
		const name = target && (target.offset === 0 ? target.name : `${target.name}+0x${target.offset.toString(16)}`);
		return {
			address,
			bytes: bytes.slice(line.offset, line.offset + line.length),
			text: name ? `${line.text} <${name}>` : line.text,
			label: near?.offset === 0 ? near.name : '',
			where: near ? (near.offset === 0 ? near.name : `${near.name}+0x${near.offset.toString(16)}`) : '',
			target: line.target
		};
	}

	/** Ends the decoder's worker; the run goes on. */
	close(): void {
		this.code.close();
	}
}
