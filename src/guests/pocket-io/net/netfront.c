/*
 * The front end's half of the agreement about a virtual card (xen/include/public/io/netif.h). It takes what the back
 * end offers: packets by copying where that is possible, by flipping pages where `receive=flip` on the command line
 * asks for it, or where the back end can do nothing else.
 */
#include "netfront.h"

static uint32_t cards;

static bool offered(const struct xenbus_device *device, const char *feature)
{
	uint32_t value;

	return xenstore_read_number(NO_TRANSACTION, device->other, feature, &value) == 0 && value;
}

/* A new card: what it is, before the other end is there. */
static int probe_card(struct xenbus_device *device)
{
	struct netfront *front;
	char mac[24];
	int error = xenstore_read(NO_TRANSACTION, device->path, "mac", mac, sizeof(mac));
	uint32_t mtu = ETHERNET_MTU;

	if (error < 0)
		return error;
	front = allocate(sizeof(*front));
	if (!front)
		return -ENOMEM;
	if (!parse_mac(mac, front->interface.mac)) {
		release(front);
		return -EINVAL;
	}
	xenstore_read_number(NO_TRANSACTION, device->path, "mtu", &mtu);
	front->interface.mtu = mtu >= MTU_LEAST && mtu <= ETHERNET_MTU ? mtu : ETHERNET_MTU;
	front->interface.transmit = netfront_transmit;
	front->device = device;
	device->data = front;
	text_format(front->interface.name, sizeof(front->interface.name), "vif%u", cards++);
	error = interface_add(&front->interface);
	if (error < 0)
		release(front);
	return error;
}

/* What the back end must know, all at once. */
int netfront_publish(const struct xenbus_device *device, const struct netfront *front)
{
	const struct {
		const char *key;
		uint32_t value;
	} keys[] = {
		{ "tx-ring-ref", front->tx_ref },
		{ "rx-ring-ref", front->rx_ref },
		{ "event-channel", front->port },
		{ "request-rx-copy", !front->flips },
		{ "feature-rx-notify", 1 },
		{ "feature-sg", 0 },
		{ "feature-no-csum-offload", 1 },
	};
	int error;

	do {
		int tx = xenstore_begin();

		if (tx < 0)
			return tx;
		error = 0;
		for (uint32_t i = 0; i < COUNT(keys) && !error; i++)
			error = xenstore_write_number((uint32_t)tx, device->path, keys[i].key, keys[i].value);
		if (error) {
			xenstore_end((uint32_t)tx, false);
			return error;
		}
		error = xenstore_end((uint32_t)tx, true);
	} while (error == -EAGAIN);
	return error;
}

bool netfront_wants_flips(void)
{
	const char *how = option("receive");

	return how && !strcmp(how, "flip");
}

static int connect(struct xenbus_device *device)
{
	struct netfront *front = device->data;
	bool copies = offered(device, "feature-rx-copy"), flips = offered(device, "feature-rx-flip");
	int port, error;

	if (!copies && !flips)
		return -EOPNOTSUPP;
	front->flips = flips && (!copies || netfront_wants_flips());
	front->interface.mode = front->flips ? RECEIVE_FLIP : RECEIVE_COPY;
	front->backend = device->other_domain;
	error = netfront_rings_open(front);
	if (error < 0)
		return error;
	port = port_allocate(front->backend, netfront_event, front);
	if (port < 0)
		return port;
	front->port = (uint32_t)port;
	netfront_post(front);
	return netfront_publish(device, front);
}

static void live(struct xenbus_device *device)
{
	struct netfront *front = device->data;

	interface_up(&front->interface);
}

static void disconnect(struct xenbus_device *device)
{
	struct netfront *front = device->data;

	interface_down(&front->interface);
	if (device->other_state == XenbusStateConnected)
		netfront_finish(front);
	if (front->port)
		port_close(front->port);
	front->port = 0;
	netfront_rings_close(front);
}

static void remove(struct xenbus_device *device)
{
	struct netfront *front = device->data;

	interface_remove(&front->interface);
	while (front->work.queued) /* an event of before; no more can come */
		sleep_until(front, system_time() + MILLISECOND);
	release(front);
}

static struct xenbus_driver driver = {
	.kind = "vif",
	.published = XenbusStateConnected,
	.probe = probe_card,
	.connect = connect,
	.live = live,
	.disconnect = disconnect,
	.remove = remove,
};

static void netfront_start(void)
{
	xenbus_register(option("vif-attack") ? &hostile_driver : &driver);
}
DRIVER(5, netfront_start);
