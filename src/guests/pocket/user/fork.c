/* run=fork: two processes, one variable each, although they look at the same address. */
#include "user.h"

static int shared_or_not = 1;

static void child(void)
{
	uint32_t before = faults();

	print("fork: child %d sees %d\n", id(), shared_or_not);
	shared_or_not = 2;
	print("fork: child %d wrote %d, which took %u page faults\n", id(), shared_or_not, faults() - before);
	exit(7);
}

void program_fork(void)
{
	int status, who;

	shared_or_not = 1; /* brings a private copy of the page, for fork() to share */
	who = fork();
	if (who == 0)
		child();
	who = wait(&status);
	print("fork: child %d gave %d; parent %d still sees %d\n", who, status, id(), shared_or_not);
	exit(0);
}
