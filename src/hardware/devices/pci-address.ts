import type { Device } from './device';

export interface PciAddressState {
	address: number;
}

/**
 * CONFIG_ADDRESS (PCI Local Bus 3.0, 3.2.2.3.2; ports 0xCF8 to 0xCFB of a PC): accesses of four bytes reach it, narrower ones go past it to
 * whatever else is there. It has no bus behind it.
 */
export class PciAddress implements Device<PciAddressState> {
	private address = 0;

	read(offset: number, size: number): number {
		return offset === 0 && size === 4 ? this.address : -1;
	}

	write(offset: number, size: number, value: number): void {
		if (offset === 0 && size === 4) this.address = value;
	}

	reset(): void {
		this.address = 0;
	}

	save(): PciAddressState {
		return { address: this.address };
	}

	restore({ address }: PciAddressState): void {
		this.address = address;
	}
}
