/*
 * The driver of the real network card, the first that is found: a port of the bridge. (Of the first only: a second one
 * on the same wire would make the bridge a loop.) It exists where this kernel may touch the card's ports: in domain 0.
 *
 * Two frames can be on the card to be sent, one on its way and one behind it; others wait here, a few. What an interrupt
 * asks for takes long, because each byte passes the port, so it is done as `work`; meanwhile the card is told to be quiet.
 */
#include "bridge.h"
#include "ne2000.h"
#include "machine.h"

#define RTL8029 0x802910ecu /* device and vendor of the PCI card */
#define PROM_WORDS 16
#define SEND_PAGE 0x40
#define SEND_PAGES 6 /* 1,536 bytes */
#define SLOTS 2
#define RING_START (SEND_PAGE + SLOTS * SEND_PAGES)
#define RING_STOP 0x80
#define LONGEST (ETHERNET_MTU + ETHERNET_HEADER)
#define RING_HEADER 4
#define WAITING_MOST 32
#define RESET_NS (20 * MILLISECOND)
#define STOP_NS (1600 * 1000) /* the longest frame needs this long to end: data sheet, "Buffer Ring Overflow" */

static struct ne2000 {
	struct bridge_port port;
	uint16_t base;
	uint32_t line;
	uint8_t mac[MAC_LENGTH];
	struct packet_queue waiting;
	uint32_t slot_length[SLOTS]; /* 0: free */
	uint32_t sending;	     /* the slot on its way, or SLOTS for none */
	uint32_t sent, received, dropped, overflows, damaged, restarts;
	struct work work;
} card;

static void out(enum ne2000_register at, uint32_t value)
{
	out8((uint16_t)(card.base + at), (uint8_t)value);
}

static uint32_t in(enum ne2000_register at)
{
	return in8((uint16_t)(card.base + at));
}

static uint32_t in_page_1(enum ne2000_register at)
{
	uint32_t value;

	out(CR, CR_PAGE_1 | CR_DMA_NONE | CR_START);
	value = in(at);
	out(CR, CR_DMA_NONE | CR_START);
	return value;
}

/* --- the card's memory ----------------------------------------------------------------------------------------- */

static void start_dma(uint32_t address, uint32_t bytes, uint32_t direction)
{
	out(CR, CR_DMA_NONE | CR_START);
	out(ISR, ISR_DMA_DONE);
	out(RBCR0, bytes & 0xff);
	out(RBCR1, bytes >> 8);
	out(RSAR0, address & 0xff);
	out(RSAR1, address >> 8);
	out(CR, direction | CR_START);
}

static void end_dma(void)
{
	for (uint32_t tries = 0; !(in(ISR) & ISR_DMA_DONE) && tries < 100; tries++)
		;
	out(ISR, ISR_DMA_DONE);
	out(CR, CR_DMA_NONE | CR_START);
}

/* Reads an even number of bytes; the controller goes on from the end of the ring to its beginning by itself. */
static void read_card(uint32_t address, uint8_t *to, uint32_t bytes)
{
	start_dma(address, bytes, CR_DMA_READ);
	in16_string((uint16_t)(card.base + DATA), to, bytes / 2);
	end_dma();
}

static void write_card(uint32_t address, const uint8_t *from, uint32_t bytes)
{
	start_dma(address, bytes, CR_DMA_WRITE);
	out16_string((uint16_t)(card.base + DATA), from, bytes / 2);
	end_dma();
}

/* --- sending --------------------------------------------------------------------------------------------------- */

static void send_slot(uint32_t slot)
{
	card.sending = slot;
	out(TPSR, SEND_PAGE + slot * SEND_PAGES);
	out(TBCR0, card.slot_length[slot] & 0xff);
	out(TBCR1, card.slot_length[slot] >> 8);
	out(CR, CR_DMA_NONE | CR_TRANSMIT | CR_START);
}

/* Puts a frame on the card, filled up to the least length with zeros, so that nothing old goes out behind it. */
static void fill_slot(uint32_t slot, struct packet *packet)
{
	uint32_t length = packet->length;
	uint8_t *frame = packet_bytes(packet);

	if (length < ETHERNET_SHORTEST) {
		memset(frame + length, 0, ETHERNET_SHORTEST - length);
		length = ETHERNET_SHORTEST;
	}
	write_card((SEND_PAGE + slot * SEND_PAGES) << 8, frame, (length + 1) & ~1u);
	card.slot_length[slot] = length;
	packet_release(packet);
}

static void fill_slots(void)
{
	for (uint32_t slot = 0; slot < SLOTS; slot++)
		if (!card.slot_length[slot] && card.waiting.first)
			fill_slot(slot, queue_take(&card.waiting));
	if (card.sending != SLOTS)
		return;
	for (uint32_t slot = 0; slot < SLOTS; slot++) {
		if (!card.slot_length[slot])
			continue;
		send_slot(slot);
		return;
	}
}

/* A frame has left, or the controller has given it up after 16 collisions. */
static void sending_ended(void)
{
	uint32_t slot = card.sending;

	if (slot == SLOTS)
		return;
	card.sent++;
	card.slot_length[slot] = 0;
	card.sending = SLOTS;
	if (card.slot_length[!slot]) /* first what has waited longest */
		send_slot(!slot);
}

static void deliver(struct bridge_port *port, struct packet *packet)
{
	(void)port;
	if (card.waiting.count == WAITING_MOST || packet->length > LONGEST) {
		card.dropped++;
		packet_release(packet);
		return;
	}
	queue_put(&card.waiting, packet);
	work_queue(&card.work);
}

/* --- receiving ------------------------------------------------------------------------------------------------- */

static uint32_t after(uint32_t page)
{
	return page + 1 == RING_STOP ? RING_START : page + 1;
}

static void set_boundary(uint32_t next)
{
	out(BNRY, next == RING_START ? RING_STOP - 1 : next - 1);
}

/* Starts the controller with an empty ring. */
static void start_card(void)
{
	out(CR, CR_DMA_NONE | CR_STOP);
	out(DCR, DCR_FIFO_8 | DCR_NO_LOOPBACK | DCR_WORDS);
	out(RBCR0, 0);
	out(RBCR1, 0);
	out(RCR, RCR_MONITOR);
	out(TCR, TCR_LOOPBACK);
	out(PSTART, RING_START);
	out(PSTOP, RING_STOP);
	out(BNRY, RING_START);
	out(ISR, 0xff);
	out(CR, CR_PAGE_1 | CR_DMA_NONE | CR_STOP);
	for (uint32_t i = 0; i < MAC_LENGTH; i++)
		out(PAR0 + i, card.mac[i]);
	for (uint32_t i = 0; i < 8; i++)
		out(MAR0 + i, 0xff);
	out(CURR, RING_START + 1);
	out(CR, CR_DMA_NONE | CR_START);
	out(TCR, 0);
	out(RCR, RCR_BROADCAST | RCR_MULTICAST | RCR_PROMISCUOUS);
	out(IMR, ISR_WANTED);
	for (uint32_t i = 0; i < SLOTS; i++)
		card.slot_length[i] = 0;
	card.sending = SLOTS;
}

/* The frame whose header lies at `page`: onto the bridge. */
static void take_frame(uint32_t page, uint32_t length)
{
	struct packet *packet = packet_allocate();

	if (!packet) {
		card.dropped++;
		return;
	}
	read_card((page << 8) + RING_HEADER, packet_bytes(packet), (length + 1) & ~1u);
	packet->length = length;
	card.received++;
	bridge_forward(&card.port, packet);
}

/* All that is in the ring. A header that cannot be right means that we have lost our place: then the card starts anew. */
static void receive(void)
{
	for (;;) {
		uint32_t page = after(in(BNRY)), length, next;
		uint8_t header[RING_HEADER];

		if (page == in_page_1(CURR))
			return;
		read_card(page << 8, header, RING_HEADER);
		next = header[1];
		length = (uint32_t)(header[2] | header[3] << 8) - RING_HEADER;
		if (next < RING_START || next >= RING_STOP || length > LONGEST) {
			card.restarts++;
			start_card();
			return;
		}
		if (header[0] & RECEIVED_INTACT)
			take_frame(page, length);
		else
			card.damaged++;
		set_boundary(next);
	}
}

/* The ring was full, and what came was lost. Data sheet, "Buffer Ring Overflow", step by step. */
static void recover(void)
{
	bool was_sending = in(CR) & CR_TRANSMIT, lost;
	uint64_t until;

	card.overflows++;
	print("ne2000: the ring was full, %u times so far\n", card.overflows);
	out(CR, CR_DMA_NONE | CR_STOP);
	until = system_time() + STOP_NS;
	while (system_time() < until)
		;
	out(RBCR0, 0);
	out(RBCR1, 0);
	lost = was_sending && !(in(ISR) & (ISR_SENT | ISR_SEND_ERROR));
	out(TCR, TCR_LOOPBACK);
	out(CR, CR_DMA_NONE | CR_START);
	receive();
	out(ISR, ISR_OVERFLOW);
	out(TCR, 0);
	if (lost && card.sending != SLOTS)
		send_slot(card.sending);
}

/* --- interrupts ------------------------------------------------------------------------------------------------ */

static void serve(struct work *work)
{
	uint32_t why;

	(void)work;
	while ((why = in(ISR) & ISR_WANTED)) {
		if (why & ISR_OVERFLOW)
			recover();
		out(ISR, why & ~ISR_OVERFLOW);
		if (why & (ISR_SENT | ISR_SEND_ERROR))
			sending_ended();
		if (why & (ISR_RECEIVED | ISR_RECEIVE_ERROR))
			receive();
		if (why & ISR_COUNTERS)
			card.damaged += in(CNTR0) + in(CNTR1) + in(CNTR2); /* reading clears them */
		fill_slots();
	}
	fill_slots();
	out(IMR, ISR_WANTED);
}

static void interrupt(void *unused)
{
	(void)unused;
	out(IMR, 0);
	work_queue(&card.work);
}

/* --- finding it ------------------------------------------------------------------------------------------------ */

/* Resets whatever is at the ports; whether it answers as the controller does. */
static bool reset(void)
{
	uint64_t until = system_time() + RESET_NS;

	out(RESET, in(RESET));
	while (!(in(ISR) & ISR_RESET))
		if (system_time() > until)
			return false;
	out(ISR, 0xff);
	return true;
}

/* The card's address stands in its PROM, each byte twice; so does its mark, 57 57. */
static bool read_prom(void)
{
	uint8_t prom[2 * PROM_WORDS];

	out(CR, CR_DMA_NONE | CR_STOP);
	out(DCR, DCR_FIFO_8 | DCR_NO_LOOPBACK | DCR_WORDS);
	out(RCR, RCR_MONITOR);
	out(TCR, TCR_LOOPBACK);
	out(IMR, 0);
	read_card(0, prom, sizeof(prom));
	for (uint32_t i = 0; i < MAC_LENGTH; i++)
		card.mac[i] = prom[2 * i];
	return prom[28] == 0x57 && prom[30] == 0x57;
}

static bool is_card(uint16_t base, uint32_t line)
{
	card.base = base;
	card.line = line;
	return in(CR) != 0xff && reset() && read_prom();
}

/* A PCI card says itself where it is; ISA cards are looked for where they usually are. `level`: how its interrupts come. */
static bool find_card(bool *level)
{
	static const struct {
		uint16_t base;
		uint8_t line;
	} places[] = { { 0x300, 9 }, { 0x320, 5 }, { 0x340, 3 }, { 0x360, 7 } };
	struct pci_function function = { .vendor = 0 };

	*level = true;
	while (pci_next(&function)) {
		if (pci_read(&function, 0) != RTL8029)
			continue;
		pci_write(&function, PCI_COMMAND, pci_read(&function, PCI_COMMAND) | PCI_COMMAND_IO);
		if (is_card(pci_port(&function, 0), pci_read(&function, PCI_INTERRUPT_LINE) & 0xff))
			return true;
	}
	*level = false;
	for (uint32_t i = 0; i < COUNT(places); i++)
		if (is_card(places[i].base, places[i].line))
			return true;
	return false;
}

static void ne2000_start(void)
{
	bool level;

	if (!is_domain_0() || !find_card(&level))
		return;
	card.work.run = serve;
	card.port = (struct bridge_port){ .name = "eth0", .deliver = deliver };
	start_card();
	if (interrupt_bind(card.line, level, interrupt, NULL) < 0) {
		print("ne2000: Xen gives us no interrupt\n");
		return;
	}
	bridge_mac = card.mac;
	bridge_attach(&card.port);
	print("ne2000: at %x, line %u, %02x:%02x:%02x:%02x:%02x:%02x\n", card.base, card.line, card.mac[0], card.mac[1],
	      card.mac[2], card.mac[3], card.mac[4], card.mac[5]);
}
DRIVER(4, ne2000_start);
