/**
 * The container of Ringside's files. All numbers are little-endian.
 *
 *     0   89 52 53 44 0D 0A 1A 0A      magic: as in PNG, so that a transfer as text is noticed
 *     8   u16 major, u16 minor         version of the format; see CHANGELOG.md
 *     12  u32                          CRC-32 of the 12 bytes before
 *     16  sections, one after another; the last is 'END '
 *
 * A section:
 *
 *     0   4 letters                    what it is; readers skip a tag they do not know if its first letter is small
 *     4   u32 stored, u32 plain        bytes that follow, and how many they are once inflated
 *     12  u32                          CRC-32 of the 12 bytes before and of those that follow
 *     16  stored bytes                 deflate (RFC 1951)
 *
 * No section is larger than `LARGEST_SECTION` when inflated: what is larger takes several. 'END ' holds the number of
 * sections before it, so that a file cut between two sections is noticed as well.
 */
import { deflateSync, Inflate } from 'fflate';
import { crc32 } from '../../base/crc32';
import { FileError } from './error';
import { Pace, type PaceOptions } from './pace';
import { count } from '../../words/numbers';

export const MAGIC = Uint8Array.of(0x89, 0x52, 0x53, 0x44, 0x0d, 0x0a, 0x1a, 0x0a);
/** Version of the format that is written. A reader opens any file of its major version. */
export const VERSION = { major: 1, minor: 1 } as const;
export const LARGEST_SECTION = 4 * 1024 * 1024;

const HEADER = 16;
const SECTION_HEADER = 16;
/** Stored bytes that are inflated before the result is looked at: they give 16 MiB at most. */
const GULP = 16 * 1024;
/** fflate's level: nearly as small as the highest, several times as fast. */
const LEVEL = 6;

/** One section, inflated. */
export interface Section {
	readonly tag: string;
	readonly bytes: Uint8Array;
	/** Where it begins in the file. */
	readonly at: number;
}

/** What a writer of sections hands over. */
export interface SectionDraft {
	readonly tag: string;
	readonly bytes: Uint8Array;
	/** How much of the whole is done with it, 0 to 1. */
	readonly done: number;
}

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const letters = (bytes: Uint8Array): string => String.fromCharCode(...bytes);
const isTag = (tag: string): boolean => /^[A-Za-z][A-Z ]{3}$/.test(tag);

function header(): Uint8Array<ArrayBuffer> {
	const bytes = new Uint8Array(HEADER);
	const view = new DataView(bytes.buffer);
	bytes.set(MAGIC);
	view.setUint16(8, VERSION.major, true);
	view.setUint16(10, VERSION.minor, true);
	view.setUint32(12, crc32(bytes.subarray(0, 12)), true);
	return bytes;
}

function section(tag: string, plain: Uint8Array): Uint8Array<ArrayBuffer>[] {
	if (plain.length > LARGEST_SECTION) throw new RangeError(`section ${tag} of ${plain.length} bytes is too large`);
	const stored = deflateSync(plain, { level: LEVEL });
	const head = new Uint8Array(SECTION_HEADER);
	const view = new DataView(head.buffer);
	head.set(ascii(tag));
	view.setUint32(4, stored.length, true);
	view.setUint32(8, plain.length, true);
	view.setUint32(12, crc32(stored, crc32(head.subarray(0, 12))), true);
	return [head, stored];
}

/** Writes a file: the pieces of it, in order. Rejects with an AbortError when it is called off. */
export async function writeContainer(
	sections: Iterable<SectionDraft>,
	options: PaceOptions = {}
): Promise<Uint8Array<ArrayBuffer>[]> {
	const pace = new Pace(options);
	const pieces = [header()];
	let count = 0;
	for (const { tag, bytes, done } of sections) {
		pieces.push(...section(tag, bytes));
		count++;
		await pace.step(done);
	}
	pieces.push(...section('END ', new Uint8Array(Uint32Array.of(count).buffer)));
	pace.finish();
	return pieces;
}

/** Whether `bytes` begin as a Ringside file does, or would if a transfer as text had not damaged them. */
export const isContainer = (bytes: Uint8Array): boolean =>
	bytes.length >= 4 && letters(bytes.subarray(1, 4)) === 'RSD' && (bytes[0] === MAGIC[0] || bytes[0] === 0x09);

/** Checks the first bytes of a file. Throws FileError. */
function checkHeader(bytes: Uint8Array): void {
	if (bytes.length < HEADER)
		throw new FileError(
			bytes.length === 0 ? 'the file is empty' : `the file is cut off: it has ${bytes.length} bytes`,
			bytes.length
		);
	if (!isContainer(bytes)) throw new FileError('this is no Ringside file: it begins otherwise', 0);
	if (MAGIC.some((byte, at) => bytes[at] !== byte))
		throw new FileError('the file was damaged on its way: it was transferred as text', 0);
	const view = new DataView(bytes.buffer, bytes.byteOffset, HEADER);
	if (view.getUint32(12, true) !== crc32(bytes.subarray(0, 12)))
		throw new FileError('the file is damaged: its first bytes do not have their checksum', 8);
	const [major, minor] = [view.getUint16(8, true), view.getUint16(10, true)];
	if (major > VERSION.major)
		throw new FileError(
			`the file is of format ${major}.${minor}, written by a newer Ringside; this one reads up to ${VERSION.major}.x`,
			8
		);
	if (major === 0) throw new FileError('the file is of format 0, which there never was', 8);
}

interface Frame {
	tag: string;
	stored: Uint8Array;
	plain: number;
	at: number;
}

/** The section at `at`, its checksum verified, not inflated yet. */
function frameAt(file: Uint8Array, at: number): Frame {
	if (file.length - at < SECTION_HEADER)
		throw new FileError(
			file.length === at
				? 'the file is cut off: it ends between two sections'
				: 'the file is cut off in the head of a section',
			file.length
		);
	const head = file.subarray(at, at + SECTION_HEADER);
	const view = new DataView(head.buffer, head.byteOffset, SECTION_HEADER);
	const tag = letters(head.subarray(0, 4));
	if (!isTag(tag)) throw new FileError('the file is damaged: here should be the name of a section', at);
	const [length, plain] = [view.getUint32(4, true), view.getUint32(8, true)];
	if (plain > LARGEST_SECTION)
		throw new FileError(
			`section ${tag} says it holds ${count(plain)} bytes; the most is ${count(LARGEST_SECTION)}`,
			at + 8
		);
	const from = at + SECTION_HEADER;
	if (length > file.length - from)
		throw new FileError(
			`the file is cut off: section ${tag} at byte ${count(at)} goes on for ${count(length)} bytes, and ${count(file.length - from)} are there`,
			file.length
		);
	const stored = file.subarray(from, from + length);
	if (view.getUint32(12, true) !== crc32(stored, crc32(head.subarray(0, 12))))
		throw new FileError(`section ${tag} is damaged: it does not have its checksum`, at);
	return { tag, stored, plain, at };
}

/** Inflates a section into exactly as many bytes as it promises. */
function inflate({ tag, stored, plain, at }: Frame): Uint8Array {
	const out = new Uint8Array(plain);
	const wrong = (): FileError => new FileError(`section ${tag} is damaged: it does not hold what it says`, at);
	let filled = 0;
	let ended = false;
	const stream = new Inflate((piece, final) => {
		if (filled + piece.length > plain) throw wrong();
		out.set(piece, filled);
		filled += piece.length;
		ended = final;
	});
	try {
		for (let from = 0; from < stored.length; from += GULP)
			stream.push(stored.subarray(from, from + GULP), from + GULP >= stored.length);
	} catch (error) {
		if (error instanceof FileError) throw error;
		throw wrong();
	}
	if (filled !== plain || !ended) throw wrong();
	return out;
}

/**
 * Reads a file section by section, without 'END '.
 * @throws FileError for a file that is damaged, foreign, cut off or of a newer format; AbortError when called off
 */
export async function* readContainer(
	file: Uint8Array,
	known: ReadonlySet<string>,
	options: PaceOptions = {}
): AsyncGenerator<Section> {
	const pace = new Pace(options);
	checkHeader(file);
	let at = HEADER;
	for (let count = 0; ; count++) {
		const frame = frameAt(file, at);
		const next = at + SECTION_HEADER + frame.stored.length;
		if (frame.tag === 'END ') {
			const bytes = inflate(frame);
			const said = bytes.length === 4 ? new DataView(bytes.buffer).getUint32(0, true) : -1;
			if (said !== count) throw new FileError(`the file has ${count} sections, and says it has ${said}`, at);
			if (next !== file.length) throw new FileError('the file goes on after its end', next);
			return pace.finish();
		}
		if (known.has(frame.tag)) yield { tag: frame.tag, bytes: inflate(frame), at };
		else if (/[A-Z]/.test(frame.tag[0]))
			throw new FileError(`the file has a section ${frame.tag}, which this Ringside does not know`, at);
		at = next;
		await pace.step(at / file.length);
	}
}
