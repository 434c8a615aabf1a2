/**
 * Runs every attack of the hostile guests, each on a machine of its own beside a domain that minds its own
 * business, and tells how it ended: one line an attack. The auditor recomputes all counts after each
 * hypercall that could change any, and at the end. A process of its own: `tsx src/workbench/rogue-sweep.ts [PART PARTS]`.
 */
import { pathToFileURL } from 'node:url';
import { audit } from '../hypervisor/mm/audit';
import { TYPE } from '../hypervisor/mm/frame-table';
import { CRASH_REASONS, KIND } from '../trace/events';
import { HYPERCALLS } from '../abi/hypercalls';
import { Run } from './run';
import { imageFile } from './testing';

const VICTIM = 1;
const ROGUE = 2;
const VICTIM_CMDLINE = 'run=fork';
/** No attack needs longer. */
const MOST_CYCLES = 1e9;
/** Hypercalls that take or give no frame, and are made by the thousand. */
const HARMLESS: readonly number[] = [HYPERCALLS.sched_op.nr, HYPERCALLS.event_channel_op.nr];

const machine = (cmdline: string): Run =>
	new Run(
		{
			machine: { ramMiB: 40 },
			domains: [
				{ name: 'victim', image: 'pocket', memoryMiB: 8, cmdline: VICTIM_CMDLINE },
				{ name: 'rogue', image: 'rogues', memoryMiB: 8, cmdline }
			]
		},
		imageFile
	);

/** Names of all attacks, as the guest itself lists them. */
export function attackNames(): string[] {
	const run = new Run({ domains: [{ name: 'rogues', image: 'rogues', memoryMiB: 8 }] }, imageFile, {
		keepTrace: false
	});
	run.advance({ cycle: MOST_CYCLES });
	return run.consoles.text(1).split('\n').filter(Boolean);
}

/** A frame that the victim owns and can write to. */
function victimFrame(run: Run): number {
	const { frames } = run.system.hypervisor;
	return frames.owner.findIndex(
		(owner, mfn) => owner === VICTIM && frames.type[mfn] === TYPE.writable && frames.typeCount[mfn] > 0 && mfn > 0x300
	);
}

/** What the victim says when nobody disturbs it. */
export function undisturbed(): string {
	const run = new Run(
		{ domains: [{ name: 'victim', image: 'pocket', memoryMiB: 8, cmdline: VICTIM_CMDLINE }] },
		imageFile,
		{ keepTrace: false }
	);
	run.advance({ cycle: MOST_CYCLES });
	return run.consoles.text(1);
}

/** How one attack ended: the guest's own report, or why its domain was ended; and all that went wrong, which should be nothing. */
export function attack(name: string, calm: string): string {
	const run = machine(`attack=${name} frame=${victimFrame(machine(''))}`);
	const wrong = new Set<string>();
	const check = (): void => audit(run.system.hypervisor).forEach((finding) => wrong.add(`AUDIT ${finding}`));
	for (;;) {
		const report = run.advance({ kinds: [KIND.hypercall, KIND.ptwr], cycle: MOST_CYCLES });
		if (report.cause === 'event') {
			if (mayChangeFrames(run)) check();
			continue;
		}
		if (report.cause !== 'ended') wrong.add(`DID NOT END: ${report.cause}`);
		break;
	}
	check();
	if (run.consoles.text(VICTIM) !== calm) wrong.add('ANOTHER DOMAIN WAS DISTURBED');
	return [`${name}: ${outcome(run)}`, ...wrong].join(' ! ');
}

function mayChangeFrames(run: Run): boolean {
	const { trace } = run;
	for (let seq = trace.length - 1; seq >= 0 && trace.icount(seq) >= run.icount - 1; seq--) {
		if (trace.kind(seq) === KIND.hypercall) return !HARMLESS.includes(trace.arg(seq, 'nr'));
	}
	return true;
}

function outcome(run: Run): string {
	const { crash } = run.system.hypervisor.domains.get(ROGUE)!;
	if (crash) return `ended by the hypervisor: ${CRASH_REASONS[crash.reason]}`;
	const said = run.consoles.text(ROGUE).trimEnd().split('\n');
	return said[said.length - 1].replace(/^rogue [\w-]+: /, '');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
	const [part, parts] = process.argv.slice(2).map(Number);
	const calm = undisturbed();
	attackNames().forEach((name, index) => {
		if (!parts || index % parts === part) console.log(attack(name, calm));
	});
}
