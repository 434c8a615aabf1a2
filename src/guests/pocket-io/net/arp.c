/*
 * Who on this wire has an address (RFC 826). An entry of the cache is asked for, then known, then forgotten; packets
 * for an address that is being asked for wait in its entry, a few of them.
 *
 *	FREE -- a packet to send --> ASKING -- an answer --> KNOWN -- a minute without news --> FREE
 *	                               |  asked again each second, three times in all
 *	                               +-----> FREE, and those who sent hear "host unreachable"
 */
#include "net.h"

#define ENTRIES 16
#define WAITING_MOST 8
#define ASK_TIMES 3
#define ASK_EVERY_NS 1000000000ull
#define KEEP_NS 60000000000ull

static struct entry {
	enum { FREE, ASKING, KNOWN } state;
	struct interface *interface;
	uint32_t address;
	uint8_t mac[MAC_LENGTH];
	uint32_t asked;
	uint64_t until; /* when to ask again, or to forget */
	struct packet_queue waiting;
} entries[ENTRIES];

static void look_at_clock(struct timer *timer);
static struct timer timer = { .expired = look_at_clock };

static struct entry *find(struct interface *interface, uint32_t address)
{
	for (struct entry *e = entries; e < entries + ENTRIES; e++)
		if (e->state != FREE && e->interface == interface && e->address == address)
			return e;
	return NULL;
}

/* Nobody has it: tells those who sent, by the headers of what they sent. */
static void unreachable(struct packet *packet)
{
	icmp_blame(packet_bytes(packet), packet->length, EHOSTUNREACH);
	packet_release(packet);
}

static void release_entry(struct entry *e)
{
	struct packet *packet;

	while ((packet = queue_take(&e->waiting)))
		unreachable(packet);
	e->state = FREE;
}

/* A place for an entry: a free one, else the known one that would be forgotten first; NULL when all are being asked for. */
static struct entry *claim(void)
{
	struct entry *oldest = NULL;

	for (struct entry *e = entries; e < entries + ENTRIES; e++) {
		if (e->state == FREE)
			return e;
		if (e->state == KNOWN && (!oldest || e->until < oldest->until))
			oldest = e;
	}
	return oldest;
}

static void wake_for_next(void)
{
	uint64_t next = 0;

	for (struct entry *e = entries; e < entries + ENTRIES; e++)
		if (e->state == ASKING && (!next || e->until < next))
			next = e->until;
	if (next)
		timer_set(&timer, next);
	else
		timer_cancel(&timer);
}

static void send_arp(struct interface *interface, uint32_t operation, const uint8_t *to, const uint8_t *target_mac,
		     uint32_t target)
{
	struct packet *packet = packet_allocate();
	uint8_t *arp;

	if (!packet)
		return;
	packet->length = ARP_LENGTH;
	arp = packet_bytes(packet);
	put16(arp + ARP_HARDWARE, 1);
	put16(arp + ARP_PROTOCOL, TYPE_IP);
	arp[ARP_HARDWARE_LENGTH] = MAC_LENGTH;
	arp[ARP_PROTOCOL_LENGTH] = 4;
	put16(arp + ARP_OPERATION, operation);
	memcpy(arp + ARP_SENDER_MAC, interface->mac, MAC_LENGTH);
	put32(arp + ARP_SENDER, interface->address);
	memcpy(arp + ARP_TARGET_MAC, target_mac, MAC_LENGTH);
	put32(arp + ARP_TARGET, target);
	ethernet_send(interface, packet, to, TYPE_ARP);
}

static const uint8_t mac_unknown[MAC_LENGTH];

static void ask(struct entry *e, uint64_t now)
{
	e->asked++;
	e->until = now + ASK_EVERY_NS;
	send_arp(e->interface, ARP_REQUEST, mac_broadcast, mac_unknown, e->address);
}

static void look_at_clock(struct timer *unused)
{
	uint64_t now = system_time();

	(void)unused;
	for (struct entry *e = entries; e < entries + ENTRIES; e++) {
		if (e->state != ASKING || e->until > now)
			continue;
		if (e->asked == ASK_TIMES)
			release_entry(e);
		else
			ask(e, now);
	}
	wake_for_next();
}

/* Says who we are to all, so that bridges and caches learn it: asks for our own address. */
void arp_announce(struct interface *interface)
{
	send_arp(interface, ARP_REQUEST, mac_broadcast, mac_unknown, interface->address);
}

/* An interface has gone down: what was learned there is worth nothing. */
void arp_forget(struct interface *interface)
{
	for (struct entry *e = entries; e < entries + ENTRIES; e++)
		if (e->state != FREE && e->interface == interface)
			release_entry(e);
	wake_for_next();
}

static void learned(struct entry *e, const uint8_t *mac)
{
	struct packet *packet;

	memcpy(e->mac, mac, MAC_LENGTH);
	e->state = KNOWN;
	e->until = system_time() + KEEP_NS;
	while ((packet = queue_take(&e->waiting)))
		ethernet_send(e->interface, packet, e->mac, TYPE_IP);
	wake_for_next();
}

/* What the sender says of itself: updates an entry there is; makes one only where we are asked, as RFC 826 has it. */
static void learn(struct interface *interface, uint32_t sender, const uint8_t *mac, bool for_us)
{
	struct entry *e = find(interface, sender);

	if (!e && for_us && sender) {
		e = claim();
		if (!e)
			return;
		*e = (struct entry){ .state = KNOWN, .interface = interface, .address = sender };
	}
	if (e)
		learned(e, mac);
}

static bool is_arp_for_ip(const struct packet *packet)
{
	const uint8_t *arp = packet_bytes(packet);

	return packet->length >= ARP_LENGTH && get16(arp + ARP_HARDWARE) == 1 && get16(arp + ARP_PROTOCOL) == TYPE_IP &&
	       arp[ARP_HARDWARE_LENGTH] == MAC_LENGTH && arp[ARP_PROTOCOL_LENGTH] == 4;
}

void arp_receive(struct interface *interface, struct packet *packet)
{
	const uint8_t *arp = packet_bytes(packet);
	uint32_t sender;
	bool for_us;

	if (is_arp_for_ip(packet)) {
		sender = get32(arp + ARP_SENDER);
		for_us = get32(arp + ARP_TARGET) == interface->address;
		if (sender == interface->address) {
			if (!same_mac(arp + ARP_SENDER_MAC, interface->mac))
				print("%s: somebody else says that he has " ADDRESS_FORMAT "\n", interface->name,
				      ADDRESS_BYTES(sender));
		} else {
			learn(interface, sender, arp + ARP_SENDER_MAC, for_us);
			if (for_us && get16(arp + ARP_OPERATION) == ARP_REQUEST)
				send_arp(interface, ARP_REPLY, arp + ARP_SENDER_MAC, arp + ARP_SENDER_MAC, sender);
		}
	} else {
		interface->counters.receive_drops++;
	}
	packet_release(packet);
}

/* Sends an IP packet to a neighbour, now or when he has answered. */
void arp_send(struct interface *interface, struct packet *packet, uint32_t next_hop)
{
	struct entry *e = find(interface, next_hop);
	uint64_t now = system_time();

	if (e && e->state == KNOWN && e->until > now) {
		ethernet_send(interface, packet, e->mac, TYPE_IP);
		return;
	}
	if (!e || e->state == KNOWN) {
		if (!e)
			e = claim();
		if (!e) {
			interface->counters.send_drops++;
			packet_release(packet);
			return;
		}
		*e = (struct entry){ .state = ASKING, .interface = interface, .address = next_hop };
		ask(e, now);
	}
	if (e->waiting.count == WAITING_MOST) {
		interface->counters.send_drops++;
		packet_release(queue_take(&e->waiting));
	}
	queue_put(&e->waiting, packet);
	wake_for_next();
}
