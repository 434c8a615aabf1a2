/* program.c: programs of the list, and the words that they are started with. */
#pragma once
#include "io.h"

#define COMMAND_LENGTH 512

const struct program_row *program_named(const char *name);
struct process *program_start(const char *command);
int program_execute(struct frame *frame, const char *command);

/* end.c: what has to be done before the domain powers off, last announced first. */
struct ending {
	void (*finish)(void);
	struct ending *next;
};
void when_ending(struct ending *ending);
void at_the_end(void);
