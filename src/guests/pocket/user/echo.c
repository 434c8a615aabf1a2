/* run=echo: says back what is typed, until `bye`. */
#include "user.h"

static int is_bye(const char *text, int length)
{
	return length == 4 && text[0] == 'b' && text[1] == 'y' && text[2] == 'e';
}

void program_echo(void)
{
	char line[128];

	for (;;) {
		int length;

		write(1, "? ", 2);
		length = read(0, line, sizeof(line));
		if (length <= 0 || is_bye(line, length))
			break;
		write(1, "! ", 2);
		write(1, line, (uint32_t)length);
	}
	exit(0);
}
