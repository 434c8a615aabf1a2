/**
 * A guest fills its console and xenstore rings with garbage and signals, while another has its own tree there. The
 * daemons may stop serving the first; they may not fail, nor let it touch what is the other's.
 */
import { describe, expect, it } from 'vitest';
import { Machine } from '../../hardware/machine';
import { Toolstack, type GuestDomain } from '../../toolstack/toolstack';
import { makeImage } from '../../toolstack/testing';
import { CONSOLE_IN_SIZE, XENCONS_INTERFACE } from '../../abi/structs/io';
import { XENSTORE_INTERFACE, XENSTORE_RING_SIZE } from '../../abi/structs/xenstore';
import { boot } from '../core/boot';
import { ControlPort, type SharedPage } from '../control';
import { Hypervisor } from '../core/hypervisor';
import { audit } from '../mm/audit';
import { Dice, EDGES } from './hostile-dice';
import { call, le32, ListRecorder } from './tiny-guest';

const LIVES = Number(process.env.HOSTILE_LIVES ?? 8);
const STEPS = 80;
const [CONSOLE, STORE] = [XENCONS_INTERFACE.at, XENSTORE_INTERFACE.at];
/** Where the guest's code has the two ports that it signals. */
const PORTS = 0x100;

class Rings {
	readonly recorder = new ListRecorder();
	readonly machine = new Machine({ ramBytes: 32 * 1024 * 1024, recorder: this.recorder });
	readonly hv = new Hypervisor(this.machine, this.recorder, {
		sliceMs: 1,
		scheduler: 'round-robin',
		wallClock: 0,
		consoleIo: () => {}
	});
	readonly control: ControlPort;
	readonly stack: Toolstack;
	readonly hostile: GuestDomain;
	readonly other: GuestDomain;
	readonly consolePage: SharedPage;
	readonly storePage: SharedPage;
	said = 0;
	/** Requests that were answered, and refused. */
	answered = 0;
	refused = 0;

	constructor(private readonly dice: Dice) {
		this.control = new ControlPort(this.hv, boot(this.hv));
		this.stack = new Toolstack(this.control, (_dom, bytes) => (this.said += bytes.length));
		// Signals both ports for ever.
		const send = [...call(32, 4, PORTS), ...call(32, 4, PORTS + 4)];
		const code = [...send, 0xeb, 0x100 - send.length - 2];
		const image = (ports: number[]): Uint8Array =>
			makeImage({ code: [...code, ...new Array<number>(PORTS - code.length).fill(0x90), ...ports.flatMap(le32)] });
		this.hostile = this.stack.createDomain({ name: 'hostile', image: image([1, 2]), pages: 1024 });
		this.other = this.stack.createDomain({ name: 'other', image: makeImage(), pages: 1024 });
		this.consolePage = this.control.frame(this.hostile.built.consoleMfn);
		this.storePage = this.control.frame(this.hostile.built.xenstoreMfn);
		expect([1, 2]).toEqual(expect.arrayContaining([this.hostile.built.consolePort, this.hostile.built.xenstorePort]));
	}

	/** What belongs to the other domain, and what the first one must not change. */
	kept(): string {
		const { xenstore } = this.stack;
		const home = `/local/domain/${this.other.dom}`;
		const walk = (at: string): string =>
			[`${at}=${xenstore.read(at)}`, ...xenstore.list(at).map((name) => walk(`${at}/${name}`))].join('\n');
		return [
			walk(home),
			xenstore.list('/local/domain').join(),
			xenstore.read(`/local/domain/${this.hostile.dom}/domid`)
		].join('\n');
	}

	step(): void {
		this.dice
			.pick([this.garble, this.garble, this.talk, this.request, this.request, this.request, this.mend])
			.call(this);
		if (this.dice.once(5)) this.hostile.type('x'.repeat(this.dice.roll(3000)));
		this.machine.run(400);
		const errors = this.recorder.of('xenstore').map(({ args }) => args[3]);
		this.answered += errors.filter((error) => error === 0).length;
		this.refused += errors.filter((error) => error !== 0).length;
		this.recorder.events.length = 0;
	}

	private garble(): void {
		const { dice } = this;
		const page = dice.once(50) ? this.storePage : this.consolePage;
		for (let i = 0; i < 6; i++) page.write32(dice.roll(1024) * 4, dice.once(2) ? dice.bits() : dice.pick(EDGES));
		const indices = [CONSOLE.in_cons, CONSOLE.in_prod, CONSOLE.out_cons, CONSOLE.out_prod];
		if (dice.once(2)) this.consolePage.write32(dice.pick(indices), dice.pick([...EDGES, dice.bits()]));
		const others = [STORE.req_cons, STORE.req_prod, STORE.rsp_cons, STORE.rsp_prod];
		if (dice.once(40)) this.storePage.write32(dice.pick(others), dice.pick([...EDGES, dice.bits()]));
	}

	private talk(): void {
		this.consolePage.write32(
			CONSOLE.out_prod,
			(this.consolePage.read32(CONSOLE.out_cons) + this.dice.roll(2049)) >>> 0
		);
	}

	/** Proper indices again, and all replies read. */
	private mend(): void {
		this.storePage.write32(STORE.rsp_cons, this.storePage.read32(STORE.rsp_prod));
		this.consolePage.write32(
			CONSOLE.in_cons,
			(this.consolePage.read32(CONSOLE.in_prod) - this.dice.roll(CONSOLE_IN_SIZE + 1)) >>> 0
		);
	}

	/** A message that is nearly one. */
	private request(): void {
		const { dice, storePage } = this;
		const paths = [
			'/',
			'a',
			'a/b/c',
			'/local',
			'/local/domain/2',
			'/local/domain/2/name',
			'@releaseDomain',
			'',
			'//',
			'x'.repeat(300),
			'/tool',
			'data',
			'/local/domain/1/data'
		];
		const strings = dice.times(dice.roll(4), () =>
			dice.pick([...paths, 'n1', 'r2', 'b0', 'T', 'F', 'tok', '\u00ff', '7'])
		);
		const payload = [...strings.join('\0'), ...(dice.once(4) ? [] : ['\0'])].map((char) => char.charCodeAt(0) & 255);
		const length = dice.once(60) ? dice.pick([4096, 4097, 0xffff_ffff, 5000]) : payload.length;
		const header = [
			dice.once(3) ? dice.roll(26) : dice.pick([1, 2, 3, 4, 6, 7, 11, 12, 13, 14]),
			dice.bits(),
			dice.pick([0, 0, 0, 1, 2, dice.bits()]),
			length
		].flatMap(le32);
		const bytes = Uint8Array.from([...header, ...payload]);
		const producer = storePage.read32(STORE.req_prod);
		bytes.forEach((byte, i) =>
			storePage.write(STORE.req + ((producer + i) & (XENSTORE_RING_SIZE - 1)), Uint8Array.of(byte))
		);
		storePage.write32(STORE.req_prod, (producer + bytes.length) >>> 0);
		this.mend();
	}
}

describe('garbage in the rings', () => {
	for (const seed of [1, 2, 3]) {
		it(`stops nothing but its writer's own service (seed ${seed})`, { timeout: 600_000 }, () => {
			const dice = new Dice(seed);
			let [answered, refused] = [0, 0];
			for (let life = 0; life < LIVES; life++) {
				const rings = new Rings(dice);
				const kept = rings.kept();
				for (let step = 0; step < STEPS; step++) {
					rings.step();
					expect(rings.kept()).toBe(kept);
				}
				expect(audit(rings.hv)).toEqual([]);
				expect([rings.hostile.status.alive, rings.other.status.alive]).toEqual([true, true]);
				rings.hostile.destroy();
				rings.machine.run(1000);
				expect(audit(rings.hv)).toEqual([]);
				expect(rings.other.status.alive).toBe(true);
				answered += rings.answered;
				refused += rings.refused;
			}
			if (process.env.HOSTILE_LIVES) console.log(seed, answered, refused);
			expect(answered).toBeGreaterThan(LIVES);
			expect(refused).toBeGreaterThan(LIVES);
		});
	}
});
