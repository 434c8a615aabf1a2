import type { Device } from './device';

export interface CmosState {
	index: number;
}

/** The index register of the clock's RAM (port 0x70 of a PC), which keeps what is written. The RAM behind it is absent. */
export class CmosIndex implements Device<CmosState> {
	readonly widest = 1;
	private index = 0;

	read(): number {
		return this.index;
	}

	write(_offset: number, _size: number, value: number): void {
		this.index = value;
	}

	reset(): void {
		this.index = 0;
	}

	save(): CmosState {
		return { index: this.index };
	}

	restore({ index }: CmosState): void {
		this.index = index;
	}
}
