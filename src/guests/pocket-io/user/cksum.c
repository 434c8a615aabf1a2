/* run=cksum FILE...: checksum, size and name, as POSIX's cksum prints them. */
#include "io.h"

#define PIECE 8192
#define POLYNOMIAL 0x04c11db7

static uint32_t *table; /* 256 */
static unsigned char *buffer;

static void fill_table(void)
{
	for (uint32_t byte = 0; byte < 256; byte++) {
		uint32_t rest = byte << 24;

		for (int bit = 0; bit < 8; bit++)
			rest = rest << 1 ^ (rest >> 31 ? POLYNOMIAL : 0);
		table[byte] = rest;
	}
}

static uint32_t add(uint32_t sum, uint32_t byte)
{
	return sum << 8 ^ table[sum >> 24 ^ byte];
}

/* The bytes, then as many bytes of the length, lowest first, as it has. */
static void checksum(const char *path)
{
	int file = open_or_exit(path, 0), count;
	uint32_t sum = 0, size = 0;

	while ((count = read(file, buffer, PIECE)) > 0) {
		for (int i = 0; i < count; i++)
			sum = add(sum, buffer[i]);
		size += (uint32_t)count;
	}
	if (count < 0)
		fail("cksum", path, count);
	for (uint32_t left = size; left; left >>= 8)
		sum = add(sum, left & 255);
	print("%u %u %s\n", ~sum, size, path);
	close(file);
}

void program_cksum(int argc, char **argv)
{
	table = grow(256 * sizeof(*table));
	buffer = grow(PIECE);
	fill_table();
	for (int i = 1; i < argc; i++)
		checksum(argv[i]);
	exit(0);
}
PROGRAM(cksum);
