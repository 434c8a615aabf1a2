/*
 * Time. Xen publishes, for each virtual processor, a moment (time stamp counter and nanoseconds since boot) and a
 * rate; from there we count on by the time stamp counter. The timer is one deadline, in the same nanoseconds.
 */
#include "pocket.h"

bool slice_is_over;

#define barrier() asm volatile("" ::: "memory")

static uint64_t read_tsc(void)
{
	uint64_t tsc;

	asm volatile("rdtsc" : "=A"(tsc));
	return tsc;
}

/* value * rate / 2^32, without losing the upper half. */
static uint64_t scale(uint64_t value, uint32_t rate)
{
	return (value >> 32) * rate + ((value & 0xffffffff) * rate >> 32);
}

/* Nanoseconds since Xen booted. The version is odd while Xen writes, and changes with each write. */
uint64_t system_time(void)
{
	const volatile struct vcpu_time_info *info = &shared_info.vcpu_info[0].time;
	uint32_t version;
	uint64_t now;

	do {
		uint64_t ticks;

		version = info->version;
		barrier();
		ticks = read_tsc() - info->tsc_timestamp;
		ticks = info->tsc_shift < 0 ? ticks >> -info->tsc_shift : ticks << info->tsc_shift;
		now = info->system_time + scale(ticks, info->tsc_to_system_mul);
		barrier();
	} while (version & 1 || version != info->version);
	return now;
}

static void timer_event(void)
{
	slice_is_over = true; TIMER_EXPIRED()
}

void time_init(void)
{
	event_bind_virq(VIRQ_TIMER, timer_event);
}
