/*
 * Formatted output, for the kernel and for programs: %d %u %x %c %s with a width; numbers to the right, filled with
 * blanks or zeros, strings to the left.
 */
#pragma once
#include <stdarg.h>
#include <stdint.h>

struct line {
	char text[200];
	uint32_t length;
};

static void put(struct line *line, char c)
{
	if (line->length < sizeof(line->text))
		line->text[line->length++] = c;
}

static void put_number(struct line *line, uint32_t value, uint32_t base, int width, char fill)
{
	char digits[12];
	int count = 0;

	do
		digits[count++] = "0123456789abcdef"[value % base];
	while (value /= base);
	for (; width > count; width--)
		put(line, fill);
	while (count)
		put(line, digits[--count]);
}

static void put_string(struct line *line, const char *text, int width)
{
	for (; *text; text++, width--)
		put(line, *text);
	for (; width > 0; width--)
		put(line, ' ');
}

static void put_argument(struct line *line, char kind, int width, char fill, va_list *arguments)
{
	if (kind == 's') {
		put_string(line, va_arg(*arguments, const char *), width);
	} else if (kind == 'c') {
		put(line, (char)va_arg(*arguments, int));
	} else if (kind == 'd') {
		int value = va_arg(*arguments, int);

		if (value < 0)
			put(line, '-');
		put_number(line, value < 0 ? -(uint32_t)value : (uint32_t)value, 10, width, fill);
	} else {
		put_number(line, va_arg(*arguments, uint32_t), kind == 'x' ? 16 : 10, width, fill);
	}
}

static void format_line(struct line *line, const char *format, va_list *arguments)
{
	for (; *format; format++) {
		char fill = ' ';
		int width = 0;

		if (*format != '%') {
			put(line, *format);
			continue;
		}
		if (*++format == '-')
			format++;
		if (*format == '0')
			fill = *format++;
		while (*format >= '0' && *format <= '9')
			width = width * 10 + *format++ - '0';
		put_argument(line, *format, width, fill, arguments);
	}
}
