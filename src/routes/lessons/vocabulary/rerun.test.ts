/** A lesson's run made anew with another cost table: everything is read from it, and what does not happen in it is told. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { sliceOf, TraceMirror } from '../../../trace/mirror';
import { query } from '../../../trace/query';
import type { Costing } from '../../../workbench/costs';
import type { ScenarioInput } from '../../../workbench/scenario';
import { imageFile } from '../../../workbench/testing';
import { Host } from '../../../workbench/worker/host';
import { StageMachine } from './machine';
import { Player } from './player.svelte';
import { remake } from './remake';
import { StageRun, type Director } from './stage-run.svelte';
import type { StepData } from './vocabulary';

vi.mock('./remake');

const scenario: ScenarioInput = { domains: [{ name: 'hello', image: 'hello', memoryMiB: 16 }] };
const CALL = 'hypercall #1';
/** A call from its trap to the kernel's next instruction. */
const SPAN = 'cycles(trap vector=0x82 #1, far_return after(hypercall #1) #1)';
const step = (title: string, at: string): StepData => ({
	title,
	at,
	shows: [],
	moment: 'after',
	address: '',
	truths: [],
	until: '',
	predictions: [],
	exercises: [],
	asks: ''
});

/** The run with a table, in this thread; its machine shows nothing. */
async function made(machine: Costing, director: Director): Promise<StageRun> {
	const host = new Host({ clock: () => 0, breathe: () => Promise.resolve() });
	const trace = new TraceMirror();
	host.listener = (news) => news.slices.forEach((slice) => trace.append(slice));
	await host.open({ ...scenario, machine }, { hello: imageFile('hello') }, []);
	const { cycle } = await host.advance({});
	const stage = new StageRun({ ...scenario, machine }, trace, new StageMachine(() => new Promise(() => {})), director);
	[stage.length, stage.end] = [trace.length, cycle];
	return stage;
}

let player: Player;
/** The first call, if it is made no later than with the usual table. */
let early: string;
beforeEach(async () => {
	vi.stubGlobal('cancelAnimationFrame', () => undefined);
	vi.mocked(remake).mockImplementation(async (_scenario, costing, director) => ({
		run: await made(costing, director),
		cut: false
	}));
	player = new Player('test', scenario, {});
	const recorded = await made({}, player);
	player.run.trace.append(sliceOf(recorded.trace, 0, recorded.trace.length));
	player.run.length = recorded.length;
	player.addStep(step('the call', CALL));
	early = `hypercall cycle <= ${recorded.trace.cycle(query(recorded.trace, CALL))} #1`;
	player.addStep(step('an early call', early));
	player.status = 'ready';
});
afterEach(() => {
	vi.resetAllMocks();
	vi.restoreAllMocks();
	vi.unstubAllGlobals();
});

it('measures in the new run, and in the recorded one again', async () => {
	const before = player.measure(SPAN);
	expect(before).toBeGreaterThan(0);
	await player.rerun({ costs: { hypercall: 620 } });
	expect([player.remade, player.making, player.costing]).toEqual([true, null, { costs: { hypercall: 620 } }]);
	expect(player.measure(SPAN)).toBe(before + 500);
	await player.rerun({});
	expect([player.remade, player.costing]).toEqual([false, {}]);
	expect(player.measure(SPAN)).toBe(before);
});

it('says that a step’s moment does not happen, and shows no other in its place', async () => {
	const errors = vi.spyOn(console, 'error').mockReturnValue();
	player.open(2);
	expect([player.missing, player.run.seq >= 0]).toEqual([false, true]);
	await player.rerun({ costs: { domainSwitch: 9000 } });
	expect([player.missing, player.run.seq, player.run.scene, player.run.fetching]).toEqual([true, -1, null, false]);
	expect(player.measure(`seq(${early})`)).toBeNaN();
	player.open(1);
	expect([player.missing, player.run.seq >= 0]).toEqual([false, true]);
	await player.rerun({});
	player.open(2);
	expect([player.missing, player.run.seq >= 0]).toEqual([false, true]);
	expect(errors).not.toHaveBeenCalled();
});

it('keeps what it shows while a run is made, and when it cannot be made', async () => {
	vi.mocked(remake).mockRejectedValueOnce(new Error('no worker'));
	await player.rerun({ costs: { iret: 7 } });
	expect([player.remade, player.making, player.remark]).toEqual([
		false,
		null,
		'The run could not be made with your table: no worker'
	]);
});

it('of two tables asked for in a row shows the later one', async () => {
	let first = (): void => {};
	vi.mocked(remake).mockImplementationOnce(
		(_scenario, costing, director) =>
			new Promise((resolve) => {
				first = () => void made(costing, director).then((run) => resolve({ run, cut: false }));
			})
	);
	const slow = player.rerun({ costs: { iret: 7 } });
	await vi.waitFor(() => expect(remake).toHaveBeenCalled());
	await player.rerun({ costs: { iret: 9 } });
	first();
	await slow;
	expect(player.costing).toEqual({ costs: { iret: 9 } });
});

it('says that a run was cut', async () => {
	vi.mocked(remake).mockImplementationOnce(async (_scenario, costing, director) => ({
		run: await made(costing, director),
		cut: true
	}));
	await player.rerun({ costs: { iret: 7 } });
	expect(player.remark).toMatch(/does not come to its end/);
	await player.rerun({});
	expect(player.remark).toBe('');
});
