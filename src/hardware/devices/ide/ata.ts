/** Registers of a channel: the command block of ATA/ATAPI-6, 7, at its usual offsets, and the one of the control block. */
export const REG = {
	DATA: 0,
	/** Read: error. Written: features. */
	ERROR: 1,
	COUNT: 2,
	LOW: 3,
	MID: 4,
	HIGH: 5,
	DEVICE: 6,
	/** Read: status. Written: command. */
	STATUS: 7,
	/** Read: alternate status. Written: device control. */
	CONTROL: 8
} as const;

/** Bits of the status register. */
export const STATUS = { ERR: 0x01, DRQ: 0x08, DSC: 0x10, DF: 0x20, DRDY: 0x40, BSY: 0x80 } as const;
/** A drive that waits for a command. */
export const READY = STATUS.DRDY | STATUS.DSC;

/** Bits of the error register. */
export const ERROR = { ABRT: 0x04, IDNF: 0x10, UNC: 0x40 } as const;
/** What the error register says after a reset or diagnostic: nothing is wrong. */
export const DIAGNOSTIC_PASSED = 1;

/** Bits of the device register. */
export const DEVICE = { SECOND: 0x10, LBA: 0x40 } as const;

/** Bits of the device control register. */
export const CONTROL = { NIEN: 0x02, SRST: 0x04, HOB: 0x80 } as const;
