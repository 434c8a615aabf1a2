import { describe, expect, it } from 'vitest';
import { Uart } from '../../hardware/devices/uart';
import { TinyGuest } from './tiny-guest';

describe('the hypervisor\u2019s own log', () => {
	it('tells over the serial line why a domain died, with its registers', () => {
		const guest = new TinyGuest();
		const sent: number[] = [];
		guest.machine.devices.get(Uart, 'com1').onByte = (byte) => sent.push(byte);
		guest.start([0x0f, 0x0b]); // ud2, and nobody handles it
		guest.run();
		expect(guest.domain.crash).not.toBeNull();
		const text = String.fromCharCode(...sent);
		expect(text).toMatch(/^\(XEN\) Domain 1 \(.*\) crashed: no trap handler\r\n/);
		expect(text).toMatch(/eip: [0-9a-f]{8}/);
	});
});
