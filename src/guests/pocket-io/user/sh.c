/*
 * run=sh: reads commands from the console, one a line, and runs each as a process, until `exit`; a `&` at the end of a line leaves it
 * running. run=sh COMMAND ; COMMAND ...: runs these, with the `;` between blanks, and ends.
 */
#include "io.h"

static char line[512];

static void run(char *command)
{
	uint32_t length = strlen(command);
	int background = length && command[length - 1] == '&', status;

	if (!length)
		return;
	if (background)
		command[length - 1] = 0;
	if (fork() == 0) {
		int error = execute(command);

		fail("sh", command, error);
	}
	if (!background)
		wait(&status);
}

static void run_words(int argc, char **argv)
{
	uint32_t length = 0;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], ";")) {
			uint32_t more = strlen(argv[i]);

			if (length)
				line[length++] = ' ';
			memcpy(line + length, argv[i], more + 1);
			length += more;
		}
		if (i + 1 == argc || !strcmp(argv[i], ";")) {
			run(line);
			line[length = 0] = 0;
		}
	}
	exit(0);
}

void program_sh(int argc, char **argv)
{
	if (argc > 1)
		run_words(argc, argv);
	for (;;) {
		int length;

		write(1, "$ ", 2);
		length = read(0, line, sizeof(line) - 1);
		if (length <= 0)
			break;
		line[line[length - 1] == '\n' ? length - 1 : length] = 0;
		if (!strcmp(line, "exit"))
			break;
		run(line);
	}
	while (wait(NULL) > 0)
		;
	exit(0);
}
PROGRAM(sh);
