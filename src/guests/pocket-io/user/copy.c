/* run=copy FROM TO: copies a file, or the bytes of a disk, and returns when the copy is safe. */
#include "io.h"

#define PIECE 16384

void program_copy(int argc, char **argv)
{
	int from, to, count, error;
	uint32_t total = 0;
	char *buffer = grow(PIECE);

	if (argc != 3) {
		print("copy: from where, to where?\n");
		exit(1);
	}
	from = open_or_exit(argv[1], 0);
	to = open_or_exit(argv[2], OPEN_CREATE | OPEN_TRUNCATE);
	while ((count = read(from, buffer, PIECE)) > 0) {
		int written = write(to, buffer, (uint32_t)count);

		if (written != count)
			fail("copy", argv[2], written < 0 ? written : -28);
		total += (uint32_t)count;
	}
	if (count < 0)
		fail("copy", argv[1], count);
	error = sync(to);
	if (error)
		fail("copy", argv[2], error);
	print("copy: %u bytes from %s to %s\n", total, argv[1], argv[2]);
	exit(0);
}
PROGRAM(copy);
