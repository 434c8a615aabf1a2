/* The few functions that the compiler itself calls, and strcmp. */
#include "pocket.h"

void *memset(void *to, int byte, size_t length)
{
	void *place = to;

	asm volatile("rep stosb" : "+D"(place), "+c"(length) : "a"(byte) : "memory");
	return to;
}

void *memcpy(void *to, const void *from, size_t length)
{
	void *place = to;

	asm volatile("rep movsb" : "+D"(place), "+S"(from), "+c"(length) : : "memory");
	return to;
}

int strcmp(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return (unsigned char)*a - (unsigned char)*b;
}
