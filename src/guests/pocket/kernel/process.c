/*
 * Processes: a row of a table, an address space, a kernel stack. fork() makes a second one that differs in one
 * register; exit() leaves a status behind; wait() takes it and buries the rest.
 */
#include "pocket.h"

extern void trap_return(void);

struct process processes[PROCESSES];
static int last_id;

/* What switch_stacks() pops for a process that has never run: four registers, then where to go. */
struct first_switch {
	uint32_t edi, esi, ebx, ebp, eip;
};

static struct process *claim(struct process *parent)
{
	for (struct process *p = processes + 1; p < processes + PROCESSES; p++) {
		if (p->state != UNUSED)
			continue;
		memset(p, 0, sizeof(*p));
		p->kernel_stack = page_allocate();
		if (!p->kernel_stack)
			return NULL;
		p->id = ++last_id;
		p->parent = parent;
		return p;
	}
	return NULL;
}

/* Puts `frame` on top of the new process's kernel stack, and makes it ready to return through it. */
static void make_ready(struct process *p, const struct frame *frame)
{
	struct frame *top = (struct frame *)(p->kernel_stack + PAGE_SIZE) - 1;
	struct first_switch *first = (struct first_switch *)top - 1;

	*top = *frame;
	first->eip = (uint32_t)trap_return;
	p->stack_pointer = (uint32_t)first;
	p->state = RUNNABLE;
}

/* The first process: a program that starts at `entry` with an empty address space; faults will fill it. */
struct process *process_start(uint32_t entry)
{
	struct frame frame = {
		.es = FLAT_RING3_DS,
		.ds = FLAT_RING3_DS,
		.eip = entry,
		.cs = FLAT_RING3_CS,
		.eflags = 0x202, /* IF: events not masked */
		.esp = USER_STACK_TOP - 16,
		.ss = FLAT_RING3_DS,
	};
	struct process *p = claim(NULL);

	if (!p || !space_create(&p->space))
		panic("no room for the first process");
	file_console(p->files);
	make_ready(p, &frame);
	return p;
}

/* The child's id for the parent, 0 for the child, -1 when there is no room. */
int process_fork(const struct frame *frame)
{
	struct frame copy = *frame;
	struct process *child = claim(current);

	if (!child)
		return -1;
	if (!space_copy(&child->space, &current->space)) {
		page_release(child->kernel_stack);
		return -1;
	}
	file_inherit(child->files, current->files);
	copy.eax = 0;
	make_ready(child, &copy);
	return child->id;
}

void process_exit(int status)
{
	if (!current->parent) {
		print("pocket: process %d is done, status %d; power off\n", current->id, status);
		power_off();
	}
	file_close_all();
	for (struct process *p = processes; p < processes + PROCESSES; p++)
		if (p->parent == current)
			p->parent = current->parent;
	current->status = status;
	current->state = ZOMBIE;
	wake(current->parent);
	schedule();
	panic("a process went on after its exit");
}

static void bury(struct process *p)
{
	space_destroy(&p->space);
	page_release(p->kernel_stack);
	p->state = UNUSED;
}

/* Waits for a child to exit; its id, or -1 where there is no child. */
int process_wait(int *status)
{
	for (;;) {
		bool have_children = false;

		for (struct process *p = processes; p < processes + PROCESSES; p++) {
			if (p->parent != current || p->state == UNUSED)
				continue;
			have_children = true;
			if (p->state != ZOMBIE)
				continue;
			*status = p->status;
			bury(p);
			return p->id;
		}
		if (!have_children)
			return -1;
		sleep_on(current);
	}
}
