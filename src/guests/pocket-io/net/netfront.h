/* One virtual card, this domain's side. */
#pragma once
#include "flip.h"
#include "ring.h"
#include "xenbus.h"

#define POSTED 64 /* pages that wait for packets; the ring has room for four times as many */
#define RX_SLOTS 256
#define SENDING_MOST 128
#define WAITING_MOST 64

struct netfront {
	struct interface interface;
	struct xenbus_device *device;
	uint16_t backend;
	uint32_t port;
	bool flips;
	bool broken; /* the other end does what it must not: nothing more is believed */

	struct front_ring tx; /* `shared` is NULL while there are no rings */
	uint32_t tx_ref;
	struct packet *sending[SENDING_MOST]; /* by id */
	uint16_t sending_ref[SENDING_MOST];
	uint16_t free_ids[SENDING_MOST]; /* the last one freed is the first one taken */
	uint32_t frees;
	struct packet_queue waiting; /* for a free id */

	struct front_ring rx;
	uint32_t rx_ref;
	struct packet *posted[RX_SLOTS]; /* by slot, which is the id too */
	uint16_t posted_ref[RX_SLOTS];

	struct work work;
};

int netfront_publish(const struct xenbus_device *device, const struct netfront *front);
bool netfront_wants_flips(void);
extern struct xenbus_driver hostile_driver; /* hostile.c */

/* netfront-rings.c */
int netfront_rings_open(struct netfront *front);
void netfront_finish(struct netfront *front);
void netfront_rings_close(struct netfront *front);
void netfront_post(struct netfront *front);
void netfront_event(void *front);
void netfront_transmit(struct interface *interface, struct packet *packet);
