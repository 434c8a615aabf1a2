/* run=pagefaults: memory that comes when it is touched, and what comes when there is nothing to bring. */
#include "user.h"

#define PAGE 4096
#define PAGES 8

static uint32_t touch(volatile char *from, uint32_t pages, char value)
{
	uint32_t before = faults();

	for (uint32_t i = 0; i < pages; i++)
		from[i * PAGE] = value;
	return faults() - before;
}

void program_pagefaults(void)
{
	int status, who;
	char *heap = grow(PAGES * PAGE);

	print("pagefaults: heap grown by %u pages, none of them there yet\n", PAGES);
	print("pagefaults: first touch of each: %u faults\n", touch(heap, PAGES, 1));
	print("pagefaults: touched again: %u faults\n", touch(heap, PAGES, 2));

	who = fork();
	if (who == 0) {
		print("pagefaults: the child writes to all of them: %u faults, each a copy\n", touch(heap, PAGES, 3));
		print("pagefaults: now the child reads address 0\n");
		*(volatile char *)0;
		exit(0);
	}
	wait(&status);
	print("pagefaults: the child ended with %d; the parent's page still holds %d\n", status, heap[0]);
	print("pagefaults: the parent writes to all of them: %u faults, no copies\n", touch(heap, PAGES, 4));
	exit(0);
}
