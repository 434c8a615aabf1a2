/*
 * The interfaces of this domain, and its addresses. `ip=ADDRESS[/BITS]` and `gateway=ADDRESS` on the command line are
 * the first card's; without them, and for all others, the address is made from the card's: 10.0.0.x, where x is
 * the last byte of it.
 */
#include "net.h"

#define INTERFACES 5
#define FIRST_CARD 1

/* This domain as its own neighbour (RFC 1122, 3.2.1.3): what is sent to an address of ours never leaves, see ip_send(). */
static struct interface loopback = {
	.name = "lo",
	.address = 0x7f000001,
	.mask = 0xff000000,
	.mtu = ETHERNET_MTU,
	.up = true,
};

static struct interface *interfaces[INTERFACES] = { &loopback };

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* A number up to `most`, moving on behind it. */
static bool parse_number(const char **text, uint32_t most, uint32_t *value)
{
	if (!is_digit(**text))
		return false;
	for (*value = 0; is_digit(**text); (*text)++) {
		*value = *value * 10 + (uint32_t)(**text - '0');
		if (*value > most)
			return false;
	}
	return true;
}

/* Four numbers with dots, moving on behind them. */
static bool take_address(const char **text, uint32_t *address)
{
	uint32_t byte;

	*address = 0;
	for (int i = 0; i < 4; i++) {
		if (i && *(*text)++ != '.')
			return false;
		if (!parse_number(text, 255, &byte))
			return false;
		*address = *address << 8 | byte;
	}
	return true;
}

bool parse_address(const char *text, uint32_t *address)
{
	return take_address(&text, address) && !*text;
}

static int hex_digit(char c)
{
	if (is_digit(c))
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Six bytes in hexadecimal with colons. */
bool parse_mac(const char *text, uint8_t mac[MAC_LENGTH])
{
	for (int i = 0; i < MAC_LENGTH; i++, text += 3) {
		int high = hex_digit(text[0]), low = high < 0 ? -1 : hex_digit(text[1]);

		if (low < 0 || text[2] != (i == MAC_LENGTH - 1 ? '\0' : ':'))
			return false;
		mac[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static void address_from_card(struct interface *interface)
{
	uint32_t last = interface->mac[MAC_LENGTH - 1];

	if (last == 0 || last == 255) /* the network itself, and all of it */
		last = 254;
	interface->address = 0x0a000000 | last;
	interface->mask = 0xffffff00;
}

/* `ip=`: false where it says nothing that can be an address. */
static bool address_from_option(struct interface *interface, const char *text)
{
	uint32_t bits = 24;

	if (!text || !take_address(&text, &interface->address))
		return false;
	if (*text == '/') {
		text++;
		if (!parse_number(&text, 30, &bits) || bits == 0)
			return false;
	}
	interface->mask = ~(0xffffffffu >> bits);
	return *text == 0;
}

/* A new interface, still down; its card's address is known. -ENOSPC where there are too many. */
int interface_add(struct interface *interface)
{
	uint32_t number = 0;
	const char *gateway;

	while (number < INTERFACES && interfaces[number])
		number++;
	if (number == INTERFACES)
		return -ENOSPC;
	interfaces[number] = interface;
	if (number > FIRST_CARD) {
		address_from_card(interface);
		return 0;
	}
	if (!address_from_option(interface, option("ip")))
		address_from_card(interface);
	gateway = option("gateway");
	if (!gateway || !parse_address(gateway, &interface->gateway))
		interface->gateway = 0;
	return 0;
}

/* Gone for good. */
void interface_remove(struct interface *interface)
{
	interface_down(interface);
	arp_forget(interface);
	for (uint32_t i = 0; i < INTERFACES; i++)
		if (interfaces[i] == interface)
			interfaces[i] = NULL;
}

/* From now on it can send. */
void interface_up(struct interface *interface)
{
	interface->up = true;
	print("%s: up, " ADDRESS_FORMAT ", mtu %u\n", interface->name, ADDRESS_BYTES(interface->address), interface->mtu);
	arp_announce(interface);
	wake(interfaces);
}

void interface_down(struct interface *interface)
{
	if (!interface->up)
		return;
	interface->up = false;
	arp_forget(interface);
	print("%s: down\n", interface->name);
}

/* The first card, by which whole frames go; NULL where there is none. */
struct interface *interface_card(void)
{
	return interfaces[FIRST_CARD];
}

/* Waits for an interface to come up, or until a moment: false where that has come. */
bool interface_await(uint64_t until)
{
	return sleep_until(interfaces, until);
}

/* Sends a whole frame; takes the packet. */
void interface_send(struct interface *interface, struct packet *packet)
{
	if (!interface->up) {
		interface->counters.send_drops++;
		packet_release(packet);
		return;
	}
	interface->counters.sent++;
	interface->counters.sent_bytes += packet->length;
	interface->transmit(interface, packet);
}

/* By which interface to go there, and who is to have it first; NULL where there is no way. */
struct interface *interface_for(uint32_t address, uint32_t *next_hop)
{
	struct interface *by_gateway = NULL;

	for (uint32_t i = 0; i < INTERFACES; i++) {
		struct interface *interface = interfaces[i];

		if (!interface)
			continue;
		*next_hop = address;
		if (address == 0xffffffff ? i < FIRST_CARD : (address ^ interface->address) & interface->mask) {
			if (interface->gateway && !by_gateway)
				by_gateway = interface;
			continue;
		}
		return interface;
	}
	if (by_gateway)
		*next_hop = by_gateway->gateway;
	return by_gateway;
}

bool is_own_address(uint32_t address)
{
	for (uint32_t i = 0; i < INTERFACES; i++)
		if (interfaces[i] && interfaces[i]->address == address)
			return true;
	return false;
}

struct interface *interface_number(uint32_t number)
{
	return number < INTERFACES ? interfaces[number] : NULL;
}
