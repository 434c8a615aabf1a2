/*
 * System calls: EAX says which, EBX ECX EDX carry arguments, EAX brings the result. A buffer is checked to lie in
 * the process's own memory; where a page of it is not there yet, touching it brings it, as for the process itself.
 */
#include "calls.h"
#include "pocket.h"

static int sys_exit(struct frame *frame)
{
	process_exit((int)frame->ebx);
}

static int sys_fork(struct frame *frame)
{
	return process_fork(frame);
}

static int sys_wait(struct frame *frame)
{
	int status, id;

	if (frame->ebx && !user_range(frame->ebx, sizeof(status), true))
		return -1;
	id = process_wait(&status);
	if (id > 0 && frame->ebx)
		*(int *)frame->ebx = status;
	return id;
}

static int sys_read(struct frame *frame)
{
	if (!user_range(frame->ecx, frame->edx, true))
		return -1;
	return file_read((int)frame->ebx, (char *)frame->ecx, frame->edx);
}

static int sys_write(struct frame *frame)
{
	if (!user_range(frame->ecx, frame->edx, false))
		return -1;
	return file_write((int)frame->ebx, (const char *)frame->ecx, frame->edx);
}

static int sys_pipe(struct frame *frame)
{
	return user_range(frame->ebx, 2 * sizeof(int), true) ? file_pipe((int *)frame->ebx) : -1;
}

static int sys_close(struct frame *frame)
{
	return file_close((int)frame->ebx);
}

/* Moves the end of the heap; the old end. Pages come when they are touched. */
static int sys_grow(struct frame *frame)
{
	uint32_t old = current->space.heap_end;
	uint32_t most = USER_STACK_TOP - USER_STACK_PAGES * PAGE_SIZE;

	if (frame->ebx > most - old)
		return -1;
	current->space.heap_end = old + frame->ebx;
	return (int)old;
}

static int sys_id(struct frame *frame)
{
	(void)frame;
	return current->id;
}

static int sys_yield(struct frame *frame)
{
	(void)frame;
	current->state = RUNNABLE;
	schedule();
	return 0;
}

static int sys_faults(struct frame *frame)
{
	(void)frame;
	return (int)current->faults;
}

static int sys_preempted(struct frame *frame)
{
	(void)frame;
	return (int)current->preempted;
}

static int (*const calls[])(struct frame *frame) = {
	[CALL_EXIT] = sys_exit,	  [CALL_FORK] = sys_fork,     [CALL_WAIT] = sys_wait,	[CALL_READ] = sys_read,
	[CALL_WRITE] = sys_write, [CALL_PIPE] = sys_pipe,     [CALL_CLOSE] = sys_close, [CALL_GROW] = sys_grow,
	[CALL_ID] = sys_id,	  [CALL_YIELD] = sys_yield,   [CALL_FAULTS] = sys_faults, [CALL_PREEMPTED] = sys_preempted,
};

/* Called by entry.S. */
void system_call(struct frame *frame)
{
	uint32_t number = frame->eax;

	frame->ds = frame->es = FLAT_RING3_DS;
	frame->eax = number < sizeof(calls) / sizeof(calls[0]) ? (uint32_t)calls[number](frame) : OTHER_CALL(frame);
}
