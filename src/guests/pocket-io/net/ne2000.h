/*
 * The NE2000: a DP8390 network controller (National Semiconductor's data sheet) with 16 KiB of memory of its own, to
 * which the processor has no access but through the controller's remote DMA port. Pages of 256 bytes:
 *
 *	40  +---------------------+
 *	    | transmit buffer 0   |
 *	46  +---------------------+
 *	    | transmit buffer 1   |
 *	4c  +---------------------+ PSTART
 *	    |                     |	each packet: status, next page, length (2), then the frame
 *	    | receive ring        |	BNRY: the last page that we are done with
 *	    |                     |	CURR: the next page that the controller will write
 *	80  +---------------------+ PSTOP
 */
#pragma once
#include "net.h"

enum ne2000_register {
	CR = 0x00, /* command: on all register pages */
	PSTART = 0x01,
	PSTOP = 0x02,
	BNRY = 0x03,
	TPSR = 0x04, /* written; TSR when read */
	TBCR0 = 0x05,
	TBCR1 = 0x06,
	ISR = 0x07,
	RSAR0 = 0x08,
	RSAR1 = 0x09,
	RBCR0 = 0x0a,
	RBCR1 = 0x0b,
	RCR = 0x0c,
	TCR = 0x0d,   /* written; the tally counters when read: frame alignment, */
	DCR = 0x0e,   /* check sequence, */
	IMR = 0x0f,   /* missed packets */
	PAR0 = 0x01,  /* page 1: our address, */
	CURR = 0x07,
	MAR0 = 0x08,  /* and the filter of group addresses */
	DATA = 0x10,  /* the remote DMA port */
	RESET = 0x1f,
};

#define TSR TPSR
#define CNTR0 TCR
#define CNTR1 DCR
#define CNTR2 IMR

#define CR_STOP 0x01
#define CR_START 0x02
#define CR_TRANSMIT 0x04
#define CR_DMA_READ 0x08
#define CR_DMA_WRITE 0x10
#define CR_DMA_NONE 0x20
#define CR_PAGE_1 0x40

#define ISR_RECEIVED 0x01
#define ISR_SENT 0x02
#define ISR_RECEIVE_ERROR 0x04
#define ISR_SEND_ERROR 0x08
#define ISR_OVERFLOW 0x10
#define ISR_COUNTERS 0x20
#define ISR_DMA_DONE 0x40
#define ISR_RESET 0x80
#define ISR_WANTED 0x3f /* all that we are to be interrupted for */

#define RCR_BROADCAST 0x04
#define RCR_MULTICAST 0x08
#define RCR_PROMISCUOUS 0x10 /* a bridge hears everything */
#define RCR_MONITOR 0x20
#define TCR_LOOPBACK 0x02
#define DCR_WORDS 0x01
#define DCR_NO_LOOPBACK 0x08
#define DCR_FIFO_8 0x40

#define RECEIVED_INTACT 0x01 /* in a packet's status */
