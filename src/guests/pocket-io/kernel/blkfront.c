/*
 * The front end of a disk: requests for xvda go into a ring that the back end's domain has mapped, with the pages lent to it by grants
 * until their answer comes (xen/include/public/io/blkif.h).
 *
 *	waiting --> slot (grants) --> ring ... answer, in any order --> grants end --> done()
 *
 * Each request in the ring holds a slot here, whose number is its id. When the back end goes away, what it has not answered goes back to
 * the head of those that wait, in its old order, and is sent again to the next one: a write may then be done twice, but none is lost.
 */
#include "block.h"
#include "ring.h"
#include "xenbus.h"

#define MOST_SLOTS 32

struct slot {
	struct block_request *request; /* NULL: free */
	uint32_t order;
	uint32_t grants;
	uint16_t grant[MOST_SEGMENTS];
};

struct blkfront {
	struct block_device device;
	struct xenbus_device *bus;
	struct front_ring ring;
	void *page; /* of the ring */
	int grant, port;
	struct slot slots[MOST_SLOTS];
	uint32_t last_order;
	struct block_request *waiting, **waiting_end;
	bool running; /* the back end takes requests */
	bool known;   /* its disk is in the list */
	bool flushes, barriers; /* what the back end knows */
};

static void name_device(struct block_device *device, uint32_t number)
{
	bool extended = number >> 28;
	uint32_t major = extended ? 202 : number >> 8 & 0xfff, minor = extended ? number & 0xff : number & 0xff;
	uint32_t a_disk = extended ? 256 : major == 3 || major == 22 ? 64 : 16;
	uint32_t disk = extended ? number >> 8 & 0xfffff : minor / a_disk, part = extended ? minor : minor % a_disk;
	const char *kind = major == 202 ? "xvd" : major == 8 ? "sd" : "hd";

	if (major == 22)
		disk += 2;
	text_format(device->name, sizeof(device->name), part ? "%s%c%u" : "%s%c", kind, 'a' + (int)(disk % 26), part);
	device->number = DEVICE_NUMBER(major, minor);
}

static struct slot *free_slot(struct blkfront *front)
{
	for (struct slot *slot = front->slots; slot < front->slots + MOST_SLOTS; slot++)
		if (!slot->request)
			return slot;
	return NULL;
}

static void end_grants(struct slot *slot)
{
	while (slot->grants)
		grant_end_and_release(slot->grant[--slot->grants], NULL);
}

/* Lends the pages of a request and describes them; false where there are no more grants. */
static bool lend(struct blkfront *front, struct slot *slot, struct blkif_request *message)
{
	const struct block_request *request = slot->request;

	for (uint32_t i = 0; i < request->segments; i++) {
		const struct block_segment *segment = &request->segment[i];
		uint32_t first = ((uint32_t)segment->data & (PAGE_SIZE - 1)) / SECTOR;
		int grant = grant_access(front->bus->other_domain, (uint32_t)(segment->machine >> PAGE_SHIFT),
					 request->operation == BLOCK_WRITE);

		if (grant < 0) {
			end_grants(slot);
			return false;
		}
		slot->grant[slot->grants++] = (uint16_t)grant;
		message->seg[i] = (struct blkif_request_segment){
			.gref = (uint32_t)grant,
			.first_sect = (uint8_t)first,
			.last_sect = (uint8_t)(first + segment->sectors - 1),
		};
	}
	return true;
}

static uint8_t operation_of(const struct blkfront *front, const struct block_request *request)
{
	if (request->operation == BLOCK_FLUSH)
		return front->flushes ? BLKIF_OP_FLUSH_DISKCACHE : BLKIF_OP_WRITE_BARRIER;
	return request->operation == BLOCK_WRITE ? BLKIF_OP_WRITE : BLKIF_OP_READ;
}

/* Puts a request into the ring; false where it has to wait for grants. */
static bool put_in_ring(struct blkfront *front, struct slot *slot, struct block_request *request)
{
	struct blkif_request message = {
		.operation = operation_of(front, request),
		.nr_segments = (uint8_t)request->segments,
		.handle = (uint16_t)front->bus->number,
		.id = (uint32_t)(slot - front->slots),
		.sector_number = request->sector,
	};

	slot->request = request;
	slot->order = ++front->last_order;
	if (!lend(front, slot, &message)) {
		slot->request = NULL;
		return false;
	}
	memcpy(ring_next_request(&front->ring), &message, sizeof(message));
	return true;
}

static void finish(struct block_request *request, int error)
{
	request->done(request, error);
}

/* Sends what waits, as far as the ring has room. */
static void push(struct blkfront *front)
{
	bool sent = false;

	while (front->running && front->waiting && ring_free(&front->ring)) {
		struct block_request *request = front->waiting;
		struct slot *slot = free_slot(front);

		if (!slot)
			break;
		if (request->operation == BLOCK_FLUSH && !front->flushes && !front->barriers) {
			front->waiting = request->next;
			finish(request, 0); /* the back end has nothing that it could lose */
			continue;
		}
		if (!put_in_ring(front, slot, request))
			break;
		front->waiting = request->next;
		sent = true;
	}
	if (!front->waiting)
		front->waiting_end = &front->waiting;
	if (sent && ring_push_requests(&front->ring))
		event_send((uint32_t)front->port);
}

static void submit(struct block_device *device, struct block_request *request)
{
	struct blkfront *front = device->context;

	request->next = NULL;
	*front->waiting_end = request;
	front->waiting_end = &request->next;
	push(front);
}

static int error_of(struct blkfront *front, const struct block_request *request, int status)
{
	if (status == BLKIF_RSP_EOPNOTSUPP && request->operation == BLOCK_FLUSH) {
		front->flushes = front->barriers = false;
		return 0;
	}
	return status == BLKIF_RSP_OKAY ? 0 : -EIO;
}

static void take_response(struct blkfront *front)
{
	struct blkif_response response;
	struct block_request *request;
	struct slot *slot;

	ring_take_response(&front->ring, &response, sizeof(response));
	slot = response.id < MOST_SLOTS ? &front->slots[response.id] : NULL;
	if (!slot || !slot->request) {
		print("%s: an answer to nothing that was asked\n", front->device.name);
		return;
	}
	request = slot->request;
	slot->request = NULL;
	end_grants(slot);
	finish(request, error_of(front, request, response.status));
}

static void front_event(void *context)
{
	struct blkfront *front = context;
	int count;

	if (!front->running)
		return;
	do {
		for (count = ring_responses(&front->ring); count > 0; count--)
			take_response(front);
		if (count < 0) {
			print("%s: the back end claims answers that cannot be\n", front->device.name);
			front->running = false;
			return;
		}
	} while (ring_final_check_for_responses(&front->ring));
	push(front);
}

/* --- the state machine's part --- */

static int add_front(struct xenbus_device *bus)
{
	struct blkfront *front = allocate(sizeof(*front));

	_Static_assert(sizeof(*front) <= PAGE_SIZE, "a front end fits into a page");
	if (!front)
		return -ENOMEM;
	bus->data = front;
	front->bus = bus;
	front->grant = front->port = -1;
	front->waiting_end = &front->waiting;
	front->device.context = front;
	front->device.submit = submit;
	name_device(&front->device, bus->number);
	return 0;
}

static int publish(struct xenbus_device *bus, const struct blkfront *front)
{
	int error;

	do {
		int tx = xenstore_begin();

		if (tx < 0)
			return tx;
		error = xenstore_write_number((uint32_t)tx, bus->path, "ring-ref", (uint32_t)front->grant);
		if (!error)
			error = xenstore_write_number((uint32_t)tx, bus->path, "event-channel", (uint32_t)front->port);
		if (!error)
			error = xenstore_write((uint32_t)tx, bus->path, "protocol", "x86_32-abi");
		if (error) {
			xenstore_end((uint32_t)tx, false);
			return error;
		}
		error = xenstore_end((uint32_t)tx, true);
	} while (error == -EAGAIN);
	return error;
}

static int connect(struct xenbus_device *bus)
{
	struct blkfront *front = bus->data;

	front->page = page_allocate();
	if (!front->page)
		return -ENOMEM;
	front_ring_init(&front->ring, front->page, sizeof(struct blkif_request));
	front->grant = grant_access(bus->other_domain, frame_of(front->page), false);
	if (front->grant < 0)
		return front->grant;
	front->port = port_allocate(bus->other_domain, front_event, front);
	return front->port < 0 ? front->port : publish(bus, front);
}

static bool feature(const struct xenbus_device *bus, const char *name)
{
	uint32_t value;

	return xenstore_read_number(NO_TRANSACTION, bus->other, name, &value) == 0 && value;
}

static void live(struct xenbus_device *bus)
{
	struct blkfront *front = bus->data;
	uint32_t sectors, info = 0, sector_size = SECTOR;

	if (xenstore_read_number(NO_TRANSACTION, bus->other, "sectors", &sectors) < 0) {
		xenbus_fail(bus, -ENOENT, "reading the back end's sectors");
		return;
	}
	xenstore_read_number(NO_TRANSACTION, bus->other, "info", &info);
	xenstore_read_number(NO_TRANSACTION, bus->other, "sector-size", &sector_size);
	if (sector_size != SECTOR) {
		xenbus_fail(bus, -EINVAL, "sectors of another size than 512");
		return;
	}
	front->flushes = feature(bus, "feature-flush-cache");
	front->barriers = feature(bus, "feature-barrier");
	front->device.sectors = sectors;
	front->device.readonly = info & VDISK_READONLY;
	front->device.has_cache = front->flushes || front->barriers;
	front->running = true;
	if (!front->known)
		block_add(&front->device);
	else
		print("%s: connected again\n", front->device.name);
	front->known = true;
	push(front);
}

static struct slot *newest_slot(struct blkfront *front)
{
	struct slot *newest = NULL;

	for (struct slot *slot = front->slots; slot < front->slots + MOST_SLOTS; slot++)
		if (slot->request && (!newest || slot->order > newest->order))
			newest = slot;
	return newest;
}

/* What the back end has not answered waits again, oldest first. */
static void take_back(struct blkfront *front)
{
	struct slot *slot;

	while ((slot = newest_slot(front))) {
		struct block_request *request = slot->request;

		slot->request = NULL;
		end_grants(slot);
		request->next = front->waiting;
		if (!front->waiting)
			front->waiting_end = &request->next;
		front->waiting = request;
	}
}

static void disconnect(struct xenbus_device *bus)
{
	struct blkfront *front = bus->data;

	front_event(front); /* what has been answered is answered */
	front->running = false;
	if (front->port >= 0)
		port_close((uint32_t)front->port);
	if (front->page)
		ring_forget(front->page);
	if (front->grant >= 0)
		grant_end_and_release((uint32_t)front->grant, front->page);
	else
		page_release(front->page);
	front->grant = front->port = -1;
	front->page = NULL;
	take_back(front);
}

static void refuse(struct block_device *device, struct block_request *request)
{
	(void)device;
	finish(request, -ENODEV);
}

static void remove(struct xenbus_device *bus)
{
	struct blkfront *front = bus->data;

	if (front->known) {
		print("%s: gone\n", front->device.name);
		block_remove(&front->device);
	}
	while (front->waiting) {
		struct block_request *request = front->waiting;

		front->waiting = request->next;
		finish(request, -ENODEV);
	}
	front->device.submit = refuse; /* files may still name the disk, so it stays */
}

static struct xenbus_driver driver = {
	.kind = "vbd",
	.published = XenbusStateInitialised,
	.probe = add_front,
	.connect = connect,
	.live = live,
	.disconnect = disconnect,
	.remove = remove,
};

static void blkfront_start(void)
{
	if (!option("attack") && !is_tour_of_ring()) /* else rogue.c or tours/ring.c has its disks */
		xenbus_register(&driver);
}
DRIVER(6, blkfront_start);
