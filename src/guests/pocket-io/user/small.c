/* Programs of a few lines: write, rm, mkdir, sleep, await, busy, say, sync. */
#include "io.h"

/* run=write FILE WORDS: a line of these words at the end of a file, made where it is not there. */
void program_write(int argc, char **argv)
{
	int file = open_or_exit(argv[1], OPEN_CREATE | OPEN_APPEND), error;

	for (int i = 2; i < argc; i++) {
		write(file, argv[i], strlen(argv[i]));
		write(file, i + 1 < argc ? " " : "\n", 1);
	}
	error = sync(file);
	if (error)
		fail("write", argv[1], error);
	exit(0);
}
PROGRAM(write);

/* run=rm FILE...: also folders that are empty. */
void program_rm(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		int error = unlink(argv[i]);

		if (error)
			fail("rm", argv[i], error);
	}
	exit(0);
}
PROGRAM(rm);

void program_mkdir(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		int error = make_folder(argv[i]);

		if (error)
			fail("mkdir", argv[i], error);
	}
	exit(0);
}
PROGRAM(mkdir);

/* run=sleep MS */
void program_sleep(int argc, char **argv)
{
	sleep_ms(number(argc > 1 ? argv[1] : NULL, 1));
	exit(0);
}
PROGRAM(sleep);

/* run=await MS PROGRAM WORDS: the program once the machine has been up for MS milliseconds, so that several domains begin together. */
void program_await(int argc, char **argv)
{
	uint32_t up_ms = time_us() / 1000, begin = number(argc > 1 ? argv[1] : NULL, 0), length = 0;
	static char command[256];

	for (int i = 2; i < argc; i++) {
		uint32_t more = strlen(argv[i]);

		if (length + more + 1 >= sizeof(command))
			exit(2);
		memcpy(command + length, argv[i], more);
		length += more;
		command[length++] = ' ';
	}
	if (up_ms < begin)
		sleep_ms(begin - up_ms);
	fail("await", command, execute(command));
}
PROGRAM(await);

/* run=busy: computes for ever, and asks for nothing. */
void program_busy(int argc, char **argv)
{
	(void)argc, (void)argv;
	for (;;)
		;
}
PROGRAM(busy);

/* run=say WORDS */
void program_say(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		print("%s%s", argv[i], i + 1 < argc ? " " : "\n");
	exit(0);
}
PROGRAM(say);

/* run=sync FILE: returns when all of the disk that it is on is safe. */
void program_sync(int argc, char **argv)
{
	const char *path = argc > 1 ? argv[1] : "/";
	int error = sync(open_or_exit(path, 0));

	if (error)
		fail("sync", path, error);
	exit(0);
}
PROGRAM(sync);
