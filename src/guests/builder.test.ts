/** A domain 0 whose kernel makes a domain by hypercalls alone, lets it run, and takes it away again. */
import { describe, expect, it } from 'vitest';
import { audit } from '../hypervisor/mm/audit';
import { Run } from '../workbench/run';
import { imageFile, runGuest, sameState, stateOf } from '../workbench/testing';

const SAID = `\
createdomain: 0
max_mem: 0
populate_physmap: 7
max_vcpus: 0
set_address_size: 0
hypercall_init: 0
update_va_mapping_otherdomain: 0
update_va_mapping: 0
mmuext_op, pin: 0
setvcpucontext: 0
unpausedomain: 0
it has shut down, for reason 0, with pages: 7
destroydomain: 0
all memory is back
`;

const domain0 = (): Run => new Run({ dom0: { image: 'builder', memoryMiB: 8 }, domains: [] }, imageFile);

describe('builder', () => {
	it('makes a domain that runs, ends and leaves nothing, and every count is right all the while', () => {
		const run = domain0();
		const advance = run.advancing({});
		while (!advance.go(300)) expect(audit(run.system.hypervisor)).toEqual([]);
		expect(run.consoles.text(0)).toBe(SAID);
		expect(run.consoles.text(1)).toBe('I am a domain, made by a kernel.\n');
		expect([...run.system.hypervisor.domains.keys()]).toEqual([0]);
		expect(audit(run.system.hypervisor)).toEqual([]);
	});

	it('can be stepped back into the making: what was half made is half made again', () => {
		const run = domain0();
		const made = () => run.system.hypervisor.domains.get(1);
		const advance = run.advancing({});
		while (made()?.maxVcpus !== 1 || made()?.vcpus.length !== 0) expect(advance.go(50)).toBeNull();
		const [moment, before] = [run.moment, stateOf(run)];
		run.advance({});
		expect(made()).toBeUndefined();
		const end = stateOf(run);
		run.seek(moment);
		expect(made()?.vcpus.length).toBe(0);
		expect(sameState(stateOf(run), before)).toBe(true);
		run.advance({});
		expect(sameState(stateOf(run), end)).toBe(true);
	});

	it('is told that this is for a control domain where it is none', () => {
		const run = runGuest('builder');
		run.advance({});
		expect(run.consoles.text(1)).toBe('createdomain: -1\n');
	});
});
