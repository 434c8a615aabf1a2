import { EVTCHNOP } from '$src/abi/structs/events';
import { SHARED_INFO } from '$src/abi/structs/xen';
import {
	exercise,
	littleEndian,
	no,
	type Exercises,
	type Outcome,
	type Posed,
	type Variant,
	type Verdict
} from '$lesson/exercise';

// --- one bit, in shared memory ------------------------------------------------------------------------------------------

/** The port that is to be held back, by what its first event comes from. */
interface Mask extends Variant {
	readonly ask: 'disk' | 'timer' | 'console';
}

/** The events at dom1's ports, by what they come from. */
const PORTS: Readonly<Record<Mask['ask'], string>> = {
	disk: 'value(port, [answer-pending])',
	timer: 'value(port, virq name=TIMER dom=1 #1)',
	console: 'value(remote_port, event_send dom=0 after(console_output of_dom=1 #1) #1)'
};
const ASKS = Object.keys(PORTS) as Mask['ask'][];

/** The first event at the port of `ask`: where it is, and whether it found the port masked. */
function firstOf(run: Outcome<Mask>, ask: Mask['ask']): { at: number; masked: boolean } {
	const found = (flag: string): number =>
		run.find(`event_pending target_dom=1 port=${Number(run.given[ask])} ${flag} after([written]) #1`);
	const at = found('');
	return { at, masked: at >= 0 && found('masked') === at };
}

/** dom1 itself masks the disk's port later on, so only the first event at each port tells of the word that was written. */
function held(run: Outcome<Mask>): Verdict {
	const { ask } = run.variant;
	const { at, masked } = firstOf(run, ask);
	const other = ASKS.find((one) => one !== ask && firstOf(run, one).masked);
	const told = {
		port: Number(run.given[ask]),
		other: other ? Number(run.given[other]) : 0,
		word: hex(run.numbers.word)
	};
	if (at < 0) return no('stopped', -1, told);
	if (masked && !other) return { solved: true, reply: `${ask}-done`, at, places: told };
	return no(masked ? 'too-many' : other ? 'other-port' : 'open', other ? firstOf(run, other).at : at, told);
}

const hex = (value: bigint): string => `0x${value.toString(16)}`;
const bit = (port: number): string => hex(1n << BigInt(port));

// --- one call -------------------------------------------------------------------------------------------------------------

/** What is to come of the call: a signal to a port of domain 0, or a second look at the port whose answer waits. */
interface Call extends Variant {
	readonly ask: 'signal' | 'look';
	/** Whose channel it is. */
	readonly to: 'disk' | 'store' | 'console';
}

/** The signal by which each of dom1's channels is first heard of. */
const FIRST_SIGNAL: Readonly<Record<Call['to'], string>> = {
	disk: 'event_send inside([ask])',
	store: 'event_send dom=1 before(xenstore of_dom=1 #1) last',
	console: 'event_send dom=1 before(console_output of_dom=1 #1) last'
};

const CALL = 'hypercall after([written]) #1';
const BYTES = 4;

function called(run: Outcome<Call>): Verdict {
	const at = run.find(CALL);
	const op = Number(run.numbers.op);
	const port = Number(run.numbers.port);
	const [own, far] = [Number(run.given.own), Number(run.given.far)];
	const told = { op, port, own, far, result: run.fact(`value(result, ${CALL})`) };
	if (told.result < 0) return no(refusal(run), run.find(`check !passed inside(${CALL})`), told);
	if (run.variant.ask === 'look') return looked(run, at, told);
	const sent = run.find(`event_send inside(${CALL})`);
	if (sent < 0) return no('no-signal', at, told);
	const reached = run.fact(`value(remote_port, event_send inside(${CALL}))`);
	if (reached !== told.far) return no('other-end', sent, { ...told, reached });
	const pending = run.find(`event_pending target_dom=0 inside(${CALL})`);
	return { solved: true, reply: 'signal-done', at: pending >= 0 ? pending : sent, places: told };
}

/** Why Xen refused, by its own questions. */
function refusal(run: Outcome<Call>): string {
	const failed = (check: string): boolean => run.find(`check name=${check} !passed inside(${CALL})`) >= 0;
	if (failed('event_op_known')) return 'no-operation';
	if (failed('channel_sends')) return 'not-sent';
	return failed('port_open') || failed('port_exists') ? 'closed' : 'refused';
}

/** The upcall that follows is due to what Xen did in this call, and not to a signal. */
function looked(run: Outcome<Call>, at: number, told: Verdict['places']): Verdict {
	if (run.find(`event_send inside(${CALL})`) >= 0) return no('signalled', at, told);
	const upcall = run.find(`upcall dom=1 causedby(check inside(${CALL})) #1`);
	return upcall >= 0 ? { solved: true, reply: 'look-done', at: upcall, places: told } : no('nothing-waits', at, told);
}

const values = (op: number, port: number): { op: string; port: string } => ({ op: String(op), port: String(port) });
const { send, unmask } = EVTCHNOP;
/** Beyond all operations and all ports that there are here. */
const NONE = 99;

const slipsOf = ({ variant, given }: Posed<Call>): { values: { op: string; port: string }; reply: string }[] =>
	variant.ask === 'look'
		? [
				{ values: values(send, Number(given.own)), reply: 'signalled' },
				{ values: values(unmask, Number(given.far)), reply: 'nothing-waits' },
				{ values: values(unmask, NONE), reply: 'closed' }
			]
		: [
				{ values: values(NONE, Number(given.own)), reply: 'no-operation' },
				{ values: values(send, NONE), reply: 'closed' },
				{ values: values(send, Number(given.timer)), reply: 'not-sent' },
				{ values: values(unmask, Number(given.own)), reply: 'no-signal' }
			];

export const exercises: Exercises = {
	'one-bit': exercise<Mask>({
		at: 'ask-trap',
		variants: ASKS.map((ask) => ({ ask })),
		facts: () => ({ ...PORTS, sharedInfo: 'value(arg1, hypercall name=update_va_mapping dom=1 #1)' }),
		places: ({ variant, given }) => ({ port: Number(given[variant.ask]) }),
		controls: () => ({ word: { kind: 'number', bits: 32, start: '', means: 'shared_info.evtchn_mask' } }),
		change: ({ numbers }, { given }) => [
			{
				kind: 'memory',
				space: 'linear',
				address: Number(given.sharedInfo) + SHARED_INFO.at.evtchn_mask,
				bytes: littleEndian(numbers.word, BYTES)
			}
		],
		check: held,
		solution: ({ variant, given }) => ({ word: bit(Number(given[variant.ask])) }),
		slips: ({ variant, given }) => [
			{ values: { word: '0' }, reply: 'open' },
			{ values: { word: '0xffffffff' }, reply: variant.ask === 'console' ? 'stopped' : 'too-many' },
			...(variant.ask === 'disk' ? [{ values: { word: String(given.disk) }, reply: 'other-port' }] : [])
		]
	}),
	'one-call': exercise<Call>({
		at: 'unmask-trap',
		variants: [
			{ ask: 'signal', to: 'disk' },
			{ ask: 'look', to: 'disk' },
			{ ask: 'signal', to: 'store' },
			{ ask: 'signal', to: 'console' }
		],
		facts: ({ to }) => ({
			own: `value(port, ${FIRST_SIGNAL[to]})`,
			far: `value(remote_port, ${FIRST_SIGNAL[to]})`,
			timer: 'value(port, virq name=TIMER dom=1 #1)'
		}),
		places: ({ given }) => ({ far: Number(given.far), own: Number(given.own) }),
		controls: () => ({
			op: { kind: 'number', bits: 32, start: '' },
			port: { kind: 'number', bits: 32, start: '' }
		}),
		change: ({ numbers }, _posed, { regs }) => [
			{ kind: 'register', name: 'ebx', value: Number(numbers.op) },
			{ kind: 'memory', space: 'linear', address: regs.ecx, bytes: littleEndian(numbers.port, BYTES) }
		],
		check: called,
		solution: ({ variant, given }) => values(variant.ask === 'look' ? unmask : send, Number(given.own)),
		slips: slipsOf
	})
};
