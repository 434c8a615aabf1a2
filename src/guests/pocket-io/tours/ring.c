/*
 * tour=ring: in the place of blkfront.c, a front end that does one thing at a time and says so on the console, to be watched:
 *
 *	one request, written, then shown, then told of
 *	one that it writes anew after the back end has taken it
 *	four at once, with an event for each answer; four more, with one event for all
 *	an index that no ring can have
 *
 * The disk is read and never written. Nothing else in this kernel sees it.
 */
#include "block.h"
#include "ring.h"
#include "xenbus.h"

#define PATIENCE (SECOND / 5) /* four answers of a tour disk */
#define NAP (MILLISECOND / 50)
#define FOUR 4
#define SUPERBLOCK 2 /* the sector of an ext2 file system's */

static struct {
	struct xenbus_device *bus;
	struct front_ring ring;
	void *ring_page, *page[FOUR];
	int grant, port, data[FOUR];
	uint32_t last_id;
} tour;

static void event(void *nothing)
{
	(void)nothing;
	wake(&tour);
}

/* One sector, into the beginning of a page. The answer will name the id. */
static struct blkif_request *write_request(uint32_t sector, uint32_t page)
{
	struct blkif_request message = {
		.operation = BLKIF_OP_READ,
		.nr_segments = 1,
		.handle = (uint16_t)tour.bus->number,
		.id = ++tour.last_id,
		.sector_number = sector,
		.seg = { { .gref = (uint32_t)tour.data[page] } },
	};

	return memcpy(ring_next_request(&tour.ring), &message, sizeof(message));
}

/* The answer that is to come with an event: the first from now on, the second, ... */
static void want_event(uint32_t answer)
{
	tour.ring.shared->rsp_event = tour.ring.rsp_cons + answer;
	processor_barrier();
}

static void take_answer(void)
{
	struct blkif_response response;

	ring_take_response(&tour.ring, &response, sizeof(response));
	print("ring: answer to %u, status %d\n", (uint32_t)response.id, response.status);
}

/* Takes so many answers, as they come; asks for an event with each of them, or with the last. */
static void take_answers(uint32_t count, bool for_each)
{
	uint64_t patience = system_time() + PATIENCE;

	while (count) {
		if (ring_responses(&tour.ring) <= 0 && !sleep_until(&tour, patience)) {
			print("ring: no answer\n");
			return;
		}
		for (; count && ring_responses(&tour.ring) > 0; count--)
			take_answer();
		if (count)
			want_event(for_each ? 1 : count);
	}
}

static void tell(bool wanted)
{
	if (wanted)
		event_send((uint32_t)tour.port);
}

static void one(void)
{
	bool wanted;

	print("ring: nothing yet\n");
	write_request(SUPERBLOCK, 0);
	print("ring: one request is written\n");
	wanted = ring_push_requests(&tour.ring);
	print("ring: it is shown\n");
	tell(wanted);
	take_answers(1, true);
}

/* The back end says by `req_event` how far it has come: as soon as it has taken the request, we write another one over it. */
static void one_changed(void)
{
	struct blkif_request *request = write_request(40, 0);
	uint32_t told = tour.ring.shared->req_event;

	want_event(1);
	tell(ring_push_requests(&tour.ring));
	while (tour.ring.shared->req_event == told)
		sleep_until(&tour.port, system_time() + NAP);
	request->sector_number = 41;
	print("ring: it is written anew\n");
	take_answers(1, true);
}

/* In one go, in an order that is not the disk's. */
static void four(const uint32_t sectors[FOUR], bool for_each)
{
	for (uint32_t i = 0; i < FOUR; i++)
		write_request(sectors[i], i);
	want_event(for_each ? 1 : FOUR);
	print("ring: four requests are written\n");
	tell(ring_push_requests(&tour.ring));
	take_answers(FOUR, for_each);
}

static void too_many(void)
{
	want_event(1);
	tour.ring.req_prod_pvt += 1000;
	print("ring: a thousand are to be shown\n");
	tell(ring_push_requests(&tour.ring));
	take_answers(1, true);
}

static void live(struct xenbus_device *bus)
{
	(void)bus;
	one();
	one_changed();
	four((const uint32_t[FOUR]){ 400, 100, 300, 200 }, true);
	four((const uint32_t[FOUR]){ 50, 350, 150, 250 }, false);
	too_many();
}

/* --- the state machine's part --- */

static int add_tour(struct xenbus_device *bus)
{
	tour.bus = bus;
	for (uint32_t i = 0; i < FOUR; i++)
		if (!(tour.page[i] = page_allocate()))
			return -ENOMEM;
	return 0;
}

static int connect(struct xenbus_device *bus)
{
	tour.ring_page = page_allocate();
	if (!tour.ring_page)
		return -ENOMEM;
	front_ring_init(&tour.ring, tour.ring_page, sizeof(struct blkif_request));
	tour.grant = grant_access(bus->other_domain, frame_of(tour.ring_page), false);
	for (uint32_t i = 0; i < FOUR; i++)
		tour.data[i] = grant_access(bus->other_domain, frame_of(tour.page[i]), false);
	tour.port = port_allocate(bus->other_domain, event, NULL);
	xenstore_write_number(NO_TRANSACTION, bus->path, "ring-ref", (uint32_t)tour.grant);
	xenstore_write_number(NO_TRANSACTION, bus->path, "event-channel", (uint32_t)tour.port);
	return xenstore_write(NO_TRANSACTION, bus->path, "protocol", "x86_32-abi");
}

static void disconnect(struct xenbus_device *bus)
{
	(void)bus;
	port_close((uint32_t)tour.port);
	for (uint32_t i = 0; i < FOUR; i++)
		grant_end_and_release((uint32_t)tour.data[i], NULL);
	ring_forget(tour.ring_page);
	grant_end_and_release((uint32_t)tour.grant, tour.ring_page);
}

static void remove(struct xenbus_device *bus)
{
	(void)bus;
}

static struct xenbus_driver driver = {
	.kind = "vbd",
	.published = XenbusStateInitialised,
	.probe = add_tour,
	.connect = connect,
	.live = live,
	.disconnect = disconnect,
	.remove = remove,
};

bool is_tour_of_ring(void)
{
	const char *tour = option("tour");

	return tour && !strcmp(tour, "ring");
}

static void ring_tour_start(void)
{
	if (is_tour_of_ring())
		xenbus_register(&driver);
}
DRIVER(6, ring_tour_start);
