/* Formatted output to file 1. One call is one write. */
#include "format.h"
#include "user.h"

void print(const char *format, ...)
{
	struct line line = { .length = 0 };
	va_list arguments;

	va_start(arguments, format);
	format_line(&line, format, &arguments);
	va_end(arguments);
	write(1, line.text, line.length);
}
