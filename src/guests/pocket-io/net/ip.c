/*
 * IPv4 (RFC 791) as a host has it: packets for us are taken, others dropped, none forwarded, so the time to live is set
 * and never counted down. Options are skipped. Fragments are not put together: they are counted and dropped, and we
 * make none; what is too long for the interface is refused to its sender.
 */
#include "net.h"

#define TTL 64

static uint32_t last_id;

static bool is_broadcast(const struct interface *interface, uint32_t address)
{
	return address == 0xffffffff || address == (interface->address | ~interface->mask);
}

/* A header that can be believed: complete, right, and no longer than what came; its length, or 0. */
static uint32_t checked_header(struct interface *interface, const struct packet *packet)
{
	const uint8_t *ip = packet_bytes(packet);
	uint32_t length = (ip[IP_VERSION_LENGTH] & 15u) * 4, total;

	if (packet->length < IP_HEADER || ip[IP_VERSION_LENGTH] >> 4 != 4 || length < IP_HEADER)
		return 0;
	total = get16(ip + IP_TOTAL_LENGTH);
	if (total < length || total > packet->length)
		return 0;
	if (checksum_fold(checksum_add(0, ip, length)) == 0xffff)
		return length;
	interface->counters.bad_checksums++;
	return 0;
}

static void hand_up(struct interface *interface, struct packet *packet, const struct ip_header *header, uint32_t protocol)
{
	if (protocol == PROTOCOL_ICMP)
		icmp_receive(interface, packet, header);
	else if (protocol == PROTOCOL_UDP)
		udp_receive(interface, packet, header);
	else
		icmp_refuse(packet, header, ICMP_UNREACHABLE_PROTOCOL);
}

/* `broadcast`: its frame was for all. */
void ip_receive(struct interface *interface, struct packet *packet, bool broadcast)
{
	const uint8_t *ip = packet_bytes(packet);
	struct ip_header header = { .header_length = checked_header(interface, packet) };

	if (header.header_length) {
		header.source = get32(ip + IP_SOURCE);
		header.destination = get32(ip + IP_DESTINATION);
		header.broadcast = broadcast || is_broadcast(interface, header.destination);
		packet->length = get16(ip + IP_TOTAL_LENGTH); /* what follows is Ethernet's filling */
		if (get16(ip + IP_FRAGMENT) & (IP_MORE_FRAGMENTS | IP_FRAGMENT_OFFSET)) {
			interface->counters.fragments++;
		} else if (header.destination == interface->address || is_own_address(header.destination) || header.broadcast) {
			packet_pull(packet, header.header_length);
			return hand_up(interface, packet, &header, ip[IP_PROTOCOL]);
		}
	}
	interface->counters.receive_drops++;
	packet_release(packet);
}

/* The most bytes behind an IP header that can go there, or 0 where there is no way. */
uint32_t ip_room(uint32_t destination)
{
	uint32_t next_hop;
	struct interface *interface = interface_for(destination, &next_hop);

	return interface ? interface->mtu - IP_HEADER : 0;
}

/* The address that a packet for there will have as its source. */
uint32_t ip_source_for(uint32_t destination)
{
	uint32_t next_hop;
	struct interface *interface = interface_for(destination, &next_hop);

	return interface ? interface->address : 0;
}

static void write_header(struct packet *packet, uint32_t source, uint32_t destination, uint32_t protocol)
{
	uint8_t *ip = packet_push(packet, IP_HEADER);

	ip[IP_VERSION_LENGTH] = 4 << 4 | IP_HEADER / 4;
	ip[1] = 0;
	put16(ip + IP_TOTAL_LENGTH, packet->length);
	put16(ip + IP_ID, ++last_id);
	put16(ip + IP_FRAGMENT, IP_DONT_FRAGMENT);
	ip[IP_TTL] = TTL;
	ip[IP_PROTOCOL] = (uint8_t)protocol;
	put16(ip + IP_CHECKSUM, 0);
	put32(ip + IP_SOURCE, source);
	put32(ip + IP_DESTINATION, destination);
	put16(ip + IP_CHECKSUM, ~checksum_fold(checksum_add(0, ip, IP_HEADER)));
}

/* Takes the packet. 0, or what is wrong: no way there, too long for the way. */
int ip_send(struct packet *packet, uint32_t destination, uint32_t protocol)
{
	uint32_t next_hop;
	struct interface *interface = interface_for(destination, &next_hop);

	if (!interface || packet->length + IP_HEADER > interface->mtu) {
		packet_release(packet);
		return interface ? -EMSGSIZE : -EHOSTUNREACH;
	}
	write_header(packet, interface->address, destination, protocol);
	if (is_own_address(destination))
		ip_receive(interface, packet, false);
	else if (is_broadcast(interface, destination))
		ethernet_send(interface, packet, mac_broadcast, TYPE_IP);
	else
		arp_send(interface, packet, next_hop);
	return 0;
}
