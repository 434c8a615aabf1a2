import { expect, it } from 'vitest';
import { dropping } from './rules';

/** A datagram from 10.0.0.3 port 49153 to 10.0.0.2 port 7. */
const UDP = Uint8Array.from(
	Buffer.from(
		'00163e000002' +
			'00163e000003' +
			'0800' +
			'4500002100014000' +
			'4011' +
			'0000' +
			'0a000003' +
			'0a000002' +
			'c0010007000d0000' +
			'68656c6c6f',
		'hex'
	)
);
const drops = (...texts: readonly string[]): number | undefined =>
	dropping(
		texts.map((text, number) => ({ number, text })),
		'tx',
		UDP,
		UDP.length
	)?.number;

it('the first rule that holds decides; one for the other direction does not count', () => {
	expect(drops('tx match ip.src != 10.0.0.2 drop')).toBe(0);
	expect(drops('tx match ip.src == 10.0.0.3 accept', 'tx drop')).toBeUndefined();
	expect(drops('rx drop', 'tx match udp.dst == 8 drop', 'tx drop')).toBe(2);
	expect(drops()).toBeUndefined();
});

it('all conditions must hold, on networks, addresses of cards and lengths too', () => {
	expect(drops('tx match ip.dst == 10.0.0.0/24 and udp.dst < 8 drop')).toBe(0);
	expect(drops('tx match ip.dst == 10.0.1.0/24 and udp.dst < 8 drop')).toBeUndefined();
	expect(drops('tx match eth.src == 00:16:3e:00:00:03 and length > 46 drop')).toBe(0);
	expect(drops('tx match eth.dst == broadcast drop')).toBeUndefined();
	expect(drops('tx match eth.type == 0x0800 and ip.proto == 17 drop')).toBe(0);
});

it('a condition on a header that the packet does not have does not hold, whatever its comparison', () => {
	expect(drops('tx match arp.op != 1 drop')).toBeUndefined();
	expect(drops('tx match icmp.type != 8 drop')).toBeUndefined();
});
