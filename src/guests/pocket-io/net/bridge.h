/* A switch between virtual cards, the real one and this domain itself. */
#pragma once
#include "net.h"

struct bridge_port {
	char name[12];
	void (*deliver)(struct bridge_port *port, struct packet *packet); /* takes the packet */
	bool attached;
	uint32_t came, went, flooded;
};

struct bridge_counters {
	uint32_t forwarded, flooded, filtered, no_memory, malformed;
};

extern const uint8_t *bridge_mac; /* of the real card, where there is one: this domain's own address too */
extern struct bridge_counters bridge_counters;
void bridge_attach(struct bridge_port *port);
void bridge_detach(struct bridge_port *port);
void bridge_forward(struct bridge_port *from, struct packet *packet);
