/** The pictures of one event: what was asked about it, what led to it; and of two futures, event by event. */
import type { ViewWords } from '../../views';

export const ASKED: ViewWords['checks'] = {
	title: 'Xen asks',
	overrule: 'Overrule this',
	overruleThis: 'Overrule this answer: {question}',
	overruled: 'overruled by hand',
	veiled: 'The answers appear once you have made your prediction.',
	nothing: {
		call: 'This call asked nothing.',
		trap: 'Xen asked nothing about this {vector}.',
		interrupt: 'Xen asked nothing about this interrupt.',
		boot: 'Xen is starting and has asked nothing yet.',
		guest: 'The guest runs by itself here: Xen was not entered, and asked nothing.',
		direct: 'The program calls its own kernel here: Xen was not entered, and asked nothing.',
		idle: 'The processor waits for an interrupt here: nobody asked for anything.'
	},
	list: 'Questions',
	yes: 'Yes',
	no: 'No',
	show: 'Show the lines of the hypervisor that ask: {question}',
	hide: 'Hide the lines of the hypervisor that ask: {question}',
	lines: 'lines',
	hideLines: 'hide',
	line: '{question} {answer}.',
	lineValues: '{question} {answer} ({values}).',
	about: 'About {title}:',
	back: 'the way back',
	boot: 'the start of the machine and its domains',
	interrupt: 'interrupt {vector}',
	meanwhile: '{dom}, without a trap',
	fold: 'The same {questions} questions {times} times more, with the same answers.',
	foldOne: 'The same question {times} times more, with the same answer.',
	unfold: 'Show them',
	refold: 'Fold them',
	asked: { one: '{count} question', other: '{count} questions' },
	more: { one: 'Show {count} more question', other: 'Show the other {count} questions' },
	outcome: 'The outcome: {outcome}.',
	deeds: {
		emulated: 'carried out in the guest’s name',
		stepped: '{instruction} stepped over',
		cpuid: 'CPUID answered',
		written: 'entry written in the guest’s name',
		bounced: '{vector} handed to the guest’s own handler',
		upcall: 'the guest’s event callback entered',
		failsafe: 'the guest’s failsafe callback entered',
		descriptors: 'page of descriptors mapped',
		fpu: 'FPU handed over',
		crashed: 'domain ended'
	},
	source: 'Source of the question',
	nowhere: 'No place in the sources asks {name}.',
	notLoaded: 'The sources could not be loaded.',
	rule: 'The rule: {rule}'
};

export const CAUSES: ViewWords['causes'] = {
	title: 'Cause and effect',
	detail: 'cycles from the event',
	choose: 'Choose an event to see what led to it, and what it led to.',
	more: { one: '{count} more event followed.', other: '{count} more events followed.' },
	moreAtLeast: {
		one: 'At least {count} more event followed.',
		other: 'At least {count} more events followed.'
	},
	parts: { self: 'The event', cause: 'led to it', effect: 'followed' },
	lines: {
		self: 'The event: {sentence}.',
		cause: 'Led to it: {sentence}.',
		effect: 'It led to: {sentence}.',
		effectJoint: 'It led to ({joint}): {sentence}.'
	}
};

export const COMPARE: ViewWords['compare'] = {
	title: 'Two futures',
	detail: '{a} | {b}',
	earlier: 'Earlier difference',
	later: 'Later difference',
	at: '{at} of {count}',
	list: 'Events of both futures',
	first: 'first difference',
	firstLine: 'First difference. {line}',
	line: '{stands}: {sentence}',
	changedLine: '{stands}: {inA}; in {b}: {inB}',
	missing: 'nothing in {name}',
	more: '{count} more like that',
	nothingMore: 'nothing more',
	same: 'The two futures do not differ in any event.',
	sameSoFar: 'As far as both are known, nothing differs.',
	differs: 'First, the same step goes otherwise. In {a}: {inA}. In {b}: {inB}.',
	onlyHas: 'First, only {only} has this: {has}. {other} goes on with: {instead}.',
	changed: '{count} gone otherwise',
	only: '{count} only in {name}',
	upToHere: 'The futures are compared up to here only.',
	summary: '{parts}.',
	stands: { same: 'both', changed: 'both, but otherwise', only: 'only {name}' },
	alike: { one: '{count} event the same', other: '{count} events the same' },
	moreAlike: { one: '{count} more event like that', other: '{count} more events like that' },
	beyond: {
		one: 'Beyond that only {name} is known: {count} more event.',
		other: 'Beyond that only {name} is known: {count} more events.'
	}
};
