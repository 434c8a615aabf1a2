/*
 * vif-attack=NAME: in the place of netfront, a front end that puts into its rings what must not be there, once, and says what
 * it was answered. Nobody but itself may feel it: tests hold the back end and its other guests to that.
 */
#include "netfront.h"

#define ANSWER_MOST (5 * MILLISECOND)
#define PACKET_MOST (3 * SECOND)
#define FLOOD 2000

static struct netfront front;
static uint8_t *page; /* with a frame that is sound: to all, from us */
static uint32_t page_ref;

/* --- telling --------------------------------------------------------------------------------------------------- */

static char text[160];
static uint32_t length;

static void say(const char *format, int value)
{
	length += text_format(text + length, sizeof(text) - length, format, value);
}

/* Collects the answers to `count` slots, or what there is of them in time. */
static void hear(uint32_t count)
{
	uint64_t until = system_time() + ANSWER_MOST;

	while (count && system_time() < until) {
		struct netif_tx_response response;

		if (ring_responses(&front.tx) <= 0) {
			sleep_until(&front, until);
			continue;
		}
		ring_take_response(&front.tx, &response, sizeof(response));
		ring_final_check_for_responses(&front.tx);
		say(" %d", response.status);
		count--;
	}
	if (count)
		say(" nothing for %d", (int)count);
}

static void put(struct netif_tx_request request)
{
	*(struct netif_tx_request *)ring_next_request(&front.tx) = request;
}

static void show(void)
{
	ring_push_requests(&front.tx);
	event_send(front.port);
}

static void one(struct netif_tx_request request)
{
	put(request);
	show();
	hear(1);
}

/* --- attacks --------------------------------------------------------------------------------------------------- */

static void sound(void)
{
	one((struct netif_tx_request){ .gref = page_ref, .size = 60 });
}

static void no_grant(void)
{
	one((struct netif_tx_request){ .gref = 1999, .size = 60 });
}

static void no_grant_ever(void)
{
	one((struct netif_tx_request){ .gref = 0xffffffff, .size = 60 });
}

/* A grant to itself is none to the back end. */
static void not_granted_to_it(void)
{
	one((struct netif_tx_request){ .gref = (uint32_t)grant_access((uint16_t)(front.backend + 1), frame_of(page), true), .size = 60 });
}

static void beyond_page(void)
{
	one((struct netif_tx_request){ .gref = page_ref, .offset = 4090, .size = 60 });
}

static void beyond_numbers(void)
{
	one((struct netif_tx_request){ .gref = page_ref, .offset = 65535, .size = 60 });
}

static void too_short(void)
{
	one((struct netif_tx_request){ .gref = page_ref, .size = 13 });
}

static void too_long(void)
{
	one((struct netif_tx_request){ .gref = page_ref, .size = 1515 });
}

static void parts_of_nothing(void)
{
	put((struct netif_tx_request){ .gref = page_ref, .flags = NETTXF_more_data, .size = 100 });
	put((struct netif_tx_request){ .gref = page_ref, .id = 1, .size = 100 });
	show();
	hear(2);
}

static void second_without_grant(void)
{
	put((struct netif_tx_request){ .gref = page_ref, .flags = NETTXF_more_data, .size = 200 });
	put((struct netif_tx_request){ .gref = 1999, .id = 1, .size = 100 });
	show();
	hear(2);
}

static void offload_not_offered(void)
{
	struct netif_tx_request slot = { 0 };

	*(struct netif_extra_info *)&slot = (struct netif_extra_info){ .type = XEN_NETIF_EXTRA_TYPE_GSO };
	put((struct netif_tx_request){ .gref = page_ref, .flags = NETTXF_extra_info, .size = 60 });
	put(slot);
	show();
	hear(2);
}

static void no_end(void)
{
	put((struct netif_tx_request){ .gref = page_ref, .flags = NETTXF_more_data, .size = 60 });
	show();
	hear(1);
	sound();
}

static void many_parts(void)
{
	for (int i = 0; i < 40; i++)
		put((struct netif_tx_request){ .gref = page_ref, .flags = NETTXF_more_data, .size = 60 });
	show();
	hear(40);
	sound();
}

static void extras_without_end(void)
{
	struct netif_tx_request slot = { 0 };

	*(struct netif_extra_info *)&slot =
		(struct netif_extra_info){ .type = XEN_NETIF_EXTRA_TYPE_HASH, .flags = XEN_NETIF_EXTRA_FLAG_MORE };
	put((struct netif_tx_request){ .gref = page_ref, .flags = NETTXF_extra_info, .size = 60 });
	for (int i = 0; i < 30; i++)
		put(slot);
	show();
	hear(31);
}

static void index_of_requests(void)
{
	front.tx.shared->req_prod += 1000;
	event_send(front.port);
	hear(1);
	sound();
}

static void index_goes_back(void)
{
	front.tx.shared->req_prod -= 1;
	event_send(front.port);
	hear(1);
	sound();
}

static void index_of_pages(void)
{
	front.rx.shared->req_prod += 1000;
	event_send(front.port);
	sleep_until(&front, system_time() + PACKET_MOST);
	sound();
}

/* Waits for a packet, and says what was answered. */
static void receive(struct netif_rx_request request)
{
	uint64_t until = system_time() + PACKET_MOST;
	struct netif_rx_response response;

	*(struct netif_rx_request *)ring_next_request(&front.rx) = request;
	ring_push_requests(&front.rx);
	event_send(front.port);
	while (ring_responses(&front.rx) <= 0 && sleep_until(&front, until))
		;
	if (ring_responses(&front.rx) <= 0) {
		say(" nothing", 0);
		return;
	}
	ring_take_response(&front.rx, &response, sizeof(response));
	say(" %d", response.status);
}

static void page_without_grant(void)
{
	receive((struct netif_rx_request){ .gref = 1999 });
}

static void page_only_to_read(void)
{
	receive((struct netif_rx_request){ .gref = page_ref });
}

static void flood_of_events(void)
{
	for (int i = 0; i < FLOOD; i++)
		event_send(front.port);
	sound();
}

/* As many packets as the ring holds, again and again. */
static void flood_of_packets(void)
{
	for (int round = 0; round < 8; round++) {
		for (int i = 0; i < 256; i++)
			put((struct netif_tx_request){ .gref = page_ref, .size = 60 });
		show();
		for (uint64_t until = system_time() + ANSWER_MOST; ring_free(&front.tx) < 256 && system_time() < until;) {
			struct netif_tx_response response;

			if (ring_responses(&front.tx) > 0)
				ring_take_response(&front.tx, &response, sizeof(response));
			else
				sleep_until(&front, until);
			ring_final_check_for_responses(&front.tx);
		}
	}
	sound();
}

static const struct {
	const char *name;
	void (*run)(void);
} attacks[] = {
	{ "sound", sound },
	{ "no-grant", no_grant },
	{ "no-grant-ever", no_grant_ever },
	{ "not-granted-to-it", not_granted_to_it },
	{ "beyond-page", beyond_page },
	{ "beyond-numbers", beyond_numbers },
	{ "too-short", too_short },
	{ "too-long", too_long },
	{ "parts-of-nothing", parts_of_nothing },
	{ "second-without-grant", second_without_grant },
	{ "offload-not-offered", offload_not_offered },
	{ "no-end", no_end },
	{ "many-parts", many_parts },
	{ "extras-without-end", extras_without_end },
	{ "index-of-requests", index_of_requests },
	{ "index-goes-back", index_goes_back },
	{ "index-of-pages", index_of_pages },
	{ "page-without-grant", page_without_grant },
	{ "page-only-to-read", page_only_to_read },
	{ "flood-of-events", flood_of_events },
	{ "flood-of-packets", flood_of_packets },
};

/* --- the front end --------------------------------------------------------------------------------------------- */

static void attack(void *wanted)
{
	for (uint32_t i = 0; i < COUNT(attacks); i++) {
		if (strcmp(attacks[i].name, wanted))
			continue;
		length = 0;
		attacks[i].run();
		print("hostile: %s:%s\n", attacks[i].name, text);
	}
	for (;;)
		sleep_on(attack);
}

static void on_event(void *unused)
{
	(void)unused;
	wake(&front);
}

/* A frame to all, of a kind that nobody takes: 88b5 is for experiments (IEEE 802). */
static void write_frame(void)
{
	memset(page, 0xff, MAC_LENGTH);
	page[ETHERNET_SOURCE] = 2;
	page[ETHERNET_SOURCE + MAC_LENGTH - 1] = 0x66;
	put16(page + ETHERNET_TYPE, 0x88b5);
}

static int hostile_connect(struct xenbus_device *device)
{
	int port;

	page = page_allocate();
	write_frame();
	front.backend = device->other_domain;
	page_ref = (uint32_t)grant_access(front.backend, frame_of(page), true);
	port = port_allocate(front.backend, on_event, NULL);
	if (!page || port < 0 || netfront_rings_open(&front) < 0)
		return -ENOMEM;
	front.port = (uint32_t)port;
	front.flips = netfront_wants_flips();
	return netfront_publish(device, &front);
}

static void hostile_live(struct xenbus_device *device)
{
	static char name[32];

	(void)device;
	text_format(name, sizeof(name), "%s", option("vif-attack"));
	thread_start(attack, name);
}

static int hostile_probe(struct xenbus_device *device)
{
	(void)device;
	return 0;
}

static void nothing(struct xenbus_device *device)
{
	(void)device;
}

struct xenbus_driver hostile_driver = {
	.kind = "vif",
	.published = XenbusStateConnected,
	.probe = hostile_probe,
	.connect = hostile_connect,
	.live = hostile_live,
	.disconnect = nothing,
	.remove = nothing,
};
