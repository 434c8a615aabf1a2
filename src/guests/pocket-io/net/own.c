/*
 * This domain's own place on its bridge: an interface like any other, whose wire is the bridge. It is there in a domain
 * that was told `bridge=1`: a driver domain that has something to say itself. Its address is the real card's, where
 * there is one.
 */
#include "bridge.h"

static struct interface interface = { .name = "br0", .mtu = ETHERNET_MTU };
static struct bridge_port port = { .name = "br0" };
static struct work work;
static struct packet_queue queue;

#define QUEUE_MOST 32

/* From the bridge. Not at once: it may be we who are just sending. */
static void deliver(struct bridge_port *unused, struct packet *packet)
{
	(void)unused;
	if (queue.count == QUEUE_MOST) {
		interface.counters.queue_drops++;
		packet_release(packet);
		return;
	}
	queue_put(&queue, packet);
	work_queue(&work);
}

static void take(struct work *unused)
{
	struct packet *packet;

	(void)unused;
	while ((packet = queue_take(&queue)))
		ethernet_receive(&interface, packet);
}

static void transmit(struct interface *unused, struct packet *packet)
{
	(void)unused;
	bridge_forward(&port, packet);
}

static void own_start(void)
{
	static const uint8_t made_up[MAC_LENGTH] = { 0x02, 0, 0, 0, 0, 1 }; /* locally administered */

	if (!option("bridge"))
		return;
	memcpy(interface.mac, bridge_mac ? bridge_mac : made_up, MAC_LENGTH);
	interface.transmit = transmit;
	port.deliver = deliver;
	work.run = take;
	if (interface_add(&interface) < 0)
		return;
	bridge_attach(&port);
	interface_up(&interface);
}
DRIVER(6, own_start);
