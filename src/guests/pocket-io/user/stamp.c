/*
 * run=stamp FILE PLACE TEXT: puts TEXT over what is PLACE bytes behind the beginning, and waits until it is safe. It looks at that place
 * first, so that write() finds the page in the kernel's cache and goes to no disk.
 */
#include "io.h"

void program_stamp(int argc, char **argv)
{
	uint32_t place = number(argc > 2 ? argv[2] : NULL, 0);
	const char *text = argc > 3 ? argv[3] : "";
	int file = open_or_exit(argv[1], 0), error;
	char before;

	seek(file, place);
	read(file, &before, 1);
	seek(file, place);
	write(file, text, strlen(text));
	error = sync(file);
	if (error)
		fail("stamp", argv[1], error);
	exit(0);
}
PROGRAM(stamp);
