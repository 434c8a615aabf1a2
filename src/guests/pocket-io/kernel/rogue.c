/*
 * attack=NAME: in the place of blkfront.c, a front end that does what none should. It says what the back end made of it; whoever shares
 * that back end must not notice. Some things in the list are rare, but right. For tests of back ends.
 */
#include "block.h"
#include "ring.h"
#include "xenbus.h"

#define PATIENCE (20 * MILLISECOND)
#define NO_SUCH_GRANT 2047

static struct {
	struct front_ring ring;
	void *ring_page, *page;
	int grant, port, data;
	uint32_t sectors;
} rogue;

static void too_many_segments(struct blkif_request *message)
{
	message->nr_segments = MOST_SEGMENTS + 1;
}

static void no_segments(struct blkif_request *message)
{
	message->nr_segments = 0;
}

static void backwards(struct blkif_request *message)
{
	message->seg[0].first_sect = 5;
	message->seg[0].last_sect = 2;
}

static void beyond_page(struct blkif_request *message)
{
	message->seg[0].last_sect = SECTORS_A_PAGE;
}

static void beyond_end(struct blkif_request *message)
{
	message->sector_number = rogue.sectors - 7;
}

static void wraps_around(struct blkif_request *message)
{
	message->sector_number = -8ull;
}

static void unknown_operation(struct blkif_request *message)
{
	message->operation = 77;
}

static void indirect(struct blkif_request *message)
{
	message->operation = BLKIF_OP_INDIRECT;
}

static void no_such_grant(struct blkif_request *message)
{
	message->seg[0].gref = NO_SUCH_GRANT;
}

static void beyond_table(struct blkif_request *message)
{
	message->seg[0].gref = 0xffffff;
}

/* One good page and a bad one: neither must stay mapped. */
static void half_good(struct blkif_request *message)
{
	message->nr_segments = 2;
	message->seg[1] = message->seg[0];
	message->seg[1].gref = NO_SUCH_GRANT;
}

/* The page is lent for reading, and the disk is to write into it. */
static void readonly_page(struct blkif_request *message)
{
	message->seg[0].gref = (uint32_t)grant_access(1, frame_of(rogue.page), true);
}

static void discard(struct blkif_request *message)
{
	message->operation = BLKIF_OP_DISCARD;
}

static void flush_of_something(struct blkif_request *message)
{
	message->operation = BLKIF_OP_FLUSH_DISKCACHE;
}

static void flush(struct blkif_request *message)
{
	message->operation = BLKIF_OP_FLUSH_DISKCACHE;
	message->nr_segments = 0;
}

static void barrier(struct blkif_request *message)
{
	message->operation = BLKIF_OP_WRITE_BARRIER;
}

static void empty_barrier(struct blkif_request *message)
{
	message->operation = BLKIF_OP_WRITE_BARRIER;
	message->nr_segments = 0;
}

static void good(struct blkif_request *message)
{
	(void)message;
}

static void flood(struct blkif_request *message)
{
	(void)message;
	for (int i = 0; i < 500; i++)
		event_send((uint32_t)rogue.port);
}

/* Claims requests that there is no room for. */
static void claims(struct blkif_request *message)
{
	(void)message;
	rogue.ring.req_prod_pvt += 1000;
}

static const struct {
	const char *name;
	void (*spoil)(struct blkif_request *message);
} attacks[] = {
	{ "too-many-segments", too_many_segments },
	{ "no-segments", no_segments },
	{ "backwards", backwards },
	{ "beyond-page", beyond_page },
	{ "beyond-end", beyond_end },
	{ "wraps-around", wraps_around },
	{ "unknown-operation", unknown_operation },
	{ "indirect", indirect },
	{ "no-such-grant", no_such_grant },
	{ "beyond-table", beyond_table },
	{ "half-good", half_good },
	{ "readonly-page", readonly_page },
	{ "discard", discard },
	{ "flush-of-something", flush_of_something },
	{ "flush", flush },
	{ "barrier", barrier },
	{ "empty-barrier", empty_barrier },
	{ "flood", flood },
	{ "good", good },
	{ "claims", claims },
};

static void event(void *nothing)
{
	(void)nothing;
	wake(&rogue);
}

static int add_rogue(struct xenbus_device *bus)
{
	(void)bus;
	rogue.page = page_allocate();
	return rogue.page ? 0 : -ENOMEM;
}

static int connect(struct xenbus_device *bus)
{
	rogue.ring_page = page_allocate();
	if (!rogue.ring_page)
		return -ENOMEM;
	front_ring_init(&rogue.ring, rogue.ring_page, sizeof(struct blkif_request));
	rogue.grant = grant_access(bus->other_domain, frame_of(rogue.ring_page), false);
	rogue.data = grant_access(bus->other_domain, frame_of(rogue.page), false);
	rogue.port = port_allocate(bus->other_domain, event, NULL);
	xenstore_write_number(NO_TRANSACTION, bus->path, "ring-ref", (uint32_t)rogue.grant);
	xenstore_write_number(NO_TRANSACTION, bus->path, "event-channel", (uint32_t)rogue.port);
	return xenstore_write(NO_TRANSACTION, bus->path, "protocol", "x86_32-abi");
}

static void wait_for_answer(const char *name)
{
	uint64_t patience = system_time() + PATIENCE;
	struct blkif_response response;

	while (ring_responses(&rogue.ring) <= 0)
		if (!sleep_until(&rogue, patience)) {
			print("attack %s: no answer\n", name);
			return;
		}
	ring_take_response(&rogue.ring, &response, sizeof(response));
	rogue.ring.shared->rsp_event = rogue.ring.rsp_cons + 1;
	print("attack %s: status %d\n", name, response.status);
}

static void attack(const char *name, void (*spoil)(struct blkif_request *message))
{
	struct blkif_request message = {
		.operation = BLKIF_OP_READ,
		.nr_segments = 1,
		.seg = { { .gref = (uint32_t)rogue.data, .last_sect = SECTORS_A_PAGE - 1 } },
	};

	spoil(&message);
	memcpy(ring_next_request(&rogue.ring), &message, sizeof(message));
	ring_push_requests(&rogue.ring);
	event_send((uint32_t)rogue.port);
	wait_for_answer(name);
}

/* `attack=all`, or one of them. */
static void live(struct xenbus_device *bus)
{
	char wanted[OPTION_LENGTH];

	text_format(wanted, sizeof(wanted), "%s", option("attack"));
	xenstore_read_number(NO_TRANSACTION, bus->other, "sectors", &rogue.sectors);
	for (uint32_t i = 0; i < COUNT(attacks); i++)
		if (!strcmp(wanted, "all") || !strcmp(wanted, attacks[i].name))
			attack(attacks[i].name, attacks[i].spoil);
	print("attack: done\n");
}

static void disconnect(struct xenbus_device *bus)
{
	(void)bus;
	port_close((uint32_t)rogue.port);
	grant_end_and_release((uint32_t)rogue.data, NULL);
	ring_forget(rogue.ring_page);
	grant_end_and_release((uint32_t)rogue.grant, rogue.ring_page);
}

static void remove(struct xenbus_device *bus)
{
	(void)bus;
}

static struct xenbus_driver driver = {
	.kind = "vbd",
	.published = XenbusStateInitialised,
	.probe = add_rogue,
	.connect = connect,
	.live = live,
	.disconnect = disconnect,
	.remove = remove,
};

static void rogue_start(void)
{
	if (option("attack"))
		xenbus_register(&driver);
}
DRIVER(6, rogue_start);
