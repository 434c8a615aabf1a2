/*
 * For whoever looks in from outside, a debugger: where the rings' private indices are, which no page that is shared tells. Nothing in
 * this kernel reads the table. A free row has no page; a ring for which there is no row works as well, unseen.
 */
#include "ring.h"

#define MOST_RINGS 32

struct {
	const volatile void *page; /* shared, as this kernel maps it */
	const uint32_t *produced, *consumed; /* the private indices of this end */
	uint32_t back; /* 1: the back end's, 0: the front end's */
} rings[MOST_RINGS];

void ring_note(const volatile void *page, const uint32_t *produced, const uint32_t *consumed, bool back)
{
	for (uint32_t i = 0; i < MOST_RINGS; i++)
		if (!rings[i].page) {
			rings[i].produced = produced;
			rings[i].consumed = consumed;
			rings[i].back = back;
			rings[i].page = page;
			return;
		}
}

void ring_forget(const volatile void *page)
{
	for (uint32_t i = 0; i < MOST_RINGS; i++)
		if (rings[i].page == page)
			rings[i].page = NULL;
}
