/*
 * The bridge (IEEE 802.1D, without its spanning tree: there are no other bridges to make a loop with). It learns behind
 * which port a station is from the frames that it sends, forwards to that port alone, and floods what is for all or for
 * a station not heard of. What is learned is forgotten after five minutes of silence.
 */
#include "bridge.h"

#define PORTS 160
#define STATIONS 512
#define WAYS 4 /* places that a station may take: all with its last bits, so that few have to be looked at */
#define REMEMBER_NS 300000000000ull

static struct bridge_port *ports[PORTS];
struct bridge_counters bridge_counters;
const uint8_t *bridge_mac;

static struct station {
	uint8_t mac[MAC_LENGTH];
	struct bridge_port *port; /* NULL: free */
	uint64_t heard;
} stations[STATIONS];

void bridge_attach(struct bridge_port *port)
{
	for (uint32_t i = 0; i < PORTS; i++) {
		if (ports[i])
			continue;
		ports[i] = port;
		port->attached = true;
		return;
	}
	print("bridge: no port left for %s\n", port->name);
}

void bridge_detach(struct bridge_port *port)
{
	for (uint32_t i = 0; i < PORTS; i++)
		if (ports[i] == port)
			ports[i] = NULL;
	for (struct station *s = stations; s < stations + STATIONS; s++)
		if (s->port == port)
			s->port = NULL;
	port->attached = false;
}

static struct station *places_of(const uint8_t *mac)
{
	return &stations[(mac[MAC_LENGTH - 1] ^ mac[MAC_LENGTH - 2] * 5) % (STATIONS / WAYS) * WAYS];
}

static struct station *find(const uint8_t *mac)
{
	struct station *places = places_of(mac);

	for (struct station *s = places; s < places + WAYS; s++)
		if (s->port && same_mac(s->mac, mac))
			return s;
	return NULL;
}

/* A place for a station: a free one, else that of who has been silent longest. */
static struct station *claim(const uint8_t *mac)
{
	struct station *places = places_of(mac), *oldest = places;

	for (struct station *s = places; s < places + WAYS; s++) {
		if (!s->port)
			return s;
		if (s->heard < oldest->heard)
			oldest = s;
	}
	return oldest;
}

static void learn(struct bridge_port *port, const uint8_t *mac, uint64_t now)
{
	struct station *station = find(mac);

	if (!station) {
		station = claim(mac);
		memcpy(station->mac, mac, MAC_LENGTH);
	}
	station->port = port;
	station->heard = now;
}

/* The port behind which a station is; NULL where it is not known, or the address is one of a group. */
static struct bridge_port *port_of(const uint8_t *mac, uint64_t now)
{
	struct station *station = mac[0] & 1 ? NULL : find(mac);

	return station && now - station->heard < REMEMBER_NS ? station->port : NULL;
}

static void hand_out(struct bridge_port *to, struct packet *packet)
{
	to->went++;
	to->deliver(to, packet);
}

static void flood(const struct bridge_port *from, struct packet *packet)
{
	bridge_counters.flooded++;
	for (uint32_t i = 0; i < PORTS; i++) {
		struct packet *copy;

		if (!ports[i] || ports[i] == from)
			continue;
		copy = packet_copy(packet);
		if (!copy) {
			bridge_counters.no_memory++;
			continue;
		}
		ports[i]->flooded++;
		hand_out(ports[i], copy);
	}
	packet_release(packet);
}

/* A frame has come in by a port. Takes the packet. */
void bridge_forward(struct bridge_port *from, struct packet *packet)
{
	const uint8_t *frame = packet_bytes(packet);
	uint64_t now = system_time();
	struct bridge_port *to;

	from->came++;
	if (packet->length < ETHERNET_HEADER || frame[ETHERNET_SOURCE] & 1) { /* a group cannot send */
		bridge_counters.malformed++;
		packet_release(packet);
		return;
	}
	learn(from, frame + ETHERNET_SOURCE, now);
	to = port_of(frame + ETHERNET_DESTINATION, now);
	if (to == from) {
		bridge_counters.filtered++;
		packet_release(packet);
	} else if (to) {
		bridge_counters.forwarded++;
		hand_out(to, packet);
	} else {
		flood(from, packet);
	}
}
