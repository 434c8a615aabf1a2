import { beforeEach, describe, expect, it } from 'vitest';
import { XENCONS_INTERFACE } from '../abi/structs/io';
import type { SharedPage } from '../hypervisor/control';
import { FakeControl } from './fake-control';
import { makeImage } from './testing';
import { Toolstack, type GuestDomain } from './toolstack';
import { latin1 } from './xenstore/wire';

const AT = XENCONS_INTERFACE.at;

let control: FakeControl;
let stack: Toolstack;
let said: string;

beforeEach(() => {
	control = new FakeControl();
	said = '';
	stack = new Toolstack(control, (dom, bytes) => (said += `${dom}:${latin1(bytes)} `));
});

const create = (name = 'guest'): GuestDomain => stack.createDomain({ name, image: makeImage(), pages: 1024 });
const consolePage = (guest: GuestDomain): SharedPage => control.frame(guest.built.consoleMfn);

/** Writes to the guest's out ring and signals. */
function say(guest: GuestDomain, text: string): void {
	consolePage(guest).write(
		AT.out,
		Uint8Array.from(text, (char) => char.charCodeAt(0))
	);
	consolePage(guest).write32(AT.out_prod, text.length);
}

describe('the toolstack', () => {
	it('writes which vcpus may be up into xenstore, as xl does', () => {
		stack.createDomain({ name: 'smp', image: makeImage(), pages: 1024, vcpus: 3 });
		create('other');
		const online = (dom: number): unknown[] =>
			(stack.xenstore.list(`/local/domain/${dom}/cpu`) ?? []).map((id) => [
				id,
				stack.xenstore.read(`/local/domain/${dom}/cpu/${id}/availability`)
			]);
		expect(online(1)).toEqual(['0', '1', '2'].map((id) => [id, 'online']));
		expect(online(2)).toEqual([['0', 'online']]);
	});

	it('writes what a guest looks for into xenstore', () => {
		const guest = create('one');
		const read = (key: string): string | undefined => stack.xenstore.read(`/local/domain/1/${key}`);
		expect(read('name')).toBe('one');
		expect(read('domid')).toBe('1');
		expect(read('memory/target')).toBe('4096');
		expect(read('console/ring-ref')).toBe(String(guest.built.consoleMfn));
		expect(read('store/port')).toBe(String(guest.built.xenstorePort));
		expect(stack.xenstore.read(read('vm')! + '/name')).toBe('one');
		expect(stack.xenstore.list('/local/domain')).toEqual(['0', '1']);
		// As a real toolstack leaves a console: of its entries only this one is the guest's.
		const owners = (key: string) => stack.xenstore.permissionsOf(`/local/domain/1/console/${key}`);
		expect([owners('backend-id'), owners('ring-ref'), owners('backend')]).toEqual([
			['n1', 'r0'],
			['n0', 'r1'],
			['n0', 'r1']
		]);
	});

	it('takes a guest\u2019s output and gives it what is typed, after the signal has been handled', () => {
		const guest = create();
		say(guest, 'hi');
		guest.type('ls\n');
		expect(said).toBe('');
		control.settle();
		expect(said).toBe('1:hi ');
		expect(latin1(consolePage(guest).read(AT.in, 3))).toBe('ls\n');
		expect([guest.outputBytes, guest.unreadInput]).toEqual([2, 3]);
		expect(control.log.at(-1)).toMatch(/^notify/);
	});

	it('takes the last words of a domain that ends', () => {
		const guest = create();
		say(guest, 'bye');
		control.onDomainEnd(guest.dom);
		expect(said).toBe('1:bye ');
	});

	it('leaves nothing of a destroyed domain', () => {
		const guest = create();
		guest.destroy();
		expect(stack.domains).toEqual([]);
		expect(stack.xenstore.list('/local/domain')).toEqual(['0']);
		expect(stack.xenstore.list('/vm')).toEqual([]);
		expect(control.log.slice(-3)).toEqual([
			`unmap ${guest.built.consoleMfn}`,
			`unmap ${guest.built.xenstoreMfn}`,
			'destroy 1'
		]);
	});

	it('lets go of a domain that domain 0\u2019s kernel destroys', () => {
		const guest = create();
		say(guest, 'bye');
		control.dying.add(guest.dom);
		control.onDomainEnd(guest.dom);
		expect([said, stack.domains, stack.xenstore.list('/local/domain')]).toEqual(['1:bye ', [], ['0']]);
		expect(control.log.slice(-2)).toEqual([`unmap ${guest.built.consoleMfn}`, `unmap ${guest.built.xenstoreMfn}`]);
	});

	it('goes on after save and restore', () => {
		const guest = create();
		guest.type('x'.repeat(1500));
		control.settle();
		const saved = structuredClone(stack.save());
		guest.destroy();
		stack.restore(saved);
		expect(stack.domains).toEqual([guest]);
		expect(guest.unreadInput).toBe(1500);
		consolePage(guest).write32(AT.in_cons, 1024);
		guest.type('');
		control.settle();
		expect(guest.unreadInput).toBe(476);
		expect(stack.xenstore.read('/local/domain/1/name')).toBe('guest');
	});
});
