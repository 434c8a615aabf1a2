/** The registers of the machine's devices at a moment. */
import type { Readings } from '../base';

/** The registers of a device, or of a part. */
export interface DeviceRegisters extends Readings {
	/** The device's name in the machine: `ide`. */
	readonly device: string;
}
