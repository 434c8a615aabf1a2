import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runGuest } from '../workbench/testing';
import { Debuggee } from './debuggee';
import { textHex } from './hex';
import { packet, fromLatin1, latin1 } from './packets';
import { REGISTERS } from './registers';
import { GdbServer } from './server';
import { Client } from './testing';

/** The entry point of our guests, and a page that none of them maps. */
const ENTRY = 0xc0001000;
const NOWHERE = 'f0000000';

/** Hexadecimal digits of all registers. */
const REGISTER_DIGITS = REGISTERS.reduce((sum, { bits }) => sum + bits / 4, 0);

const log: string[] = [];
let server: GdbServer;
let port: number;

beforeAll(async () => {
	const run = runGuest('hello', {}, { domains: [{ name: 'other', image: 'hello' }] });
	server = new GdbServer(new Debuggee(run, '/images/hello.elf'), (line) => log.push(line));
	port = await server.listen(0);
});
afterAll(() => {
	server.close();
	expect(log.filter((line) => line.includes('a bug of ours'))).toEqual([]);
});

/** A client at the beginning of the history, which leaves afterwards. */
async function session(work: (client: Client) => Promise<void>): Promise<void> {
	const client = await Client.open(port);
	try {
		expect(await client.ask('QStartNoAckMode')).toBe('OK');
		client.send('+');
		expect(await client.ask('vKill;1')).toBe('OK');
		await work(client);
	} finally {
		await client.close();
	}
}

const monitor = (client: Client, words: string): Promise<string> => client.ask(`qRcmd,${textHex(words)}`);

describe('a domain of four vcpus', () => {
	it('has a thread for each that was given a context, with its own registers wherever it stands', async () => {
		const run = runGuest('pocket', { memoryMiB: 8, vcpus: 4, cmdline: 'run=smp' });
		const smp = new GdbServer(new Debuggee(run, '/images/pocket.elf'), (line) => log.push(line));
		const client = await Client.open(await smp.listen(0));
		const word = (value: number): string =>
			[0, 8, 16, 24].map((shift) => ((value >>> shift) & 0xff).toString(16).padStart(2, '0')).join('');
		try {
			await client.ask('QStartNoAckMode');
			expect(await client.ask('qfThreadInfo')).toBe('m65');
			expect(await client.ask('Hg66')).toMatch(/^E\.there is no thread/);
			await monitor(client, 'goto 90000');
			expect(await client.ask('qfThreadInfo')).toBe('m65,66,67,68');
			const { vcpus } = run.system.hypervisor.domains.get(1)!;
			const { current } = run.system.hypervisor.pcpu;
			const stacks = new Set<string>();
			for (const v of vcpus) {
				expect(await client.ask(`Hg${(101 + v.id).toString(16)}`)).toBe('OK');
				const regs = v === current ? null : v.regs;
				if (regs) expect(await client.ask('p8')).toBe(word(regs.eip));
				if (regs) expect(await client.ask('p4')).toBe(word(regs.esp));
				stacks.add(await client.ask('p4'));
			}
			expect(stacks.size).toBe(4);
		} finally {
			await client.close();
			smp.close();
		}
	});
});

describe('packets and their replies', () => {
	it.each<[string, RegExp]>([
		[
			'qSupported:swbreak+;xmlRegisters=i386',
			/^PacketSize=4000;QStartNoAckMode\+;.*ReverseStep\+;ReverseContinue\+;swbreak\+/
		],
		['?', /^T05thread:65;core:0;05:0{8};04:[0-9a-f]{8};08:001000c0;$/],
		['qC', /^QC65$/],
		['qCRC:0,4', /^$/],
		['qfThreadInfo', /^m65,c9$/],
		['qsThreadInfo', /^l$/],
		['qThreadExtraInfo,c9', new RegExp(`^${textHex('d2v0 other: runnable')}$`)],
		['qThreadExtraInfo,7', /^E01$/],
		['qXfer:threads:read::0,1000', /^l<\?xml[^]*<thread id="65" core="0">d1v0 guest: running<\/thread>/],
		['qXfer:features:read:target.xml:0,40', /^m<\?xml version="1\.0"\?>\n<!DOCTYPE target SYSTEM "gdb-target/],
		['qXfer:features:read:nothing.xml:0,40', /^E00$/],
		['qXfer:features:read:target.xml:0', /^E00$/],
		['qXfer:features:read:target.xml:', /^E00$/],
		['qXfer:features:read:target.xml:x,40', /^E00$/],
		['qXfer:features:read:target.xml:0,', /^E00$/],
		['qXfer:features:read:target.xml:-1,40', /^E00$/],
		['qXfer:features:read:target.xml:0,40,0', /^E00$/],
		['qXfer:features:read:target.xml:0:0,40', /^E00$/],
		['qXfer:features:read:0,40', /^E00$/],
		['qXfer:features:read', /^E00$/],
		['qXfer:features:read:target.xml:ffffff,40', /^E01$/],
		['qXfer:features:read:target.xml:100000000,40', /^E01$/],
		['qXfer:features:read:target.xml:0,ffffffffffffffff', /^l<\?xml[^]*<\/target>\n$/],
		['qXfer:features:write:target.xml:0:00', /^$/],
		['qXfer:features:wipe:target.xml:0,40', /^$/],
		['qXfer:features', /^$/],
		['qXfer:auxv:read::0,1000', /^$/],
		['qXfer:auxv:read::x', /^$/],
		['qXfer:toString:read::0,1000', /^$/],
		['qXfer:', /^$/],
		['qXfer', /^$/],
		['qXfer:threads:read:x:0,40', /^E00$/],
		['qXfer:exec-file:read::0,fff', /^l\/images\/hello\.elf$/],
		['qAttached', /^1$/],
		['T65', /^OK$/],
		['T7', /^E\./],
		['Hg65', /^OK$/],
		['Hg7', /^E\.there is no thread 7$/],
		['Hg-1', /^OK$/],
		['H', /^E01$/],
		['Hg', /^E01$/],
		['Hgzz', /^E01$/],
		['Hcp1.65', /^E01$/],
		['Hg100000000', /^E01$/],
		['Hx', /^$/],
		['Hx65', /^$/],
		['T', /^E\./],
		['Tzz', /^E\./],
		['T0', /^E\./],
		['qThreadExtraInfo,zz', /^E01$/],
		['qThreadExtraInfo,', /^E01$/],
		['qThreadExtraInfo', /^$/],
		['vCont?', /^vCont;c;C;s;S;r;t$/],
		['vCont?x', /^$/],
		['vCont;q', /^E01$/],
		['vCont;', /^E01$/],
		['vCont;s:', /^E01$/],
		['vCont;s:zz', /^E01$/],
		['vCont;s:p1.65', /^E01$/],
		['vCont;s:7', /^E\.there is no thread 7$/],
		['vCont;s:65;', /^E01$/],
		['vCont;s:65;q', /^E01$/],
		['vCont;c:zz;s:65', /^E01$/],
		['vCont;s1:65', /^E01$/],
		['vCont;C', /^E01$/],
		['vCont;Czz', /^E01$/],
		['vCont;S5', /^E01$/],
		['vCont;S05:65', /^T05/],
		['vCont;r', /^E01$/],
		['vCont;r1', /^E01$/],
		['vCont;r1,zz:65', /^E01$/],
		['vCont;r100000000,2:65', /^E01$/],
		['vCont;rffffffff,0:65', /^T05/],
		['vCont;t', /^T00/],
		['vCont', /^$/],
		['vMustReplyEmpty', /^$/],
		['p8', /^001000c0$/],
		['p10', /^x{20}$/],
		['pff', /^E01$/],
		['pzz', /^E01$/],
		['p100000000', /^E01$/],
		['p8 ', /^E01$/],
		['p', /^E01$/],
		['g', new RegExp(`^[0-9a-fx]{${REGISTER_DIGITS}}$`)],
		['g0', /^$/],
		['G', /^E01$/],
		['G00', /^E01$/],
		[`G${'x'.repeat(REGISTER_DIGITS)}`, /^OK$/],
		[`G${'x'.repeat(REGISTER_DIGITS)}00`, /^E01$/],
		['P', /^E01$/],
		['P=', /^E01$/],
		['Pff=00000000', /^E01$/],
		['P0=0000000', /^E01$/],
		['P0=0000000000', /^E01$/],
		['P8=zz', /^E01$/],
		['P0=00000000', /^OK$/],
		['P8', /^E01$/],
		[`m${ENTRY.toString(16)},4`, /^fc56e8[0-9a-f]{2}$/],
		[`m${NOWHERE},4`, /^E14$/],
		[`m${NOWHERE},0`, /^$/],
		['mffffffff,10', /^[0-9a-f]{2}$|^E14$/],
		['mzz,4', /^E01$/],
		['m', /^E01$/],
		['m1', /^E01$/],
		['m1,', /^E01$/],
		['m,1', /^E01$/],
		['m1,4:00', /^E01$/],
		['m1,100000000', /^E01$/],
		['m100000000,4', /^E01$/],
		[`M${NOWHERE},1:00`, /^E14$/],
		[`M${NOWHERE},2:00`, /^E01$/],
		[`M${NOWHERE},1:0`, /^E01$/],
		[`M${NOWHERE},1:zz`, /^E01$/],
		[`M${NOWHERE},1`, /^E01$/],
		[`M${NOWHERE},0`, /^E01$/],
		['M', /^E01$/],
		['Mffffffff,2:0000', /^E14$/],
		['X', /^E01$/],
		['X1', /^E01$/],
		[`X${NOWHERE},0`, /^E01$/],
		[`X${NOWHERE},2:a`, /^E01$/],
		['Xzz,0:', /^E01$/],
		[`X${NOWHERE},0:`, /^OK$/],
		[`X${NOWHERE},1:}`, /^E01$/],
		['Z0,c0001000,1', /^OK$/],
		['z0,c0001000,1', /^OK$/],
		['z0,c0001000,1', /^OK$/],
		['Z0,c0001000,1;X3,220027;cmds:0,z', /^OK$/],
		['Z7,c0001000,1', /^$/],
		['z7,c0001000,1', /^$/],
		['Z10,c0001000,1', /^$/],
		['Zq,c0001000,1', /^$/],
		['Z9', /^$/],
		['Z', /^E01$/],
		['Z,c0001000,1', /^E01$/],
		['Z0', /^E01$/],
		['Z0,', /^E01$/],
		['Z0,zz,1', /^E01$/],
		['Z0,c0001000', /^E01$/],
		['Z0,c0001000,', /^E01$/],
		['Z0,100000000,1', /^E01$/],
		['z1,c0001000,zz', /^E01$/],
		['Z2,c0001000,0', /^E01$/],
		['Z3,c0001000,10001', /^E\.a watch point has from 1 to 65536 bytes, not 65537$/],
		['Z4,ffffffff,2', /^E\.2 bytes at 0xffffffff reach beyond the address space$/],
		['z2,ffffffff,2', /^E\./],
		['qqemu.PhyMemMode', /^0$/],
		['Qqemu.PhyMemMode:2', /^E01$/],
		['Qqemu.PhyMemMode:', /^E01$/],
		['Qqemu.PhyMemMode', /^$/],
		['qRcmd,zz', /^E01$/],
		['qRcmd,6', /^E01$/],
		['qRcmd', /^$/],
		['qRcmd,', /no command ''/],
		['qRcmd,ff', /no command/],
		['QStartNoAckModeX', /^$/],
		['QStartNoAckMode:1', /^$/],
		['QStart', /^$/],
		['Q', /^$/],
		['q', /^$/],
		['qC:1', /^$/],
		['qfThreadInfo,1', /^$/],
		['qSupportedX', /^$/],
		['?1', /^$/],
		['!1', /^$/],
		['k1', /^$/],
		['bcd', /^$/],
		['bs1', /^$/],
		['b', /^$/],
		['vKill;', /^E01$/],
		['vKill;zz', /^E01$/],
		['vAttach;zz', /^E01$/],
		['vAttach;1', /^T05/],
		['vRun;zz', /^E01$/],
		['vRun;2f78;6', /^E01$/],
		['vRun;', /^T05/],
		['Dx', /^$/],
		['D;zz', /^E01$/],
		['D;1', /^OK$/],
		['D', /^OK$/],
		['czz', /^E01$/],
		['s100000000', /^E01$/],
		['c1000', /^E\.going on at another address/],
		['', /^$/],
		['\x00\xff', /^$/]
	])('%j', (text, reply) => session(async (client) => expect(await client.ask(text)).toMatch(reply)));

	it('stays where it is whatever is not understood', () =>
		session(async (client) => {
			for (let n = 0; n < 5; n++) await client.ask('vCont;s:65');
			const there = await client.ask('g');
			const wrong =
				'k1 bcd bs1 b vKill; vKill;zz vRun;zz vAttach;zz vCont;C vCont;s1:65 vCont;s:7 czz c1000 s1 G P8=1 D;z H';
			for (const text of wrong.split(' ')) {
				expect(await client.ask(text), text).toMatch(/^(E\d\d|E\..*|)$/);
				expect(await client.ask('g'), text).toBe(there);
			}
		}));

	it('reads physical memory when told to', () =>
		session(async (client) => {
			expect(await client.ask('m1000,2')).toBe('E14');
			expect(await client.ask('Qqemu.PhyMemMode:1')).toBe('OK');
			expect(await client.ask('qqemu.PhyMemMode')).toBe('1');
			expect(await client.ask('m1000,2')).toMatch(/^[0-9a-f]{4}$/);
			expect(await client.ask('mfffffff0,2')).toBe('E14');
		}));

	it('reads a vcpu that is not on the processor through its own tables', () =>
		session(async (client) => {
			expect(await client.ask('Hgc9')).toBe('OK');
			expect(await client.ask('p8')).toBe('001000c0');
			expect(await client.ask(`m${ENTRY.toString(16)},3`)).toBe('fc56e8');
			expect(await client.ask('P0=01000000')).toMatch(/^E\.this vcpu is not on the processor/);
			const [first, second] = [await monitor(client, `walk ${ENTRY}`), '']
				.concat(await client.ask('Hg65'), await monitor(client, `walk ${ENTRY}`))
				.filter((text) => text.includes('physical'));
			expect(first).not.toBe(second);
		}));

	it('steps, goes on, and answers at the end of the history', () =>
		session(async (client) => {
			expect(await client.ask('vCont;s:65')).toMatch(/^T05thread:65;.*08:011000c0;$/);
			expect(await client.ask('bs')).toMatch(/^T05thread:65;.*08:001000c0;$/);
			expect(await client.ask('bs')).toMatch(/^T05replaylog:begin;thread:65;.*08:001000c0;$/);
			expect(await client.ask('vCont;c')).toMatch(/^All domains have ended\.\nT05replaylog:end;/);
			expect(await client.ask('vCont;c')).toMatch(/T05replaylog:end;/);
			expect(await client.ask('bc')).toMatch(/^T05replaylog:begin;thread:65;.*08:001000c0;$/);
		}));

	it('says what it can tell by itself', () =>
		session(async (client) => {
			expect(await monitor(client, 'help')).toMatch(/^help +this list\n[^]*walk ADDRESS[^]*OK$/);
			expect(await monitor(client, '')).toMatch(/no command ''/);
			expect(await monitor(client, 'toString')).toMatch(/no command 'toString'/);
			expect(await monitor(client, 'domains')).toMatch(
				/^domain 1: guest, 8192 pages\n {2}thread 101: d1v0 guest: running\ndomain 2: other/
			);
			expect(await monitor(client, 'moment')).toMatch(/^icount 3, cycle \d+, \d+ events recorded/);
			expect(await monitor(client, 'goto')).toMatch(/^ICOUNT: '' is no number/);
			expect(await monitor(client, 'goto 10')).toMatch(/^Now at icount 10\./);
			expect(await monitor(client, 'goto 0')).toMatch(/^Now at icount 3\./);
			expect(await monitor(client, 'goto 1e15')).toMatch(/^The run ends before \(stuck\)\. Now at icount \d+/);
			expect(await monitor(client, 'hypercalls 1')).toMatch(/Hypercall sched_op\(shutdown[^\n]*\nOK$/);
			expect(await monitor(client, 'events')).toMatch(/^( +\d+ {2}icount \d+ {2}[^\n]+\n){10}OK$/);
			expect(await monitor(client, 'events domain_shutdown #')).toMatch(/'#' is followed by a count/);
			expect(await monitor(client, 'console 2')).toMatch(/^Hello/);
			expect(await monitor(client, 'phys 0x1000 16')).toMatch(/^0x00001000 ( [0-9a-f]{2}){16} {2}.{16}\nOK$/);
			expect(await monitor(client, 'phys 0xf0000000 16')).toMatch(/^There is no RAM/);
			expect(await monitor(client, 'walk 0xf0000000')).toMatch(/not present\n {2}not mapped\nOK$/);
			expect(await monitor(client, 'who frame 99999999')).toMatch(/^there is no frame 99999999; [^\n]*\nOK$/);
			expect(await monitor(client, 'scope 2')).toMatch(/domain 2 only/);
			expect(await monitor(client, 'stop nothing')).toMatch(/expected a kind of event, found 'nothing'/);
			expect(await monitor(client, 'nostop 1')).toMatch(/no number 1/);
			expect(await monitor(client, 'type 7 x')).toMatch(/there is no domain 7/);
		}));
});

describe('the line', () => {
	it('acknowledges, asks again for what is broken, and repeats what was not understood', async () => {
		const client = await Client.open(port);
		expect(await client.ask('qC')).toBe('QC65');
		expect(client.signs).toBe('+');
		client.send('$qC#00');
		client.send('-');
		expect(await client.reply()).toBe('QC65');
		expect(client.signs).toBe('+-');
		await client.close();
	});

	it('refuses a second client, and says why', () =>
		session(async (client) => {
			const second = await Client.open(port);
			expect(await second.ask('qSupported')).toBe('E.another debugger is connected; one at a time');
			await second.close();
			expect(await client.ask('qC')).toBe('QC65');
			expect(log.at(-1)).toMatch(/second debugger was refused/);
		}));

	it('ignores 0x03 while nothing goes on', () =>
		session(async (client) => {
			client.send('\x03\x03');
			expect(await client.ask('qC')).toBe('QC65');
			client.send('$qC#b4\x03');
			expect(await client.reply()).toBe('QC65');
			expect(await client.ask('vCont;s:65')).toMatch(/^T05/);
		}));

	it('serves the next client after one that vanished in the middle', async () => {
		for (const last of ['$g', '$vCont;c#a8', '\x03\x03', '$bc#c5', '#$#']) {
			const client = await Client.open(port);
			client.send(last);
			await new Promise((resolve) => setTimeout(resolve, 5));
			await client.close();
		}
		await session(async (client) => expect(await client.ask('qC')).toBe('QC65'));
	});

	it('survives whatever is sent', async () => {
		let seed = 7;
		const next = (below: number): number => (seed = (seed * 48271) % 0x7fff_ffff) % below;
		const begins = 'qSupported|qXfer:features:read:|qRcmd,|vCont;|H|T|m|M|X|Z|z|P|G|p|c|s|bs|QStartNoAckMode|?'.split(
			'|'
		);
		const letters = '0123456789abcdef,;:=-#$}*+zZsc\0\xff';
		for (let round = 0; round < 30; round++) {
			const client = await Client.open(port);
			for (let n = 0; n < 40; n++) {
				const rest = Array.from({ length: next(14) }, () => letters[next(letters.length)]).join('');
				const text = begins[next(begins.length)] + rest;
				client.send(next(4) === 0 ? `$${text}` : latin1(packet(fromLatin1(text.replace(/[$#]/g, '')))));
			}
			await new Promise((resolve) => setTimeout(resolve, 2));
			await client.close();
		}
		await session(async (client) => expect(await client.ask('qC')).toBe('QC65'));
	}, 30_000);
});
