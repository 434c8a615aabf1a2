/*
 * The boot order, and the end. A guest kernel finds a machine that already runs: paging is on, the kernel is
 * mapped, memory is counted. What is left is to tell Xen where our handlers are, and to start a program.
 */
#include "pocket.h"

const struct start_info *start_info;

/* Programs (in ring 3) and tours (of ring 1) that `run=NAME` on the command line chooses from. */
extern void program_hello(void), program_fork(void), program_pagefaults(void), program_pipes(void), program_spin(void),
	program_echo(void), program_exhaust(void);

static const struct {
	const char *name;
	void (*program)(void);
	void (*tour)(void);
} runnable[] = {
	{ "hello", program_hello, NULL },
	{ "fork", program_fork, NULL },
	{ "pagefaults", program_pagefaults, NULL },
	{ "pipes", program_pipes, NULL },
	{ "spin", program_spin, NULL },
	{ "echo", program_echo, NULL },
	{ "exhaust", program_exhaust, NULL },
	{ "rings", NULL, tour_rings },
	{ "batch", NULL, tour_batch },
	{ "ptwrite", NULL, tour_ptwrite },
	{ "smp", NULL, tour_smp },
};

/* The value of `name=value` on the command line, up to the next blank, or NULL. Overwritten by the next call. */
const char *option(const char *name)
{
	static char value[OPTION_LENGTH];
	const char *line = (const char *)start_info->cmd_line;

	while (*line) {
		const char *wanted = name;

		while (*wanted && *line == *wanted)
			line++, wanted++;
		if (!*wanted && *line == '=') {
			size_t length = 0;

			for (line++; *line && *line != ' ' && length < sizeof(value) - 1; line++)
				value[length++] = *line;
			value[length] = 0;
			return value;
		}
		while (*line && *line != ' ')
			line++;
		while (*line == ' ')
			line++;
	}
	return NULL;
}

void power_off(void)
{
	struct sched_shutdown how = { .reason = SHUTDOWN_poweroff };

	console_drain();
	sched_op(SCHEDOP_shutdown, &how);
	for (;;)
		;
}

void panic(const char *why)
{
	struct sched_shutdown how = { .reason = SHUTDOWN_crash };

	print("pocket: panic: %s\n", why);
	console_drain();
	sched_op(SCHEDOP_shutdown, &how);
	for (;;)
		;
}

void kernel_main(const struct start_info *info)
{
	const char *name;

	start_info = info;
	traps_init();  /* faults reach us */
	events_init(); /* so do events */
	console_init();
	name = option("run");
	if (!name)
		name = "hello";
	print("pocket: up, in ring 1 of %s; run=%s\n", (const char *)info->magic, name);

	paging_init(); /* our own page tables, as Xen's builder left them */
	pages_init();  /* memory to give away */
	time_init();   /* and a clock to share the processor by */ BOOTED(name)

	for (size_t i = 0; i < sizeof(runnable) / sizeof(runnable[0]); i++) {
		if (strcmp(runnable[i].name, name))
			continue;
		if (runnable[i].tour) {
			runnable[i].tour();
			power_off();
		}
		process_start((uint32_t)runnable[i].program);
		idle();
	}
	print("pocket: there is no program %s\n", name);
	power_off();
}
