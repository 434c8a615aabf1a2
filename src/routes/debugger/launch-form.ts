/** What is typed into the launcher, and what is to run by it. */
import { MOST_DOMAINS } from '../../workbench/kernels';
import {
	LEAST_MIB,
	MOST_CARDS,
	MOST_MIB,
	MOST_VCPUS,
	MOST_VIFS,
	type Target,
	type TargetDisk,
	type TargetDomain
} from './target';
import { readDisks } from './virtual-disks';

/** A kernel, and how many domains run it; numbers as they are typed. */
export interface KernelRow {
	count: string;
	image: string;
	cmdline: string;
	memory: string;
	vcpus: string;
	vbds: string;
	vifs: string;
}

/** Beside the images, a place for a disk may have an empty one, or nothing. */
export const EMPTY_DISK = 'empty disk';
export const NO_DISK = 'nothing';

/** A place for a disk. */
export interface DiskRow {
	/** An image, `EMPTY_DISK` or `NO_DISK`. */
	image: string;
	readonly: boolean;
	/** Of an empty disk. */
	kib: string;
	/** Of one that is larger than its image. */
	sectors?: number;
}

export interface LaunchForm {
	/** The kernel of domain 0; its image is '' where the toolstack plays it. */
	dom0: KernelRow;
	domains: KernelRow[];
	disks: DiskRow[];
	cards: string;
}

const SECTORS_A_KIB = 2;
const LARGEST_KIB = 2 ** 21;
/** What an empty disk is offered with. */
const FIRST_KIB = '1024';

export const kernelRow = (
	{ image, cmdline, memoryMiB, vcpus = 1, vbds = '', vifs = 0 }: TargetDomain,
	count = 1
): KernelRow => ({
	count: String(count),
	image,
	cmdline,
	memory: String(memoryMiB),
	vcpus: String(vcpus),
	vbds,
	vifs: String(vifs)
});

export function diskRow(disk: TargetDisk | null): DiskRow {
	if (!disk) return { image: NO_DISK, readonly: false, kib: FIRST_KIB };
	const { image, readonly, sectors } = disk;
	if (image === '') return { image: EMPTY_DISK, readonly, kib: String((sectors ?? 0) / SECTORS_A_KIB) };
	return { image, readonly, kib: FIRST_KIB, sectors };
}

/** Domains that follow each other and are alike have one row. */
function rowsOf(domains: readonly TargetDomain[]): KernelRow[] {
	const rows: KernelRow[] = [];
	for (const domain of domains) {
		const row = kernelRow(domain);
		const last = rows.at(-1);
		if (last && sameKernel(last, row)) last.count = String(Number(last.count) + 1);
		else rows.push(row);
	}
	return rows;
}

const sameKernel = (a: KernelRow, b: KernelRow): boolean =>
	JSON.stringify({ ...a, count: '' }) === JSON.stringify({ ...b, count: '' });

/** How many domains a row stands for, 1 while what is typed is no number. */
const countOf = ({ count }: KernelRow): number => (/^\s*[1-9]\d*\s*$/.test(count) ? Number(count) : 1);

/** How many domains the rows are together. */
export const domainsIn = (rows: readonly KernelRow[]): number => rows.reduce((sum, row) => sum + countOf(row), 0);

/** What the domains of a row are called: `dom3`, `dom3 to dom34`. */
export function rowTitle(rows: readonly KernelRow[], at: number): string {
	const first = 1 + domainsIn(rows.slice(0, at));
	const last = first + countOf(rows[at]) - 1;
	return last > first ? `dom${first} to dom${last}` : `dom${first}`;
}

/** What a form begins with. */
export const formOf = ({ dom0, domains, disks = [], cards = 0 }: Target): LaunchForm => ({
	dom0: dom0 ? kernelRow(dom0) : kernelRow({ image: '', cmdline: '', memoryMiB: 16 }),
	domains: rowsOf(domains),
	disks: disks.map(diskRow),
	cards: String(cards)
});

class Refusal extends Error {}

/** A whole number from `least` to `most`. @throws Refusal with what it is of */
function whole(what: string, text: string, least: number, most: number, unit = ''): number {
	const value = /^\d+$/.test(text.trim()) ? Number(text) : NaN;
	if (!(value >= least && value <= most))
		throw new Refusal(`${what}: '${text}' is not a whole number ${unit}from ${least} to ${most}.`);
	return value;
}

/** All domains of the rows. @throws Refusal */
function domainsOf(rows: readonly KernelRow[]): TargetDomain[] {
	const all = rows.flatMap((row) => {
		const count = whole('How many', row.count, 1, MOST_DOMAINS);
		return Array.from({ length: count }, () => kernelOf(row));
	});
	if (all.length > MOST_DOMAINS)
		throw new Refusal(`A scenario has ${MOST_DOMAINS} domains at most beside domain 0: these are ${all.length}.`);
	return all;
}

function kernelOf({ image, cmdline, memory, vcpus, vbds, vifs }: KernelRow): TargetDomain {
	const disks = readDisks(vbds);
	if (typeof disks === 'string') throw new Refusal(`Virtual disks: ${disks}.`);
	return {
		image,
		cmdline: cmdline.trim(),
		memoryMiB: whole('Memory', memory, LEAST_MIB, MOST_MIB, 'of MiB '),
		vcpus: whole('Vcpus', vcpus, 1, MOST_VCPUS),
		vbds: vbds.trim(),
		vifs: whole('Network interfaces', vifs, 0, MOST_VIFS)
	};
}

function diskOf({ image, readonly, kib, sectors }: DiskRow): TargetDisk | null {
	if (image === NO_DISK) return null;
	if (image !== EMPTY_DISK) return { image, readonly, sectors };
	return { image: '', readonly, sectors: whole('Size', kib, 1, LARGEST_KIB, 'of KiB ') * SECTORS_A_KIB };
}

/** What is to run by a form; the machine's cost table stays. @returns what is wrong, in words, where something is */
export function targetFrom({ dom0, domains, disks, cards }: LaunchForm, machine: Target['machine']): Target | string {
	try {
		return {
			machine,
			...(dom0.image !== '' && { dom0: kernelOf(dom0) }),
			domains: domainsOf(domains),
			disks: disks.map(diskOf),
			cards: whole('Network cards', cards, 0, MOST_CARDS)
		};
	} catch (error) {
		if (error instanceof Refusal) return error.message;
		throw error;
	}
}
