import { describe, expect, it } from 'vitest';
import { audit } from '../mm/audit';
import { Machine } from '../../hardware/machine';
import { ControlPort } from '../control';
import { ListRecorder } from '../test/tiny-guest';
import { boot } from './boot';
import { crashDomain } from './crash';
import { ALL_PRIVILEGES } from './domain';
import { createDomain, destroyDomain } from './domains';
import { Hypervisor } from './hypervisor';

function machine(): Hypervisor {
	const recorder = new ListRecorder();
	return new Hypervisor(new Machine({ ramBytes: 16 * 1024 * 1024, recorder }), recorder, {
		sliceMs: 10,
		scheduler: 'round-robin',
		wallClock: 0,
		consoleIo: () => {}
	});
}

describe('a domain that programs outside play', () => {
	it('may be another than the first', () => {
		const hv = machine();
		const first = boot(hv);
		const played = createDomain(hv, { name: 'tools', privileges: ALL_PRIVILEGES, maxPages: 0, vcpus: 0 });
		const control = new ControlPort(hv, played);
		const dom = control.createDomain({ name: 'guest', pages: 16, privileged: false });
		expect([first.id, played.id, dom]).toEqual([0, 1, 2]);
		let heard = 0;
		const port = control.bind(dom, control.allocUnbound(dom), () => heard++);
		expect(hv.domains.get(dom)!.events.channels[1]).toMatchObject({ remoteDom: played.id, remotePort: port });
		expect([first.events.channels.length, played.events.channels[port].remoteDom]).toEqual([0, dom]);
		hv.machine.run(200_000);
		expect(heard).toBe(1);
		control.close(port);
		expect(audit(hv)).toEqual([]);
	});

	it('ends as others do, without a vcpu to blame', () => {
		const hv = machine();
		const first = boot(hv);
		crashDomain(hv, first, 'guest called crash');
		expect(first.crash).toMatchObject({ vcpu: 0, eip: 0 });
		destroyDomain(hv, first);
		expect([...hv.domains.keys()]).toEqual([]);
		expect(audit(hv)).toEqual([]);
	});
});
