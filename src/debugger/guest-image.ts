/** What the images of a run's domains say: names, lines, functions, call frames. One image a domain. */
import { debugSections, Symbols } from '../workbench/symbols';
import { DebugInfo, type SourceLine } from './dwarf/debug-info';

/** The names and the source lines of one image. */
export interface GuestImage {
	readonly symbols: Symbols;
	readonly debug: DebugInfo;
}

export const NO_IMAGE: GuestImage = { symbols: new Symbols([]), debug: DebugInfo.none };

/** Reads an image; one that is no ELF file has no names and no lines. */
export const readImage = (bytes: Uint8Array): GuestImage => ({
	symbols: Symbols.of(bytes),
	debug: DebugInfo.of(debugSections(bytes))
});

/** Images by domain. */
export class GuestImages {
	private readonly byDom = new Map<number, GuestImage>();

	constructor(images: readonly { readonly dom: number; readonly image: Uint8Array }[]) {
		const read = new Map<Uint8Array, GuestImage>();
		for (const { dom, image } of images) {
			const known = read.get(image) ?? readImage(image);
			read.set(image, known);
			this.byDom.set(dom, known);
		}
	}

	/** Domains whose image is known, ascending. */
	get doms(): number[] {
		return [...this.byDom.keys()].sort((a, b) => a - b);
	}

	has(dom: number): boolean {
		return this.byDom.has(dom);
	}

	/** Of a domain; one that has none is nameless. */
	of(dom: number): GuestImage {
		return this.byDom.get(dom) ?? NO_IMAGE;
	}
}

/** `kernel_main+0x4`, or '' where no name is near. */
export function nameOf(image: GuestImage, address: number): string {
	const near = image.symbols.near(address);
	if (!near) return '';
	return near.offset === 0 ? near.name : `${near.name}+0x${near.offset.toString(16)}`;
}

/** `main.c:42`. */
export const lineText = (line: SourceLine | null): string =>
	line ? `${line.file.slice(line.file.lastIndexOf('/') + 1)}:${line.line}` : '';
