/*
 * The elevator. Requests wait in the order of their sectors; the arm goes up, serving what lies before it, and from the end back to the
 * lowest: nobody waits longer than for one way up and one way back, whatever others ask for. A flush goes first: it is for
 * what was done before, and who has to keep an order waits for answers (blkback.c holds back what must not pass a barrier).
 *
 * A disk starts only from the thread `work`, so what comes in one batch is sorted before the first of it moves the arm.
 */
#include "block.h"

/*
 * For whoever looks in from outside, as rings.c: the last requests in the order in which they came, and when each was started. Nothing in
 * this kernel reads the table. A request of which so many came after it that its row is another's works as well, unseen.
 */
#define MOST_NOTES 128

enum { NOTE_WAITS, NOTE_RUNS, NOTE_DONE, NOTE_FAILED };

struct note {
	uint64_t sector;
	uint32_t sectors;
	uint32_t disk;
	uint32_t started; /* its place in the order of service, from 1; 0 while it waits */
	uint32_t batch;
	uint16_t domain;
	uint8_t operation;
	uint8_t state;
	uint32_t barrier; /* 1: a step of one */
};

struct {
	uint32_t came, started; /* of all disks */
	struct note notes[MOST_NOTES];
} requests_noted;

static struct note *note_of(const struct block_request *request)
{
	return requests_noted.came - request->note <= MOST_NOTES ? &requests_noted.notes[request->note % MOST_NOTES] : NULL;
}

static void note_came(const struct block_queue *queue, struct block_request *request)
{
	request->note = requests_noted.came++;
	*note_of(request) = (struct note){
		.sector = request->sector,
		.sectors = request->sectors,
		.disk = queue->disk,
		.batch = request->batch,
		.domain = request->domain,
		.operation = (uint8_t)request->operation,
		.barrier = request->barrier,
	};
}

static void note_started(const struct block_request *request)
{
	struct note *note = note_of(request);

	requests_noted.started++;
	if (note) {
		note->started = requests_noted.started;
		note->state = NOTE_RUNS;
	}
}

static void note_ended(const struct block_request *request, int error)
{
	struct note *note = note_of(request);

	if (note)
		note->state = error ? NOTE_FAILED : NOTE_DONE;
}

/* --- */

static bool goes_before(const struct block_request *a, const struct block_request *b)
{
	if (a->operation == BLOCK_FLUSH || b->operation == BLOCK_FLUSH)
		return a->operation == BLOCK_FLUSH && b->operation != BLOCK_FLUSH;
	return a->sector < b->sector;
}

/* The first at or beyond the arm, or the lowest of all; flushes stand in front. */
static struct block_request *take_next(struct block_queue *queue)
{
	struct block_request *next;

	if (!queue->ahead) {
		queue->ahead = queue->behind;
		queue->behind = NULL;
	}
	next = queue->ahead;
	if (next)
		queue->ahead = next->next;
	return next;
}

/* Starts requests until one is under way; a disk may finish at once, within start(). */
static void run(struct work *work)
{
	struct block_queue *queue = CONTAINER(work, struct block_queue, work);

	while (!queue->running) {
		queue->running = take_next(queue);
		if (!queue->running)
			return;
		if (queue->running->operation != BLOCK_FLUSH)
			queue->head = queue->running->sector + queue->running->sectors;
		note_started(queue->running);
		queue->start(queue, queue->running);
	}
}

void block_queue_init(struct block_queue *queue, uint32_t disk, void (*start)(struct block_queue *, struct block_request *))
{
	*queue = (struct block_queue){ .disk = disk, .start = start, .work = { .run = run } };
}

void block_queue_add(struct block_queue *queue, struct block_request *request)
{
	bool is_behind = request->operation != BLOCK_FLUSH && request->sector < queue->head;
	struct block_request **place = is_behind ? &queue->behind : &queue->ahead;

	note_came(queue, request);
	while (*place && !goes_before(request, *place))
		place = &(*place)->next;
	request->next = *place;
	*place = request;
	if (!queue->running)
		work_queue(&queue->work);
}

/* The running request has ended, with 0 or an error. */
void block_queue_finished(struct block_queue *queue, int error)
{
	struct block_request *request = queue->running;

	queue->running = NULL;
	note_ended(request, error);
	request->done(request, error);
	if (queue->ahead || queue->behind)
		work_queue(&queue->work);
}
