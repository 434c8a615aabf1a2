/* run=exhaust: more processes than there is room for, more memory than there is; and everything is given back. */
#include "user.h"

#define PAGE 4096
#define GREED (512u << 20)

/* Children that wait at a closed gate: a pipe that nobody writes to. */
static void many_processes(void)
{
	int gate[2], children = 0;
	char byte;

	pipe(gate);
	for (;;) {
		int who = fork();

		if (who < 0)
			break;
		if (who == 0) {
			close(gate[1]);
			read(gate[0], &byte, 1);
			exit(0);
		}
		children++;
	}
	print("exhaust: %d children, and no more\n", children);
	close(gate[0]);
	close(gate[1]);
	while (wait(NULL) > 0)
		children--;
	print("exhaust: %d children left\n", children);
}

static void much_memory(void)
{
	int status;

	if (fork() == 0) {
		volatile char *heap = grow(GREED);

		for (uint32_t i = 0; i < GREED; i += PAGE)
			heap[i] = 1;
		exit(0);
	}
	wait(&status);
	print("exhaust: the greedy child ended with %d\n", status);
}

void program_exhaust(void)
{
	many_processes();
	for (int i = 0; i < 3; i++)
		much_memory();
	many_processes();
	exit(0);
}
