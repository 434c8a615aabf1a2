/*
 * To the guests. What the bridge hands out waits in a queue of the card's, until the batch it came in is done; then
 * each guest gets all that is for it at once. Where it asked for copies, the packet is copied into a page that it laid
 * out; where it asked for pages, the packet's own page becomes the guest's, and a fresh one takes its place here.
 *
 * A guest that lays out no pages loses what is beyond its queue; nobody else waits for it.
 */
#include "netback.h"

#define BATCH FLIPS

/* A packet on its way out, and the request that it answers. */
struct outgoing {
	struct netback *back;
	struct packet *packet;
	struct netif_rx_request request;
	int16_t status;
};

static struct outgoing batch[BATCH];
static uint32_t batched;

/* The bridge has something for this card. Takes the packet. */
void netback_queue(struct bridge_port *port, struct packet *packet)
{
	struct netback *back = CONTAINER(port, struct netback, port);
	uint32_t head = packet->length < RULE_HEADERS ? packet->length : RULE_HEADERS;

	if (back->rules_lost || rules_apply(&back->rules, RULE_RX, packet_bytes(packet), head, packet->length) == RULE_DROP) {
		back->counters.rx_dropped++;
		packet_release(packet);
		return;
	}
	if (back->broken || back->to_guest.count == BACK_QUEUE_MOST) {
		back->counters.overrun++;
		packet_release(packet);
		return;
	}
	queue_put(&back->to_guest, packet);
	netback_serve();
}

/* Pairs packets with pages; those that find none stay, and the front end will tell us of more. */
static void take_pairs(struct netback *back)
{
	while (batched < BATCH && back->to_guest.first && !back->broken) {
		int requests = ring_requests(&back->rx);
		struct outgoing *out = &batch[batched];

		if (requests < 0)
			netback_break(back, "its rx index is beyond the ring");
		if (requests < 0 || (!requests && !ring_final_check_for_requests(&back->rx)))
			return;
		if (!requests)
			continue;
		out->back = back;
		out->packet = queue_take(&back->to_guest);
		ring_take_request(&back->rx, &out->request, sizeof(out->request));
		batched++;
	}
}

static void copy_all(void)
{
	static struct gnttab_copy rows[BATCH];
	static struct outgoing *row_for[BATCH];
	uint32_t count = 0;

	for (struct outgoing *out = batch; out < batch + batched; out++) {
		if (out->back->flips)
			continue;
		rows[count] = (struct gnttab_copy){
			.source = { .ref = frame_of(out->packet->page), .domid = DOMID_SELF, .offset = (uint16_t)out->packet->start },
			.dest = { .ref = out->request.gref, .domid = out->back->domain },
			.len = (uint16_t)out->packet->length,
			.flags = GNTCOPY_dest_gref,
		};
		row_for[count++] = out;
	}
	if (count)
		grant_copy(rows, count);
	for (uint32_t i = 0; i < count; i++)
		row_for[i]->status = rows[i].status;
}

static void flip_all(void)
{
	static struct flip flips[BATCH];
	static struct outgoing *flip_for[BATCH];
	uint32_t count = 0;

	for (struct outgoing *out = batch; out < batch + batched; out++) {
		if (!out->back->flips)
			continue;
		flips[count] = (struct flip){ .packet = out->packet, .domain = out->back->domain, .ref = out->request.gref };
		flip_for[count++] = out;
	}
	if (count)
		flip_away(flips, count);
	for (uint32_t i = 0; i < count; i++)
		flip_for[i]->status = flips[i].status;
}

static void answer(struct outgoing *out)
{
	struct netback *back = out->back;
	struct packet *packet = out->packet;
	bool went = out->status == GNTST_okay;

	*(struct netif_rx_response *)ring_next_response(&back->rx) = (struct netif_rx_response){
		.id = out->request.id,
		.offset = (uint16_t)(back->flips ? packet->start : 0),
		.flags = NETRXF_data_validated,
		.status = went ? (int16_t)packet->length : NETIF_RSP_ERROR,
	};
	if (ring_push_responses(&back->rx))
		back->rx_notify = true;
	if (went) {
		back->counters.received++;
		back->counters.received_bytes += packet->length;
	} else {
		back->counters.refused++;
	}
	packet_release(packet);
}

static void tell_front_ends(void)
{
	for (struct netback *back = netbacks; back; back = back->next) {
		if (back->rx_notify)
			event_send(back->rx_port);
		back->rx_notify = false;
	}
}

/* Delivers all that waits and finds a page. */
void netback_deliver_all(void)
{
	do {
		batched = 0;
		for (struct netback *back = netbacks; back; back = back->next)
			if (back->connected)
				take_pairs(back);
		copy_all();
		flip_all();
		for (struct outgoing *out = batch; out < batch + batched; out++)
			answer(out);
	} while (batched == BATCH);
	tell_front_ends();
}
