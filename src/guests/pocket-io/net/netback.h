/*
 * Virtual cards of other domains, the back ends' side.
 *
 *	netback.c        xenbus: offers, keys, rules, rate; a card comes and goes
 *	netback-tx.c     from the guests: fetch, judge, hand to the bridge; in turns
 *	netback-rx.c     to the guests: copy or flip
 */
#pragma once
#include "bridge.h"
#include "flip.h"
#include "ring.h"
#include "rules.h"
#include "xenbus.h"

#define BACK_QUEUE_MOST 32 /* packets for one guest that wait for its pages */

/* What happened on one card. */
struct netback_counters {
	uint32_t sent, sent_bytes, received, received_bytes; /* as the guest sees it */
	uint32_t refused;		 /* requests that cannot be */
	uint32_t tx_dropped, rx_dropped; /* by rules */
	uint32_t overrun;		 /* the guest laid out no pages in time */
	uint32_t held_back;		 /* how often its rate was used up */
};

struct netback {
	struct netback *next;
	struct bridge_port port;
	struct xenbus_device *device;
	uint16_t domain;
	uint8_t mac[MAC_LENGTH];
	bool connected, flips, checksums;
	bool broken;	 /* its front end does what it must not: nothing more is served */
	bool rules_lost; /* its rules cannot be read: nothing passes */

	struct back_ring tx, rx;
	struct gnttab_map_grant_ref tx_mapping, rx_mapping;
	void *tx_page, *rx_page;
	uint32_t tx_port, rx_port; /* the same where the front end has but one */
	bool tx_notify, rx_notify;

	struct packet_queue to_guest;
	struct rules rules;
	struct xenstore_watch rules_watch;

	uint32_t rate_bytes, rate_us; /* so many bytes in so many microseconds; 0: as many as it likes */
	uint32_t credit;
	uint64_t credit_until;
	struct timer credit_timer;

	struct netback_counters counters;
};

extern struct netback *netbacks;
void netback_break(struct netback *back, const char *why);
void netback_serve(void);
bool netback_transmit_round(void);
void netback_forget_turn(const struct netback *back);
void netback_queue(struct bridge_port *port, struct packet *packet);
void netback_deliver_all(void);
