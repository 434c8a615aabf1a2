/* The kernel's own voice. One call is one write to the console. */
#include "format.h"
#include "pocket.h"

void print(const char *format, ...)
{
	struct line line = { .length = 0 };
	va_list arguments;

	va_start(arguments, format);
	format_line(&line, format, &arguments);
	va_end(arguments);
	console_write(line.text, line.length);
}
