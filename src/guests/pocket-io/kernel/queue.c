/*
 * The elevator. Requests wait in the order of their sectors; the arm goes up, serving what lies before it, and from the end back to the
 * lowest: nobody waits longer than for one way up and one way back, whatever others ask for. A flush goes first: it is for
 * what was done before, and who has to keep an order waits for answers (blkback.c holds back what must not pass a barrier).
 *
 * A disk starts only from the thread `work`, so what comes in one batch is sorted before the first of it moves the arm.
 */
#include "block.h"

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
		queue->start(queue, queue->running);
	}
}

void block_queue_init(struct block_queue *queue, void (*start)(struct block_queue *, struct block_request *))
{
	*queue = (struct block_queue){ .start = start, .work = { .run = run } };
}

void block_queue_add(struct block_queue *queue, struct block_request *request)
{
	bool is_behind = request->operation != BLOCK_FLUSH && request->sector < queue->head;
	struct block_request **place = is_behind ? &queue->behind : &queue->ahead;

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
	request->done(request, error);
	if (queue->ahead || queue->behind)
		work_queue(&queue->work);
}
