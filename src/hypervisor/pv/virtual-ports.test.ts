import { describe, expect, it } from 'vitest';
import { Clock } from '../../hardware/clock';
import { NullRecorder } from '../../trace/events';
import { restoreHypervisor, saveHypervisor } from '../core/state';
import { TinyGuest, TinyHost } from '../test/tiny-guest';
import { VirtualPorts } from './virtual-ports';

const ports = (): VirtualPorts => new VirtualPorts({ clock: new Clock(), recorder: new NullRecorder() });

describe('the ports of a domain', () => {
	it('are bytes: a wide access is one of each, and what nobody has is ones', () => {
		const p = ports();
		p.write(0x61, 1, 1);
		p.write(0x43, 1, 0xa0);
		// Counter 2 gets 12h, the control register a command to counter 3, which latches nothing.
		p.write(0x42, 2, 0xc0_12);
		expect([p.read(0x42, 2), p.read(0x40, 4), p.read(0x6e, 4)]).toEqual([0x12, 0x0012_ffff, 0xff00_ffff]);
		p.write(0x6f, 4, 0x1122_3344);
		expect([p.read(0x70, 1), p.read(0x6f, 2)]).toEqual([0x33, 0x33ff]);
	});

	it('the PCI address takes four bytes at once, from its own port on', () => {
		const p = ports();
		p.write(0xcf8, 4, -2);
		p.write(0xcf8, 2, 0);
		p.write(0xcf9, 1, 0);
		p.write(0xcf7, 4, 0);
		p.write(0xcf9, 4, 0);
		expect([p.read(0xcf8, 4), p.read(0xcf8, 2), p.read(0xcfa, 1)]).toEqual([0xffff_fffe, 0xffff, 0xff]);
		expect([p.read(0xcf7, 4), p.read(0xcf9, 4)]).toEqual([0xffff_ffff, 0xffff_ffff]);
	});

	it('are each domain\u2019s own, and part of the hypervisor\u2019s saved state', () => {
		const host = new TinyHost();
		const [a, b] = [new TinyGuest(host), new TinyGuest(host)].map(({ domain }) => domain.pv.ports);
		a.write(0x70, 1, 5);
		a.write(0xcf8, 4, 6);
		a.write(0x61, 1, 2);
		expect([b.read(0x70, 1), b.read(0xcf8, 4), b.read(0x61, 1) & 3]).toEqual([0, 0, 0]);
		const state = structuredClone(saveHypervisor(host.hv));
		for (const p of [a, b]) {
			p.write(0x70, 1, 9);
			p.write(0xcf8, 4, 9);
			p.write(0x61, 1, 1);
		}
		restoreHypervisor(host.hv, state);
		expect([a, b].map((p) => [p.read(0x70, 1), p.read(0xcf8, 4), p.read(0x61, 1) & 3])).toEqual([
			[5, 6, 2],
			[0, 0, 0]
		]);
	});

	it('are as at power-on after a reset', () => {
		const p = ports();
		p.write(0x70, 1, 5);
		p.write(0xcf8, 4, 6);
		p.write(0x61, 1, 3);
		p.devices.reset();
		expect(p.save()).toEqual(ports().save());
	});
});
