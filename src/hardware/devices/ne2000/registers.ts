/*
 * The registers of a DP8390D (National Semiconductor, DP8390D/NS32490D data sheet, July 1995, section 10). Sixteen offsets in pages,
 * which bits 7..6 of the command register choose:
 *
 *          page 0 read    page 0 write   page 1 both    page 2 read           page 2 write
 *     0    CR             CR             CR             CR                    CR
 *     1    CLDA0          PSTART         PAR0           PSTART                CLDA0
 *     2    CLDA1          PSTOP          PAR1           PSTOP                 CLDA1
 *     3    BNRY           BNRY           PAR2           remote next packet    remote next packet
 *     4    TSR            TPSR           PAR3           TPSR                  -
 *     5    NCR            TBCR0          PAR4           local next packet     local next packet
 *     6    FIFO           TBCR1          PAR5           address counter high  address counter high
 *     7    ISR            ISR            CURR           address counter low   address counter low
 *     8    CRDA0          RSAR0          MAR0           -                     -
 *     9    CRDA1          RSAR1          MAR1           -                     -
 *     A    -              RBCR0          MAR2           -                     -
 *     B    -              RBCR1          MAR3           -                     -
 *     C    RSR            RCR            MAR4           RCR                   -
 *     D    CNTR0          TCR            MAR5           TCR                   -
 *     E    CNTR1          DCR            MAR6           DCR                   -
 *     F    CNTR2          IMR            MAR7           IMR                   -
 */

/** Command register. */
export const CR = {
	STP: 0x01,
	STA: 0x02,
	TXP: 0x04,
	/** Remote DMA: read, write, send packet; the highest bit aborts. */
	REMOTE: 0x38,
	REMOTE_READ: 0x08,
	REMOTE_WRITE: 0x10,
	SEND_PACKET: 0x18,
	ABORT: 0x20,
	PAGE: 0xc0
} as const;

/** Interrupt status. */
export const ISR = {
	PRX: 0x01,
	PTX: 0x02,
	RXE: 0x04,
	TXE: 0x08,
	OVW: 0x10,
	CNT: 0x20,
	RDC: 0x40,
	RST: 0x80
} as const;

/** Data configuration: words, byte order, loopback select (0 is loopback), automatic remote DMA. */
export const DCR = { WTS: 0x01, BOS: 0x02, LAS: 0x04, LS: 0x08, AR: 0x10 } as const;

/** Transmit configuration: no check sequence, the loopback mode, transmitter off and on by frames. */
export const TCR = { CRC: 0x01, LOOPBACK: 0x06, ATD: 0x08 } as const;
export const LOOPBACK_SHIFT = 1;

/** Transmit status. */
export const TSR = { PTX: 0x01, COL: 0x04, ABT: 0x08, CRS: 0x10, FU: 0x20, CDH: 0x40, OWC: 0x80 } as const;

/** Receive configuration: save errored, accept runts, broadcast, multicast, all physical addresses; monitor. */
export const RCR = { SEP: 0x01, AR: 0x02, AB: 0x04, AM: 0x08, PRO: 0x10, MON: 0x20 } as const;

/** Receive status; PHY is set for a group address. */
export const RSR = { PRX: 0x01, CRC: 0x02, FAE: 0x04, FO: 0x08, MPA: 0x10, PHY: 0x20, DIS: 0x40 } as const;

/** Bytes of a page of the buffer memory. */
export const PAGE_BYTES = 256;
/** A tally counter raises CNT with its top bit, and stops at this. */
export const TALLY_WARNS = 0x80;
export const TALLY_STOPS = 0xc0;
/** The tally counters: alignment errors, CRC errors, missed packets. */
export const ALIGNMENT = 0;
export const CRC = 1;
export const MISSED = 2;
