/* The list of disks, pieces of disks, and requests that somebody waits for. */
#include "block.h"

static struct block_device *devices;

static const char *skip_folder(const char *name)
{
	return starts_with(name, "/dev/") ? name + 5 : name;
}

void block_add(struct block_device *device)
{
	struct block_device **place = &devices;

	while (*place)
		place = &(*place)->next;
	device->next = NULL;
	*place = device;
	print("%s: %u sectors%s\n", device->name, (uint32_t)device->sectors, device->readonly ? ", read-only" : "");
	wake(&devices);
}

void block_remove(struct block_device *device)
{
	struct block_device **place = &devices;

	while (*place && *place != device)
		place = &(*place)->next;
	if (*place)
		*place = device->next;
}

/* `hda` or `/dev/hda`; waits a while for disks that other domains are about to offer. */
struct block_device *block_named(const char *name)
{
	uint64_t patience = system_time() + SECOND;

	name = skip_folder(name);
	do {
		for (struct block_device *device = devices; device; device = device->next)
			if (!strcmp(device->name, name))
				return device;
	} while (sleep_until(&devices, patience));
	return NULL;
}

/* A disk, or the partition of one whose number it is some beyond. */
struct block_device *block_numbered(uint32_t number)
{
	for (struct block_device *device = devices; device; device = device->next)
		if (device->number == number)
			return device;
	return NULL;
}

struct block_device *block_first(void)
{
	uint64_t patience = system_time() + SECOND;

	while (!devices && sleep_until(&devices, patience))
		;
	return devices;
}

/* Whether there are such sectors. */
bool block_fits(const struct block_device *device, uint64_t sector, uint64_t sectors)
{
	return sector <= device->sectors && sectors <= device->sectors - sector;
}

/* A piece of a disk is a disk, too: the sectors from `from` on. */
struct piece {
	struct block_device device;
	struct block_device *whole;
	uint64_t from;
};

static void piece_submit(struct block_device *device, struct block_request *request)
{
	struct piece *piece = device->context;

	if (request->operation != BLOCK_FLUSH)
		request->sector += piece->from;
	piece->whole->submit(piece->whole, request);
}

/* NULL where it does not fit into the disk, or there is no memory. It does not stand in the list. */
struct block_device *block_piece(struct block_device *whole, uint64_t from, uint64_t sectors)
{
	struct piece *piece = block_fits(whole, from, sectors) ? allocate(sizeof(*piece)) : NULL;

	if (!piece)
		return NULL;
	if (whole->submit == piece_submit) { /* a piece of a piece is one of the whole */
		struct piece *between = whole->context;

		from += between->from;
		whole = between->whole;
	}
	piece->device = *whole;
	piece->device.sectors = sectors;
	piece->device.submit = piece_submit;
	piece->device.context = piece;
	piece->whole = whole;
	piece->from = from;
	return &piece->device;
}

void block_piece_release(struct block_device *device)
{
	if (device)
		release(device->context);
}

/* One of the four entries at byte 446 of a disk's first sector; the sector ends with 55 aa. */
struct partition_entry {
	uint8_t status, first_place[3], type, last_place[3];
	uint32_t first, sectors;
} __attribute__((packed));

/* The partition `index` of a disk, from 1; NULL where there is none. */
struct block_device *block_partition(struct block_device *whole, uint32_t index)
{
	uint8_t *page = page_allocate();
	struct partition_entry entry;
	bool valid;

	if (!page || index < 1 || index > 4 || block_transfer(whole, BLOCK_READ, 0, page, 1) < 0) {
		page_release(page);
		return NULL;
	}
	valid = page[510] == 0x55 && page[511] == 0xaa;
	memcpy(&entry, page + 446 + (index - 1) * sizeof(entry), sizeof(entry));
	page_release(page);
	return valid && entry.type ? block_piece(whole, entry.first, entry.sectors) : NULL;
}

/* Adds a piece of our own memory that lies within one page. */
void block_add_segment(struct block_request *request, void *data, uint32_t sectors)
{
	request->segment[request->segments++] = (struct block_segment){
		.data = data,
		.machine = (uint64_t)frame_of(data) << PAGE_SHIFT | ((uint32_t)data & (PAGE_SIZE - 1)),
		.sectors = sectors,
	};
	request->sectors += sectors;
}

struct waiter {
	struct block_request request;
	bool done;
	int error;
};

static void wake_waiter(struct block_request *request, int error)
{
	struct waiter *waiter = CONTAINER(request, struct waiter, request);

	waiter->error = error;
	waiter->done = true;
	wake(waiter);
}

static int wait_for(struct block_device *device, struct waiter *waiter)
{
	waiter->request.done = wake_waiter;
	device->submit(device, &waiter->request);
	while (!waiter->done)
		sleep_on(waiter);
	return waiter->error;
}

/* Reads or writes sectors within one page of ours, and sleeps meanwhile; 0 or an error. */
int block_transfer(struct block_device *device, int operation, uint64_t sector, void *data, uint32_t sectors)
{
	struct waiter waiter = { .request = { .operation = operation, .sector = sector } };

	if (!block_fits(device, sector, sectors))
		return -EIO;
	if (operation == BLOCK_WRITE && device->readonly)
		return -EROFS;
	block_add_segment(&waiter.request, data, sectors);
	return wait_for(device, &waiter);
}

/* Returns when all that was written is where a loss of power does not reach it. */
int block_flush(struct block_device *device)
{
	struct waiter waiter = { .request = { .operation = BLOCK_FLUSH } };

	return device->has_cache ? wait_for(device, &waiter) : 0;
}
