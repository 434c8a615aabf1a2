import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { SHELL_CONSOLE } from '../toolstack/xl/shell';
import { Run, type RunOptions } from './run';
import { hasGuest, imageFile, stateOf } from './testing';

const CFG = `name = "lin"
kernel = "pocket-io"
memory = 8
cmdline = "run=sh mkfs /dev/xvda ; stress / 3 40 60"
disk = [ "/dev/hda:0+4096,raw,xvda,w" ]
`;
/** A command at a time by which the drivers of both ends have done what the one before it began. */
const at = (ms: number, xl: string) => ({ xl, when: { kind: 'cycle' as const, cycle: ms * 2_400_000 } });
const COMMANDS = [
	at(13, 'create b.cfg'),
	at(20, 'block-list lin'),
	{ xl: 'block-attach lin /dev/hda:4096+4096,raw,xvdb,r' },
	at(30, 'block-list lin'),
	{ xl: 'block-detach lin xvdb' },
	{ xl: 'block-list lin' },
	{ xl: 'destroy lin' },
	{ xl: 'list' }
];
const AT = '/local/domain/0/backend/vbd/1/';

/** Domain 0 with a kernel and a drive; xl makes a domain with a disk once domain 0 has started. */
const machine = (options: RunOptions = { snapshots: 0 }): Run =>
	new Run(
		{
			machine: { disks: [{ image: '', sectors: 12288 }] },
			dom0: { image: 'pocket-io', memoryMiB: 16, cmdline: 'run=serve' },
			files: { 'b.cfg': CFG },
			domains: [],
			input: COMMANDS
		},
		imageFile,
		options
	);

describe.runIf(hasGuest('pocket-io'))('xl with a domain 0 that serves disks', () => {
	it('creates, attaches, detaches and destroys: both ends take part', () => {
		const run = machine();
		run.advance({}, 20_000_000);
		const row = (devid: number): RegExp => new RegExp(`\\n${devid} 0 {3}1 {6}4 {5}\\d+ +\\d+ +${AT}${devid}\\n`);
		const [first, both, after] = run.consoles.text(SHELL_CONSOLE).split('# block-list lin\n').slice(1);
		expect(first).toMatch(row(51712));
		expect(both).toMatch(row(51712));
		expect(both).toMatch(row(51728));
		expect(after).toMatch(row(51712));
		expect(after).not.toContain('51728');
		expect(after).toMatch(/# destroy lin\n# list\nName.*\nDomain-0 .*\n$/);
		expect(run.consoles.text(1)).toMatch(/\nxvdb: 4096 sectors, read-only\n(.*\n)*xvdb: gone\n/);
		expect(run.consoles.text(0)).toMatch(/domain 1's disk 51712: [1-9]\d* requests served, 0 refused/);
		expect(run.system.toolstack.xenstore.list('/local/domain')).toEqual(['0']);
		expect(run.system.toolstack.xenstore.list('/libxl')).toEqual([]);
	});

	it('goes back into the middle of it, and on, the same way', () => {
		const run = machine({ gap: 1 << 15 });
		run.advance({ text: 'xvdb: 4096', dom: 1 });
		const there = { at: run.moment, state: stateOf(run) };
		run.advance({}, 300_000);
		const later = { at: run.moment, state: stateOf(run) };
		for (const { at, state } of [there, later]) {
			run.seek(at);
			expect(isDeepStrictEqual(stateOf(run), state)).toBe(true);
		}
	});
});
