/** What a recorded question says: how it is put, the answer, and the two values that it looked at. */
import {
	CHECK_NAMES,
	CHECKS,
	FRAME_TYPES,
	KIND,
	OVERRULED,
	type CheckName,
	type CheckRow,
	type ValueFormat
} from '../events';
import type { TraceView } from '../view';
import { words } from '../../words';
import { domainName } from './names';

/** A value that was looked at. */
export interface Fact {
	readonly what: string;
	readonly text: string;
}

type DomainNames = (dom: number) => string;

const typeName = (type: number): string => (FRAME_TYPES[type] ?? 'none').replaceAll('_', ' ');
const small = (value: number): string => (value < 0x1_0000 ? String(value) : `0x${value.toString(16)}`);

const FORMATS: Readonly<Record<ValueFormat, (value: number, domain: DomainNames) => string>> = {
	hex: (value) => `0x${value.toString(16)}`,
	dec: small,
	dom: (value, domain) => domain(value),
	type: (value) => (value < FRAME_TYPES.length ? typeName(value) : `0x${value.toString(16)}`),
	type_count: (value) => `${typeName(value >>> 24)}, ${value & 0xff_ffff}`,
	none: () => ''
};

/** A value as its row in the catalogue says: a domain, a frame type with its count, a small number, or hexadecimal. */
export const checkValueText = (format: ValueFormat, value: number, domain: DomainNames = domainName): string =>
	FORMATS[format](value, domain);

/** How a question is put; the name itself where the catalogue has no such question. */
export const questionText = (name: string): string => (isCheck(name) ? words.checks[name].question : name);

const isCheck = (name: string): name is CheckName => Object.hasOwn(CHECKS, name);

/** A question as it was recorded. */
export interface Question {
	/** A name of CHECKS. */
	readonly name: string;
	readonly question: string;
	/** The true answer. */
	readonly passed: boolean;
	/** The hypervisor went on as if the answer had been the other one: it was overruled by hand. */
	readonly overruled: boolean;
	readonly values: readonly Fact[];
	readonly rule: string;
}

/** The numbers of OVERRULED that are about questions. */
const OF_QUESTIONS = [OVERRULED.indexOf('check'), OVERRULED.indexOf('yes')];

/** Whether what was recorded right behind a question says that its answer was overruled. */
const overruledAt = (view: TraceView, seq: number): boolean => {
	const next = seq + 1;
	return next < view.length && view.kind(next) === KIND.overruled && OF_QUESTIONS.includes(view.arg(next, 'what'));
};

/** Reads the `check` event `seq`. A label's words in brackets say how a value is packed, which its text here shows by itself. */
export function questionAt(view: TraceView, seq: number, domain?: DomainNames): Question {
	const { check, passed, a, b } = view.args(seq);
	const name = CHECK_NAMES[check] ?? '';
	const row: CheckRow = isCheck(name) ? CHECKS[name] : { values: ['hex', 'hex'], rule: '' };
	const labels = isCheck(name) ? words.checks[name].values : ['a', 'b'];
	const values = row.values
		.map((format, index) => ({
			what: labels[index].replace(/ \([^)]*\)/, ''),
			text: checkValueText(format, index ? b : a, domain)
		}))
		.filter(({ what }) => what !== '');
	const overruled = overruledAt(view, seq);
	return { name, question: questionText(name), passed: passed !== 0, overruled, values, rule: row.rule };
}
