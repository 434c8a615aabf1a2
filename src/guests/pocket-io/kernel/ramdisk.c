/* ram0: a disk of memory, `ramdisk=KIB` on the command line; for driver domains without a disk, and for tests. */
#include "block.h"

#define PAGES_A_TABLE (PAGE_SIZE / sizeof(char *))
#define MOST_TABLES 8 /* 32 MiB */

static char **tables[MOST_TABLES];
static struct block_queue queue;
static struct block_device device = { .name = "ram0", .number = DEVICE_NUMBER(1, 0) };

static char *place_of(uint64_t sector)
{
	uint32_t page = (uint32_t)sector / SECTORS_A_PAGE;

	return tables[page / PAGES_A_TABLE][page % PAGES_A_TABLE] + (uint32_t)sector % SECTORS_A_PAGE * SECTOR;
}

static void copy(struct block_request *request)
{
	uint64_t sector = request->sector;

	for (uint32_t i = 0; i < request->segments; i++)
		for (uint32_t j = 0; j < request->segment[i].sectors; j++, sector++) {
			char *data = request->segment[i].data + j * SECTOR;

			if (request->operation == BLOCK_WRITE)
				memcpy(place_of(sector), data, SECTOR);
			else
				memcpy(data, place_of(sector), SECTOR);
		}
}

static void start(struct block_queue *queue, struct block_request *request)
{
	if (request->operation != BLOCK_FLUSH)
		copy(request);
	block_queue_finished(queue, 0);
}

static void submit(struct block_device *device, struct block_request *request)
{
	(void)device;
	block_queue_add(&queue, request);
}

static bool make_pages(uint32_t pages)
{
	for (uint32_t i = 0; i < pages; i++) {
		char ***table = &tables[i / PAGES_A_TABLE];

		if (!*table)
			*table = page_allocate();
		if (!*table)
			return false;
		(*table)[i % PAGES_A_TABLE] = page_allocate();
		if (!(*table)[i % PAGES_A_TABLE])
			return false;
	}
	return true;
}

static void ramdisk_start(void)
{
	uint32_t pages = option_number("ramdisk", 0) * 1024 / PAGE_SIZE;

	if (!pages)
		return;
	if (pages > MOST_TABLES * PAGES_A_TABLE || !make_pages(pages)) {
		print("ram0: no memory for it\n");
		return;
	}
	device.sectors = (uint64_t)pages * SECTORS_A_PAGE;
	device.has_cache = true; /* so that flushes are seen to come through */
	device.submit = submit;
	block_queue_init(&queue, device.number, start);
	block_add(&device);
}
DRIVER(4, ramdisk_start);
