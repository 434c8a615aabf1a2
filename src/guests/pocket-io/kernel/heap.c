/*
 * Pieces of memory below a page: powers of two from 32 bytes to 2 KiB, cut from pages; and whole pages. A page of pieces
 * stays one. Sizes are found again by the page a piece lies in.
 */
#include "io.h"

#define LEAST 5 /* 32 bytes */
#define MOST 11

static void *free_pieces[MOST + 1];
static uint8_t order_of_page[MEMORY_PAGES]; /* 0: a whole page */

static uint32_t page_number(const void *address)
{
	return ((uint32_t)address - KERNEL_BASE) >> PAGE_SHIFT;
}

static bool cut_page(uint32_t order)
{
	char *page = page_allocate();

	if (!page)
		return false;
	order_of_page[page_number(page)] = (uint8_t)order;
	for (uint32_t at = 0; at < PAGE_SIZE; at += 1u << order) {
		*(void **)(page + at) = free_pieces[order];
		free_pieces[order] = page + at;
	}
	return true;
}

/* Zeros, at most a page of them; NULL where there is no memory. */
void *allocate(size_t bytes)
{
	uint32_t order = LEAST;
	void *piece;

	while (1u << order < bytes)
		order++;
	if (order > MOST)
		return bytes <= PAGE_SIZE ? page_allocate() : NULL;
	if (!free_pieces[order] && !cut_page(order))
		return NULL;
	piece = free_pieces[order];
	free_pieces[order] = *(void **)piece;
	return memset(piece, 0, 1u << order);
}

void release(void *piece)
{
	uint32_t order;

	if (!piece)
		return;
	order = order_of_page[page_number(piece)];
	if (!order) {
		page_release(piece);
		return;
	}
	*(void **)piece = free_pieces[order];
	free_pieces[order] = piece;
}
