/*
 * The back end of disks: it serves the rings of other domains from the disks of this one.
 *
 * One thread does all of it. It goes round the interfaces, and takes a batch from each: at most BATCH requests in one turn, and no more
 * than LIMIT in all on their way, so that one domain that floods its ring waits for itself. What was taken is copied, checked, its pages
 * mapped by one hypercall for the whole round, and its requests handed to the disk's elevator (queue.c); what is done comes back in a
 * list, its pages are unmapped, again all in one, and the answers go into the rings.
 *
 *	ring --> take() --> check() --> map --> submit --> disk
 *	ring <-- answer() <-- unmap <-- done list <--------'
 *
 * A front end is not trusted. A request that cannot be is answered by an error; an index that cannot be ends its service. Sectors are
 * those of a piece of the disk, which is why none can be reached outside of it.
 *
 * A barrier waits until all that was taken before it is done, and nothing is taken from that ring until it is done itself, with a flush
 * before and behind it; other domains do not notice.
 */
#include "block.h"
#include "ring.h"
#include "xenbus.h"

#define BATCH 8
#define LIMIT 16 /* requests of one interface on their way */
#define ROWS (BATCH * MOST_SEGMENTS)

struct blkback;

/* A request on its way, with what it holds. */
struct job {
	struct job *next;
	struct blkback *back; /* NULL: free */
	uint64_t id;
	uint8_t operation;
	int8_t stage; /* of a barrier */
	int error;
	uint32_t maps;
	struct gnttab_map_grant_ref map[MOST_SEGMENTS];
	struct block_request request;
};

struct blkback {
	struct blkback *next;
	struct xenbus_device *bus;
	struct block_device *piece;
	struct back_ring ring;
	struct gnttab_map_grant_ref mapped_ring;
	void *ring_page;
	int port;
	bool running;
	bool readonly;
	bool to_look_at; /* an event came, or there was more than a batch */
	bool answered;	 /* there are answers to show */
	struct job *barrier; /* nothing is taken while it waits or runs */
	uint32_t on_their_way;
	struct job *free;
	struct job *jobs[LIMIT];
	uint32_t served, refused; /* requests */
};

static struct blkback *backs;
static uint32_t batches; /* taken so far */
static struct job *finished; /* newest first: put there by event handlers */
static const char nobody;	/* what the thread waits for */

static void call_thread(void)
{
	wake(&nobody);
	slice_is_over = true;
}

static void back_event(void *context)
{
	struct blkback *back = context;

	back->to_look_at = true;
	call_thread();
}

static void job_done(struct block_request *request, int error)
{
	struct job *job = CONTAINER(request, struct job, request);

	if (error)
		job->error = error;
	job->next = finished;
	finished = job;
	call_thread();
}

/* --- from the ring to the disk --- */

/* What is wrong with a request, as its answer says it; BLKIF_RSP_OKAY where nothing is. */
static int check(const struct blkback *back, const struct blkif_request *message)
{
	bool writes = message->operation == BLKIF_OP_WRITE || message->operation == BLKIF_OP_WRITE_BARRIER;
	uint64_t sectors = 0;

	if (message->operation == BLKIF_OP_DISCARD)
		return BLKIF_RSP_EOPNOTSUPP;
	if (message->operation > BLKIF_OP_FLUSH_DISKCACHE || message->nr_segments > MOST_SEGMENTS)
		return BLKIF_RSP_ERROR;
	if (writes && back->readonly)
		return BLKIF_RSP_ERROR;
	if (message->operation == BLKIF_OP_FLUSH_DISKCACHE)
		return message->nr_segments ? BLKIF_RSP_ERROR : BLKIF_RSP_OKAY;
	if (!message->nr_segments && message->operation != BLKIF_OP_WRITE_BARRIER)
		return BLKIF_RSP_ERROR;
	for (uint32_t i = 0; i < message->nr_segments; i++) {
		const struct blkif_request_segment *segment = &message->seg[i];

		if (segment->first_sect > segment->last_sect || segment->last_sect >= SECTORS_A_PAGE)
			return BLKIF_RSP_ERROR;
		sectors += segment->last_sect - segment->first_sect + 1u;
	}
	return block_fits(back->piece, message->sector_number, sectors) ? BLKIF_RSP_OKAY : BLKIF_RSP_ERROR;
}

static void answer(struct blkback *back, uint64_t id, uint8_t operation, int status)
{
	struct blkif_response response = { .id = id, .operation = operation, .status = (int16_t)status };

	memcpy(ring_next_response(&back->ring), &response, sizeof(response));
	back->served++;
	if (status != BLKIF_RSP_OKAY)
		back->refused++;
}

/* Shows the answers. What is not to be told any more, because the ring is gone, is not. */
static void push_answers(struct blkback *back)
{
	if (back->running && ring_push_responses(&back->ring))
		event_send((uint32_t)back->port);
}

/* Prepares the maps of a request's pages. The rows' results go to the job when they have been made. */
static void prepare(struct job *job, const struct blkif_request *message)
{
	bool only_read = message->operation != BLKIF_OP_READ;

	job->request.operation = message->operation == BLKIF_OP_FLUSH_DISKCACHE ? BLOCK_FLUSH :
				 message->operation == BLKIF_OP_READ		? BLOCK_READ :
										  BLOCK_WRITE;
	job->request.sector = message->sector_number;
	job->request.sectors = job->request.segments = 0;
	job->request.domain = job->back->bus->other_domain;
	job->request.batch = batches;
	job->request.barrier = message->operation == BLKIF_OP_WRITE_BARRIER;
	for (job->maps = 0; job->maps < message->nr_segments; job->maps++) {
		const struct blkif_request_segment *segment = &message->seg[job->maps];
		char *page = window_page(); /* there is one: may_take() */

		grant_map_row(&job->map[job->maps], page, job->back->bus->other_domain, segment->gref, only_read);
		job->request.segment[job->maps] = (struct block_segment){
			.data = page + segment->first_sect * SECTOR,
			.sectors = segment->last_sect - segment->first_sect + 1u,
		};
		job->request.sectors += job->request.segment[job->maps].sectors;
		job->request.segments++;
	}
}

static struct job *take(struct blkback *back)
{
	struct blkif_request message;
	struct job *job;
	int status;

	ring_take_request(&back->ring, &message, sizeof(message));
	status = check(back, &message);
	if (status != BLKIF_RSP_OKAY) {
		answer(back, message.id, message.operation, status);
		return NULL;
	}
	job = back->free;
	back->free = job->next;
	job->id = message.id;
	job->operation = message.operation;
	job->error = 0;
	job->stage = 0;
	back->on_their_way++;
	prepare(job, &message);
	return job;
}

/* What there is no room for stays in the ring: it is not refused. */
static bool may_take(const struct blkback *back)
{
	return back->free && !back->barrier && window_room() >= MOST_SEGMENTS;
}

/* Takes a batch of one interface into a list; the end of the list. */
static struct job **take_batch(struct blkback *back, struct job **end)
{
	int count = ring_requests(&back->ring);

	if (count < 0) {
		print("blkback: domain %u claims requests that cannot be; its disk %u is not served any more\n",
		      back->bus->other_domain, back->bus->number);
		back->running = false;
		return end;
	}
	batches++;
	for (uint32_t taken = 0; taken < BATCH && count-- && may_take(back); taken++) {
		struct job *job = take(back);

		if (!job)
			continue;
		*end = job;
		end = &job->next;
		if (job->operation == BLKIF_OP_WRITE_BARRIER)
			back->barrier = job;
	}
	back->to_look_at = !may_take(back) || ring_final_check_for_requests(&back->ring);
	push_answers(back); /* of what was refused at once */
	return end;
}

static struct gnttab_map_grant_ref maps[ROWS];

static void map_rows(struct job *from, const struct job *to, uint32_t rows)
{
	uint32_t row = 0;

	if (rows)
		grant_map(maps, rows);
	for (struct job *job = from; job != to; job = job->next)
		for (uint32_t i = 0; i < job->maps; i++, row++) {
			uint32_t offset = (uint32_t)job->request.segment[i].data & (PAGE_SIZE - 1);

			job->map[i] = maps[row];
			if (maps[row].status != GNTST_okay)
				job->error = -EIO;
			job->request.segment[i].machine = maps[row].dev_bus_addr + offset;
		}
}

/* Maps the pages of all jobs of the list, as many at a time as there is room for. */
static void map_all(struct job *jobs)
{
	struct job *from = jobs;
	uint32_t rows = 0;

	for (struct job *job = jobs; job; job = job->next) {
		if (rows + job->maps > ROWS) {
			map_rows(from, job, rows);
			from = job;
			rows = 0;
		}
		memcpy(&maps[rows], job->map, job->maps * sizeof(maps[0]));
		rows += job->maps;
	}
	map_rows(from, NULL, rows);
}

/* A barrier goes in three steps once it is alone: what was written is made safe, it is written, and made safe itself. */
enum { BARRIER_WAITS, BARRIER_FLUSHES_BEFORE, BARRIER_WRITES, BARRIER_FLUSHES_BEHIND };

static void next_stage(struct job *job)
{
	struct block_device *piece = job->back->piece;

	job->stage++;
	if (job->stage == BARRIER_WRITES && !job->request.segments)
		job->stage++;
	job->request.operation = job->stage == BARRIER_WRITES ? BLOCK_WRITE : BLOCK_FLUSH;
	if (job->request.operation == BLOCK_WRITE || piece->has_cache)
		piece->submit(piece, &job->request);
	else
		job_done(&job->request, 0);
}

static void start_barrier(struct blkback *back)
{
	if (back->barrier && back->barrier->stage == BARRIER_WAITS && back->on_their_way == 1)
		next_stage(back->barrier);
}

static void submit(struct job *job)
{
	struct block_device *piece = job->back->piece;

	if (job->error)
		job_done(&job->request, job->error);
	else if (job->operation == BLKIF_OP_WRITE_BARRIER)
		start_barrier(job->back);
	else
		piece->submit(piece, &job->request);
}

/* One round: a batch of each interface that has something. Whether there was anything. */
static bool take_from_all(void)
{
	struct job *jobs = NULL, **end = &jobs, *next;

	for (struct blkback *back = backs; back; back = back->next)
		if (back->running && back->to_look_at)
			end = take_batch(back, end);
	*end = NULL;
	if (!jobs)
		return false;
	map_all(jobs);
	for (struct job *job = jobs; job; job = next) {
		next = job->next;
		submit(job);
	}
	return true;
}

/* --- from the disk back to the ring --- */

static struct gnttab_unmap_grant_ref unmaps[ROWS];
static uint32_t unmap_rows;

static void unmap_gathered(void)
{
	if (unmap_rows)
		grant_unmap(unmaps, unmap_rows);
	for (uint32_t i = 0; i < unmap_rows; i++)
		window_release((void *)(uint32_t)unmaps[i].host_addr);
	unmap_rows = 0;
}

/* Gathers what a job holds. A row that could not be mapped holds an address only. */
static void unmap_later(struct job *job)
{
	if (unmap_rows + job->maps > ROWS)
		unmap_gathered();
	for (uint32_t i = 0; i < job->maps; i++) {
		if (job->map[i].status == GNTST_okay)
			grant_unmap_row(&unmaps[unmap_rows++], &job->map[i]);
		else
			window_release((void *)(uint32_t)job->map[i].host_addr);
	}
	job->maps = 0;
}

static void finish(struct job *job)
{
	struct blkback *back = job->back;

	back->on_their_way--;
	if (back->barrier == job)
		back->barrier = NULL;
	answer(back, job->id, job->operation, job->error ? BLKIF_RSP_ERROR : BLKIF_RSP_OKAY);
	job->next = back->free;
	back->free = job;
	back->to_look_at = back->answered = true; /* there is room again */
	wake(&back->on_their_way);
}

/* Answers only after all pages are unmapped: the front end takes them back as soon as it reads the answer. */
static bool answer_finished(void)
{
	struct job *jobs = NULL, *job, *next;

	while ((job = finished)) { /* oldest first again */
		finished = job->next;
		if (job->operation == BLKIF_OP_WRITE_BARRIER && !job->error && job->stage < BARRIER_FLUSHES_BEHIND) {
			next_stage(job);
			continue;
		}
		job->next = jobs;
		jobs = job;
		unmap_later(job);
	}
	if (!jobs)
		return false;
	unmap_gathered();
	for (job = jobs; job; job = next) {
		next = job->next;
		finish(job);
	}
	for (struct blkback *back = backs; back; back = back->next) {
		if (!back->answered)
			continue;
		back->answered = false;
		push_answers(back);
		start_barrier(back);
	}
	return true;
}

static void serve(void *nothing)
{
	(void)nothing;
	for (;;) {
		bool answered = answer_finished();

		if (!take_from_all() && !answered && !finished)
			sleep_on(&nobody);
	}
}

/* --- which disk --- */

/*
 * `physical-device` is MAJOR:MINOR, hexadecimal, as a hotplug script writes it; `params` may name a part of that disk:
 * /dev/hda:START+COUNT, in sectors. Outside of domain 0 there is no such script: there we look for the disk that `params` names.
 */
static struct block_device *disk_of(const char *params)
{
	char name[16];
	uint32_t length = 0;

	while (params[length] && params[length] != ':' && length < sizeof(name) - 1) {
		name[length] = params[length];
		length++;
	}
	name[length] = 0;
	return block_named(name);
}

/* What a hotplug script does: says which disk it is. */
static int play_script(const struct xenbus_device *bus, const char *params, uint32_t *number)
{
	const struct block_device *device = disk_of(params);
	char text[16];

	if (!device)
		return -ENODEV;
	*number = device->number;
	text_format(text, sizeof(text), "%x:%x", *number >> 20, *number & 0xfffff);
	xenstore_write(NO_TRANSACTION, bus->path, "physical-device", text);
	return xenstore_write(NO_TRANSACTION, bus->path, "hotplug-status", "connected");
}

static int find_number(const struct xenbus_device *bus, uint32_t *number, char *params, uint32_t size)
{
	char text[16];
	const char *colon;
	uint32_t major;

	xenstore_read(NO_TRANSACTION, bus->path, "params", params, size);
	if (xenstore_read(NO_TRANSACTION, bus->path, "physical-device", text, sizeof(text)) <= 0)
		return is_domain_0() ? -EAGAIN : play_script(bus, params, number);
	major = (uint32_t)number_of(text, 16, &colon);
	if (*colon != ':')
		return -EINVAL;
	*number = DEVICE_NUMBER(major, (uint32_t)number_of(colon + 1, 16, NULL));
	return 0;
}

static uint32_t partition_of(uint32_t number)
{
	uint32_t major = number >> 20;

	return major == 3 || major == 22 ? number & 63 : 0;
}

static struct block_device *piece_of(struct block_device *whole, const char *params)
{
	uint64_t from = 0, sectors = whole->sectors;
	const char *end;

	while (*params && *params != ':')
		params++;
	if (*params) {
		from = number_of(params + 1, 10, &end);
		if (*end != '+')
			return NULL;
		sectors = number_of(end + 1, 10, &end);
		if (*end)
			return NULL;
	}
	return block_piece(whole, from, sectors);
}

static int open_disk(struct blkback *back)
{
	char params[XENSTORE_PATH], mode[4];
	struct block_device *whole, *part;
	uint32_t number;
	int error = find_number(back->bus, &number, params, sizeof(params));

	if (error)
		return error;
	whole = block_numbered(number - partition_of(number));
	if (!whole)
		return -ENODEV;
	part = partition_of(number) ? block_partition(whole, partition_of(number)) : whole;
	back->piece = part ? piece_of(part, params) : NULL;
	if (part != whole)
		block_piece_release(part);
	if (!back->piece)
		return -EINVAL;
	xenstore_read(NO_TRANSACTION, back->bus->path, "mode", mode, sizeof(mode));
	back->readonly = mode[0] != 'w' || whole->readonly;
	return 0;
}

/* --- the state machine's part --- */

static void free_back(struct blkback *back)
{
	for (uint32_t i = 0; i < LIMIT; i++)
		release(back->jobs[i]);
	release(back);
}

static int prepare_back(struct xenbus_device *bus)
{
	struct blkback *back = bus->data;

	if (back)
		return 0;
	back = allocate(sizeof(*back));
	if (!back)
		return -ENOMEM;
	back->bus = bus;
	back->port = -1;
	for (uint32_t i = 0; i < LIMIT; i++) {
		struct job *job = allocate(sizeof(*job));

		if (!job) {
			free_back(back);
			return -ENOMEM;
		}
		job->back = back;
		job->request.done = job_done;
		job->next = back->free;
		back->free = back->jobs[i] = job;
	}
	bus->data = back;
	back->next = backs;
	backs = back;
	return 0;
}

static int map_ring(struct blkback *back, uint32_t ref)
{
	back->ring_page = window_page();
	if (!back->ring_page)
		return -ENOMEM;
	grant_map_row(&back->mapped_ring, back->ring_page, back->bus->other_domain, ref, false);
	grant_map(&back->mapped_ring, 1);
	if (back->mapped_ring.status == GNTST_okay) {
		back_ring_init(&back->ring, back->ring_page, sizeof(struct blkif_request));
		return 0;
	}
	window_release(back->ring_page);
	back->ring_page = NULL;
	return -EINVAL;
}

/* What the front end has written; an error where it is not what we can serve. */
static int read_keys(struct xenbus_device *bus, uint32_t *ref, uint32_t *port)
{
	char protocol[16];
	int error = xenstore_read_number(NO_TRANSACTION, bus->other, "ring-ref", ref);

	if (!error)
		error = xenstore_read_number(NO_TRANSACTION, bus->other, "event-channel", port);
	if (!error && xenstore_read(NO_TRANSACTION, bus->other, "protocol", protocol, sizeof(protocol)) > 0 &&
	    strcmp(protocol, "x86_32-abi"))
		error = -EINVAL;
	return error;
}

static int write_keys(const struct blkback *back)
{
	const char *path = back->bus->path;
	int error;

	do {
		int started = xenstore_begin();
		uint32_t tx = (uint32_t)started;

		if (started < 0)
			return started;
		xenstore_write_number(tx, path, "feature-flush-cache", back->piece->has_cache);
		xenstore_write_number(tx, path, "feature-discard", 0);
		xenstore_write_number(tx, path, "feature-barrier", back->piece->has_cache);
		xenstore_write_number(tx, path, "feature-persistent", 0);
		xenstore_write_number(tx, path, "sectors", (uint32_t)back->piece->sectors);
		xenstore_write_number(tx, path, "info", back->readonly ? VDISK_READONLY : 0);
		xenstore_write_number(tx, path, "sector-size", SECTOR);
		xenstore_write_number(tx, path, "physical-sector-size", SECTOR);
		error = xenstore_end(tx, true);
	} while (error == -EAGAIN);
	return error;
}

static int connect(struct xenbus_device *bus)
{
	struct blkback *back = bus->data;
	uint32_t ref, port;
	int error = open_disk(back);

	if (!error)
		error = read_keys(bus, &ref, &port);
	if (!error)
		error = map_ring(back, ref);
	if (error)
		return error;
	back->port = port_connect(bus->other_domain, port, back_event, back);
	if (back->port < 0)
		return back->port;
	back->running = back->to_look_at = true;
	call_thread();
	return write_keys(back);
}

/* Lets what is on its way come to its end, then lets go of the front end's pages. */
static void disconnect(struct xenbus_device *bus)
{
	struct blkback *back = bus->data;

	back->running = false;
	if (back->port >= 0)
		port_close((uint32_t)back->port);
	back->port = -1;
	start_barrier(back);
	while (back->on_their_way)
		sleep_on(&back->on_their_way);
	if (back->ring_page) {
		ring_forget(back->ring_page);
		grant_unmap_row(unmaps, &back->mapped_ring);
		grant_unmap(unmaps, 1);
		window_release(back->ring_page);
	}
	back->ring_page = NULL;
	block_piece_release(back->piece);
	back->piece = NULL;
}

static void remove(struct xenbus_device *bus)
{
	struct blkback *back = bus->data, **place = &backs;

	if (!back)
		return;
	while (*place != back)
		place = &(*place)->next;
	*place = back->next;
	print("blkback: domain %u's disk %u: %u requests served, %u refused\n", bus->other_domain, bus->number, back->served,
	      back->refused);
	free_back(back);
}

static struct xenbus_driver driver = {
	.kind = "vbd",
	.back = true,
	.probe = prepare_back,
	.connect = connect,
	.disconnect = disconnect,
	.remove = remove,
};

static void blkback_start(void)
{
	thread_start(serve, NULL);
	xenbus_register(&driver);
}
DRIVER(7, blkback_start);
