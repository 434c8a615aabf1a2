/*
 * The buffer cache. Buffers stand in a list by their last use; the one not used for longest is taken for something else, after its
 * changes have been written.
 *
 * cache_sync() is what makes fsync() true: it writes changed data, waits, writes what points to it, waits, and has the disk empty its own
 * cache. Between the two, the disk may say nothing of new data, but never what is not there.
 */
#include "cache.h"

#define LEAST_BUFFERS 16
#define MOST_BUFFERS 256 /* a megabyte; the list is searched from its beginning */
#define SHARE 8	 /* of all memory, at most */

static struct buffer ends = { .newer = &ends, .older = &ends }; /* ends.older is the newest, ends.newer the oldest */
static uint32_t buffers;

static void take_out(struct buffer *buffer)
{
	buffer->newer->older = buffer->older;
	buffer->older->newer = buffer->newer;
}

static void put_first(struct buffer *buffer)
{
	buffer->older = ends.older;
	buffer->newer = &ends;
	ends.older->newer = buffer;
	ends.older = buffer;
}

static uint32_t most_buffers(void)
{
	uint32_t share = start_info->nr_pages / SHARE;

	return share < LEAST_BUFFERS ? LEAST_BUFFERS : share > MOST_BUFFERS ? MOST_BUFFERS : share;
}

static struct buffer *find(const struct block_device *device, uint32_t page)
{
	for (struct buffer *buffer = ends.older; buffer != &ends; buffer = buffer->older)
		if (buffer->device == device && buffer->page == page)
			return buffer;
	return NULL;
}

static struct buffer *new_buffer(void)
{
	struct buffer *buffer = buffers < most_buffers() ? allocate(sizeof(*buffer)) : NULL;

	if (!buffer)
		return NULL;
	buffer->data = page_allocate();
	if (!buffer->data) {
		release(buffer);
		return NULL;
	}
	buffers++;
	put_first(buffer);
	return buffer;
}

static struct buffer *oldest_free(bool changed_too)
{
	for (struct buffer *buffer = ends.newer; buffer != &ends; buffer = buffer->newer)
		if (!buffer->users && !buffer->busy && (changed_too || !buffer->changed))
			return buffer;
	return NULL;
}

/* Sectors of a page of a disk, which may end within it. */
static uint32_t sectors_of(const struct buffer *buffer)
{
	uint64_t left = buffer->device->sectors - (uint64_t)buffer->page * SECTORS_A_PAGE;

	return left < SECTORS_A_PAGE ? (uint32_t)left : SECTORS_A_PAGE;
}

/* --- transfers of several pages in a row --- */

struct transfer {
	struct block_request request;
	struct buffer *buffer[MOST_SEGMENTS];
};

static uint32_t transfers; /* on their way */

static void transfer_done(struct block_request *request, int error)
{
	struct transfer *transfer = CONTAINER(request, struct transfer, request);

	for (uint32_t i = 0; i < request->segments; i++) {
		struct buffer *buffer = transfer->buffer[i];

		buffer->busy = false;
		buffer->error = error;
		if (request->operation == BLOCK_READ)
			buffer->valid = !error;
		else if (error)
			buffer->changed = META; /* still not on the disk */
		wake(buffer);
	}
	transfers--;
	wake(&transfers);
	release(transfer);
}

/* Begins a transfer with one buffer; NULL where there is no memory. */
static struct transfer *begin(struct buffer *buffer, int operation)
{
	struct transfer *transfer = allocate(sizeof(*transfer));

	if (!transfer)
		return NULL;
	transfer->request.operation = operation;
	transfer->request.sector = (uint64_t)buffer->page * SECTORS_A_PAGE;
	transfer->request.done = transfer_done;
	return transfer;
}

static void add(struct transfer *transfer, struct buffer *buffer)
{
	buffer->busy = true;
	if (transfer->request.operation == BLOCK_WRITE)
		buffer->changed = CLEAN; /* as it is now; who changes it meanwhile says so again */
	transfer->buffer[transfer->request.segments] = buffer;
	block_add_segment(&transfer->request, buffer->data, sectors_of(buffer));
}

static bool follows(const struct transfer *transfer, const struct buffer *buffer)
{
	const struct buffer *last = transfer->buffer[transfer->request.segments - 1];

	return transfer->request.segments < MOST_SEGMENTS && buffer->device == last->device && buffer->page == last->page + 1;
}

static void submit(struct transfer *transfer)
{
	struct block_device *device = transfer->buffer[0]->device;

	transfers++;
	device->submit(device, &transfer->request);
}

static void wait_until_idle(struct buffer *buffer)
{
	while (buffer->busy)
		sleep_on(buffer);
}

static int transfer_one(struct buffer *buffer, int operation)
{
	struct transfer *transfer = begin(buffer, operation);

	if (!transfer)
		return -ENOMEM;
	add(transfer, buffer);
	submit(transfer);
	wait_until_idle(buffer);
	return buffer->error;
}

/* --- getting buffers --- */

/* A buffer with nothing in it, or NULL where all are in use. May sleep, and things may have changed then. */
static struct buffer *spare(void)
{
	struct buffer *buffer = oldest_free(false);

	if (buffer || (buffer = new_buffer()))
		return buffer;
	buffer = oldest_free(true);
	if (buffer && transfer_one(buffer, BLOCK_WRITE) < 0)
		return NULL;
	return buffer;
}

static void become(struct buffer *buffer, struct block_device *device, uint32_t page)
{
	buffer->device = device;
	buffer->page = page;
	buffer->valid = false;
	buffer->error = 0;
}

/* The buffer for a page, in use once more, whether valid or not. */
static struct buffer *claim(struct block_device *device, uint32_t page)
{
	struct buffer *buffer;

	while (!(buffer = find(device, page))) {
		buffer = spare();
		if (!buffer)
			return NULL;
		if (buffer->users || buffer->busy || buffer->changed || find(device, page))
			continue; /* we slept, and others did not */
		become(buffer, device, page);
		break;
	}
	buffer->users++;
	take_out(buffer);
	put_first(buffer);
	return buffer;
}

int cache_get(struct block_device *device, uint32_t page, struct buffer **result)
{
	struct buffer *buffer;
	int error = 0;

	if ((uint64_t)page * SECTORS_A_PAGE >= device->sectors)
		return -EIO;
	buffer = claim(device, page);
	if (!buffer)
		return -ENOMEM;
	while (!buffer->valid && !error) {
		wait_until_idle(buffer);
		if (!buffer->valid)
			error = transfer_one(buffer, BLOCK_READ);
	}
	if (error) {
		cache_put(buffer);
		return error;
	}
	*result = buffer;
	return 0;
}

void cache_put(struct buffer *buffer)
{
	buffer->users--;
}

void cache_changed(struct buffer *buffer, int what)
{
	if (what > buffer->changed)
		buffer->changed = (uint8_t)what;
}

/* Has pages read that are about to be wanted, as many in one request as follow each other; does not wait for them. */
void cache_read_ahead(struct block_device *device, uint32_t page, uint32_t count)
{
	struct transfer *transfer = NULL;

	for (; count-- && (uint64_t)page * SECTORS_A_PAGE < device->sectors; page++) {
		struct buffer *buffer = find(device, page) ? NULL : oldest_free(false);

		if (!buffer && !find(device, page))
			buffer = new_buffer();
		if (!buffer)
			break;
		become(buffer, device, page);
		take_out(buffer);
		put_first(buffer);
		if (!transfer)
			transfer = begin(buffer, BLOCK_READ);
		if (!transfer)
			return;
		add(transfer, buffer);
		if (transfer->request.segments == MOST_SEGMENTS)
			break;
	}
	if (transfer)
		submit(transfer);
}

/* --- writing back --- */

static struct buffer *first_changed(const struct block_device *device, int what, uint32_t from)
{
	struct buffer *first = NULL;

	for (struct buffer *buffer = ends.older; buffer != &ends; buffer = buffer->older)
		if (buffer->device == device && buffer->changed == what && !buffer->busy && buffer->page >= from &&
		    (!first || buffer->page < first->page))
			first = buffer;
	return first;
}

/* Starts writing all changes of one kind, in the order of their places. */
static int write_changed(struct block_device *device, int what)
{
	struct transfer *transfer = NULL;
	struct buffer *buffer;
	uint32_t from = 0;

	while ((buffer = first_changed(device, what, from))) {
		from = buffer->page + 1;
		if (transfer && !follows(transfer, buffer)) {
			submit(transfer);
			transfer = NULL;
		}
		if (!transfer)
			transfer = begin(buffer, BLOCK_WRITE);
		if (!transfer)
			return -ENOMEM;
		add(transfer, buffer);
	}
	if (transfer)
		submit(transfer);
	return 0;
}

static int write_and_wait(struct block_device *device, int what)
{
	int error = 0;

	do {
		error = write_changed(device, what);
		while (transfers)
			sleep_on(&transfers);
	} while (!error && first_changed(device, what, 0) && !first_changed(device, what, 0)->error);
	for (struct buffer *buffer = ends.older; buffer != &ends; buffer = buffer->older)
		if (buffer->device == device && buffer->changed && buffer->error)
			error = buffer->error;
	return error;
}

int cache_sync(struct block_device *device)
{
	int error = write_and_wait(device, DATA);

	if (!error)
		error = write_and_wait(device, META);
	return error ? error : block_flush(device);
}

/* Lets all buffers of a disk go, with what was not written. */
void cache_forget(struct block_device *device)
{
	for (struct buffer *buffer = ends.older; buffer != &ends; buffer = buffer->older)
		if (buffer->device == device && !buffer->busy && !buffer->users) {
			buffer->device = NULL;
			buffer->valid = false;
			buffer->changed = CLEAN;
		}
}
