/**
 * Writes the guests' C header from the tables of src/abi, so that guests and hypervisor cannot
 * disagree: hypercall numbers and operations, error numbers, constants, and every struct with its
 * layout asserted. Usage: `tsx scripts/generate-header.ts [--check]`; with `--check` nothing is
 * written and the exit code says whether the committed header is current.
 */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import * as errno from '../src/abi/errno';
import { HYPERCALLS, MMUEXT_OP_NAMES, MMU_UPDATE_NAMES, type HypercallName } from '../src/abi/hypercalls';
import type { FieldType, Scalar, Struct } from '../src/abi/layout';

const STRUCTS = new URL('../src/abi/structs/', import.meta.url);
const HEADER = new URL('../src/guests/include/abi.h', import.meta.url);

/** How Xen's headers spell the operations of each call. */
const OP_PREFIX: Partial<Record<HypercallName, string>> = {
	memory_op: 'XENMEM_',
	xen_version: 'XENVER_',
	console_io: 'CONSOLEIO_',
	grant_table_op: 'GNTTABOP_',
	vcpu_op: 'VCPUOP_',
	nmi_op: 'XENNMI_',
	sched_op: 'SCHEDOP_',
	callback_op: 'CALLBACKOP_',
	event_channel_op: 'EVTCHNOP_',
	physdev_op: 'PHYSDEVOP_'
};

/** Guests are 32-bit and hand over addresses as numbers, hence `ptr` and `ulong`. */
const C_TYPES: Record<Scalar, string> = {
	u8: 'uint8_t',
	u16: 'uint16_t',
	u32: 'uint32_t',
	u64: 'uint64_t',
	s8: 'int8_t',
	s16: 'int16_t',
	s32: 'int32_t',
	s64: 'int64_t',
	ptr: 'uint32_t',
	ulong: 'uint32_t'
};

const isStruct = (value: unknown): value is Struct =>
	typeof value === 'object' && value !== null && 'fields' in value && 'at' in value && 'align' in value;

const isNumberTable = (value: unknown): value is Record<string, number> =>
	typeof value === 'object' &&
	value !== null &&
	!Array.isArray(value) &&
	Object.values(value).every((entry) => typeof entry === 'number');

const literal = (value: number): string =>
	value < 0 ? `(${value})` : value > 0xffff ? `0x${value.toString(16)}${value > 0x7fff_ffff ? 'u' : ''}` : `${value}`;

/** The constants of the header, in order; the same name twice must mean the same value. */
class Constants {
	readonly lines: string[] = [];
	readonly #seen = new Map<string, string>();

	add(name: string, value: number | string): void {
		const text = typeof value === 'number' ? literal(value) : JSON.stringify(value);
		const before = this.#seen.get(name);
		if (before === text) return;
		if (before !== undefined) throw new Error(`${name} is ${before} in one table and ${text} in another`);
		this.#seen.set(name, text);
		this.lines.push(`#define ${name} ${text}`);
	}

	heading(text: string): void {
		this.lines.push('', `/* ${text} */`);
	}
}

function declare(type: FieldType, name: string): string {
	if (Array.isArray(type)) {
		const [element, count] = type as readonly [Scalar | Struct, number];
		return declare(element, `${name}[${count}]`);
	}
	return typeof type === 'string' ? `${C_TYPES[type]} ${name}` : `struct ${(type as Struct).name} ${name}`;
}

/** Calls `visit` with each struct that `type` contains. */
function contained(type: FieldType, visit: (inner: Struct) => void): void {
	if (Array.isArray(type)) contained((type as readonly [Scalar | Struct, number])[0], visit);
	else if (typeof type !== 'string') visit(type as Struct);
}

const isVariableLength = (s: Struct, last: number): boolean => s.fields[last].size === 0;

function structText(s: Struct): string {
	const lines = [`/* ${s.header} */`, `struct ${s.name} {`];
	for (const field of s.fields) lines.push(`\t${declare(field.type, field.name)};`);
	lines.push('};');
	for (const [index, field] of s.fields.entries()) {
		if (isVariableLength(s, index)) continue;
		lines.push(`LAID_OUT(struct ${s.name}, ${field.name}, ${field.offset});`);
	}
	lines.push(`_Static_assert(sizeof(struct ${s.name}) == ${s.size}, "size of ${s.name}");`);
	return lines.join('\n');
}

async function generate(): Promise<string> {
	const constants = new Constants();
	const structs = new Map<string, string>();
	const offsets = new Constants();

	const addStruct = (s: Struct): void => {
		if (structs.has(s.name)) return;
		for (const field of s.fields) contained(field.type, addStruct);
		structs.set(s.name, structText(s));
		if (s.name === 'vcpu_info') {
			for (const field of s.fields) offsets.add(`VCPU_INFO_${field.name}`, field.offset);
		}
	};

	constants.heading('Hypercall numbers (xen/include/public/xen.h) and their operations');
	for (const [name, row] of Object.entries(HYPERCALLS)) {
		constants.add(`__HYPERVISOR_${name}`, row.nr);
		const prefix = OP_PREFIX[name as HypercallName];
		if (prefix) for (const [value, op] of Object.entries(row.ops)) constants.add(prefix + op, Number(value));
	}
	for (const [value, name] of Object.entries(MMUEXT_OP_NAMES)) constants.add(name, Number(value));
	MMU_UPDATE_NAMES.forEach((name, value) => constants.add(name, value));

	constants.heading('Error numbers, returned negated (xen/include/public/errno.h)');
	for (const [name, value] of Object.entries(errno)) if (typeof value === 'number') constants.add(name, value);

	for (const file of readdirSync(STRUCTS).sort()) {
		if (!file.endsWith('.ts') || file.endsWith('.test.ts')) continue;
		const module = (await import(new URL(file, STRUCTS).href)) as Record<string, unknown>;
		const elf = file === 'elf.ts';
		constants.heading(`src/abi/structs/${file}`);
		for (const [name, value] of Object.entries(module)) {
			if (elf && name !== 'XEN_ELFNOTE') continue;
			if (typeof value === 'number' || typeof value === 'string') constants.add(name, value);
			else if (isStruct(value)) addStruct(value);
			else if (isNumberTable(value)) for (const [key, n] of Object.entries(value)) constants.add(`${name}_${key}`, n);
		}
	}
	constants.heading('Offsets for assembly');
	constants.lines.push(...offsets.lines);

	return [
		'/*',
		" * Xen's public interface, 32-bit x86 PAE, as our guests see it.",
		' * Generated by scripts/generate-header.ts from src/abi: change the tables, not this file.',
		' */',
		'#ifndef RINGSIDE_ABI_H',
		'#define RINGSIDE_ABI_H',
		...constants.lines,
		'',
		'#ifndef __ASSEMBLER__',
		'#include <stddef.h>',
		'#include <stdint.h>',
		'',
		'#define LAID_OUT(type, field, at) _Static_assert(offsetof(type, field) == (at), #type "." #field)',
		'',
		[...structs.values()].join('\n\n'),
		'#endif',
		'#endif',
		''
	].join('\n');
}

const text = await generate();
if (process.argv.includes('--check')) {
	if (readFileSync(HEADER, 'utf8') !== text) {
		console.error('src/guests/include/abi.h is not what src/abi says: run npm run guests');
		process.exit(1);
	}
} else {
	writeFileSync(HEADER, text);
}
