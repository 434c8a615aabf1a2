/* run=serve: nothing of its own; the kernel's back ends serve others. */
#include "io.h"

void program_serve(int argc, char **argv)
{
	(void)argc, (void)argv;
	pause();
}
PROGRAM(serve);
