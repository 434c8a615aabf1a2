/* Texts and numbers. */
#include "format.h"
#include "io.h"

size_t strlen(const char *text)
{
	size_t length = 0;

	while (text[length])
		length++;
	return length;
}

int memcmp(const void *a, const void *b, size_t length)
{
	const unsigned char *x = a, *y = b;

	for (size_t i = 0; i < length; i++)
		if (x[i] != y[i])
			return x[i] - y[i];
	return 0;
}

void *memmove(void *to, const void *from, size_t length)
{
	char *target = to;
	const char *source = from;

	if (target <= source || target >= source + length)
		return memcpy(to, from, length);
	while (length--)
		target[length] = source[length];
	return to;
}

bool starts_with(const char *text, const char *start)
{
	while (*start)
		if (*text++ != *start++)
			return false;
	return true;
}

static uint32_t digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return (uint32_t)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (uint32_t)(c - 'a' + 10);
	return c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A' + 10) : 16;
}

/* The number at the beginning of a text; `*end` (where not NULL) is what follows it, or the text where there is none. */
uint64_t number_of(const char *text, uint32_t base, const char **end)
{
	uint64_t value = 0;

	for (; digit_of(*text) < base; text++)
		value = value * base + digit_of(*text);
	if (end)
		*end = text;
	return value;
}

/* A number by which most different texts differ (FNV-1a). */
uint32_t text_hash(const char *text)
{
	uint32_t hash = 2166136261u;

	for (; *text; text++)
		hash = (hash ^ (uint8_t)*text) * 16777619u;
	return hash;
}

/* Writes at most `size` bytes, the last one 0; the length of the text without it. */
uint32_t text_format(char *to, uint32_t size, const char *format, ...)
{
	struct line line = { .length = 0 };
	va_list arguments;

	va_start(arguments, format);
	format_line(&line, format, &arguments);
	va_end(arguments);
	if (line.length > size - 1)
		line.length = size - 1;
	memcpy(to, line.text, line.length);
	to[line.length] = 0;
	return line.length;
}
