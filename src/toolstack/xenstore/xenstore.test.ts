import { beforeEach, describe, expect, it } from 'vitest';
import { XENSTORE_INTERFACE, XENSTORE_RING_SIZE, XS } from '../../abi/structs/xenstore';
import { NullRecorder } from '../../trace/events';
import { numbers } from '../testing';
import { QUOTA } from './access';
import { XenstoreRing } from './ring';
import { Xenstore } from './server';
import { TestGuest } from './testing';
import { encode } from './wire';

const AT = XENSTORE_INTERFACE.at;
const OK = 'OK\0';

let server: Xenstore;
let one: TestGuest;
let two: TestGuest;

beforeEach(() => {
	server = new Xenstore(new NullRecorder());
	for (const dom of [1, 2]) {
		server.write(`/local/domain/${dom}`, '', `n0 r${dom}`);
		server.write(`/local/domain/${dom}/name`, `guest${dom}`, `n0 r${dom}`);
		server.write(`/local/domain/${dom}/data`, '', `n${dom} r0`);
	}
	one = new TestGuest(server, 1);
	two = new TestGuest(server, 2);
});

describe('the wire protocol', () => {
	it('answers a read with the value and no NUL, by absolute and relative path', () => {
		expect(one.read('/local/domain/1/name')).toBe('guest1');
		expect(one.read('name')).toBe('guest1');
		expect(one.signals).toBeGreaterThan(0);
	});

	it('answers errors by name', () => {
		expect(one.read('data/nothing')).toBe('!ENOENT');
		expect(one.read('')).toBe('!EINVAL');
		expect(one.read('/a//b')).toBe('!EINVAL');
		expect(one.read('/a/')).toBe('!EINVAL');
		expect(one.read('/a b')).toBe('!EINVAL');
		expect(one.ask(XS.READ, 'no end')).toBe('!EINVAL');
		expect(one.read('x'.repeat(2049))).toBe('!EINVAL');
		expect(one.ask(77, 'x\0')).toBe('!ENOSYS');
		expect(one.ask(XS.ERROR, 'x\0')).toBe('!ENOSYS');
	});

	it('repeats request and transaction numbers and takes several requests at once', () => {
		const bytes = [5, 6].flatMap((requestId) => [
			...encode({ type: XS.READ, requestId, transaction: 0, payload: 'name\0' })
		]);
		const replies = one.exchange(Uint8Array.from(bytes));
		expect(replies.map((reply) => [reply.requestId, reply.payload])).toEqual([
			[5, 'guest1'],
			[6, 'guest1']
		]);
	});

	it('puts requests together that arrive byte by byte, and carries values larger than the ring', () => {
		for (const byte of encode({ type: XS.READ, requestId: 9, transaction: 0, payload: 'name\0' })) {
			one.put(Uint8Array.of(byte));
			server.service(1);
		}
		expect(one.receive()).toMatchObject([{ requestId: 9, payload: 'guest1' }]);
		const value = 'v'.repeat(2000);
		expect(one.write('data/long', value)).toBe(OK);
		expect(one.read('data/long')).toBe(value);
	});

	it('keeps values as bytes, NULs included', () => {
		const value = '\0\xff\x80\0';
		one.write('data/bytes', value);
		expect(one.read('data/bytes')).toBe(value);
	});

	it('lists children, in parts where they are many', () => {
		for (const name of ['a', 'b', 'c']) one.write(`data/${name}`, '');
		expect(one.list('data')).toEqual(['a', 'b', 'c']);
		for (let i = 0; i < 300; i++) one.write(`data/a-rather-long-name-${i}`, '');
		expect(one.list('data')).toBe('!E2BIG');
		let names = '';
		for (let done = false; !done;) {
			const part = one.ask(XS.DIRECTORY_PART, `data\0${names.length}\0`);
			const list = part.slice(part.indexOf('\0') + 1);
			done = list.endsWith('\0\0') || list === '\0';
			names += done ? list.slice(0, -1) : list;
		}
		expect(names.split('\0').length - 1).toBe(303);
	});

	it('tells paths and introductions, and keeps domain 0\u2019s requests to itself', () => {
		expect(one.ask(XS.GET_DOMAIN_PATH, '7\0')).toBe('/local/domain/7\0');
		expect(one.ask(XS.IS_DOMAIN_INTRODUCED, '2\0')).toBe('T\0');
		expect(one.ask(XS.IS_DOMAIN_INTRODUCED, '9\0')).toBe('F\0');
		for (const type of [XS.INTRODUCE, XS.RELEASE, XS.RESUME, XS.SET_TARGET, XS.CONTROL])
			expect(one.ask(type, '2\0')).toBe('!EACCES');
	});

	it('stops serving a guest that claims too long a message, and says so in the page', () => {
		const bytes = encode({ type: XS.READ, requestId: 1, transaction: 0, payload: '' });
		new DataView(bytes.buffer).setUint32(12, 4097, true);
		one.exchange(bytes);
		expect(one.page.read32(AT.error)).toBe(3);
		expect(one.read('name')).toBe('no reply');
		expect(two.read('name')).toBe('guest2');
	});

	it('stops serving a guest whose indices make no sense', () => {
		one.page.write32(AT.req_prod, XENSTORE_RING_SIZE + 1);
		server.service(1);
		expect(one.page.read32(AT.error)).toBe(2);
	});

	it('waits for a guest that does not read its replies', () => {
		one.write('data/big', 'x'.repeat(1500));
		const request = encode({ type: XS.READ, requestId: 3, transaction: 0, payload: 'data/big\0' });
		one.put(request);
		one.put(request);
		server.service(1);
		server.service(1);
		expect(one.page.read32(AT.rsp_prod) - one.page.read32(AT.rsp_cons)).toBe(XENSTORE_RING_SIZE);
		expect(one.exchange(new Uint8Array(0)).map((reply) => reply.payload.length)).toEqual([1500, 1500]);
	});

	it('survives garbage', () => {
		const random = numbers(7);
		for (let round = 0; round < 300; round++) {
			const guest = new TestGuest(server, 3 + round);
			guest.exchange(Uint8Array.from({ length: random(200) }, () => (random(3) ? random(24) : random(256))));
		}
		expect(one.read('name')).toBe('guest1');
	});
});

describe('permissions', () => {
	it('keep a domain out of what is not its own', () => {
		expect(two.read('/local/domain/1/name')).toBe('!EACCES');
		expect(two.write('/local/domain/1/data', 'x')).toBe('!EACCES');
		expect(one.write('name', 'other')).toBe('!EACCES');
		expect(one.write('new', 'x')).toBe('!EACCES');
		expect(one.remove('name')).toBe('!EACCES');
	});

	it('do not tell strangers which nodes exist', () => {
		expect(two.read('/local/domain/1/nothing')).toBe('!EACCES');
		expect(one.read('/local/domain/1/nothing')).toBe('!ENOENT');
	});

	it('are inherited, but a domain owns what it makes', () => {
		one.write('data/a/b', 'x');
		expect(one.perms('data/a/b')).toBe('n1\0r0\0');
		expect(one.perms('name')).toBe('n0\0r1\0');
	});

	it('let the owner share a node, by the domain or with all', () => {
		one.write('data/shared', 'x');
		expect(one.setPerms('data/shared', 'n1', 'r2')).toBe(OK);
		expect(two.read('/local/domain/1/data/shared')).toBe('x');
		expect(two.write('/local/domain/1/data/shared', 'y')).toBe('!EACCES');
		expect(one.setPerms('data/shared', 'n1', 'b2')).toBe(OK);
		expect(two.write('/local/domain/1/data/shared', 'y')).toBe(OK);
		expect(one.setPerms('data/shared', 'r1')).toBe(OK);
		expect(two.read('/local/domain/1/data/shared')).toBe('y');
	});

	it('may be changed by the owner only, who may not give the node away', () => {
		expect(one.setPerms('name', 'b1')).toBe('!EACCES');
		one.write('data/x', '');
		expect(one.setPerms('data/x', 'n2')).toBe('!EPERM');
		expect(one.setPerms('data/x', 'z1')).toBe('!EINVAL');
		expect(one.setPerms('data/x')).toBe('!EINVAL');
		expect(one.setPerms('data/x', 'n1', 'r2', 'r3', 'r4', 'r5', 'r6')).toBe('!ENOSPC');
	});
});

describe('removing', () => {
	it('takes the subtree; removing it again is well while its parent is there', () => {
		one.write('data/a/b', 'x');
		expect(one.remove('data/a')).toBe(OK);
		expect(one.read('data/a/b')).toBe('!ENOENT');
		expect(one.remove('data/a')).toBe(OK);
		expect(one.remove('data/a/b')).toBe('!ENOENT');
		expect(one.remove('/')).toBe('!EINVAL');
	});

	it('mkdir makes an empty node and leaves an existing one alone', () => {
		expect(one.ask(XS.MKDIR, 'data/dir\0')).toBe(OK);
		one.write('data/dir', 'kept');
		expect(one.ask(XS.MKDIR, 'data/dir\0')).toBe(OK);
		expect(one.read('data/dir')).toBe('kept');
	});
});

describe('watches', () => {
	it('fire once when set, then for the node and all below it', () => {
		expect(one.watch('/local/domain/1/data', 'tok')).toBe(OK);
		expect(one.events).toEqual([['/local/domain/1/data', 'tok']]);
		one.write('data/x', '1');
		one.write('data/x/y', '2');
		one.remove('data/x');
		expect(one.events.slice(1).map(([path]) => path)).toEqual([
			'/local/domain/1/data/x',
			'/local/domain/1/data/x/y',
			'/local/domain/1/data/x'
		]);
	});

	it('speak in relative paths to those who do', () => {
		one.watch('data', 't');
		one.write('/local/domain/1/data/x', '1');
		expect(one.events).toEqual([
			['data', 't'],
			['data/x', 't']
		]);
	});

	it('on a node below a removed one fire too', () => {
		one.write('data/a/b', '');
		one.watch('data/a/b', 't');
		one.remove('data/a');
		expect(one.events).toEqual([
			['data/a/b', 't'],
			['data/a/b', 't']
		]);
	});

	it('tell nothing of nodes that the watcher may not read', () => {
		two.watch('/local/domain/1', 't');
		one.write('data/x', '1');
		expect(two.receive()).toEqual([]);
		expect(two.events).toEqual([['/local/domain/1', 't']]);
	});

	it('are refused twice, and gone when taken back', () => {
		one.watch('data', 't');
		expect(one.watch('data', 't')).toBe('!EEXIST');
		expect(one.ask(XS.UNWATCH, 'data\0t\0')).toBe(OK);
		expect(one.ask(XS.UNWATCH, 'data\0t\0')).toBe('!ENOENT');
		one.watch('data', 'u');
		one.ask(XS.RESET_WATCHES, '\0');
		one.events.length = 0;
		one.write('data/x', '1');
		expect(one.events).toEqual([]);
	});

	it('tell domain 0 of domains that come and go; a guest hears only that its watch is set', () => {
		const heard: string[] = [];
		server.attach(-1, (path, token) => heard.push(`${path} ${token}`));
		server.watchAs(-1, '@introduceDomain', 'i');
		server.watchAs(-1, '@releaseDomain', 'r');
		expect(one.watch('@releaseDomain', 'mine')).toBe(OK);
		new TestGuest(server, 3);
		server.release(3);
		expect(heard).toEqual(['@introduceDomain i', '@releaseDomain r', '@introduceDomain i', '@releaseDomain r']);
		one.receive();
		expect(one.events).toEqual([['@releaseDomain', 'mine']]);
	});
});

describe('transactions', () => {
	it('show their changes inside at once, outside when they end', () => {
		const tx = one.start();
		expect(one.write('data/x', '1', tx)).toBe(OK);
		expect(one.read('data/x', tx)).toBe('1');
		expect(one.read('data/x')).toBe('!ENOENT');
		expect(one.end(tx)).toBe(OK);
		expect(one.read('data/x')).toBe('1');
		expect(one.end(tx)).toBe('!ENOENT');
	});

	it('leave nothing behind when they are given up', () => {
		const tx = one.start();
		one.write('data/x', '1', tx);
		expect(one.end(tx, false)).toBe(OK);
		expect(one.read('data/x')).toBe('!ENOENT');
	});

	it('see the tree as it was when they started', () => {
		one.write('data/x', 'old');
		const tx = one.start();
		one.write('data/x', 'new');
		expect(one.read('data/x', tx)).toBe('old');
	});

	it('fail with EAGAIN when something that they looked at has changed', () => {
		one.write('data/x', 'old');
		const tx = one.start();
		one.read('data/x', tx);
		one.write('data/y', 'mine', tx);
		one.write('data/x', 'new');
		expect(one.end(tx)).toBe('!EAGAIN');
		expect(one.read('data/y')).toBe('!ENOENT');
	});

	it('fail when a node that they did not find has appeared, or a list has grown', () => {
		const absent = one.start();
		one.read('data/x', absent);
		const listed = one.start();
		one.list('data', listed);
		for (const tx of [absent, listed]) one.write(`data/by${tx}`, '', tx);
		one.write('data/x', '1');
		expect(one.end(absent)).toBe('!EAGAIN');
		expect(one.end(listed)).toBe('!EAGAIN');
	});

	it('do not disturb each other where they touch different nodes', () => {
		one.write('data/x', '');
		const tx = one.start();
		one.write('data/x', '1', tx);
		two.write('data/y', '2');
		expect(one.end(tx)).toBe(OK);
	});

	it('make, change and remove in one go, in order', () => {
		const tx = one.start();
		one.write('data/a/b', '1', tx);
		one.remove('data/a', tx);
		one.write('data/a/c', '2', tx);
		expect(one.end(tx)).toBe(OK);
		expect(one.list('data/a')).toEqual(['c']);
	});

	it('fire watches when they end, not before', () => {
		two.setPerms('data', 'n2', 'r1');
		one.watch('/local/domain/2/data', 't');
		const tx = two.start();
		two.write('data', '1', tx);
		one.receive();
		expect(one.events.length).toBe(1);
		two.end(tx);
		one.receive();
		expect(one.events).toEqual([
			['/local/domain/2/data', 't'],
			['/local/domain/2/data', 't']
		]);
	});

	it('refuse what makes no sense', () => {
		expect(one.read('name', 99)).toBe('!ENOENT');
		expect(one.ask(XS.TRANSACTION_END, 'T\0', 0)).toBe('!ENOENT');
		const tx = one.start();
		expect(one.ask(XS.TRANSACTION_END, 'X\0', tx)).toBe('!EINVAL');
		expect(one.ask(XS.TRANSACTION_START, '\0', tx)).toBe('!EBUSY');
	});
});

describe('as the C daemon was seen to do', () => {
	const events = (guest: TestGuest): string[] => guest.events.map(([path]) => path);

	it('the events of a transaction come before its OK, also to whoever commits', () => {
		one.watch('data', 't');
		const tx = one.start();
		one.write('data/x', '1', tx);
		const order: string[] = [];
		const bytes = encode({ type: XS.TRANSACTION_END, requestId: 77, transaction: tx, payload: 'T\0' });
		one.put(bytes);
		server.service(1);
		const arrived = Buffer.from(one.take()).toString('latin1');
		order.push(arrived.indexOf('data/x') < arrived.lastIndexOf('OK') ? 'event first' : 'OK first');
		expect(order).toEqual(['event first']);
	});

	it('one event a node, in the order in which they were first touched, reads included', () => {
		one.write('data/state', '1');
		one.write('data/online', '1');
		one.watch('data', 't');
		one.events.length = 0;
		const tx = one.start();
		one.read('data/state', tx);
		one.write('data/online', '0', tx);
		one.write('data/state', '5', tx);
		one.setPerms('data/state', 'n1', 'r0');
		one.write('data/state', '6', tx);
		expect(one.end(tx)).toBe('!EAGAIN');
		one.events.length = 0;
		const again = one.start();
		one.read('data/state', again);
		one.write('data/online', '0', again);
		one.write('data/state', '5', again);
		one.ask(XS.SET_PERMS, 'data/state\0n1\0r0\0', again);
		expect(one.end(again)).toBe(OK);
		expect(events(one)).toEqual(['data/state', 'data/online']);
	});

	it('a transaction that has only read ends well either way, whatever has changed', () => {
		const [committed, aborted] = [one.start(), one.start()];
		for (const tx of [committed, aborted]) one.read('data', tx);
		one.write('data', 'new');
		expect([one.end(committed), one.end(aborted, false)]).toEqual([OK, OK]);
	});

	it('OK comes before the first event of a watch, also of a node that does not exist', () => {
		one.put(encode({ type: XS.WATCH, requestId: 5, transaction: 0, payload: 'data/none\0tok\0' }));
		server.service(1);
		const arrived = Buffer.from(one.take()).toString('latin1');
		expect(arrived.indexOf('OK')).toBeLessThan(arrived.indexOf('data/none'));
	});

	it('a removed folder is one event above it, and one for each watch below', () => {
		one.write('data/a/b/c', '');
		one.watch('data', 'above');
		one.watch('data/a/b', 'below');
		one.events.length = 0;
		one.remove('data/a');
		expect(one.events).toEqual([
			['data/a', 'above'],
			['data/a/b', 'below']
		]);
	});

	it('a new key takes owner and list from its parent when domain 0 writes it', () => {
		server.write('/local/domain/1/data/sub/key', 'x');
		expect(one.perms('data/sub')).toBe('n1\0r0\0');
		expect(one.perms('data/sub/key')).toBe('n1\0r0\0');
	});

	it('requests outside a transaction mix with several that are open', () => {
		for (const name of ['x', 'y', 'z']) one.write(`data/${name}`, '');
		const [first, second] = [one.start(), one.start()];
		one.write('data/x', '1', first);
		one.write('data/y', '2', second);
		one.write('data/z', '3');
		expect([one.read('data/z'), one.end(second), one.end(first), one.read('data/x')]).toEqual(['3', OK, OK, '1']);
	});

	it('names are listed in the order of their making', () => {
		for (const name of ['z', 'a', 'm']) one.write(`data/${name}`, '');
		expect(one.list('data')).toEqual(['z', 'a', 'm']);
	});

	it('a program in domain 0 has watches of its own, beside those of domain 0\u2019s kernel', () => {
		const kernel = new TestGuest(server, 0);
		const heard: string[] = [];
		server.attach(-2, (path) => heard.push(path));
		kernel.watch('/x', 't');
		server.watchAs(-2, '/x', 't');
		server.write('/x', '1');
		server.unwatchAs(-2, '/x', 't');
		server.write('/x', '2');
		kernel.receive();
		expect([events(kernel), heard]).toEqual([
			['/x', '/x', '/x'],
			['/x', '/x']
		]);
	});
});

describe('quotas', () => {
	it('limit nodes, values, watches and transactions of a guest', () => {
		let made = 0;
		while (one.write(`data/n${made}`, '') === OK) made++;
		expect(made).toBe(QUOTA.nodes - 1);
		expect(one.write('data/more', '')).toBe('!ENOSPC');
		expect(two.write('data/more', '')).toBe(OK);
		one.remove('data/n0');
		expect(one.write('data/more', '')).toBe(OK);
		expect(two.write('data/big', 'x'.repeat(QUOTA.valueBytes + 1))).toBe('!ENOSPC');
		for (let i = 0; i < QUOTA.watches; i++) expect(two.watch('data', `t${i}`)).toBe(OK);
		expect(two.watch('data', 'one more')).toBe('!E2BIG');
		for (let i = 0; i < QUOTA.transactions; i++) two.start();
		expect(two.ask(XS.TRANSACTION_START, '\0')).toBe('!ENOSPC');
	});

	it('hold across transactions that end one after the other', () => {
		const ids = [one.start(), one.start()];
		for (const [n, tx] of ids.entries()) {
			one.ask(XS.MKDIR, `data/t${n}\0`);
			for (let i = 0; i < 600; i++) one.write(`data/t${n}/${i}`, '', tx);
		}
		const results = ids.map((tx) => one.end(tx));
		expect(results.filter((result) => result === OK).length).toBeLessThanOrEqual(1);
		expect(one.write('data/still', '')).toBe(OK);
	});

	it('drop events of a guest that never reads them', () => {
		two.watch('data', 't'.repeat(1000));
		for (let i = 0; i < 500; i++) server.write('/local/domain/2/data/x', String(i));
		expect(
			server
				.save()
				.connections.find(({ dom }) => dom === 2)!
				.outgoing.reduce((sum, b) => sum + b.length, 0)
		).toBeLessThanOrEqual(QUOTA.queuedBytes);
		expect(one.read('name')).toBe('guest1');
	});
});

it('goes on after save and restore as if nothing had been', () => {
	one.watch('data', 't');
	const tx = one.start();
	one.write('data/x', '1', tx);
	const saved = structuredClone(server.save());
	const pages = new Map([
		[1, one],
		[2, two]
	]);
	const other = new Xenstore(new NullRecorder());
	other.restore(saved, (dom) => ({ ring: new XenstoreRing(pages.get(dom)!.page), notify: () => {} }));
	Object.assign(one, { server: other });
	expect(one.read('data/x', tx)).toBe('1');
	expect(one.end(tx)).toBe(OK);
	expect(one.events).toEqual([
		['data', 't'],
		['data/x', 't']
	]);
	expect(other.read('/local/domain/1/data/x')).toBe('1');
	expect(server.read('/local/domain/1/data/x')).toBeUndefined();
});
