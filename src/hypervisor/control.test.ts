import { beforeEach, describe, expect, it } from 'vitest';
import { GRANT_ENTRY_V1 } from '../abi/structs/grant';
import { Machine } from '../hardware/machine';
import { KIND, type Recorder } from '../trace/events';
import { boot } from './core/boot';
import { ControlPort, LATENCY_CYCLES } from './control';
import { sendEvent } from './events/channels';
import { Hypervisor } from './core/hypervisor';
import { audit } from './mm/audit';
import { getPageAndType } from './mm/page-types';
import { TYPE } from './mm/frame-table';

const MIB = 1024 * 1024;

/** Keeps kind and first arguments of each event. */
class ListRecorder implements Recorder {
	dom = 0x7fff;
	vcpu = 0;
	cause = -1;
	readonly events: { kind: number; dom: number; cause: number; args: number[] }[] = [];
	get next(): number {
		return this.events.length;
	}
	record(kind: number, ...args: number[]): number {
		return this.events.push({ kind, dom: this.dom, cause: this.cause, args }) - 1;
	}
	begin(kind: number, ...args: number[]): number {
		return this.record(kind, ...args);
	}
	hold(kind: number): number {
		return this.record(kind);
	}
	settle(): void {}
	end(): void {}
}

let recorder: ListRecorder;
let hv: Hypervisor;
let control: ControlPort;

beforeEach(() => {
	recorder = new ListRecorder();
	const machine = new Machine({ ramBytes: 24 * MIB, recorder });
	hv = new Hypervisor(machine, recorder, { sliceMs: 10, scheduler: 'round-robin', wallClock: 0, consoleIo: () => {} });
	control = new ControlPort(hv, boot(hv));
});

/** A domain with a channel to domain 0; `port` is its end. */
function connected(handler: () => void): { dom: number; port: number; local: number } {
	const dom = control.createDomain({ name: 'guest', pages: 16, privileged: false });
	const port = control.allocUnbound(dom);
	return { dom, port, local: control.bind(dom, port, handler) };
}

const letTimePass = (cycles: number): void => {
	const { clock } = hv.machine;
	clock.advanceTo(clock.now + cycles);
	clock.runDue();
};

describe('the control port', () => {
	it('gives a domain zeroed, ascending frames and tells the machine-to-physical table', () => {
		const dom = control.createDomain({ name: 'guest', pages: 16, privileged: false });
		const frames = control.populate(dom, 16);
		expect(frames.every((frame, i) => i === 0 || frame === frames[i - 1] + 1)).toBe(true);
		expect(
			control
				.frame(frames[3])
				.read(0, 4096)
				.every((byte) => byte === 0)
		).toBe(true);
		expect(control.populate(dom, 1)).toEqual([]);
		expect(audit(hv)).toEqual([]);
	});

	it('keeps a mapped ring page writable memory for as long as it is mapped', () => {
		const dom = control.createDomain({ name: 'guest', pages: 16, privileged: false });
		const [frame] = control.populate(dom, 16);
		const page = control.map(dom, frame)!;
		page.write32(8, 0xdead_beef);
		expect(page.read32(8)).toBe(0xdead_beef);
		page.write32(8, 0);
		expect(getPageAndType(hv, frame, dom, TYPE.l1)).toBeLessThan(0);
		expect(audit(hv)).toEqual([]);
		control.unmap(frame);
		expect(getPageAndType(hv, frame, dom, TYPE.l1)).toBe(0);
		expect(control.map(dom, frame)).toBeNull();
	});

	it('does not map what is not the domain\u2019s', () => {
		const one = control.createDomain({ name: 'one', pages: 16, privileged: false });
		const two = control.createDomain({ name: 'two', pages: 16, privileged: false });
		const [frame] = control.populate(one, 1);
		expect(control.map(two, frame)).toBeNull();
	});

	it('runs the handler of a signalled port a fixed time later, once, in domain 0\u2019s name', () => {
		const ran: number[] = [];
		const { dom, port } = connected(() => {
			ran.push(hv.machine.clock.now);
			recorder.record(KIND.console_output, dom, 1, 1);
		});
		letTimePass(LATENCY_CYCLES);
		ran.length = 0;
		const sentAt = hv.machine.clock.now;
		sendEvent(hv, hv.domains.get(dom)!, port);
		sendEvent(hv, hv.domains.get(dom)!, port);
		const last = recorder.events.findLastIndex(({ kind }) => kind === KIND.event_pending);
		letTimePass(LATENCY_CYCLES - 1);
		expect(ran).toEqual([]);
		letTimePass(1);
		expect(ran).toEqual([sentAt + LATENCY_CYCLES]);
		const event = recorder.events.at(-1)!;
		expect(event.dom).toBe(0);
		// It finds what was sent up to now, so the last signal is what it came for.
		expect(event.cause).toBe(last);
	});

	it('sets the guest\u2019s port pending when domain 0 signals', () => {
		const { dom, port, local } = connected(() => {});
		control.notify(local);
		const pending = recorder.events.filter((event) => event.kind === KIND.event_pending).at(-1)!;
		expect(pending.args.slice(0, 2)).toEqual([dom, port]);
	});

	it('remembers what is due over save and restore', () => {
		let count = 0;
		const { local } = connected(() => count++);
		letTimePass(LATENCY_CYCLES);
		control.kick(local);
		const saved = structuredClone([control.save(), hv.machine.clock.save()] as const);
		control.close(local);
		letTimePass(LATENCY_CYCLES);
		expect(count).toBe(1);
		hv.machine.clock.restore(saved[1]);
		control.restore(saved[0]);
		control.rebind(local, () => count++);
		letTimePass(LATENCY_CYCLES);
		expect(count).toBe(2);
	});

	it('writes grant entries where a guest will find its table', () => {
		const dom = control.createDomain({ name: 'guest', pages: 16, privileged: false });
		const [frame] = control.populate(dom, 1);
		control.grant(dom, 1, 0, frame);
		const [table] = hv.grants.frames(hv.domains.get(dom)!);
		const entry = new DataView(control.frame(table).read(GRANT_ENTRY_V1.size, GRANT_ENTRY_V1.size).buffer);
		expect([entry.getUint16(0, true), entry.getUint16(2, true), entry.getUint32(4, true)]).toEqual([1, 0, frame]);
	});

	it('leaves nothing of a destroyed domain, and never uses its number again', () => {
		const before = hv.heap.available;
		const { dom, local } = connected(() => {});
		const [frame] = control.populate(dom, 16);
		control.map(dom, frame);
		control.close(local);
		control.unmap(frame);
		control.destroyDomain(dom);
		expect(control.status(dom)).toEqual({ alive: false, dying: true, shutdown: null, crash: null });
		expect(hv.heap.available).toBe(before);
		expect(audit(hv)).toEqual([]);
		expect(control.createDomain({ name: 'next', pages: 16, privileged: false })).toBe(dom + 1);
	});
});
