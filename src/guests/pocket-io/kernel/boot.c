/*
 * The boot of this kernel: its drivers, in a thread that may sleep, then the program that `run=` names with the words behind it,
 * up to the first that holds a `=`. When that program ends, drivers finish what they have to, and the domain powers off.
 *
 * A name that is not in our list is left to pocket, which then runs without any of this.
 */
#include "io.h"
#include "program.h"

extern const struct driver_row drivers_begin[], drivers_end[];

static char command[COMMAND_LENGTH];

bool is_domain_0(void)
{
	return start_info->flags & SIF_INITDOMAIN;
}

/* The decimal value of an option of the command line. */
uint32_t option_number(const char *name, uint32_t otherwise)
{
	const char *value = option(name);

	return value ? (uint32_t)number_of(value, 10, NULL) : otherwise;
}

static bool is_option(const char *word)
{
	for (; *word && *word != ' '; word++)
		if (*word == '=')
			return true;
	return false;
}

/* Copies the program's name and arguments from the command line. */
static void find_command(void)
{
	const char *at = (const char *)start_info->cmd_line;
	uint32_t length = 0;

	while (*at && !starts_with(at, "run="))
		at++;
	if (*at)
		at += 4;
	do {
		for (; *at && *at != ' ' && length < sizeof(command) - 2; at++)
			command[length++] = *at;
		command[length++] = ' ';
		while (*at == ' ')
			at++;
	} while (*at && !is_option(at) && length < sizeof(command) - 2);
	command[length - 1] = 0;
}

static void boot(void *nothing)
{
	struct process *program;
	int status;

	(void)nothing;
	for (const struct driver_row *driver = drivers_begin; driver < drivers_end; driver++)
		driver->start();
	program = program_start(command);
	program->parent = current;
	process_wait(&status);
	at_the_end();
	process_exit(status);
}

void boot_io(const char *name)
{
	if (!program_named(name))
		return;
	find_command();
	memory_grow();
	thread_start(boot, NULL);
	idle();
}
