/*
 * The Internet checksum (RFC 1071): the ones' complement of the ones' complement sum of all 16-bit words. A sum over
 * something that holds its own right checksum is 0xffff. Carries go round the end, so they may be kept in the upper
 * half of a longer word and be added at the end; and as they go round, the order of the two bytes does not matter
 * until the end either.
 */
#include "wire.h"

static uint32_t around(uint64_t sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	return (uint32_t)sum + (uint32_t)(sum >> 32);
}

/* A sum in the processor's byte order. */
uint32_t checksum_add(uint32_t sum, const uint8_t *bytes, uint32_t length)
{
	const uint32_t *words = (const uint32_t *)bytes;
	uint64_t total = sum;

	for (; length >= 4; length -= 4)
		total += *words++;
	bytes = (const uint8_t *)words;
	for (uint32_t i = 0; i < length; i++)
		total += (uint32_t)bytes[i] << 8 * i;
	return around(total);
}

/* The sum as 16 bits in the order of the wire, not complemented: 0xffff is what a checked sum must be. */
uint32_t checksum_fold(uint32_t sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (sum & 0xff) << 8 | sum >> 8;
}
