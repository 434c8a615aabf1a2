/* run=spin: two processes that never give the processor away, and a timer that takes it. */
#include "user.h"

#define TURNS 3

static void spinner(void)
{
	for (uint32_t turn = 1; turn <= TURNS; turn++) {
		while (preempted() < turn)
			for (volatile int i = 0; i < 2000; i++)
				;
		print("spin: process %d was stopped by the timer, and is back (%u)\n", id(), turn);
	}
	exit(0);
}

void program_spin(void)
{
	if (fork() == 0)
		spinner();
	if (fork() == 0)
		spinner();
	wait(NULL);
	wait(NULL);
	print("spin: both are done\n");
	exit(0);
}
