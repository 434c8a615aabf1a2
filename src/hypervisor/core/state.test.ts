import { describe, expect, it } from 'vitest';
import { destroyDomain } from './domains';
import { TinyGuest } from '../test/tiny-guest';

/** jmp to itself */
const SPIN = [0xeb, 0xfe];
/** Who they are, and what is not plain data; what stands at ports, virtual-ports.test.ts restores. */
const LINKS = ['ports', 'domain', 'vcpus', 'pcpu', 'native', 'id', 'name', 'privileges', 'sharedInfo'];

function start(): TinyGuest {
	const guest = new TinyGuest(undefined, 2);
	guest.start(SPIN);
	guest.machine.run(1000);
	return guest;
}

/** Sets every field, and every field of its parts, to something that it never is. */
function garble(record: object): number {
	let fields = 0;
	for (const [key, value] of Object.entries(record)) {
		if (LINKS.includes(key)) continue;
		if (typeof value === 'object' && value !== null && 'restore' in value) fields += garble(value as object);
		else {
			(record as Record<string, unknown>)[key] = `garbled ${key}`;
			fields++;
		}
	}
	return fields;
}

describe('the saved state', () => {
	it('has every field of domains and vcpus, whichever room keeps it', () => {
		const { hv, domain } = start();
		const serve = (): void => {};
		domain.events.native = serve;
		const saved = structuredClone(hv.save());
		for (const record of [domain, ...domain.vcpus]) expect(garble(record)).toBeGreaterThan(10);
		hv.restore(saved);
		expect(hv.save()).toEqual(saved);
		expect(JSON.stringify(hv.save())).not.toContain('garbled');
		expect(domain.events.native).toBe(serve);
	});

	it('brings back a domain that is gone, with its vcpu on the processor', () => {
		const { hv, machine, domain } = start();
		const saved = structuredClone([hv.save(), machine.save()] as const);
		destroyDomain(hv, domain);
		machine.run(1000);
		expect([hv.domains.has(domain.id), hv.pcpu.current]).toEqual([false, null]);
		machine.restore(saved[1]);
		hv.restore(saved[0]);
		const again = hv.domains.get(domain.id)!;
		expect(again).not.toBe(domain);
		expect(again.vcpus[0].pcpu).toBe(hv.pcpu);
		expect(hv.save()).toEqual(saved[0]);
	});
});
