/*
 * run=diskload DISK read|write [KIB [DEPTH [COUNT [MS [random]]]]]: COUNT requests of KIB each, DEPTH on their way at any time, and how
 * long they took. Begins once the machine has been up for MS milliseconds, so that several domains may begin together.
 */
#include "io.h"

static struct disk_load load;

static void wait_for(uint32_t up_ms)
{
	uint32_t now = time_us() / 1000;

	if (now < up_ms)
		sleep_ms(up_ms - now);
}

void program_diskload(int argc, char **argv)
{
	int error;

	if (argc < 3) {
		print("diskload DISK read|write [KIB [DEPTH [COUNT [MS [random]]]]]\n");
		exit(2);
	}
	for (uint32_t i = 0; argv[1][i] && i < sizeof(load.disk) - 1; i++)
		load.disk[i] = argv[1][i];
	load.writes = !strcmp(argv[2], "write");
	load.pages = number(argc > 3 ? argv[3] : NULL, 4) / 4;
	load.depth = number(argc > 4 ? argv[4] : NULL, 1);
	load.count = number(argc > 5 ? argv[5] : NULL, 64);
	load.random = argc > 7;
	wait_for(number(argc > 6 ? argv[6] : NULL, 0));
	error = disk_load(&load);
	if (error)
		fail("diskload", argv[1], error);
	print("diskload: %u %s of %u KiB, %u at a time, in %u us; %u failed\n", load.count, load.writes ? "writes" : "reads",
	      load.pages * 4, load.depth, load.microseconds, load.failed);
	exit(load.failed != 0);
}
PROGRAM(diskload);
