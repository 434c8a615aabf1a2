/*
 * Requests to a disk for their own sake, of one size and so many at a time: what the path to the disk costs, with neither files nor
 * buffers before it. A request that comes back leaves at once for the next place.
 */
#include "block.h"
#include "calls-io.h"

#define MOST_DEPTH 32

struct load;

struct load_request {
	struct block_request block;
	struct load *load;
	struct load_request *next_free;
	char *page[MOST_SEGMENTS];
};

struct load {
	struct disk_load what;
	struct block_device *device;
	uint32_t places, next_place; /* pieces of the disk, of one request's size */
	uint32_t begun, ended;
	struct load_request *free;
};

static void request_done(struct block_request *block, int error)
{
	struct load_request *request = CONTAINER(block, struct load_request, block);
	struct load *load = request->load;

	if (error)
		load->what.failed++;
	load->ended++;
	request->next_free = load->free;
	load->free = request;
	wake(load);
}

/* One after the other; or as a linear congruential generator has it, which is the same in every run. */
static uint32_t next_place(struct load *load)
{
	static uint32_t random = 1;

	if (load->what.random) {
		random = random * 1664525 + 1013904223;
		return (random >> 8) % load->places;
	}
	return load->next_place++ % load->places;
}

static void send_one(struct load *load)
{
	struct load_request *request = load->free;
	struct block_request *block = &request->block;

	load->free = request->next_free;
	load->begun++;
	*block = (struct block_request){
		.operation = load->what.writes ? BLOCK_WRITE : BLOCK_READ,
		.sector = (uint64_t)next_place(load) * load->what.pages * SECTORS_A_PAGE,
		.done = request_done,
	};
	for (uint32_t i = 0; i < load->what.pages; i++)
		block_add_segment(block, request->page[i], SECTORS_A_PAGE);
	load->device->submit(load->device, block);
}

static void run_load(struct load *load)
{
	uint64_t begin = system_time();

	while (load->ended < load->what.count) {
		while (load->free && load->begun < load->what.count)
			send_one(load);
		sleep_on(load);
	}
	/* below 4 s: the time's lower word is enough */
	load->what.microseconds = (uint32_t)(system_time() - begin) / 1000;
}

static void release_requests(struct load *load)
{
	struct load_request *request;

	while ((request = load->free)) {
		load->free = request->next_free;
		for (uint32_t i = 0; i < load->what.pages; i++)
			page_release(request->page[i]);
		release(request);
	}
}

static bool make_request(struct load *load)
{
	struct load_request *request = allocate(sizeof(*request));

	if (!request)
		return false;
	request->load = load;
	request->next_free = load->free;
	load->free = request;
	for (uint32_t i = 0; i < load->what.pages; i++) {
		request->page[i] = page_allocate();
		if (!request->page[i])
			return false;
	}
	return true;
}

static int prepare(struct load *load)
{
	struct disk_load *what = &load->what;

	if (!what->pages || what->pages > MOST_SEGMENTS || !what->depth || what->depth > MOST_DEPTH)
		return -EINVAL;
	what->disk[sizeof(what->disk) - 1] = 0;
	load->device = block_named(what->disk);
	if (!load->device)
		return -ENODEV;
	if (what->writes && load->device->readonly)
		return -EROFS;
	load->places = (uint32_t)load->device->sectors / (what->pages * SECTORS_A_PAGE);
	if (!load->places)
		return -EINVAL;
	for (uint32_t i = 0; i < what->depth; i++)
		if (!make_request(load))
			return -ENOMEM;
	return 0;
}

static int sys_disk_load(struct frame *frame)
{
	struct disk_load *asked = (struct disk_load *)frame->ebx;
	struct load load = { .next_place = 0 };
	int error;

	if (!user_range(frame->ebx, sizeof(*asked), true))
		return -EFAULT;
	load.what = *asked;
	load.what.failed = 0;
	error = prepare(&load);
	if (!error) {
		run_load(&load);
		*asked = load.what;
	}
	release_requests(&load);
	return error;
}
SYSTEM_CALL(CALL_DISK_LOAD, sys_disk_load);
