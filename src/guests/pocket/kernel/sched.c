/*
 * Who runs. Processes take turns, each for a slice; the kernel itself is never interrupted (events are masked while
 * it runs), so nothing here needs a lock. Process 0 is the idle loop: it runs when nobody else can.
 */
#include "pocket.h"

extern void switch_stacks(uint32_t *save, uint32_t stack_pointer);

struct process *current = &processes[0];
static const struct process *loaded; /* whose address space the processor has; idle keeps the last one's */

static struct process *next_runnable(void)
{
	uint32_t at = (uint32_t)(current - processes);

	for (uint32_t i = 1; i <= PROCESSES; i++) {
		struct process *candidate = &processes[(at + i) % PROCESSES];

		if (candidate->id && candidate->state == RUNNABLE)
			return candidate;
	}
	return &processes[0];
}

/* Everything that Xen has to know about the next process, in one crossing instead of three. */
static void tell_xen(const struct process *next)
{
	struct mmuext_op base = { .cmd = MMUEXT_NEW_BASEPTR };
	uint64_t deadline = DEADLINE(next->id ? system_time() + SLICE_NS : 0);
	struct multicall_entry calls[3] = {
		{ .op = __HYPERVISOR_set_timer_op, .args = { (uint32_t)deadline, (uint32_t)(deadline >> 32) } },
		{ .op = __HYPERVISOR_stack_switch, .args = { FLAT_RING1_DS, (uint32_t)next->kernel_stack + PAGE_SIZE } },
		{ .op = __HYPERVISOR_mmuext_op, .args = { (uint32_t)&base, 1, 0, DOMID_SELF } },
	};
	uint32_t count = 1;

	slice_is_over = false;
	if (next->id && next != loaded) {
		base.arg1 = frame_of(next->space.l3);
		loaded = next;
		count = 3;
	}
	if (multicall(calls, count) < 0)
		panic("Xen refused a context switch");
	for (uint32_t i = 0; i < count; i++)
		if ((int32_t)calls[i].result < 0)
			panic("Xen refused part of a context switch");
}

/* Gives the processor to the next process; returns when it is the caller's turn again. */
void schedule(void)
{
	struct process *previous = current, *next = next_runnable();

	next->state = RUNNING;
	tell_xen(next);
	current = next;
	if (next != previous)
		switch_stacks(&previous->stack_pointer, next->stack_pointer);
}

/* The slice of a process in ring 3 is over. */
void preempt(void)
{
	current->state = RUNNABLE;
	current->preempted++;
	schedule();
}

/* Nothing can be lost between a caller's look at its condition and this: nobody else runs. */
void sleep_on(const void *address)
{
	current->waiting_for = address;
	current->state = SLEEPING;
	schedule();
}

void wake(const void *address)
{
	for (struct process *p = processes; p < processes + PROCESSES; p++)
		if (p->state == SLEEPING && p->waiting_for == address)
			p->state = RUNNABLE;
}

/* `block` unmasks events and waits for one; its handler runs before we go on here. */
void idle(void)
{
	for (;;) {
		shared_info.vcpu_info[0].evtchn_upcall_mask = 1;
		current->state = RUNNABLE;
		if (next_runnable() != current)
			schedule();
		else
			sched_op(SCHEDOP_block, NULL);
	}
}
