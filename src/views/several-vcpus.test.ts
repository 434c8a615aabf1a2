/** Pictures of a domain with four vcpus tell them apart: what each shows is that vcpu's own. */
import { describe, expect, it } from 'vitest';
import { RUNSTATES } from '../trace/events';
import { queryAll } from '../trace/query';
import { sentence } from '../trace/text/sentence';
import { channels } from '../workbench/inspect/channels';
import { inspect } from '../workbench/inspect/moment';
import { scheduler } from '../workbench/inspect/scheduler';
import { vcpuContext, vcpus } from '../workbench/inspect/vcpus';
import { runGuest } from '../workbench/testing';
import { layout as causes } from './causes/layout';
import { layout as registers } from './registers/layout';
import { layout } from './scheduler/layout';
import { wordOf } from './score/words';

const run = runGuest('pocket', { memoryMiB: 8, vcpus: 4, cmdline: 'run=smp' });
run.advance();
const { trace } = run;
/** Switches between vcpus of the domain. */
const switches = queryAll(trace, 'sched_switch prev_dom=1 next_dom=1');
const hypervisor = run.system.hypervisor;

/** Goes to the last moment at which vcpu `id` was given the processor, and on into the guest. */
function during(id: number): void {
	const seq = switches.findLast((at) => trace.arg(at, 'next_vcpu') === id)!;
	run.seek({ seq });
	run.advance({ points: [{ id: 0, kind: 'event', query: `far_return to_ring=1 vcpu=${id}` }] });
	run.advance({ icount: run.icount + 1 });
}

describe('of four vcpus', () => {
	it.each([0, 1, 2, 3])('vcpu %i is on the processor, the others are where they were left', (id) => {
		during(id);
		const moment = inspect(run);
		expect([moment.dom, moment.vcpu]).toEqual([1, id]);
		expect(registers(moment).mode).toBe(`ring 1, guest kernel, dom1 vcpu ${id}`);
		expect(vcpus(run)).toHaveLength(4);
		for (const { vcpu } of vcpus(run)) {
			const context = vcpuContext(run, { dom: 1, vcpu });
			const v = hypervisor.domains.get(1)!.vcpus[vcpu];
			if (vcpu === id) expect(context.regs.eip).toBe(moment.regs.eip);
			else expect([context.regs.eip, context.regs.esp, context.processor]).toEqual([v.regs.eip, v.regs.esp, null]);
			// Each has a stack page of its own.
			expect(context.regs.esp >>> 12).not.toBe(vcpuContext(run, { dom: 1, vcpu: (vcpu + 1) % 4 }).regs.esp >>> 12);
		}
	});

	it('each has its row in the scheduler, whose times add up to all that has passed', () => {
		during(2);
		const picture = scheduler(run);
		const rows = picture.vcpus.filter(({ dom }) => dom === 1);
		expect(rows.map(({ vcpu }) => vcpu)).toEqual([0, 1, 2, 3]);
		expect(rows.filter(({ runstate }) => RUNSTATES[runstate] === 'running').map(({ vcpu }) => vcpu)).toEqual([2]);
		const sums = rows.map(({ times }) => times.reduce((sum, time) => sum + time));
		expect(new Set(sums).size).toBe(1);
		const marks = layout({ picture, trace, seq: trace.length - 1, span: 100_000 }, { width: 900 });
		expect(marks.vcpus.map(({ cells }) => cells[0])).toEqual([0, 1, 2, 3].map((id) => `dom1 v${id}`));
		expect(marks.lanes).toHaveLength(4);
	});

	it('each is named where it is told, and where its upcall has its cause', () => {
		const pending = queryAll(trace, 'event_pending target_dom=1 target_vcpu=3 masked=0').at(-1)!;
		const upcall = queryAll(trace, 'upcall dom=1').find((seq) => seq > pending && trace.vcpu(seq) === 3)!;
		expect(sentence(trace, pending)).toMatch(/becomes pending for vcpu 3$/);
		expect(
			causes(trace, upcall)
				.stations.map(({ whose }) => whose)
				.join()
		).toContain('dom1 vcpu 3');
	});

	it('a switch from one to another says to whom', () => {
		const words = new Set(switches.map((seq) => wordOf(trace, seq)!.text));
		expect([...words].sort()).toEqual([0, 1, 2, 3].map((id) => `switch to dom1 vcpu ${id}`));
	});

	it('each has its words in the picture of event channels, and its port', () => {
		during(1);
		const domain = channels(run).domains.find(({ id }) => id === 1)!;
		expect(domain.vcpus.map(({ id }) => id)).toEqual([0, 1, 2, 3]);
		expect(domain.ports.filter(({ state }) => state === 'ipi').map(({ vcpu }) => vcpu)).toEqual([0, 1, 2, 3]);
	});
});
