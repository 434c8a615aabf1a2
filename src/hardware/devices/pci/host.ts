import { assert } from '../../../base';
import type { Bus, Registers } from '../../bus';
import type { Trigger } from '../../interrupts/lines';
import type { Device, Site, Stretch } from '../device';
import { BAR_IO, COMMAND, CONFIG, ConfigSpace, header, placeOf, type Bar, type Field, type Identity } from './config';
import { IsaBridge, PIRQ_IRQS } from './isa-bridge';

/** Ports of a fixed place that a function answers, while its command register has I/O enabled. */
export interface FixedPorts {
	readonly ports: readonly Stretch[];
	/** Whether its own registers let it, too. */
	when(config: ConfigSpace): boolean;
}

/** A function of bus 0: where it is, what it says of itself, and what it answers. */
export interface PciFunction extends Identity {
	readonly slot: number;
	/** 0 unless said. */
	readonly fn?: number;
	/** Registers of its own beside the header. */
	readonly fields?: readonly Field[];
	readonly fixed?: readonly FixedPorts[];
}

/** The configuration spaces by the names of the functions; pins that are held low, which is to say asserted. */
export interface PciHostState {
	address: number;
	configs: Readonly<Record<string, Uint8Array>>;
	pins: readonly string[];
}

const ENABLE = 0x8000_0000;
/** Bits of CONFIG_ADDRESS that are kept (PCI Local Bus 2.2, 3.2.2.3.2). */
const ADDRESS_BITS = 0x80ff_fffc;
/** Where firmware begins to place ports, and memory. */
const FIRST_PORT = 0xc000;
const FIRST_MEMORY = 0xfeb0_0000;

/** Registers of a device from an offset on, which the bus can tell from the device's other mounts. */
class Window implements Registers {
	/** Where it is mounted, or -1. */
	at = -1;
	wanted = -1;

	constructor(
		private readonly device: Device,
		readonly kind: Bar['kind'],
		readonly bytes: number,
		private readonly offset: number,
		/** Where it is to be mounted, or -1. */
		readonly place: () => number
	) {}

	get widest(): Registers['widest'] {
		return this.device.widest;
	}
	read(offset: number, size: number): number {
		return this.device.read(offset + this.offset, size);
	}
	write(offset: number, size: number, value: number): void {
		this.device.write(offset + this.offset, size, value);
	}
}

interface Plugged {
	readonly name: string;
	readonly device: Device;
	readonly fn: PciFunction;
	readonly config: ConfigSpace;
	readonly windows: readonly Window[];
}

/**
 * The way to PCI bus 0: configuration mechanism 1 (PCI Local Bus 2.2, 3.2.2.3.2) at CONFIG_ADDRESS, offset 0, and CONFIG_DATA, offset 4.
 *
 *     CONFIG_ADDRESS   31 enable   23..16 bus   15..11 slot   10..8 function   7..2 register
 *
 * An address takes accesses of four bytes alone, narrower ones go past it. Data takes any of one, two or four bytes. Where there is no
 * function reads give ones. It mounts what functions answer wherever their registers say, and leads their interrupt pins to the PIRQs of
 * the ISA bridge.
 *
 * The machine has no firmware: what a PC's would have left behind (base addresses, I/O and memory enabled, interrupt lines) is there after
 * a reset. Bus mastering is left to drivers.
 */
export class PciHost implements Device<PciHostState> {
	private readonly bus: Bus;
	private address = 0;
	private readonly functions = new Map<number, Plugged>();
	/** Functions whose pin is asserted. */
	private readonly pins = new Set<string>();
	private bridge: IsaBridge | null = null;

	constructor({ bus }: Site) {
		this.bus = bus;
	}

	/** Puts a device into a slot; its trigger, if it has a pin, is that pin. */
	plug(name: string, fn: PciFunction, device: Device): void {
		const key = (fn.slot << 3) | (fn.fn ?? 0);
		assert(!this.functions.has(key), 'two functions of PCI have one place', { name, slot: fn.slot, fn: fn.fn });
		const config = new ConfigSpace([...header(fn), ...(fn.fields ?? [])]);
		this.functions.set(key, { name, device, fn, config, windows: windowsOf(fn, device, config) });
		if (device instanceof IsaBridge) this.bridge = device;
		if (fn.pin) device.trigger = this.pinOf(name);
		this.power();
	}

	private pinOf(name: string): Trigger {
		return (high) => {
			if (high) this.pins.add(name);
			else this.pins.delete(name);
			this.drive();
		};
	}

	/** Tells the bridge the levels of its four PIRQs. */
	private drive(): void {
		const levels = [false, false, false, false];
		for (const { name, fn } of this.functions.values()) if (this.pins.has(name)) levels[pirqOf(fn)] = true;
		this.bridge?.setPirqs(levels);
	}

	// --- configuration ---------------------------------------------------------------------------------------

	read(offset: number, size: number): number {
		if (offset < 4) return offset === 0 && size === 4 ? this.address : -1;
		return this.addressed?.config.read(this.register(offset), size) ?? -1;
	}

	write(offset: number, size: number, value: number): void {
		if (offset >= 4) this.writeData(offset, size, value);
		else if (offset === 0 && size === 4) this.address = (value & ADDRESS_BITS) >>> 0;
	}

	private writeData(offset: number, size: number, value: number): void {
		const { addressed } = this;
		if (!addressed) return;
		addressed.config.write(this.register(offset), size, value);
		this.remap();
		addressed.device.configured?.(addressed.config);
	}

	/** The function that CONFIG_ADDRESS names. */
	private get addressed(): Plugged | undefined {
		const { address } = this;
		const bus = (address >>> 16) & 0xff;
		return (address & ENABLE) !== 0 && bus === 0 ? this.functions.get((address >>> 8) & 0xff) : undefined;
	}

	private register(offset: number): number {
		return (this.address & 0xfc) | (offset & 3);
	}

	// --- mounts ----------------------------------------------------------------------------------------------

	/** Every function of the bus in the order of slots. */
	private get all(): readonly Plugged[] {
		return [...this.functions].sort(([a], [b]) => a - b).map(([, plugged]) => plugged);
	}

	/** Mounts what has moved. Of windows that overlap the one in the lowest slot answers, whenever each was moved there. */
	private remap(): void {
		const windows = this.all.flatMap((plugged) => plugged.windows);
		for (const window of windows) window.wanted = window.place();
		if (windows.every(({ at, wanted }) => at === wanted)) return;
		for (const window of windows) this.unmount(window);
		for (const window of windows) this.mount(window);
	}

	private mount(window: Window): void {
		const { wanted, bytes } = window;
		window.at = wanted;
		if (wanted < 0) return;
		if (window.kind === 'io') this.bus.mountPorts(wanted, bytes, window);
		else this.bus.mountMemory(wanted, bytes, window);
	}

	private unmount(window: Window): void {
		if (window.at < 0) return;
		if (window.kind === 'io') this.bus.unmountPorts(window);
		else this.bus.unmountMemory(window);
	}

	// --- power and state -------------------------------------------------------------------------------------

	/** Configuration as firmware leaves it. */
	private power(): void {
		let [port, memory] = [FIRST_PORT, FIRST_MEMORY];
		for (const { config, fn } of this.all) {
			config.reset();
			for (const { index, kind, bytes } of fn.bars ?? []) {
				const first = Math.ceil((kind === 'io' ? port : memory) / bytes) * bytes;
				config.set(CONFIG.BAR + 4 * index, 4, kind === 'io' ? first | BAR_IO : first);
				if (kind === 'io') port = first + bytes;
				else memory = first + bytes;
			}
			config.write(CONFIG.COMMAND, 2, COMMAND.IO | COMMAND.MEMORY);
			if (fn.pin) config.write(CONFIG.INTERRUPT_LINE, 1, PIRQ_IRQS[pirqOf(fn)]);
		}
		this.remap();
		for (const { device, config } of this.all) device.configured?.(config);
	}

	reset(): void {
		this.address = 0;
		this.pins.clear();
		this.power();
		this.drive();
	}

	save(): PciHostState {
		const configs = Object.fromEntries(this.all.map(({ name, config }) => [name, config.save()]));
		return { address: this.address, configs, pins: [...this.pins].sort() };
	}

	restore({ address, configs, pins }: PciHostState): void {
		this.address = address;
		this.pins.clear();
		for (const name of pins) this.pins.add(name);
		for (const { name, config } of this.all) config.restore(configs[name]);
		this.remap();
	}
}

/** Which PIRQ the pin of a function leads to: neighbouring slots use different ones, as on boards with this bridge. */
const pirqOf = ({ slot, pin = 1 }: PciFunction): number => (slot - 1 + pin - 1) & 3;

function windowsOf({ bars = [], fixed = [] }: PciFunction, device: Device, config: ConfigSpace): Window[] {
	const moved = bars.map((bar) => new Window(device, bar.kind, bar.bytes, bar.offset ?? 0, () => placeOf(config, bar)));
	const standing = fixed.flatMap(({ ports, when }) =>
		ports.map(([first, count, offset = 0]) => {
			const on = (): boolean => (config.read(CONFIG.COMMAND, 2) & COMMAND.IO) !== 0 && when(config);
			return new Window(device, 'io', count, offset, () => (on() ? first : -1));
		})
	);
	return [...moved, ...standing];
}
