/*
 * Threads of the kernel: processes that never leave ring 1. Each has an address space, like any process, with nothing in it.
 *
 * The thread `work` does what event handlers leave behind: pieces of work that need no sleep, one after the other.
 */
#include "io.h"

/* What switch_stacks() pops for a thread that has not run yet: see process.c. EBX and ESI survive into thread_begin(). */
struct first_switch {
	uint32_t edi, esi, ebx, ebp, eip;
};

static void thread_begin(void)
{
	void (*run)(void *);
	void *argument;

	asm volatile("" : "=b"(run), "=S"(argument));
	run(argument);
	panic("a thread came to its end");
}

/* Starts `run(argument)`, which must not return. */
struct process *thread_start(void (*run)(void *), void *argument)
{
	struct process *thread = process_start(0);
	struct first_switch *first = (struct first_switch *)thread->stack_pointer;

	first->ebx = (uint32_t)run;
	first->esi = (uint32_t)argument;
	first->eip = (uint32_t)thread_begin;
	return thread;
}

static struct work *queue, **queue_end = &queue;

/* Has a piece of work done soon; once, however often it is asked for before its turn. From anywhere. */
void work_queue(struct work *work)
{
	if (work->queued)
		return;
	work->queued = true;
	work->next = NULL;
	*queue_end = work;
	queue_end = &work->next;
	wake(&queue);
	slice_is_over = true; /* who runs in ring 3 goes on afterwards */
}

static void do_work(void *nothing)
{
	(void)nothing;
	for (;;) {
		struct work *work = queue;

		if (!work) {
			sleep_on(&queue);
			continue;
		}
		queue = work->next;
		if (!queue)
			queue_end = &queue;
		work->queued = false;
		work->run(work);
	}
}

static void work_start(void)
{
	thread_start(do_work, NULL);
}
DRIVER(1, work_start);

/* For what must stay as it is across a sleep. Who holds it must not end. */
void lock(struct lock *lock)
{
	while (lock->held)
		sleep_on(lock);
	lock->held = true;
}

void unlock(struct lock *lock)
{
	lock->held = false;
	wake(lock);
}
