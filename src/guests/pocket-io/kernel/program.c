/*
 * From a line of words to a running program: an empty address space, the words at the top of its stack, and a frame that leads to the
 * program's first instruction in ring 3.
 *
 *	USER_STACK_TOP	+--------------------+
 *			| the words          |
 *			| argv[0], ... NULL  |
 *			| argv               |
 *			| argc               |
 *			| 0: nowhere to go   |	<- ESP: as if called program(argc, argv)
 *			+--------------------+
 */
#include "program.h"

#define MOST_WORDS 64

extern const struct program_row programs_begin[], programs_listed_end[];

static bool same_word(const char *name, const char *word)
{
	while (*name && *name == *word)
		name++, word++;
	return !*name && (!*word || *word == ' ');
}

/* The program that the first word names, or NULL. */
const struct program_row *program_named(const char *command)
{
	for (const struct program_row *row = programs_begin; row < programs_listed_end; row++)
		if (same_word(row->name, command))
			return row;
	return NULL;
}

/* Splits the words, in place; how many. */
static uint32_t split(char *text, char *words[MOST_WORDS])
{
	uint32_t count = 0;

	for (;;) {
		while (*text == ' ')
			*text++ = 0;
		if (!*text || count == MOST_WORDS - 1)
			return count;
		words[count++] = text;
		while (*text && *text != ' ')
			text++;
	}
}

/* Fills the running process's stack, which is empty and gets its page by that; where it begins. */
static uint32_t fill_stack(const char *command)
{
	char *text = (char *)USER_STACK_TOP - COMMAND_LENGTH;
	char **argv = (char **)text - MOST_WORDS;
	uint32_t *call = (uint32_t *)argv - 3;

	memcpy(text, command, strlen(command) + 1);
	call[0] = 0;
	call[1] = split(text, argv);
	call[2] = (uint32_t)argv;
	return (uint32_t)call;
}

static struct frame first_frame(const struct program_row *row, const char *command)
{
	return (struct frame){
		.es = FLAT_RING3_DS,
		.ds = FLAT_RING3_DS,
		.eip = (uint32_t)row->entry,
		.cs = FLAT_RING3_CS,
		.eflags = 0x202, /* IF: events not masked */
		.esp = fill_stack(command),
		.ss = FLAT_RING3_DS,
	};
}

static void begin(void *command)
{
	struct frame frame = first_frame(program_named(command), command);

	asm volatile("mov %0, %%esp; jmp trap_return" : : "r"(&frame) : "memory");
	__builtin_unreachable();
}

/* Starts a program that is in the list, as a process with the console as files 0 and 1. `command` must stay. */
struct process *program_start(const char *command)
{
	return thread_start(begin, (void *)command);
}

/*
 * Makes the running process another program. Its memory goes, its files stay. A negated error number where there is no such program or
 * no memory: then it is as it was.
 */
int program_execute(struct frame *frame, const char *command)
{
	const struct program_row *row = program_named(command);
	struct space old = current->space;
	struct mmuext_op base = { .cmd = MMUEXT_NEW_BASEPTR };

	if (!row)
		return -ENOENT;
	if (!space_create(&current->space))
		return -ENOMEM;
	base.arg1 = frame_of(current->space.l3);
	if (mmuext_op(&base, 1) < 0)
		panic("Xen refused a new address space");
	space_destroy(&old);
	*frame = first_frame(row, command);
	return 0;
}
