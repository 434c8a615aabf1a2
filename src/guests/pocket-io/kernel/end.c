/* What is done before the domain powers off: disks written, devices closed. */
#include "program.h"

static struct ending *endings;

void when_ending(struct ending *ending)
{
	ending->next = endings;
	endings = ending;
}

void at_the_end(void)
{
	for (; endings; endings = endings->next)
		endings->finish();
}
