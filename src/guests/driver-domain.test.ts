/**
 * A driver domain is destroyed while it serves, in the middle of a write, and made again: what becomes of its guest and of what the guest was
 * told is safe. The toolstack does not connect a front end to another domain; as with xl, the device is detached and attached.
 */
import { describe, expect, it } from 'vitest';
import { audit } from '../hypervisor/mm/audit';
import { KIND } from '../trace/events';
import { Run } from '../workbench/run';
import { imageFile } from '../workbench/testing';

const XVDA = 51712;
const USER = 2;
const FRONT = `/local/domain/${USER}/device/vbd/${XVDA}/state`;
const backState = (storage: number): string => `/local/domain/${storage}/backend/vbd/${USER}/${XVDA}/state`;

/** A driver domain with a disk, `hda` by ports that were given to it or `ram0`, and a guest with a shell and that disk. */
class Story {
	readonly run: Run;
	/** The driver domain's number now. */
	storage = 1;

	constructor(private readonly disk: 'hda' | 'ram0') {
		const { cmdline } = this;
		const disks = [{ target: `/dev/${disk}`, backend: 'storage' }];
		this.run = new Run(
			{
				machine: { disks: [{ image: '', sectors: 2048 }] },
				domains: [
					{ name: 'storage', image: 'pocket-io', memoryMiB: 4, driverDomain: true, cmdline },
					{ name: 'user', image: 'pocket-io', memoryMiB: 8, cmdline: 'run=sh', disks }
				]
			},
			imageFile,
			{ snapshots: 0 }
		);
		this.give();
		this.until(() => this.prompts === 1);
	}

	private get cmdline(): string {
		return `run=serve ${this.disk === 'hda' ? 'ide=pio' : 'ramdisk=256'}`;
	}
	get said(): string {
		return this.run.consoles.text(USER);
	}
	private get prompts(): number {
		return this.said.split('$ ').length - 1;
	}
	state(path: string): string | undefined {
		return this.run.system.toolstack.xenstore.read(path);
	}

	/** What `ioports` and `irqs` of a configuration give: the first channel's ports, and its line. */
	private give(): void {
		if (this.disk !== 'hda') return;
		const { control } = this.run.system.toolstack;
		control.permit(this.storage, 'ports', 0x1f0, 8, true);
		control.permit(this.storage, 'ports', 0x3f6, 1, true);
		expect(control.mapIrq(this.storage, 14)).toBe(0);
	}

	until(done: () => boolean): void {
		for (let steps = 0; !done(); steps++) {
			expect(steps, this.said).toBeLessThan(400);
			this.run.advance({}, 50_000);
		}
	}

	type(line: string): void {
		this.run.system.toolstack.domain(USER)!.type(`${line}\n`);
	}

	/** Has the guest carry out a command, and tells what it said. */
	command(line: string): string {
		const [prompts, before] = [this.prompts, this.said.length];
		this.type(line);
		this.until(() => this.prompts > prompts);
		return this.said.slice(before + line.length + 1, -2);
	}

	/** Destroys the driver domain; five milliseconds later nobody has done anything about it. */
	destroy(): void {
		const { toolstack, hypervisor } = this.run.system;
		toolstack.destroy(this.storage);
		expect(audit(hypervisor)).toEqual([]);
		this.run.advance({ cycle: this.run.now + 12_000_000 });
		expect(this.state(backState(this.storage))).toBeUndefined();
	}

	/** Makes it again, as another domain; takes the disk from the guest, and gives it the new one. */
	replace(): void {
		const { toolstack } = this.run.system;
		const config = { name: 'storage', pages: 1024, image: imageFile('pocket-io'), driverDomain: true };
		const [old, before] = [this.storage, this.said.length];
		const again = toolstack.createDomain({ ...config, cmdline: this.cmdline, paused: true });
		this.storage = again.dom;
		this.give();
		again.unpause();
		toolstack.detach({ type: 'vbd', dom: USER, devid: XVDA, backend: old });
		this.until(() => !toolstack.busy(USER) && this.run.consoles.text(again.dom).includes(`${this.disk}: `));
		toolstack.attachDisk(USER, { target: `/dev/${this.disk}`, vdev: 'xvda', backend: 'storage' });
		this.until(() => /xvda: \d+ sectors/.test(this.said.slice(before)));
		expect([this.state(FRONT), this.state(backState(again.dom))]).toEqual(['4', '4']);
	}
}

describe('a driver domain that drives the machine\u2019s disk, destroyed while it serves and made again', () => {
	it('costs its guest nothing that it was told is safe, wherever a write is cut off', () => {
		const story = new Story('hda');
		story.command('mkfs /dev/xvda');
		for (const round of [1, 2, 3, 4]) {
			story.command(`write /note${round} of round ${round}`);
			expect(story.command('sync')).toBe('');
			const before = story.said.length;
			story.type(`write /more${round} of that`);
			// The drive has been given one more command each time, and has not answered the last one.
			for (let commands = 0; commands < round; commands++)
				expect(story.run.advance({ kinds: [KIND.disk_command] }).cause).toBe('event');
			story.destroy();
			// The guest closes its end and waits: nothing is said to have failed, and nothing to be done.
			expect(story.state(FRONT)).toBe('6');
			expect(story.said.slice(before)).toBe(`write /more${round} of that\n`);
			story.replace();
			expect(story.said.slice(before)).toMatch(/xvda: gone\n.*: no such disk\n/);
			for (let n = 1; n <= round; n++) expect(story.command(`cat /note${n}`)).toBe(`of round ${n}\n`);
		}
		expect(audit(story.run.system.hypervisor)).toEqual([]);
	}, 240_000);
});

describe('one whose own memory is the disk', () => {
	it('takes with it what it was given: the guest finds an empty disk, and can use that', () => {
		const story = new Story('ram0');
		story.command('mkfs /dev/xvda');
		story.command('write /note of before');
		expect(story.command('sync')).toBe('');
		story.destroy();
		story.replace();
		expect(story.command('cat /note')).toBe('open: /note: no file system there\n');
		story.command('mkfs /dev/xvda');
		story.command('write /note of after');
		expect(story.command('cat /note')).toBe('of after\n');
		expect(audit(story.run.system.hypervisor)).toEqual([]);
	});
});
