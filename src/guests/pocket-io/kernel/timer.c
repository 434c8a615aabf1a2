/*
 * Timers: many deadlines over the one that Xen keeps for a processor, which also ends the slice of a process. The list is in
 * the order of time; Xen is told the first of all.
 */
#include "io.h"

static struct timer *timers;

/* sched.c asks when it tells Xen about the next process: the end of its slice (0: none), or a timer before that. */
uint64_t timers_deadline(uint64_t slice_ends)
{
	if (!timers || (slice_ends && slice_ends < timers->when))
		return slice_ends;
	return timers->when;
}

static void tell_xen(void)
{
	set_timer_op(timers_deadline(current->id ? system_time() + SLICE_NS : 0));
}

void timer_cancel(struct timer *timer)
{
	struct timer **place = &timers;

	while (*place && *place != timer)
		place = &(*place)->next;
	if (*place)
		*place = timer->next;
	timer->when = 0;
}

/* Has `timer->expired` called at a moment, as an event handler is; an earlier setting of the same timer is forgotten. */
void timer_set(struct timer *timer, uint64_t when)
{
	struct timer **place = &timers;

	timer_cancel(timer);
	timer->when = when ? when : 1;
	while (*place && (*place)->when <= timer->when)
		place = &(*place)->next;
	timer->next = *place;
	*place = timer;
	if (timers == timer)
		tell_xen();
}

/* The virtual interrupt: the end of a slice, or a timer. */
void timers_expired(void)
{
	uint64_t now = system_time();

	if (!timers || timers->when > now)
		return;
	while (timers && timers->when <= now) {
		struct timer *timer = timers;

		timers = timer->next;
		timer->when = 0;
		timer->expired(timer);
	}
	tell_xen();
}

struct sleeper {
	struct timer timer;
	const void *address;
};

static void wake_sleeper(struct timer *timer)
{
	wake(CONTAINER(timer, struct sleeper, timer)->address);
}

/* Sleeps until somebody wakes the address, or until a moment; false where the moment has come. */
bool sleep_until(const void *address, uint64_t when)
{
	struct sleeper sleeper = { .timer = { .expired = wake_sleeper }, .address = address };

	timer_set(&sleeper.timer, when);
	sleep_on(address);
	timer_cancel(&sleeper.timer);
	return system_time() < when;
}
