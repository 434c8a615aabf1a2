/*
 * The front end's rings. To send, a page is lent, read-only, until the back end answers. To receive, pages are laid out
 * in advance: lent for the back end to have the packet copied into (feature-rx-copy), or given back to Xen, with the
 * offer to take over another one with the packet in it (feature-rx-flip).
 */
#include "netfront.h"

#define PATIENCE (20 * MILLISECOND)

static void give_up(struct netfront *front, const char *why)
{
	if (!front->broken)
		print("%s: %s; the back end is not believed any more\n", front->interface.name, why);
	front->broken = true;
}

/* --- sending --------------------------------------------------------------------------------------------------- */

static void send_now(struct netfront *front, struct packet *packet)
{
	uint16_t id = front->free_ids[--front->frees];
	int ref = grant_access(front->backend, frame_of(packet->page), true);

	if (ref < 0) {
		front->frees++;
		front->interface.counters.send_drops++;
		packet_release(packet);
		return;
	}
	front->sending[id] = packet;
	front->sending_ref[id] = (uint16_t)ref;
	*(struct netif_tx_request *)ring_next_request(&front->tx) = (struct netif_tx_request){
		.gref = (uint32_t)ref,
		.offset = (uint16_t)packet->start,
		.id = id,
		.size = (uint16_t)packet->length,
	};
}

static void send_waiting(struct netfront *front)
{
	while (front->waiting.first && front->frees && ring_free(&front->tx))
		send_now(front, queue_take(&front->waiting));
	if (ring_push_requests(&front->tx))
		event_send(front->port);
}

void netfront_transmit(struct interface *interface, struct packet *packet)
{
	struct netfront *front = CONTAINER(interface, struct netfront, interface);

	if (front->broken || front->waiting.count == WAITING_MOST) {
		interface->counters.send_drops++;
		packet_release(packet);
		return;
	}
	queue_put(&front->waiting, packet);
	send_waiting(front);
}

/* The page of a packet that the back end may still have: it is not ours to use until he has let go. */
static void take_back(struct packet *packet, uint32_t ref)
{
	if (!grant_end(ref)) {
		grant_end_and_release(ref, packet->page);
		packet->page = NULL;
	}
	packet_release(packet);
}

static void sent(struct netfront *front, uint32_t id)
{
	struct packet *packet = id < SENDING_MOST ? front->sending[id] : NULL;

	if (!packet) {
		give_up(front, "an answer to what was not sent");
		return;
	}
	front->sending[id] = NULL;
	take_back(packet, front->sending_ref[id]);
	front->free_ids[front->frees++] = (uint16_t)id;
	if (front->frees == SENDING_MOST)
		wake(front);
}

static void take_sent(struct netfront *front)
{
	do {
		int count = ring_responses(&front->tx);

		if (count < 0)
			return give_up(front, "more answers than questions");
		for (; count && !front->broken; count--) {
			struct netif_tx_response response;

			ring_take_response(&front->tx, &response, sizeof(response));
			if (response.status != NETIF_RSP_NULL) /* whose id means nothing */
				sent(front, response.id);
			if (response.status < 0)
				front->interface.counters.send_drops++;
		}
	} while (!front->broken && ring_final_check_for_responses(&front->tx));
}

/* --- receiving ------------------------------------------------------------------------------------------------- */

/* Lays a packet's page out in the next slot; false where there is no grant for it. */
static bool post(struct netfront *front, struct packet *packet)
{
	uint32_t slot = front->rx.req_prod_pvt % RX_SLOTS;
	uint32_t number = ((uint32_t)packet->page - KERNEL_BASE) >> PAGE_SHIFT;
	int ref = front->flips ? grant_accept(front->backend, number)
			       : grant_access(front->backend, frame_of(packet->page), false);

	if (ref < 0)
		return false;
	front->posted[slot] = packet;
	front->posted_ref[slot] = (uint16_t)ref;
	*(struct netif_rx_request *)ring_next_request(&front->rx) =
		(struct netif_rx_request){ .id = (uint16_t)slot, .gref = (uint32_t)ref };
	return true;
}

/* Lays out fresh pages until enough of them wait. */
void netfront_post(struct netfront *front)
{
	static struct flip batch[FLIPS];
	uint32_t count = 0, missing = POSTED - (front->rx.slots - ring_free(&front->rx));

	while (count < missing && count < FLIPS && (batch[count].packet = packet_allocate()))
		count++;
	if (front->flips && count)
		flip_give_back(batch, count);
	for (uint32_t i = 0; i < count; i++) {
		if (post(front, batch[i].packet))
			continue;
		if (front->flips)
			flip_fill(batch[i].packet);
		packet_release(batch[i].packet);
	}
	if (ring_push_requests(&front->rx))
		event_send(front->port);
}

/* The packet in a page that was lent: NULL where there is none. */
static struct packet *copied(struct netfront *front, struct packet *packet, uint32_t ref, bool came)
{
	if (!grant_end(ref)) {
		give_up(front, "a page is kept that has been answered for");
		grant_end_and_release(ref, packet->page);
		packet->page = NULL;
		came = false;
	}
	if (came)
		return packet;
	packet_release(packet);
	return NULL;
}

/* What an answer says of the packet: where in the page, and how long. */
static bool sound(struct netfront *front, struct packet *packet, const struct netif_rx_response *response)
{
	if (response->status < 0) {
		front->interface.counters.receive_drops++;
		return false;
	}
	packet->start = response->offset;
	packet->length = (uint32_t)response->status;
	if (packet->start <= PAGE_SIZE && packet->length <= PAGE_SIZE - packet->start &&
	    packet->length <= front->interface.mtu + ETHERNET_HEADER && !(response->flags & NETRXF_more_data))
		return true;
	give_up(front, "a packet that leaves its page");
	return false;
}

/* One answer; by flipping, what comes is collected in `batch`. */
static void received(struct netfront *front, const struct netif_rx_response *response, struct flip *batch, uint32_t *count)
{
	uint32_t slot = response->id % RX_SLOTS, mfn;
	struct packet *packet = front->posted[slot];
	bool came;

	if (!packet || response->id >= RX_SLOTS) {
		give_up(front, "an answer to what was not asked");
		return;
	}
	front->posted[slot] = NULL;
	came = sound(front, packet, response);
	if (!front->flips) {
		packet = copied(front, packet, front->posted_ref[slot], came);
		if (packet)
			ethernet_receive(&front->interface, packet);
		return;
	}
	mfn = grant_accepted(front->posted_ref[slot]);
	if (!mfn) {
		flip_fill(packet);
		packet_release(packet);
		return;
	}
	if (!came)
		packet->length = 0;
	batch[(*count)++] = (struct flip){ .packet = packet, .mfn = mfn };
}

static void hand_up_flipped(struct netfront *front, struct flip *batch, uint32_t count)
{
	if (count)
		flip_take(batch, count);
	for (uint32_t i = 0; i < count; i++) {
		if (batch[i].packet->length)
			ethernet_receive(&front->interface, batch[i].packet);
		else
			packet_release(batch[i].packet);
	}
}

static void take_received(struct netfront *front)
{
	do {
		static struct flip batch[FLIPS];
		uint32_t flipped = 0;
		int count = ring_responses(&front->rx);

		if (count < 0)
			return give_up(front, "more answers than questions");
		for (; count && !front->broken && flipped < FLIPS; count--) {
			struct netif_rx_response response;

			ring_take_response(&front->rx, &response, sizeof(response));
			received(front, &response, batch, &flipped);
		}
		hand_up_flipped(front, batch, flipped);
		netfront_post(front);
	} while (!front->broken && ring_final_check_for_responses(&front->rx));
}

/* --- the whole ------------------------------------------------------------------------------------------------- */

static void serve(struct work *work)
{
	struct netfront *front = CONTAINER(work, struct netfront, work);

	if (!front->tx.shared || front->broken)
		return;
	take_sent(front);
	if (!front->broken)
		take_received(front);
	if (!front->broken)
		send_waiting(front);
}

/* The back end has something to say. */
void netfront_event(void *argument)
{
	struct netfront *front = argument;

	work_queue(&front->work);
}

/* Lends an empty ring to the back end; the reference, or a negated error number. */
static int open_ring(struct netfront *front, struct front_ring *ring, uint32_t slot_size)
{
	void *page = page_allocate();
	int ref = page ? grant_access(front->backend, frame_of(page), false) : -ENOMEM;

	if (ref < 0)
		page_release(page);
	else
		front_ring_init(ring, page, slot_size);
	return ref;
}

static void close_ring(struct front_ring *ring, uint32_t ref)
{
	if (ring->shared) {
		ring_forget(ring->shared);
		grant_end_and_release(ref, (void *)ring->shared);
	}
	ring->shared = NULL;
}

/* Two empty rings; 0, or a negated error number. */
int netfront_rings_open(struct netfront *front)
{
	int tx = open_ring(front, &front->tx, sizeof(struct netif_tx_request));
	int rx = tx < 0 ? tx : open_ring(front, &front->rx, sizeof(struct netif_rx_request));

	if (rx < 0) {
		if (tx >= 0)
			close_ring(&front->tx, (uint32_t)tx);
		return rx;
	}
	front->tx_ref = (uint32_t)tx;
	front->rx_ref = (uint32_t)rx;
	for (front->frees = 0; front->frees < SENDING_MOST; front->frees++)
		front->free_ids[front->frees] = (uint16_t)(SENDING_MOST - 1 - front->frees);
	front->broken = false;
	front->work.run = serve;
	return 0;
}

static void take_back_posted(struct netfront *front, uint32_t slot)
{
	struct packet *packet = front->posted[slot];
	uint32_t ref = front->posted_ref[slot];

	front->posted[slot] = NULL;
	if (front->flips) {
		struct flip flip = { .packet = packet, .mfn = grant_accepted(ref) };

		if (flip.mfn)
			flip_take(&flip, 1);
		else
			flip_fill(packet);
		packet_release(packet);
	} else {
		take_back(packet, ref);
	}
}

/* Waits a while for the answers to what was sent last. May sleep. */
void netfront_finish(struct netfront *front)
{
	uint64_t patience = system_time() + PATIENCE;

	while (front->frees < SENDING_MOST && !front->broken && sleep_until(front, patience))
		;
}

/* Takes everything back; what was under way is lost, as on any wire. */
void netfront_rings_close(struct netfront *front)
{
	struct packet *packet;

	if (!front->tx.shared)
		return;
	for (uint32_t id = 0; id < SENDING_MOST; id++) {
		if (!front->sending[id])
			continue;
		take_back(front->sending[id], front->sending_ref[id]);
		front->sending[id] = NULL;
	}
	for (uint32_t slot = 0; slot < RX_SLOTS; slot++)
		if (front->posted[slot])
			take_back_posted(front, slot);
	while ((packet = queue_take(&front->waiting)))
		packet_release(packet);
	close_ring(&front->tx, front->tx_ref);
	close_ring(&front->rx, front->rx_ref);
}
