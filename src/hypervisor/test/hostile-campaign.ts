/**
 * A campaign: hostile guests one after another in one world, each call followed by a look at all that must hold. A campaign is
 * made again by its seed, call for call; what it keeps does not grow with the calls.
 */
import { errnoName } from '../../abi/errno';
import { hypercallName, hypercallRow } from '../../abi/hypercalls';
import { HostileCaller, type Attempt } from './hostile-calls';
import { Dice } from './hostile-dice';
import { World } from './hostile-world';

/** What there is to choose about a campaign. */
export interface CampaignOptions {
	readonly seed: number;
	/** Calls between two recounts of the frame table; all else is looked at after each call. */
	readonly auditEvery: number;
	/** Milliseconds on the wall that one call may take before that counts as a fault of ours. */
	readonly slowMs: number;
	/** Vcpus of each hostile domain. */
	readonly vcpus: number;
}

/** What must not be: which call of which campaign, what was wrong, and the calls before. */
export class CampaignFailure extends Error {}

/** The caller did not come to the instruction after its call. */
const GONE = 'never came back';

/** An answer in a word: one of a few dozen, however many values there are. */
function answerName(result: number | null): string {
	if (result === null) return GONE;
	if (result === 0) return '0';
	if (result < 0 && result > -4096) return `-${errnoName(-result)}`;
	return 'a value';
}

export class Campaign {
	/** How often each call, by name, was answered how. */
	readonly answers = new Map<string, Map<string, number>>();
	calls = 0;
	/** Domains that it has used up, with the present one. */
	lives = 1;
	/** The longest that a call took, milliseconds on the wall. */
	slowest = 0;
	private readonly world = new World();
	private readonly dice: Dice;
	/** Frames that nobody has while the innocent guest is alone. */
	private readonly available = this.world.available;
	private caller: HostileCaller;
	private readonly recent: string[] = [];

	constructor(private readonly options: CampaignOptions) {
		this.dice = new Dice(options.seed);
		this.caller = new HostileCaller(this.world, this.dice, options.vcpus);
	}

	/** One call, and all questions after it. @throws CampaignFailure */
	step(): void {
		const attempt = this.caller.attempt();
		this.note(attempt);
		const started = performance.now();
		const result = this.guarded(() => {
			const answer = this.caller.make(attempt);
			if (this.dice.once(3)) this.caller.store();
			return answer;
		});
		const took = performance.now() - started;
		this.slowest = Math.max(this.slowest, took);
		if (took > this.options.slowMs) this.fail([`it took ${took} ms`]);
		this.count(attempt, result);
		this.demand(this.world.check(this.calls % this.options.auditEvery === 0));
		this.world.host.recorder.events.length = 0;
		this.world.host.console.length = 0;
		this.calls++;
		if (!this.caller.guest.domain.alive || this.dice.once(2000)) this.next();
	}

	/** Ends the last domain; afterwards the innocent guest goes on with its work. @throws CampaignFailure */
	finish(): void {
		this.clear();
		const { work } = this.world;
		this.world.host.machine.run(10_000);
		if (this.world.work <= work) this.fail(['the innocent guest works no more']);
	}

	/** Answers of all calls together. */
	get totals(): Map<string, number> {
		const totals = new Map<string, number>();
		for (const row of this.answers.values())
			for (const [answer, times] of row) totals.set(answer, (totals.get(answer) ?? 0) + times);
		return totals;
	}

	private next(): void {
		this.clear();
		this.caller = new HostileCaller(this.world, this.dice, this.options.vcpus);
		this.lives++;
	}

	private clear(): void {
		this.demand(this.guarded(() => this.world.destroy(this.caller.guest.domain, this.available)));
	}

	private note({ nr, args }: Attempt): void {
		this.recent.push(`${hypercallName(nr)}(${args.map((arg) => arg.toString(16)).join(' ')})`);
		if (this.recent.length > this.options.auditEvery + 2) this.recent.shift();
	}

	private count({ nr }: Attempt, result: number | null): void {
		const [name, answer] = [hypercallRow(nr) ? hypercallName(nr) : 'no such call', answerName(result)];
		this.recent[this.recent.length - 1] += ` = ${result}`;
		const row = this.answers.get(name) ?? new Map<string, number>();
		this.answers.set(name, row.set(answer, (row.get(answer) ?? 0) + 1));
	}

	private guarded<T>(body: () => T): T {
		try {
			return body();
		} catch (error) {
			return this.fail([String((error as Error).stack)]);
		}
	}

	private demand(problems: readonly string[]): void {
		if (problems.length > 0) this.fail(problems);
	}

	private fail(problems: readonly string[]): never {
		const place = `seed ${this.options.seed}, call ${this.calls}`;
		throw new CampaignFailure(`${place}:\n${problems.join('\n')}\nafter\n${this.recent.join('\n')}`);
	}
}
