/** The form of a change made by hand: what was typed, as text, and what it means; or what is wrong with it, in one line. */
import type { Change } from '../../../workbench/worker/client';
import { readAddress } from '../numbers';
import { REGISTERS_TO_READ, type RegisterName } from '../../../x86/registers';

/** What the fields hold. */
export interface ChangeForm {
	kind: Change['kind'];
	register: RegisterName;
	value: string;
	space: 'linear' | 'physical';
	address: string;
	bytes: string;
	mfn: string;
	index: string;
	entry: string;
	dom: string;
	port: string;
	bit: 'pending' | 'masked';
	set: boolean;
	check: string;
	times: string;
}

export const emptyForm = (): ChangeForm => ({
	kind: 'register',
	register: 'eax',
	value: '',
	space: 'linear',
	address: '',
	bytes: '',
	mfn: '',
	index: '',
	entry: '',
	dom: '1',
	port: '',
	bit: 'pending',
	set: true,
	check: '',
	times: '1'
});

/** What can be changed, as the form offers it. */
export const CHANGE_KINDS: readonly (readonly [kind: Change['kind'], title: string, about: string])[] = [
	['register', 'A register', 'of the processor, at this moment'],
	['memory', 'Memory', 'any bytes, whatever the page tables permit'],
	['pte', 'A page-table entry', 'nobody is asked, and the TLB keeps what it holds'],
	['port', 'A pending or mask bit', 'of an event channel'],
	['skip_check', 'Overrule a check', 'the next time that the hypervisor would say no, it says yes'],
	['turn_answer', 'Turn one answer', 'yes becomes no and no becomes yes, for the one answer that is counted from here'],
	['skip_flush', 'Leave out a TLB flush', 'the next one of the hypervisor does not happen'],
	['drop_event', 'Lose an event', 'the next one for a port does not arrive']
];

export const REGISTERS: readonly RegisterName[] = [...REGISTERS_TO_READ, 'eflags'];

export type Read = { readonly change: Change } | { readonly problem: string };

class Problem extends Error {}

/** A frame number or another machine number, which is hexadecimal with or without 0x. */
function machineNumber(text: string, what: string): number {
	const word = text.trim().toLowerCase();
	if (!/^(0x)?[0-9a-f]{1,8}$/.test(word)) throw new Problem(`${what}: '${text}' is no hexadecimal number.`);
	return parseInt(word, 16);
}

function whole(text: string, what: string): number {
	if (!/^\s*\d{1,9}\s*$/.test(text)) throw new Problem(`${what}: '${text}' is no whole number.`);
	return Number(text);
}

function address(text: string, names: Readonly<Record<string, number>>, what: string): number {
	const read = readAddress(text, names);
	if ('problem' in read) throw new Problem(`${what}: ${read.problem}`);
	return read.value;
}

/** `90 90 eb fe`, or one number of four bytes such as 0x1000, the lowest byte first. */
export function readBytes(text: string): number[] {
	const word = text.trim();
	if (/^0x[0-9a-f]{1,8}$/i.test(word)) {
		const value = parseInt(word, 16);
		return [0, 8, 16, 24].map((shift) => (value >>> shift) & 0xff);
	}
	const bytes = word.split(/\s+/);
	const odd = bytes.find((byte) => !/^[0-9a-f]{1,2}$/i.test(byte));
	if (word === '' || odd !== undefined)
		throw new Problem(
			`Bytes: ${word === '' ? 'type some' : `'${odd}' is none`}, for instance 90 90 eb fe, or one number such as 0x1000.`
		);
	return bytes.map((byte) => parseInt(byte, 16));
}

/** A page-table entry: up to 16 hexadecimal digits. */
function entry(text: string): { low: number; high: number } {
	const digits = text.trim().replace(/^0x/i, '').replace(/_/g, '');
	if (!/^[0-9a-f]{1,16}$/i.test(digits))
		throw new Problem(`Entry: '${text}' is no hexadecimal number of up to 16 digits.`);
	const all = digits.padStart(16, '0');
	return { high: parseInt(all.slice(0, 8), 16), low: parseInt(all.slice(8), 16) };
}

/** What a name or a number means: registers of the moment, and symbols. */
export type Names = Readonly<Record<string, number>>;

function questionOf({ check }: ChangeForm): string {
	if (!check.trim()) throw new Problem('Choose the question that is to be overruled.');
	return check.trim();
}

function changeOf(form: ChangeForm, names: Names): Change {
	const { kind } = form;
	switch (kind) {
		case 'register':
			return { kind, name: form.register, value: address(form.value, names, 'Value') };
		case 'memory':
			return {
				kind,
				space: form.space,
				address: address(form.address, names, 'Address'),
				bytes: readBytes(form.bytes)
			};
		case 'pte':
			return {
				kind,
				mfn: machineNumber(form.mfn, 'Frame'),
				index: whole(form.index, 'Entry number'),
				...entry(form.entry)
			};
		case 'port':
			return { kind, dom: whole(form.dom, 'Domain'), port: whole(form.port, 'Port'), bit: form.bit, set: form.set };
		case 'skip_check':
			return { kind, check: questionOf(form), times: whole(form.times, 'How often') };
		case 'turn_answer':
			return { kind, check: questionOf(form), nth: whole(form.times, 'Which answer') };
		case 'skip_flush':
			return { kind, times: whole(form.times, 'How often') };
		case 'drop_event':
			return {
				kind,
				dom: whole(form.dom, 'Domain'),
				port: whole(form.port, 'Port'),
				times: whole(form.times, 'How often')
			};
	}
}

/** The change that the form means. */
export function readChange(form: ChangeForm, names: Names): Read {
	try {
		return { change: changeOf(form, names) };
	} catch (error) {
		if (error instanceof Problem) return { problem: error.message };
		throw error;
	}
}
