import { describe, expect, it } from 'vitest';
import { call, DATA, le32, poweroff, TinyGuest } from './tiny-guest';

const [CONSOLE_IO, XEN_VERSION] = [18, 17];
const EXTRAVERSION = 1;
/** A page of the guest that a device's window is laid over. */
const [PAGE, WINDOW] = [6, 0x6000];

describe('a hypercall whose buffer lies in a window of a device', () => {
	/** Runs `program` with a window that holds `bytes` over page 6; what was asked of the device comes back with it. */
	function withWindow(program: number[], bytes: number[] = []) {
		const guest = new TinyGuest();
		const asked: string[] = [];
		guest.start([...program, ...poweroff()]);
		guest.machine.bus.mountMemory(guest.mfn(PAGE) * 4096, 4096, {
			read: (offset, size) => {
				asked.push(`r${size}@${offset}`);
				return Array.from({ length: size }, (_none, n) => (bytes[offset + n] ?? 0) << (8 * n)).reduce((a, b) => a | b);
			},
			write: (offset, size, value) => asked.push(`w${size}@${offset}=${value.toString(16)}`)
		});
		guest.run();
		return { guest, asked };
	}

	it('is read from the device', () => {
		const bytes = [...'window'].map((char) => char.charCodeAt(0));
		const { guest, asked } = withWindow(call(CONSOLE_IO, 0, 6, WINDOW), bytes);
		expect(String.fromCharCode(...guest.host.console)).toBe('window');
		expect(asked).toEqual(['r4@0', 'r1@4', 'r1@5']);
	});

	it('is written to the device, and the RAM beneath stays as it was', () => {
		const { guest, asked } = withWindow(call(XEN_VERSION, EXTRAVERSION, WINDOW));
		expect(asked[0]).toMatch(/^w4@0=/);
		expect(asked).toHaveLength(4);
		expect(guest.machine.memory.ram[guest.mfn(PAGE) * 4096]).toBe(0);
	});

	it('may begin in RAM and end in the device', () => {
		const { asked } = withWindow(call(CONSOLE_IO, 0, 4, WINDOW - 2), [65, 66]);
		expect(asked).toEqual(['r1@0', 'r1@1']);
	});

	it('is not read as code, which the processor does not fetch there either', () => {
		const jump = [0xe9, ...le32(WINDOW - 5)];
		const { guest, asked } = withWindow(jump, [0x0f, 0x0b, 0x78, 0x65, 0x6e]);
		expect([guest.domain.crash?.eip, asked]).toEqual([WINDOW, []]);
	});

	it('is the guest\u2019s RAM where no window is', () => {
		const { guest, asked } = withWindow(call(CONSOLE_IO, 0, 2, DATA));
		expect([guest.host.console, asked]).toEqual([[0, 0], []]);
	});
});
