/* Ethernet: who on this wire, and which protocol. */
#include "net.h"

const uint8_t mac_broadcast[MAC_LENGTH] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

bool same_mac(const uint8_t *a, const uint8_t *b)
{
	for (uint32_t i = 0; i < MAC_LENGTH; i++)
		if (a[i] != b[i])
			return false;
	return true;
}

/* A frame has come, from its destination on. */
void ethernet_receive(struct interface *interface, struct packet *packet)
{
	const uint8_t *frame = packet_bytes(packet);
	bool broadcast;
	uint32_t type;

	interface->counters.received++;
	interface->counters.received_bytes += packet->length;
	if (packet->length >= ETHERNET_HEADER) {
		socket_deliver_frame(packet);
		broadcast = same_mac(frame + ETHERNET_DESTINATION, mac_broadcast);
		type = get16(frame + ETHERNET_TYPE);
		if (broadcast || same_mac(frame + ETHERNET_DESTINATION, interface->mac)) {
			packet_pull(packet, ETHERNET_HEADER);
			if (type == TYPE_IP)
				return ip_receive(interface, packet, broadcast);
			if (type == TYPE_ARP)
				return arp_receive(interface, packet);
		}
	}
	interface->counters.receive_drops++;
	packet_release(packet);
}

void ethernet_send(struct interface *interface, struct packet *packet, const uint8_t *mac, uint32_t type)
{
	uint8_t *frame = packet_push(packet, ETHERNET_HEADER);

	memcpy(frame + ETHERNET_DESTINATION, mac, MAC_LENGTH);
	memcpy(frame + ETHERNET_SOURCE, interface->mac, MAC_LENGTH);
	put16(frame + ETHERNET_TYPE, type);
	interface_send(interface, packet);
}
