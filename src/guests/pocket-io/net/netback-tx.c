/*
 * From the guests. All cards with something to send take turns, a few packets each, until a batch is full; then
 *
 *	1. the first bytes of each packet are copied to us, all in one trip into Xen;
 *	2. the card's rules judge them: a copy, so what was judged is what goes on;
 *	3. the rest of those that may pass is copied, in a second trip;
 *	4. answers go back, and the packets go to the bridge.
 *
 * A slot may say anything. It is copied before it is looked at, and every number in it is checked; what cannot be is
 * answered with an error. A packet takes at most a page: nothing longer than the wire takes is let in.
 */
#include "netback.h"

#define BATCH 32
#define TURN 4	      /* packets of one card, then the next */
#define ROUNDS_MOST 8 /* batches, then others get the processor */
#define LONGEST (ETHERNET_MTU + ETHERNET_HEADER)

/* A packet on its way in. */
struct incoming {
	struct netback *back;
	struct packet *packet; /* NULL: refused or dropped */
	uint32_t slots;
	uint16_t ids[XEN_NETIF_NR_SLOTS_MIN];
	struct netif_tx_request data[XEN_NETIF_NR_SLOTS_MIN];
	uint32_t pieces; /* of `data` */
	uint32_t extras; /* slots that were none of it: their bits */
	int16_t status;
};

static struct incoming batch[BATCH];
static uint32_t batched;
static struct gnttab_copy copies[BATCH * XEN_NETIF_NR_SLOTS_MIN];
static struct incoming *copy_for[BATCH * XEN_NETIF_NR_SLOTS_MIN];
static uint32_t copy_count;

/* --- slots ----------------------------------------------------------------------------------------------------- */

/* The next slot of a packet that has begun; false where the front end has put none there. */
static bool next_slot(struct incoming *in, void *slot)
{
	if (ring_requests(&in->back->tx) <= 0)
		return false;
	ring_take_request(&in->back->tx, slot, sizeof(struct netif_tx_request));
	return true;
}

/* Slots between the first and the rest, for offloads that we never offered: they are passed over, and the packet refused. */
static bool skip_extras(struct incoming *in)
{
	struct netif_tx_request slot;
	const struct netif_extra_info *extra = (const struct netif_extra_info *)&slot;

	do {
		if (in->slots == XEN_NETIF_NR_SLOTS_MIN || !next_slot(in, &slot))
			return false;
		in->extras |= 1u << in->slots;
		in->ids[in->slots++] = slot.id;
		in->status = NETIF_RSP_ERROR;
	} while (extra->flags & XEN_NETIF_EXTRA_FLAG_MORE);
	return true;
}

/* All slots of one packet; false where they do not end as they should: then the ring has lost its meaning. */
static bool take_slots(struct incoming *in)
{
	struct netif_tx_request slot;
	bool first = true;

	do {
		if (in->slots == XEN_NETIF_NR_SLOTS_MIN || !next_slot(in, &slot))
			return false;
		in->ids[in->slots++] = slot.id;
		in->data[in->pieces++] = slot;
		if (first && slot.flags & NETTXF_extra_info && !skip_extras(in))
			return false;
		first = false;
	} while (slot.flags & NETTXF_more_data);
	return true;
}

/*
 * The first slot's size is the whole packet's; made to be its own piece's, as the others' are. False where the sizes
 * do not add up, a piece leaves its page, or the packet is none.
 */
static bool check_sizes(struct incoming *in, uint32_t *total)
{
	uint32_t rest = 0;

	*total = in->data[0].size;
	for (uint32_t i = 1; i < in->pieces; i++)
		rest += in->data[i].size;
	if (*total < ETHERNET_HEADER || *total > LONGEST || rest >= *total)
		return false;
	in->data[0].size = (uint16_t)(*total - rest);
	for (uint32_t i = 0; i < in->pieces; i++)
		if (in->data[i].offset + (uint32_t)in->data[i].size > PAGE_SIZE)
			return false;
	return true;
}

/* --- rate ------------------------------------------------------------------------------------------------------ */

/* Whether the card may send now. It may pass its limit by one packet, which the next period pays for. */
static bool has_credit(struct netback *back, uint64_t now)
{
	if (!back->rate_bytes)
		return true;
	if (now >= back->credit_until) {
		back->credit = back->rate_bytes;
		back->credit_until = now + (uint64_t)back->rate_us * 1000;
	}
	if (back->credit)
		return true;
	if (!back->credit_timer.when) {
		back->counters.held_back++;
		timer_set(&back->credit_timer, back->credit_until);
	}
	return false;
}

static void use_credit(struct netback *back, uint32_t bytes)
{
	back->credit -= bytes < back->credit ? bytes : back->credit;
}

/* --- a batch --------------------------------------------------------------------------------------------------- */

/* Takes the next packet of a card; false where there is none, or it may not. */
static bool take_packet(struct netback *back, uint64_t now)
{
	struct incoming *in = &batch[batched];
	uint32_t total;
	int requests;

	if (!back->connected || back->broken || !has_credit(back, now))
		return false;
	requests = ring_requests(&back->tx);
	if (requests < 0)
		netback_break(back, "its tx index is beyond the ring");
	if (requests <= 0)
		return false;
	*in = (struct incoming){ .back = back };
	batched++;
	if (!take_slots(in)) {
		in->status = NETIF_RSP_ERROR;
		netback_break(back, "a packet without an end");
		return false;
	}
	if (!check_sizes(in, &total) || in->status)
		in->status = NETIF_RSP_ERROR;
	else if (!(in->packet = packet_allocate()))
		in->status = NETIF_RSP_DROPPED;
	if (in->packet)
		in->packet->length = total;
	use_credit(back, in->packet ? total : ETHERNET_SHORTEST);
	return true;
}

static struct netback *turn; /* who is the first of the next batch */

/* Fills the batch by turns; false where nobody has anything. */
static bool take_batch(void)
{
	uint64_t now = system_time();
	bool more = true;

	batched = 0;
	while (more && batched < BATCH) {
		struct netback *first = turn ? turn : netbacks, *back = first;

		more = false;
		do {
			for (uint32_t i = 0; back && i < TURN && batched < BATCH && take_packet(back, now); i++)
				more = true;
			if (back)
				back = back->next ? back->next : netbacks;
		} while (back != first && batched < BATCH);
		turn = back;
	}
	return batched;
}

static void add_copy(struct incoming *in, const struct netif_tx_request *from, uint32_t skip, uint32_t to, uint32_t bytes)
{
	copies[copy_count] = (struct gnttab_copy){
		.source = { .ref = from->gref, .domid = in->back->domain, .offset = (uint16_t)(from->offset + skip) },
		.dest = { .ref = frame_of(in->packet->page), .domid = DOMID_SELF, .offset = (uint16_t)(in->packet->start + to) },
		.len = (uint16_t)bytes,
		.flags = GNTCOPY_source_gref,
	};
	copy_for[copy_count++] = in;
}

static void refuse(struct incoming *in, int16_t status)
{
	if (in->packet)
		packet_release(in->packet);
	in->packet = NULL;
	in->status = status;
}

/* One trip for all; packets of which a piece could not be read are refused. */
static void make_copies(void)
{
	if (copy_count)
		grant_copy(copies, copy_count);
	for (uint32_t i = 0; i < copy_count; i++)
		if (copies[i].status != GNTST_okay)
			refuse(copy_for[i], NETIF_RSP_ERROR);
	copy_count = 0;
}

/* How much of a packet is looked at before it is let in: what of that lies in its first piece. */
static uint32_t head_of(const struct incoming *in)
{
	return in->data[0].size < RULE_HEADERS ? in->data[0].size : RULE_HEADERS;
}

static void fetch_heads(void)
{
	for (struct incoming *in = batch; in < batch + batched; in++)
		if (in->packet)
			add_copy(in, &in->data[0], 0, 0, head_of(in));
	make_copies();
}

static void judge(struct incoming *in)
{
	struct netback *back = in->back;

	if (!in->packet)
		return;
	if (!back->rules_lost &&
	    rules_apply(&back->rules, RULE_TX, packet_bytes(in->packet), head_of(in), in->packet->length) == RULE_ACCEPT)
		return;
	back->counters.tx_dropped++;
	refuse(in, NETIF_RSP_DROPPED);
}

static void fetch_rest(void)
{
	for (struct incoming *in = batch; in < batch + batched; in++) {
		uint32_t have = in->packet ? head_of(in) : 0, at = 0;

		for (uint32_t i = 0; in->packet && i < in->pieces; i++) {
			uint32_t skip = i ? 0 : have;

			if (in->data[i].size > skip)
				add_copy(in, &in->data[i], skip, at + skip, in->data[i].size - skip);
			at += in->data[i].size;
		}
	}
	make_copies();
}

/* Answers each slot. An extra's answer is no answer to a packet: see netif.h. */
static void answer(struct incoming *in)
{
	struct netback *back = in->back;

	for (uint32_t i = 0; i < in->slots; i++) {
		bool extra = in->extras & 1u << i;

		*(struct netif_tx_response *)ring_next_response(&back->tx) = (struct netif_tx_response){
			.id = in->ids[i],
			.status = extra ? NETIF_RSP_NULL : in->status,
		};
	}
	if (ring_push_responses(&back->tx))
		back->tx_notify = true;
	if (in->status == NETIF_RSP_ERROR)
		back->counters.refused++;
}

/* A front end that leaves the checksum to its back end has put the sum over the pseudo header there (netif.h). */
static void complete_checksum(struct packet *packet)
{
	uint8_t *ip = packet_bytes(packet) + ETHERNET_HEADER, *at;
	uint32_t header = (ip[IP_VERSION_LENGTH] & 15u) * 4, length, place;

	if (packet->length < ETHERNET_HEADER + IP_HEADER || get16(packet_bytes(packet) + ETHERNET_TYPE) != TYPE_IP)
		return;
	length = get16(ip + IP_TOTAL_LENGTH);
	place = ip[IP_PROTOCOL] == PROTOCOL_UDP ? UDP_CHECKSUM : 16; /* 16: TCP's */
	if (length > packet->length - ETHERNET_HEADER || length < header + place + 2)
		return;
	at = ip + header + place;
	put16(at, ~checksum_fold(checksum_add(0, ip + header, length - header)));
}

static void hand_on(struct incoming *in)
{
	struct packet *packet = in->packet;

	if (!packet)
		return;
	in->back->counters.sent++;
	in->back->counters.sent_bytes += packet->length;
	if (in->data[0].flags & NETTXF_csum_blank)
		complete_checksum(packet);
	bridge_forward(&in->back->port, packet);
}

static void tell_front_ends(void)
{
	for (struct netback *back = netbacks; back; back = back->next) {
		if (back->tx_notify)
			event_send(back->tx_port);
		back->tx_notify = false;
	}
}

static void serve_batch(void)
{
	fetch_heads();
	for (struct incoming *in = batch; in < batch + batched; in++)
		judge(in);
	fetch_rest();
	for (struct incoming *in = batch; in < batch + batched; in++)
		answer(in);
	for (struct incoming *in = batch; in < batch + batched; in++)
		hand_on(in);
	tell_front_ends();
	netback_deliver_all();
}

/* Asks all front ends to tell us of more; whether one has more already, and may send it. */
static bool ask_for_more(void)
{
	bool more = false;

	for (struct netback *back = netbacks; back; back = back->next)
		if (back->connected && !back->broken && ring_final_check_for_requests(&back->tx) && !back->credit_timer.when)
			more = true;
	return more;
}

/* Serves what there is; true where there is more, and others should have the processor first. */
bool netback_transmit_round(void)
{
	for (uint32_t round = 0; round < ROUNDS_MOST; round++) {
		if (take_batch())
			serve_batch();
		else if (!ask_for_more())
			return false;
	}
	return true;
}

/* A card goes. */
void netback_forget_turn(const struct netback *back)
{
	if (turn == back)
		turn = NULL;
}
