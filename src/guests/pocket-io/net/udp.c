/* UDP (RFC 768): a port in front, and a checksum over the data and who exchanges them. */
#include "net.h"

/* The sum over the pseudo header: addresses, protocol, length. */
static uint32_t pseudo_sum(uint32_t source, uint32_t destination, uint32_t length)
{
	uint8_t pseudo[12];

	put32(pseudo, source);
	put32(pseudo + 4, destination);
	put16(pseudo + 8, PROTOCOL_UDP);
	put16(pseudo + 10, length);
	return checksum_add(0, pseudo, sizeof(pseudo));
}

/* Its length as it says is right, and its checksum too, where it has one. */
static bool is_sound(struct interface *interface, const struct packet *packet, const struct ip_header *ip)
{
	const uint8_t *udp = packet_bytes(packet);
	uint32_t length = packet->length < UDP_HEADER ? 0 : get16(udp + UDP_LENGTH);

	if (length < UDP_HEADER || length > packet->length)
		return false;
	if (!get16(udp + UDP_CHECKSUM))
		return true;
	if (checksum_fold(checksum_add(pseudo_sum(ip->source, ip->destination, length), udp, length)) == 0xffff)
		return true;
	interface->counters.bad_checksums++;
	return false;
}

void udp_receive(struct interface *interface, struct packet *packet, const struct ip_header *ip)
{
	const uint8_t *udp = packet_bytes(packet);
	uint32_t port;

	if (!is_sound(interface, packet, ip)) {
		interface->counters.receive_drops++;
		packet_release(packet);
		return;
	}
	port = get16(udp + UDP_DESTINATION);
	if (!socket_is_bound(SOCKET_UDP, port)) {
		interface->counters.receive_drops++;
		icmp_refuse(packet, ip, ICMP_UNREACHABLE_PORT);
		return;
	}
	packet->length = get16(udp + UDP_LENGTH);
	packet->address = ip->source;
	packet->port = get16(udp + UDP_SOURCE);
	packet_pull(packet, UDP_HEADER);
	if (!socket_deliver(SOCKET_UDP, port, packet))
		interface->counters.queue_drops++;
}

/* Sends what the packet holds; takes the packet. */
int udp_send(struct packet *packet, uint32_t destination, uint32_t port, uint32_t from_port)
{
	uint32_t length = packet->length + UDP_HEADER, sum;
	uint8_t *udp = packet_push(packet, UDP_HEADER);

	put16(udp + UDP_SOURCE, from_port);
	put16(udp + UDP_DESTINATION, port);
	put16(udp + UDP_LENGTH, length);
	put16(udp + UDP_CHECKSUM, 0);
	sum = pseudo_sum(ip_source_for(destination), destination, length);
	sum = ~checksum_fold(checksum_add(sum, udp, length)) & 0xffff;
	put16(udp + UDP_CHECKSUM, sum ? sum : 0xffff); /* 0 would mean that there is none */
	return ip_send(packet, destination, PROTOCOL_UDP);
}
