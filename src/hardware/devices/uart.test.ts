import { beforeEach, expect, it } from 'vitest';
import { Uart } from './uart';

let uart: Uart;
let sent: string;
let line: boolean;
beforeEach(() => {
	uart = new Uart();
	sent = '';
	line = false;
	uart.onByte = (byte) => (sent += String.fromCharCode(byte));
	uart.trigger = (high) => (line = high);
});

it('sends at once and is always ready for more', () => {
	for (const char of 'ok\n') {
		expect(uart.read(5) & 0x60).toBe(0x60);
		uart.write(0, 1, char.charCodeAt(0));
	}
	expect(sent).toBe('ok\n');
});

it('the divisor hides behind DLAB', () => {
	uart.write(3, 1, 0x83);
	uart.write(0, 1, 1);
	uart.write(1, 1, 2);
	expect([uart.read(0), uart.read(1)]).toEqual([1, 2]);
	uart.write(3, 1, 0x03);
	expect([uart.read(1), sent]).toEqual([0, '']);
});

it('holds one byte without the FIFO and sixteen with it; one more is an overrun', () => {
	uart.receive(1);
	uart.receive(2);
	expect([uart.read(5) & 3, uart.read(5) & 3, uart.read(0), uart.read(5) & 1]).toEqual([3, 1, 1, 0]);
	uart.write(2, 1, 1);
	for (let i = 0; i < 17; i++) uart.receive(i);
	expect([uart.room, uart.read(2) >> 6, uart.read(5) & 2]).toEqual([0, 3, 2]);
});

it('raises its line for received bytes before an empty transmitter', () => {
	uart.write(1, 1, 3);
	expect(line).toBe(true);
	uart.receive(65);
	expect(uart.read(2) & 15).toBe(4);
	uart.read(0);
	expect([uart.read(2) & 15, uart.read(2) & 15, line]).toEqual([2, 1, false]);
});

it('loops back', () => {
	uart.write(4, 1, 0x10);
	uart.write(0, 1, 66);
	expect([uart.read(0), sent]).toEqual([66, '']);
});

it('a reset takes back what was set, lowers its line, and leaves the wires alone', () => {
	uart.write(1, 1, 3);
	uart.write(7, 1, 0x5a);
	uart.receive(67);
	uart.reset();
	expect([line, uart.save()]).toEqual([false, new Uart().save()]);
	uart.write(0, 1, 68);
	expect(sent).toBe('D');
});

it('saves and restores', () => {
	uart.write(7, 1, 0x5a);
	uart.receive(67);
	const other = new Uart();
	other.restore(structuredClone(uart.save()));
	expect([other.read(7), other.read(0)]).toEqual([0x5a, 67]);
});
