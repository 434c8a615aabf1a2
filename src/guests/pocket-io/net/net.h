/*
 * What one file of the network offers to the others, from the wire up:
 *
 *	socket.c                     a queue of datagrams behind a file number
 *	udp.c   icmp.c               ports; echo and bad news
 *	ip.c    arp.c                who is meant; where on this wire he is
 *	ethernet.c                   frames
 *	------------------------------------------------ an interface
 *	netfront.c | bridge.c        a virtual card           | a switch: virtual cards of others, a real one, ourselves
 *
 * Whoever is given a packet owns it: hands it on, or releases it. Addresses are numbers: 10.0.0.2 is 0x0a000002.
 */
#pragma once
#include "io.h"
#include "net/calls-net.h"
#include "wire.h"

/* packet.c: one packet lies in one page, with room before it for headers */
#define PACKET_ROOM 64

struct packet {
	struct packet *next; /* in whatever queue it waits */
	uint8_t *page;	     /* its own, and nobody else's */
	uint32_t start, length;
	uint32_t address, port; /* who sent it, once a socket has it */
};

struct packet *packet_allocate(void);
struct packet *packet_copy(const struct packet *packet);
void packet_release(struct packet *packet);
uint8_t *packet_bytes(const struct packet *packet);
void packet_pull(struct packet *packet, uint32_t bytes);
uint8_t *packet_push(struct packet *packet, uint32_t bytes);

struct packet_queue {
	struct packet *first, *last;
	uint32_t count;
};

void queue_put(struct packet_queue *queue, struct packet *packet);
struct packet *queue_take(struct packet_queue *queue);

/* interface.c: what packets of this domain leave and come by */
struct interface {
	char name[8];
	uint8_t mac[MAC_LENGTH];
	uint32_t address, mask, gateway;
	uint32_t mtu;
	bool up;
	uint8_t mode; /* see struct interface_report */
	void (*transmit)(struct interface *interface, struct packet *packet);
	struct interface_counters counters;
};

int interface_add(struct interface *interface);
void interface_remove(struct interface *interface);
void interface_up(struct interface *interface);
void interface_down(struct interface *interface);
struct interface *interface_card(void);
bool interface_await(uint64_t until);
void interface_send(struct interface *interface, struct packet *packet);
struct interface *interface_for(uint32_t address, uint32_t *next_hop);
struct interface *interface_number(uint32_t number);
bool is_own_address(uint32_t address);
bool parse_mac(const char *text, uint8_t mac[MAC_LENGTH]);
bool parse_address(const char *text, uint32_t *address);
#define ADDRESS_FORMAT "%d.%d.%d.%d"
#define ADDRESS_BYTES(a) (int)((a) >> 24), (int)((a) >> 16 & 255), (int)((a) >> 8 & 255), (int)((a)&255)

/* ethernet.c */
extern const uint8_t mac_broadcast[MAC_LENGTH];
bool same_mac(const uint8_t *a, const uint8_t *b);
void ethernet_receive(struct interface *interface, struct packet *packet);
void ethernet_send(struct interface *interface, struct packet *packet, const uint8_t *mac, uint32_t type);

/* arp.c */
void arp_receive(struct interface *interface, struct packet *packet);
void arp_send(struct interface *interface, struct packet *packet, uint32_t next_hop);
void arp_announce(struct interface *interface);
void arp_forget(struct interface *interface);

/* ip.c */
void ip_receive(struct interface *interface, struct packet *packet, bool broadcast);
int ip_send(struct packet *packet, uint32_t destination, uint32_t protocol);
uint32_t ip_room(uint32_t destination);
uint32_t ip_source_for(uint32_t destination);

/* What ip.c found in the header, for those above it; the packet begins behind it then. */
struct ip_header {
	uint32_t source, destination;
	bool broadcast;
	uint32_t header_length; /* the header's bytes still lie before the packet's first */
};

/* icmp.c */
void icmp_receive(struct interface *interface, struct packet *packet, const struct ip_header *ip);
int icmp_send_echo(struct packet *packet, uint32_t destination, uint32_t id, uint32_t sequence);
void icmp_refuse(struct packet *packet, const struct ip_header *ip, uint32_t code);
void icmp_blame(const uint8_t *ip, uint32_t length, int error);

/* udp.c */
void udp_receive(struct interface *interface, struct packet *packet, const struct ip_header *ip);
int udp_send(struct packet *packet, uint32_t destination, uint32_t port, uint32_t from_port);

/* socket.c */
bool socket_deliver(uint32_t kind, uint32_t port, struct packet *packet);
void socket_deliver_frame(const struct packet *packet);
bool socket_is_bound(uint32_t kind, uint32_t port);
void socket_error(uint32_t kind, uint32_t port, int error);
