import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { Regions } from '../hardware/engines/wasm/regions';
import { ENGINES } from '../workbench/engines';
import { readPcap, writePcap } from '../workbench/network/pcap';
import { begin, ringside, type Outcome } from './testing';

const folder = mkdtempSync(join(tmpdir(), 'ringside-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string): string => join(folder, name);
/** What a write does when the reader has gone away. */
const closed = (): never => {
	throw Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
};
const expected = readFileSync('src/guests/expected/hello.txt', 'latin1');

describe('ringside run', () => {
	it('shows the guest\u2019s console and nothing else, and ends with 0 when it powers off', async () => {
		const { code, stdout, stderr } = await ringside(['run', 'hello']);
		expect(stdout).toBe(expected);
		expect(stderr).toMatch(
			/^ringside: hello: the domain powered off\nringside: [\d,]+ cycles \(.* s of virtual time by the cost table Pentium 4 Xeon, 2\.4 GHz\), [\d,]+ instructions, [\d,]+ hypercalls, [\d,]+ events\n$/
		);
		expect(code).toBe(0);
	});

	it('gives domain 0 a kernel, whose lines go to standard error; its end is the machine\u2019s', async () => {
		const { code, stdout, stderr } = await ringside(['run', 'hello', '--dom0', 'pocket', '--dom0-cmdline=run=hello']);
		expect(stderr).toContain('(d0) hello: I am process 1, in ring 3\n');
		expect(stderr).toContain('ringside: hello: domain 0 shut down, and the machine with it\n');
		expect([code, stdout]).toEqual([1, '']);
	});

	it('takes another time with another cost table, and says so', async () => {
		const { code, stdout, stderr } = await ringside(['run', 'hello', '--cost', 'hypercall=5000', '--cost=iret=7']);
		expect([code, stdout]).toEqual([0, expected]);
		expect(stderr).toContain('by the cost table Pentium 4 Xeon, 2.4 GHz with 2 costs overruled)');
	});

	it('says the same by either engine, to the last line of the trace', async () => {
		const entered = vi.spyOn(Regions.prototype, 'enter');
		const outcomes: Outcome[] = [];
		const entries: number[] = [];
		for (const engine of ENGINES) {
			const words = ['run', 'pocket', '--cmdline=run=fork', '--trace', file(`${engine}.jsonl`), '--engine', engine];
			outcomes.push(await ringside(words));
			entries.push(entered.mock.calls.length);
		}
		entered.mockRestore();
		expect(outcomes[1]).toEqual(outcomes[0]);
		const [plain, other] = ENGINES.map((engine) => readFileSync(file(`${engine}.jsonl`), 'utf8'));
		expect(other === plain).toBe(true);
		expect([entries[0], entries[1] > 0]).toEqual([0, true]);
	});

	it('stops with 0 at the text, also by a path', async () => {
		const { code, stdout, stderr } = await ringside([
			'run',
			'src/guests/images/hello.elf',
			'--until',
			'Hello',
			'--memory=16'
		]);
		expect([code, stderr.split('\n')[0]]).toEqual([0, "ringside: hello.elf: 'Hello' has appeared"]);
		expect(expected.startsWith(stdout)).toBe(true);
	});

	it('ends with 1 when the domain crashes: what, where, and its registers', async () => {
		const { code, stdout, stderr } = await ringside(['run', 'rogues', '--cmdline', 'attack=no-handler']);
		expect(code).toBe(1);
		expect(stdout).toBe('rogue no-handler: traps without a handler\n');
		expect(stderr).toMatch(/^ringside: rogues: the domain crashed: no trap handler\n/);
		expect(stderr).toMatch(/at e019:[0-9a-f]{8} \(no_handler\+0x[0-9a-f]+\), ring 1/);
		for (const register of ['eax', 'esp', 'eip', 'eflags', 'cs', 'cr2']) expect(stderr).toContain(`${register} `);
	});

	it('stops with 2 when the cycles have passed', async () => {
		const { code, stderr } = await ringside(['run', 'hello', '--cycles', '1_000']);
		expect([code, stderr.split('\n')[0]]).toEqual([2, 'ringside: hello: 1,000 cycles have passed']);
	});

	it('writes a complete trace, the same each time', async () => {
		const [a, b] = await Promise.all(
			['a.jsonl', 'b.jsonl'].map((name) => ringside(['run', 'hello', '--trace', file(name)]))
		);
		expect([a.code, b.code]).toEqual([0, 0]);
		const text = readFileSync(file('a.jsonl'), 'utf8');
		expect(readFileSync(file('b.jsonl'), 'utf8')).toBe(text);
		const lines = text
			.trimEnd()
			.split('\n')
			.map((line) => JSON.parse(line) as Record<string, unknown>);
		expect(lines.map((line) => line.seq)).toEqual(lines.map((_line, index) => index));
		for (const line of lines)
			expect(line).toMatchObject({
				cycle: expect.any(Number),
				dom: expect.any(Number),
				vcpu: expect.any(Number),
				ring: expect.any(Number),
				kind: expect.any(String)
			});
		const calls = lines.filter((line) => line.kind === 'hypercall');
		expect(calls.length).toBeGreaterThan(3);
		for (const call of calls) {
			expect(call).toMatchObject({ name: expect.any(String), result: expect.any(Number), end: expect.any(Number) });
			expect(call.args).toHaveLength(5);
		}
		const checks = lines.filter((line) => line.kind === 'check');
		expect(checks.length).toBeGreaterThan(3);
		for (const check of checks)
			expect(check).toMatchObject({
				question: expect.stringMatching(/\?$/),
				passed: expect.any(Boolean),
				site: expect.stringMatching(/^src\/hypervisor\/.*\.ts:\d+$/)
			});
	});

	it.each<[string, string[], RegExp]>([
		['no image', ['run'], /IMAGE is missing/],
		['no such file', ['run', 'nowhere/x.bin'], /nowhere\/x\.bin: there is no such file; our guests are .*hello/],
		['a folder', ['run', 'src'], /src: it is a folder/],
		['an unknown option', ['run', 'hello', '--quick'], /no option --quick/],
		['a bad number', ['run', 'hello', '--cycles', 'ten'], /--cycles: 'ten' is not a number/],
		['an unknown command', ['walk'], /no command 'walk'/],
		['no command', [], /what to do is missing/],
		[
			'a trace that cannot be written',
			['run', 'hello', '--trace', '/nowhere/t'],
			/--trace: \/nowhere\/t cannot be written/
		],
		['something that is no kernel', ['run', 'package.json'], /package\.json: .*ELF/],
		['too little memory', ['run', 'hello', '--memory', '1'], /--memory: 1 MiB is out of range/]
	])('refuses with 64: %s', async (_what, words, reason) => {
		const { code, stdout, stderr } = await ringside(words);
		expect(stderr).toMatch(reason);
		expect([code, stdout]).toEqual([64, '']);
	});

	it('tells why a damaged image cannot be loaded', async () => {
		const image = readFileSync('src/guests/images/hello.elf');
		const cut = file('cut.elf');
		for (const length of [0, 10, 52, 200]) {
			writeFileSync(cut, image.subarray(0, length));
			const { code, stderr } = await ringside(['run', cut]);
			expect(code, `${length} bytes: ${stderr}`).toBe(64);
			expect(stderr).toMatch(/cut\.elf: .{10,}/);
		}
	});

	it('ends in order when it is interrupted, with its trace', async () => {
		const words = ['run', 'pocket', '--cmdline', 'run=spin', '--trace', file('c.jsonl')];
		const running = begin(words, () => running.interrupt());
		const { code, stdout, stderr } = await running.ended;
		expect([code, stderr]).toEqual([130, expect.stringMatching(/^ringside: pocket: interrupted\n/)]);
		expect(stdout).not.toContain('both are done');
		expect(readFileSync(file('c.jsonl'), 'utf8').endsWith('}\n')).toBe(true);
	});

	it('writes nothing more once nobody reads its output, and ends', async () => {
		const { code, stdout, stderr } = await begin(['run', 'pocket', '--cmdline', 'run=spin'], closed).ended;
		expect([code, stderr]).toEqual([141, expect.stringMatching(/^ringside: pocket: standard output was closed\n/)]);
		expect(stdout).toMatch(/^pocket: up.{0,80}\n?$/);
	});

	it('ends without a word where nobody reads what it prints', async () => {
		const words = [['--help'], ['run', '--help'], ['gdb', 'hello', '--port=0']];
		const outcomes = await Promise.all(words.map((words) => begin(words, closed).ended));
		expect(outcomes.map(({ code, stderr }) => [code, stderr])).toEqual(words.map(() => [141, '']));
	});

	it('tells a bug of ours as such, with 70', async () => {
		const broken = begin(['--help'], () => {
			throw new Error('the disk is on fire');
		});
		const { code, stderr } = await broken.ended;
		expect([code, stderr]).toEqual([70, expect.stringMatching(/^ringside: a bug of ours: Error: the disk is on fire/)]);
	});

	it('frames come in from a pcap, and what passes goes into one', async () => {
		const frame = (n: number) => ({ seconds: n, nanoseconds: 0, bytes: new Uint8Array(60 + n), length: 60 + n });
		const sent = writePcap([0, 1, 2].map((n) => ({ ...frame(n), seconds: 0, nanoseconds: n * 1_000_000 })));
		writeFileSync(file('in.pcap'), sent);
		const words = ['run', 'pocket', '--cmdline', 'run=echo', '--cycles', '1e7'];
		const { code } = await ringside([...words, '--inject', file('in.pcap'), '--pcap', file('out.pcap')]);
		const { packets, problem } = readPcap(readFileSync(file('out.pcap')));
		expect([code, problem]).toEqual([2, '']);
		expect(packets.map(({ length }) => length)).toEqual([60, 61, 62]);
		// The machine boots in the time of the first; the others are as long on the wire as they are.
		expect(packets.slice(1).map(({ nanoseconds }) => nanoseconds)).toEqual([1_058_000, 2_059_000]);
		await ringside([...words, '--inject', file('out.pcap'), '--save', file('net.ringside')]);
		const told = await ringside(['trace', file('net.ringside')]);
		expect([told.code, told.stdout]).toEqual([0, expect.stringContaining('frame_dropped')]);
		await ringside(['run', 'hello', '--pcap', file('none.pcap')]);
		expect(readPcap(readFileSync(file('none.pcap')))).toEqual({
			packets: [],
			resolution: 'microseconds',
			problem: ''
		});
	});

	it('tells what is wrong with a pcap', async () => {
		writeFileSync(file('bad.pcap'), writePcap([]).subarray(0, 20));
		const refused = async (path: string) => ringside(['run', 'hello', '--inject', path]);
		expect(await refused(file('bad.pcap'))).toMatchObject({
			code: 64,
			stderr: expect.stringMatching(/--inject: .*bad\.pcap: the file ends in its header, after 20 of 24 bytes/)
		});
		expect((await refused('nowhere.pcap')).stderr).toMatch(/--inject: nowhere\.pcap: there is no such file/);
	});

	describe('with configuration files', () => {
		const config = (name: string, text: string): string => {
			writeFileSync(file(name), text);
			return file(name);
		};
		const one = config('one.cfg', 'name="one"\nkernel="hello"\nmemory=16\n');
		const two = config('two.cfg', 'name="two"\nkernel="pocket"\ncmdline="run=hello"\nmemory=16\n');

		it('makes each domain by xl, and shows what xl prints and, marked, what they say', async () => {
			const saved = file('xl.run');
			const words = ['run', '--domain', one, '--domain', two, '--xl', 'domid nosuch', '--xl', 'list', '--save', saved];
			const { code, stdout, stderr } = await ringside(words);
			expect([code, stderr]).toEqual([
				0,
				expect.stringMatching(/^ringside: one\.cfg, two\.cfg: all domains have ended\n/)
			]);
			expect(stdout).toMatch(/^# create \S+one\.cfg\nParsing config from \S+one\.cfg\n/);
			expect(stdout).toContain('\n(d1) Hello, Xen!\n');
			expect(stdout).toMatch(/\n\(d2\) pocket: up/);
			expect(stdout).toMatch(
				/# domid nosuch\nCan't get domid of domain name 'nosuch', maybe this domain does not exist\.\n/
			);
			expect(stdout).toMatch(/\n# list\nName .*\nDomain-0 /);
			const verified = await ringside(['trace', saved, '--verify']);
			expect([verified.code, verified.stdout + verified.stderr]).toEqual([0, expect.stringMatching(/all the same/)]);
		});

		it('ends with 1 when xl\u2019s last command has failed, in xl\u2019s words', async () => {
			const bad = config('bad.cfg', 'name=x\n');
			const { code, stdout } = await ringside(['run', '--domain', bad]);
			expect([code, stdout]).toEqual([
				1,
				expect.stringMatching(/bad\.cfg:1: config parsing error near `x': syntax error/)
			]);
			const missing = config('missing.cfg', 'name="x"\nkernel="/nowhere/k"\n');
			expect((await ringside(['run', '--domain', missing])).stdout).toMatch(/\/nowhere\/k: there is no such file/);
		});

		it('refuses what cannot be read', async () => {
			expect(await ringside(['run', '--domain', 'nowhere.cfg'])).toMatchObject({
				code: 64,
				stderr: expect.stringMatching(/--domain: nowhere\.cfg: there is no such file/)
			});
			expect((await ringside(['run', 'hello', '--disk', 'nowhere.img'])).stderr).toMatch(
				/--disk: nowhere\.img: there is no such file/
			);
		});

		it('a machine has the disks that it is given', async () => {
			const disk = file('d.img');
			writeFileSync(disk, new Uint8Array(4096));
			expect((await ringside(['run', 'hello', '--disk', `${disk},ro`])).code).toBe(0);
		});
	});

	describe('with a scenario in a file', () => {
		const write = (name: string, content: string | Uint8Array): string => {
			writeFileSync(file(name), content);
			return file(name);
		};
		const scenario = (disk: object, cmdline: string): string =>
			JSON.stringify({ machine: { disks: [disk] }, dom0: { image: 'pocket-io', memoryMiB: 8, cmdline }, domains: [] });

		it('runs it, and saves what a disk holds in the end for the next one', async () => {
			const made = write(
				'made.json',
				scenario({ image: '', sectors: 512 }, 'run=sh mkfs /dev/hda ; write /a hello there')
			);
			const first = await ringside(['run', '--scenario', made, '--save-disk', file('made.img')]);
			expect([first.code, first.stderr]).toEqual([
				0,
				expect.stringMatching(/^ringside: made\.json: domain 0 shut down/)
			]);
			expect(first.stdout).toMatch(/^\(d0\) pocket: up.*\n\(d0\) hda: 512 sectors\n/);
			// An image is named by its path from where the scenario lies.
			const next = write('next.json', scenario({ image: 'made.img' }, 'run=sh cat /a'));
			expect((await ringside(['run', '--scenario', next])).stdout).toContain('\n(d0) hello there\n');
		});

		it.each([
			['{', /^ringside: --scenario: \S+bad\.json: not JSON: /],
			['{"domains": 5}', /bad\.json: scenario\.domains: /],
			['{"domains": [{"name": "x", "image": "nowhere.elf"}]}', /nowhere\.elf: there is no such file/]
		])('refuses %s', async (text, reason) => {
			expect(await ringside(['run', '--scenario', write('bad.json', text)])).toMatchObject({
				code: 64,
				stderr: expect.stringMatching(reason)
			});
		});

		it('has a card to capture from, or says that it has none', async () => {
			const none = write('none.json', JSON.stringify({ domains: [{ name: 'x', image: 'hello' }] }));
			const { code, stderr } = await ringside(['run', '--scenario', none, '--pcap', file('none.pcap')]);
			expect([code, stderr]).toEqual([
				64,
				expect.stringMatching(/--pcap: the scenario\u2019s machine has no network card/)
			]);
		});
	});

	describe('with disks', () => {
		const blank = (name: string): string => {
			writeFileSync(file(name), new Uint8Array(512 * 512));
			return file(name);
		};
		const words = (disk: string, ...more: string[]): string[] => [
			...['run', 'pocket', '--cmdline', 'run=echo', '--memory=8', '--dom0', 'pocket-io', '--dom0-memory=8'],
			...['--dom0-cmdline', 'run=sh mkfs /dev/hda ; write /a hello', '--disk', disk, ...more]
		];
		const magic = (path: string): number => readFileSync(path).readUInt16LE(1024 + 56);

		it('a file stays as it is; with ,rw it becomes what the disk holds, when the run is over', async () => {
			const disk = blank('kept.img');
			await ringside(words(disk));
			expect(readFileSync(disk).every((byte) => byte === 0)).toBe(true);
			let during = 0;
			await begin(words(`${disk},rw`), () => (during ||= magic(disk))).ended;
			expect([during, magic(disk), readFileSync(disk).length]).toEqual([0, 0xef53, 512 * 512]);
			expect(readdirSync(folder).filter((name) => name.includes('kept.img'))).toEqual(['kept.img']);
			const saved = file('saved.img');
			await ringside(words(`${disk},ro`, '--save-disk', saved));
			expect(readFileSync(saved)).toEqual(readFileSync(disk));
		});

		it('refuses at once what could not be written in the end', async () => {
			const refused = async (...more: string[]): Promise<string> => {
				const { code, stderr } = await ringside(words(blank('d.img'), ...more));
				expect(code).toBe(64);
				return stderr;
			};
			expect(await refused('--save-disk', file('nowhere/x.img'))).toMatch(/--save-disk: \S+ cannot be written: ENOENT/);
			expect(await refused('--save-disk', folder)).toMatch(/it is no file/);
			expect(await refused('--save-disk=x,hdb')).toMatch(/the machine has no disk hdb/);
			expect(await refused('--disk', `${file('d.img')},rw`, '--save-disk', file('d.img'))).toMatch(
				/two disks would be written to it/
			);
		});

		it('says so, with 74, when a file could not be written after all', async () => {
			const gone = file('gone');
			mkdirSync(gone);
			const running = begin(words(blank('d.img'), '--save-disk', join(gone, 'x.img')));
			await Promise.resolve();
			rmSync(gone, { recursive: true });
			const { code, stderr } = await running.ended;
			expect([code, stderr]).toEqual([74, expect.stringMatching(/x\.img was not written: there is no such file/)]);
		});
	});

	it('says all this on --help', async () => {
		const { code, stdout, stderr } = await ringside(['run', '--help']);
		expect([code, stderr]).toEqual([0, '']);
		for (const word of [
			'--memory',
			'--cmdline',
			'--type',
			'--until',
			'--cycles',
			'--trace',
			'--pcap',
			'--inject',
			'--domain',
			'--disk',
			'--save-disk',
			'--scenario',
			'--xl',
			'hello',
			'Exit code',
			'page_fault',
			'eip, addr, error'
		])
			expect(stdout).toContain(word);
		expect((await ringside(['--help'])).stdout).toContain('run IMAGE');
	});
});
