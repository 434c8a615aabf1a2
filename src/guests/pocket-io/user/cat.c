/* run=cat FILE...: what is in them, one after the other. */
#include "io.h"

static char buffer[1024];

void program_cat(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		int file = open_or_exit(argv[i], 0), count;

		while ((count = read(file, buffer, sizeof(buffer))) > 0)
			write(1, buffer, (uint32_t)count);
		if (count < 0)
			fail("cat", argv[i], count);
		close(file);
	}
	exit(0);
}
PROGRAM(cat);
