/* What several programs need. */
#include "abi.h"
#include "io.h"

void *memcpy(void *to, const void *from, size_t length)
{
	void *place = to;

	asm volatile("rep movsb" : "+D"(place), "+S"(from), "+c"(length) : : "memory");
	return to;
}

void *memset(void *to, int byte, size_t length)
{
	void *place = to;

	asm volatile("rep stosb" : "+D"(place), "+c"(length) : "a"(byte) : "memory");
	return to;
}

int memcmp(const void *a, const void *b, size_t length)
{
	const unsigned char *x = a, *y = b;

	for (size_t i = 0; i < length; i++)
		if (x[i] != y[i])
			return x[i] - y[i];
	return 0;
}

size_t strlen(const char *text)
{
	size_t length = 0;

	while (text[length])
		length++;
	return length;
}

int strcmp(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return (unsigned char)*a - (unsigned char)*b;
}

uint32_t number(const char *text, uint32_t otherwise)
{
	uint32_t value = 0;

	if (!text)
		return otherwise;
	for (; *text >= '0' && *text <= '9'; text++)
		value = value * 10 + (uint32_t)(*text - '0');
	return value;
}

static const struct {
	int number;
	const char *text;
} errors[] = {
	{ ENOENT, "no such file" },
	{ EIO, "the disk failed" },
	{ EBADF, "not open for that" },
	{ ENOMEM, "no memory" },
	{ EEXIST, "it exists" },
	{ ENODEV, "no such disk" },
	{ ENOTDIR, "not a folder" },
	{ EISDIR, "it is a folder" },
	{ EINVAL, "no file system there" },
	{ ENOSPC, "the disk is full" },
	{ EROFS, "the disk is read-only" },
	{ ENOTEMPTY, "the folder is not empty" },
	{ E2BIG, "too large" },
	{ ENOSYS, "not in this kernel" },
};

const char *error_text(int error)
{
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (errors[i].number == -error)
			return errors[i].text;
	return "it failed";
}

void fail(const char *what, const char *name, int error)
{
	print("%s: %s: %s\n", what, name, error_text(error));
	exit(1);
}

int open_or_exit(const char *path, uint32_t flags)
{
	int file = open(path, flags);

	if (file < 0)
		fail("open", path, file);
	return file;
}
