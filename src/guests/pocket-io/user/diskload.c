/*
 * run=diskload DISK read|write [KIB [DEPTH [COUNT [random]]]]: COUNT requests of KIB each, DEPTH on their way at any time, and how long
 * they took.
 */
#include "io.h"

static struct disk_load load;

void program_diskload(int argc, char **argv)
{
	int error;

	if (argc < 3) {
		print("diskload DISK read|write [KIB [DEPTH [COUNT [random]]]]\n");
		exit(2);
	}
	for (uint32_t i = 0; argv[1][i] && i < sizeof(load.disk) - 1; i++)
		load.disk[i] = argv[1][i];
	load.writes = !strcmp(argv[2], "write");
	load.pages = number(argc > 3 ? argv[3] : NULL, 4) / 4;
	load.depth = number(argc > 4 ? argv[4] : NULL, 1);
	load.count = number(argc > 5 ? argv[5] : NULL, 64);
	load.random = argc > 6;
	error = disk_load(&load);
	if (error)
		fail("diskload", argv[1], error);
	print("diskload: %u %s of %u KiB, %u at a time, in %u us; %u failed\n", load.count, load.writes ? "writes" : "reads",
	      load.pages * 4, load.depth, load.microseconds, load.failed);
	exit(load.failed != 0);
}
PROGRAM(diskload);
